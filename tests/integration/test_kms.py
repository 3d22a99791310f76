"""The KMS adapters, on the embedded KMS and, for what cannot be provoked there, on botocore's Stubber."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lukhas_common.aws.kms import MAX_RAW, KmsServerKey, KmsVault, public_key_from
from lukhas_common.crypto.keys import ALGORITHMS, Signer


@pytest.fixture
def vault(aws: Callable[[str], Any]) -> KmsVault:
    """Keys of a stack of their own."""
    return KmsVault(aws("kms"), lambda: aws("resourcegroupstaggingapi"), f"test-{secrets.token_hex(4)}")


def made(vault: KmsVault, algorithm: str) -> Signer:
    reference = vault.create("ring", algorithm)
    return vault.signer(reference, vault.public_key(reference))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_verifies_in_the_form_of_jose(vault: KmsVault, algorithm: str) -> None:
    signer = made(vault, algorithm)
    key = signer.public_key
    assert key.algorithm == algorithm
    for _ in range(5):
        signature = signer.sign(b"message")
        assert key.verifies(b"message", signature)
        assert not key.verifies(b"another", signature)
    if algorithm == "ES256":
        assert len(signature) == 64


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if name != "Ed25519"])
@pytest.mark.parametrize("length", [MAX_RAW, MAX_RAW + 1, 100_000])
def test_a_message_longer_than_kms_takes_is_digested_here(vault: KmsVault, algorithm: str, length: int) -> None:
    signer = made(vault, algorithm)
    message = secrets.token_bytes(length)
    assert signer.public_key.verifies(message, signer.sign(message))


def test_an_ed25519_message_longer_than_kms_takes_is_refused(vault: KmsVault) -> None:
    signer = made(vault, "Ed25519")
    assert signer.sign(b"x" * MAX_RAW)
    with pytest.raises(ValueError, match="4096"):
        signer.sign(b"x" * (MAX_RAW + 1))


def test_keys_are_found_by_stack_ring_and_algorithm(vault: KmsVault) -> None:
    first, second = vault.create("ring", "ES256"), vault.create("ring", "ES256")
    vault.create("other", "ES256")
    vault.create("ring", "ML-DSA-44")
    assert set(vault.unlisted("ring", "ES256", frozenset())) == {first, second}
    assert vault.unlisted("ring", "ES256", frozenset({first})) == [second]
    other_stack = KmsVault(vault.client, vault.tagging, "another")
    assert other_stack.unlisted("ring", "ES256", frozenset()) == []


def test_destroying_may_be_repeated_and_ends_signing(vault: KmsVault) -> None:
    reference = vault.create("ring", "ES256")
    signer = vault.signer(reference, vault.public_key(reference))
    vault.destroy(reference)
    vault.destroy(reference)
    assert vault.unlisted("ring", "ES256", frozenset()) == []
    with pytest.raises(ClientError, match="KMSInvalidState"):
        signer.sign(b"message")
    assert vault.client.describe_key(KeyId=reference)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_another_curve_is_refused() -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(TypeError, match="P-256"):
        public_key_from(
            public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )


def test_a_kms_that_fails_raises_and_nothing_is_remembered() -> None:
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    derive = KmsServerKey(client, "key")
    with Stubber(client) as stub:
        stub.add_client_error("generate_mac", "ThrottlingException", http_status_code=400)
        with pytest.raises(ClientError):
            derive("purpose")
        stub.add_response("generate_mac", {"Mac": b"m" * 32})
        assert derive("purpose") == b"m" * 32
        assert derive("purpose") == b"m" * 32


def test_a_key_that_cannot_be_described_is_not_taken_for_one_that_is_gone() -> None:
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    tagging = boto3.client(
        "resourcegroupstaggingapi", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    vault = KmsVault(client, lambda: tagging, "stack")
    found = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:kms:eu-central-1:1:key/k"}]}
    for code, raises in (("NotFoundException", False), ("ThrottlingException", True)):
        with Stubber(client) as kms, Stubber(tagging) as tags:
            tags.add_response("get_resources", found)
            kms.add_client_error("describe_key", code, http_status_code=400)
            if raises:
                with pytest.raises(ClientError):
                    vault.unlisted("ring", "ES256", frozenset())
            else:
                assert vault.unlisted("ring", "ES256", frozenset()) == []


def test_purposes_get_keys_of_their_own(aws: Callable[[str], Any], tables: dict[str, str]) -> None:
    derive, again = (KmsServerKey(aws("kms"), tables["SERVER_KEY_ID"]) for _ in range(2))
    assert derive("a") == again("a") != derive("b")
    assert len(derive("a")) == 32
