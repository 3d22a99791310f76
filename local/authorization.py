"""Makes moto check permissions as AWS does: on exact resources, under the boundary, with AWS's errors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler
from moto.events.responses import EventsHandler
from moto.iam import access_control
from moto.kms.responses import KmsResponse
from moto.s3.exceptions import S3AccessDeniedError
from moto.sns.responses import SNSResponse
from moto.sqs.responses import SQSResponse

from local import links
from local.keys import named_key
from local.policies import Need, allowed

# Services whose permissions, and whose description in botocore, have another name than their signatures.
PREFIXES = {"tagging": "tag"}
MODELS = {"tagging": "resourcegroupstaggingapi"}
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
        return [Need(f"dynamodb:{action}", arn(table)) for table in body["RequestItems"]]
    if body.get("TransactItems"):
        parts = [part for item in body["TransactItems"] for part in item.items()]
        return [Need(f"dynamodb:{TRANSACTED[kind]}", arn(details["TableName"])) for kind, details in parts]
    if body.get("TableName"):
        return [Need(f"dynamodb:{action}", arn(body["TableName"], body.get("IndexName")))]
    return [Need(f"dynamodb:{action}", body.get("StreamArn") or body.get("ResourceArn") or "*")]


def kms_needs(handler: KmsResponse) -> list[Need]:
    """List what a KMS request needs: the ARN of its key, whichever way the key is named, and the tags of both."""
    action, key_id = handler._get_action(), handler._get_param("KeyId")
    tags = {f"aws:requesttag/{tag['TagKey']}".lower(): tag["TagValue"] for tag in handler._get_param("Tags") or []}
    if not key_id:
        also = ["TagResource"] if action == "CreateKey" and tags else []
        return [Need(f"kms:{each}", "*", tags) for each in (action, *also)]
    key = named_key(handler)
    if key is None:
        return [Need(f"kms:{action}", handler._display_arn(key_id), tags)]
    own = handler.kms_backend.tagger.get_tag_dict_for_resource(key.id)
    tags |= {f"aws:resourcetag/{name}".lower(): value for name, value in own.items()}
    return [Need(f"kms:{action}", key.arn, tags)]


def sqs_needs(handler: SQSResponse) -> list[Need]:
    """List what an SQS request needs: the right for one message is the right for a batch, on the queue it names."""
    action, url = str(handler._get_action()), handler._get_param("QueueUrl")
    arn = f"arn:aws:sqs:{handler.region}:{handler.current_account}:{url.rpartition('/')[2]}" if url else "*"
    return [Need(f"sqs:{action.removesuffix('Batch')}", arn)]


def events_needs(handler: EventsHandler) -> list[Need]:
    """List what an EventBridge request needs: to put events, the right on each bus that they name."""
    action = str(handler._get_action())
    entries = handler._get_param("Entries") or [] if action == "PutEvents" else []
    buses = {str(entry.get("EventBusName") or "default").rpartition("/")[2] for entry in entries}
    place = f"arn:aws:events:{handler.region}:{handler.current_account}:event-bus"
    return [Need(f"events:{action}", f"{place}/{bus}") for bus in sorted(buses)] or [Need(f"events:{action}", "*")]


def sns_needs(handler: SNSResponse) -> list[Need]:
    """List what an SNS request needs: the right for one message is the right for a batch, on the topic it names."""
    action = str(handler._get_action())
    return [Need(f"sns:{action.removesuffix('Batch')}", handler._get_param("TopicArn") or "*")]


def check(request: access_control.IAMRequestBase, needs: list[Need]) -> None:
    """Refuse unless every need is allowed by the policies and by the boundary of the caller."""
    if request._action == "sts:GetCallerIdentity":  # nobody is ever refused this
        return
    policies = [_document(policy) for policy in request._access_key.collect_policies()]
    boundary = _boundary(request)
    for need in needs:
        request._action = need.action
        permitted = allowed(policies, need) and (boundary is None or allowed([boundary], need))
        if permitted and request._is_assuming_role_operation(need.arn):
            permitted = request._check_role_trust_relationship(need.arn)
        if not permitted:
            request._raise_access_denied()


def _boundary(request: access_control.IAMRequestBase) -> Any:
    """Return the permissions boundary of the caller's role, if it has one."""
    name = getattr(request._access_key, "_owner_role_name", None)
    arn = request.backend.get_role(name).permissions_boundary_arn if name else None
    return _document(request.backend.get_policy(arn)) if arn else None


def _document(policy: Any) -> Any:
    return access_control.IAMPolicy(policy)._policy_json


class StrictRequest(access_control.IAMRequest):
    """One signed request of a service other than S3, checked need by need."""

    def check_action_permitted(self, resource: str | list[Need]) -> None:
        """Refuse what the caller may not do.

        Raises:
            JsonRESTError: The caller may not do this (JSON protocols).
            AccessDeniedError: The caller may not do this (query protocols).
        """
        service, _, action = self._action.partition(":")
        name = f"{PREFIXES.get(service, service)}:{action}"
        self._action = name
        check(self, [Need(name, resource)] if isinstance(resource, str) else resource)

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
        spoken = get_service_model(MODELS.get(self._service, self._service)).metadata["protocols"]
        if any("json" in protocol for protocol in spoken):
            raise JsonRESTError(code, message)


class StrictS3Request(access_control.S3IAMRequest):
    """One request of S3, signed in its headers or by a link, held to the boundary too."""

    def __init__(self, *, path: str, headers: Mapping[str, str], **about: Any) -> None:
        """Say in headers what a link says in its address; moto looks there only."""
        self._link = None if "Authorization" in headers else links.read(path)
        if "Authorization" not in headers and self._link is None:
            raise S3AccessDeniedError
        super().__init__(path=path, headers=dict(headers) | (self._link.headers() if self._link else {}), **about)

    def check_signature(self) -> None:
        """Refuse what is signed by another key, was altered, or is a link whose time is over."""
        if self._link is None:
            super().check_signature()
        elif not self._link.is_signed_by(self._access_key.create_credentials(), self._method, self._headers["Host"]):
            self._raise_signature_does_not_match()
        elif self._link.is_over(datetime.now(UTC)):
            self._raise_access_denied()

    def check_action_permitted(self, resource: str) -> None:
        """Refuse what the caller may not do."""
        check(self, [Need(self._action, resource)])


def enforce() -> None:
    """Turn permission checks on, for every request from now on."""
    DynamoHandler._determine_resource = dynamodb_needs  # type: ignore[attr-defined]
    KmsResponse._determine_resource = kms_needs  # type: ignore[attr-defined]
    EventsHandler._determine_resource = events_needs  # type: ignore[attr-defined]
    SNSResponse._determine_resource = sns_needs  # type: ignore[attr-defined]
    SQSResponse._determine_resource = sqs_needs  # type: ignore[method-assign, assignment]
    access_control.IAMRequest = StrictRequest  # type: ignore[misc]
    access_control.S3IAMRequest = StrictS3Request  # type: ignore[assignment, misc]
    settings: Any = __import__("moto.settings", fromlist=["settings"])
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    BaseResponse.request_count = 0
