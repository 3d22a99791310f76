"""Makes moto check permissions as AWS does: on exact resources, under the boundary, with AWS's errors."""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler
from moto.iam import access_control
from moto.kms.responses import KmsResponse

# A need is an action and the ARN that it touches; a request may have several.
Need = tuple[str, str]
TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def dynamodb_needs(handler: DynamoHandler) -> list[Need]:
    """List what a DynamoDB request needs: each table of a batch or transaction, the index of a query."""
    body = getattr(handler, "params", {})
    action = str(handler._get_action())

    def arn(table: str, index: str | None = None) -> str:
        if not table.startswith("arn:"):
            table = f"arn:aws:dynamodb:{handler.region}:{handler.current_account}:table/{table}"
        return f"{table}/index/{index}" if index else table

    if body.get("RequestItems"):
        return [(f"dynamodb:{action}", arn(table)) for table in body["RequestItems"]]
    if body.get("TransactItems"):
        parts = [part for item in body["TransactItems"] for part in item.items()]
        return [(f"dynamodb:{TRANSACTED[kind]}", arn(details["TableName"])) for kind, details in parts]
    if body.get("TableName"):
        return [(f"dynamodb:{action}", arn(body["TableName"], body.get("IndexName")))]
    return [(f"dynamodb:{action}", body.get("StreamArn") or body.get("ResourceArn") or "*")]


def kms_needs(handler: KmsResponse) -> list[Need]:
    """List what a KMS request needs: the ARN of its key, whichever way the key is named."""
    need = f"kms:{handler._get_action()}"
    key_id = handler._get_param("KeyId")
    if not key_id:
        return [(need, "*")]
    backend = handler.kms_backend
    if "alias/" in key_id:
        key_id = backend.get_key_id_from_alias(backend.get_alias_name(key_id)) or key_id
    key = backend.keys.get(backend.get_key_id(key_id))
    return [(need, key.arn if key else handler._display_arn(key_id))]


class StrictRequest(access_control.IAMRequest):
    """One signed request of a service other than S3, checked need by need."""

    def check_action_permitted(self, resource: str | list[Need]) -> None:
        """Refuse unless every need is allowed by the policies and by the boundary of the caller.

        Raises:
            JsonRESTError: The caller may not do this (JSON protocols).
            AccessDeniedError: The caller may not do this (query protocols).
        """
        for action, arn in [(self._action, resource)] if isinstance(resource, str) else resource:
            self._action = action
            super().check_action_permitted(arn)
            if not within_boundary(self, action, arn):
                self._raise_access_denied()

    def _raise_access_denied(self) -> None:
        message = f"User: {self._access_key.arn} is not authorized to perform: {self._action}"
        self._raise_as_json("AccessDeniedException", message)
        super()._raise_access_denied()

    def _raise_invalid_access_key(self, reason: str) -> None:
        self._raise_as_json("UnrecognizedClientException", "The security token included in the request is invalid.")
        super()._raise_invalid_access_key(reason)

    def _raise_signature_does_not_match(self) -> None:
        self._raise_as_json("InvalidSignatureException", "The request signature does not match the credentials.")
        super()._raise_signature_does_not_match()

    def _raise_as_json(self, code: str, message: str) -> None:
        if "json" in get_service_model(self._service).metadata["protocol"]:
            raise JsonRESTError(code, message)


class StrictS3Request(access_control.S3IAMRequest):
    """One signed request of S3, held to the boundary too."""

    def check_action_permitted(self, resource: str) -> None:
        """Refuse unless the policies and the boundary of the caller allow it."""
        super().check_action_permitted(resource)
        if not within_boundary(self, self._action, resource):
            self._raise_access_denied()


def within_boundary(request: access_control.IAMRequestBase, action: str, arn: str) -> bool:
    """Tell whether the permissions boundary of the caller's role, if it has one, allows the action."""
    name = getattr(request._access_key, "_owner_role_name", None)
    boundary = request.backend.get_role(name).permissions_boundary_arn if name else None
    if not boundary:
        return True
    policy = access_control.IAMPolicy(request.backend.get_policy(boundary))
    return policy.is_action_permitted(action, arn) is access_control.PermissionResult.PERMITTED


def enforce() -> None:
    """Turn permission checks on, for every request from now on."""
    DynamoHandler._determine_resource = dynamodb_needs  # type: ignore[attr-defined]
    KmsResponse._determine_resource = kms_needs  # type: ignore[attr-defined]
    access_control.IAMRequest = StrictRequest  # type: ignore[misc]
    access_control.S3IAMRequest = StrictS3Request  # type: ignore[misc]
    settings: Any = __import__("moto.settings", fromlist=["settings"])
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    BaseResponse.request_count = 0
