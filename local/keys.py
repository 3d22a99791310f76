"""The keys that KMS holds: what they may be made for, the states that refuse a request, and their deletion."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow
from moto.kms import models
from moto.kms.models import Key, KmsBackend
from moto.kms.responses import KmsResponse

from local.signing import RSA, SPECS, generate

# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
USES = frozenset({
    "Sign", "Verify", "GetPublicKey", "GenerateMac", "VerifyMac", "Encrypt", "Decrypt", "ReEncrypt", "CreateGrant",
    "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "EnableKeyRotation", "DisableKeyRotation",
})  # fmt: skip
CHANGES = frozenset({
    "ScheduleKeyDeletion", "DisableKey", "EnableKey", "TagResource", "UntagResource", "UpdateKeyDescription",
    "CreateAlias", "UpdateAlias",
})  # fmt: skip


def refusal(code: str, message: str) -> JsonRESTError:
    """Build an error of KMS."""
    return JsonRESTError(code, message)


def now() -> datetime:
    """Return the time (UTC, without a zone, as moto keeps it) by which keys are deleted."""
    return utcnow()


def forget(backend: KmsBackend) -> None:
    """Delete the keys whose deletion date has passed, and what they signed with."""
    keys: dict[str, Key] = vars(backend)["keys"]
    due = now()
    for key in [key for key in keys.values() if key.deletion_date and key.deletion_date <= due]:
        # The template's own keys are kept by provision.py too; what it keeps must not sign either.
        vars(key).update(private_key=None, key_material=b"")
        backend.tagger.delete_all_tags_for_resource(key.id)
        del keys[key.id]


class LivingKeys:
    """The keys of a backend; one that is due to be deleted is deleted before anyone sees it."""

    def __get__(self, backend: KmsBackend, owner: type[KmsBackend]) -> dict[str, Key]:
        """Return the keys by their ids."""
        forget(backend)
        keys: dict[str, Key] = vars(backend)["keys"]
        return keys

    def __set__(self, backend: KmsBackend, keys: dict[str, Key]) -> None:
        """Take the keys of a new backend."""
        vars(backend)["keys"] = keys


def named_key(handler: KmsResponse) -> Key | None:
    """Find the key that a request names by id, ARN, alias or alias ARN."""
    backend = handler.kms_backend
    name = handler._get_param("KeyId") or handler._get_param("TargetKeyId") or ""
    if "alias/" in name:
        name = backend.get_key_id_from_alias(backend.get_alias_name(name)) or name
    return backend.keys.get(backend.get_key_id(name))


def check_state(key: Key, action: str) -> None:
    """Refuse an action that a key in its state does not allow.

    Raises:
        JsonRESTError: The key is disabled, pending deletion, or not pending deletion.
    """
    pending = key.key_state == "PendingDeletion"
    if pending and action in USES | CHANGES:
        raise refusal("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and action in USES:
        raise refusal("DisabledException", f"{key.arn} is disabled.")
    if not pending and action == "CancelKeyDeletion":
        raise refusal("KMSInvalidStateException", f"{key.arn} is not pending deletion.")


def check_usage(spec: str, usage: str | None) -> None:
    """Refuse a key that KMS does not make.

    Raises:
        JsonRESTError: There is no such spec, or its keys are not for this usage.
    """
    if spec not in SPECS:
        known = ", ".join(SPECS)
        raise refusal("ValidationException", f"KeySpec {spec} is not one of those imitated here: {known}")
    if usage is None and spec != "SYMMETRIC_DEFAULT":
        text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        raise refusal("ValidationException", text)
    if usage is not None and usage not in SPECS[spec].usages:
        raise refusal("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {spec}")


def _create(make: Callable[..., Key]) -> Callable[..., Key]:
    def create_key(
        self: KmsBackend, policy: str | None, key_usage: str | None, key_spec: str | None, *more: Any, **named: Any
    ) -> Key:
        spec = key_spec or "SYMMETRIC_DEFAULT"
        check_usage(spec, key_usage)
        return make(self, policy, key_usage or "ENCRYPT_DECRYPT", spec, *more, **named)

    return create_key


def _signing_algorithms(key: Key) -> list[str] | None:
    return list(SPECS[key.key_spec].algorithms) if key.key_usage == "SIGN_VERIFY" else None


def _encryption_algorithms(key: Key) -> list[str] | None:
    if key.key_usage != "ENCRYPT_DECRYPT":
        return None
    return ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] if SPECS[key.key_spec].algorithms == RSA else [key.key_spec]


def install() -> None:
    """Have moto make and keep keys this way, from now on."""
    replaced: dict[Any, dict[str, Any]] = {
        models: {"generate_private_key": generate},
        Key: {
            "signing_algorithms": property(_signing_algorithms),
            "encryption_algorithms": property(_encryption_algorithms),
        },
        KmsBackend: {
            "keys": LivingKeys(),
            "create_key": _create(KmsBackend.create_key),
            "_KmsBackend__ensure_valid_key_spec": lambda self, spec: None,  # create_key did, by the longer list
        },
    }
    for owner, members in replaced.items():
        for name, member in members.items():
            setattr(owner, name, member)
