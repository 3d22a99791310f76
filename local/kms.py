"""The requests to KMS that moto answers differently from AWS: signatures, public keys, data keys and key states.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

import base64
import json
from datetime import timedelta
from typing import Any

from moto.core.utils import unix_time
from moto.kms import urls
from moto.kms.models import Key
from moto.kms.responses import KmsResponse

from local import keys, signing
from local.keys import refusal
from local.signing import ALGORITHMS, ED25519, ED25519_PH, ML_DSA

LARGEST = 4096  # bytes
KINDS = {
    ML_DSA: ("RAW", "EXTERNAL_MU"),
    ED25519: ("RAW",),
    ED25519_PH: ("DIGEST",),
}


class Kms(KmsResponse):
    """One request to KMS."""

    def _authenticate_and_authorize_normal_action(self, resource: Any = "*") -> None:
        """Let the caller in, then ask the key's state, in this order as AWS does."""
        super()._authenticate_and_authorize_normal_action(resource)
        key = keys.named_key(self)
        if key:
            keys.check_state(key, str(self._get_action()))

    def sign(self) -> str:
        """Sign: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""
        key, algorithm, kind, message = self._signing("Sign")
        signature = signing.sign(key.private_key, algorithm, kind, message)
        return json.dumps({"KeyId": key.arn, "Signature": _text(signature), "SigningAlgorithm": algorithm})

    def verify(self) -> str:
        """Verify: https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html"""
        key, algorithm, kind, message = self._signing("Verify")
        signature = base64.b64decode(self._get_param("Signature") or "")
        if not signing.verify(key.private_key, algorithm, kind, message, signature):
            raise refusal("KMSInvalidSignatureException", "")
        return json.dumps({"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm})

    def generate_data_key(self) -> str:
        """GenerateDataKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html"""
        key = self._key(by_alias=True)
        if key.key_spec != "SYMMETRIC_DEFAULT":
            text = f"{key.arn} key spec is {key.key_spec} which is not valid for GenerateDataKey."
            raise refusal("InvalidKeyUsageException", text)
        return str(super().generate_data_key())

    def decrypt(self) -> str:
        """Decrypt: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html"""
        named = self._key(by_alias=True) if self._get_param("KeyId") else None
        context = self._get_param("EncryptionContext", {})
        plaintext, arn = self.kms_backend.decrypt(self._get_param("CiphertextBlob"), context)
        if named and named.arn != arn:
            raise refusal("IncorrectKeyException", f"{named.arn} did not encrypt this.")
        keys.check_state(self.kms_backend.describe_key(arn), "Decrypt")
        answer = {"KeyId": arn, "Plaintext": _text(plaintext), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
        return json.dumps(answer)

    def re_encrypt(self) -> str:
        """ReEncrypt: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html"""
        for name in ("SourceKeyId", "DestinationKeyId"):
            if named := self._get_param(name):
                self._validate_key_id(named)
                keys.check_state(self.kms_backend.describe_key(named), "ReEncrypt")
        blob, context = self._get_param("CiphertextBlob"), self._get_param("SourceEncryptionContext", {})
        _, arn = self.kms_backend.decrypt(blob, context)
        named = self._get_param("SourceKeyId")
        if named and self.kms_backend.describe_key(named).arn != arn:
            raise refusal("IncorrectKeyException", f"{named} did not encrypt this.")
        keys.check_state(self.kms_backend.describe_key(arn), "ReEncrypt")
        return str(super().re_encrypt())

    def get_public_key(self) -> str:
        """GetPublicKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html"""
        key = self._key(by_alias=True)
        if key.private_key is None:
            text = f"{key.arn} key spec is {key.key_spec} which is not valid for GetPublicKey."
            raise refusal("UnsupportedOperationException", text)
        return json.dumps(
            {
                "KeyId": key.arn,
                "PublicKey": _text(signing.public_key(key.private_key)),
                "CustomerMasterKeySpec": key.key_spec,
                "KeySpec": key.key_spec,
                "KeyUsage": key.key_usage,
                "EncryptionAlgorithms": key.encryption_algorithms,
                "SigningAlgorithms": key.signing_algorithms,
            }
        )

    def schedule_key_deletion(self) -> str:
        """ScheduleKeyDeletion: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""
        days = self._get_param("PendingWindowInDays", 30)
        if type(days) is not int or not 7 <= days <= 30:
            raise refusal("ValidationException", "PendingWindowInDays must be between 7 and 30, inclusive.")
        key = self._key()
        key.key_state, key.enabled, key.deletion_date = "PendingDeletion", False, keys.now() + timedelta(days=days)
        answer = {"KeyId": key.arn, "DeletionDate": unix_time(key.deletion_date)}
        return json.dumps({**answer, "KeyState": key.key_state, "PendingWindowInDays": days})

    def cancel_key_deletion(self) -> str:
        """CancelKeyDeletion: https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html"""
        key = self._key()
        key.key_state, key.enabled, key.deletion_date = "Disabled", False, None
        return json.dumps({"KeyId": key.arn})

    def disable_key(self) -> str:
        """DisableKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html"""
        key = self._key()
        key.key_state, key.enabled = "Disabled", False
        return "{}"

    def enable_key(self) -> str:
        """EnableKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html"""
        key = self._key()
        key.key_state, key.enabled = "Enabled", True
        return "{}"

    def _key(self, by_alias: bool = False) -> Key:
        name = self._get_param("KeyId") or ""
        (self._validate_key_id if by_alias else self._validate_cmk_id)(name)
        return self.kms_backend.describe_key(name)

    def _signing(self, operation: str) -> tuple[Key, str, str, bytes]:
        """Read what Sign and Verify have in common: the key, the algorithm, the kind of message and the message."""
        algorithm = _one_of("SigningAlgorithm", self._get_param("SigningAlgorithm"), ALGORITHMS)
        kind = _one_of("MessageType", self._get_param("MessageType") or "RAW", ("RAW", "DIGEST", "EXTERNAL_MU"))
        message: bytes = self._get_param("Message") or b""
        if not 1 <= len(message) <= LARGEST:
            raise refusal("ValidationException", f"Message must have 1 to {LARGEST} bytes, not {len(message)}.")
        key = self._key(by_alias=True)
        if key.key_usage != "SIGN_VERIFY":
            text = f"{key.arn} key usage is {key.key_usage} which is not valid for {operation}."
            raise refusal("InvalidKeyUsageException", text)
        if algorithm not in signing.SPECS[key.key_spec].algorithms:
            text = f"Algorithm {algorithm} is incompatible with key spec {key.key_spec}."
            raise refusal("InvalidKeyUsageException", text)
        if kind not in KINDS.get(algorithm, ("RAW", "DIGEST")):
            raise refusal("ValidationException", f"Message type {kind} is incompatible with algorithm {algorithm}.")
        if kind == "EXTERNAL_MU" and len(message) != 64:
            raise refusal("ValidationException", f"EXTERNAL_MU must have 64 bytes, not {len(message)}.")
        if kind == "DIGEST" and len(message) != signing.digest_size(algorithm):
            raise refusal("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
        if algorithm == ED25519_PH:
            # cryptography has no Ed25519ph (RFC 8032, section 5.1).
            raise refusal("UnsupportedOperationException", f"{algorithm} is not imitated; use {ED25519}.")
        return key, algorithm, kind, message


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise refusal("ValidationException", f"{name} must be one of {', '.join(allowed)}, not {value}.")
    return value


def install() -> None:
    """Have moto answer and keep keys this way, from now on."""
    keys.install()
    urls.url_paths = {"{0}/$": Kms.dispatch}
