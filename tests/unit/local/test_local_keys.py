"""Keys of the stand-in's KMS: what they are made for, their states, and their end."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.embedded import ROOT, Resolved, StandIn, clean_environment
from local.plan import REGION, Plan
from local.sealing import unseal
from tests.unit.local.standins import Create, client, made, refused

MESSAGE = b"what is signed"
ML_DSA, ED25519 = "ML_DSA_SHAKE_256", "ED25519_SHA_512"
INVALID, UNSUPPORTED = "ValidationException", "UnsupportedOperationException"


@pytest.mark.parametrize(
    ("spec", "usage", "code"),
    [
        (None, None, ""),
        ("SYMMETRIC_DEFAULT", "SIGN_VERIFY", INVALID),
        ("ML_DSA_44", None, INVALID),
        ("ML_DSA_44", "ENCRYPT_DECRYPT", INVALID),
        ("ML_DSA_65", "GENERATE_VERIFY_MAC", INVALID),
        ("ECC_NIST_EDWARDS25519", "KEY_AGREEMENT", INVALID),
        ("ECC_SECG_P256K1", "KEY_AGREEMENT", INVALID),
        ("ECC_NIST_P256", "ENCRYPT_DECRYPT", INVALID),
        ("HMAC_256", "SIGN_VERIFY", INVALID),
        ("HMAC_256", None, INVALID),
        ("RSA_2048", "GENERATE_VERIFY_MAC", INVALID),
        ("RSA_1024", "SIGN_VERIFY", INVALID),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", INVALID),
    ],
)
def test_a_key_is_made_only_for_a_usage_that_its_spec_has(
    kms: Any, spec: str | None, usage: str | None, code: str
) -> None:
    given = {name: value for name, value in (("KeySpec", spec), ("KeyUsage", usage)) if value}
    assert refused(kms.create_key, **given) == code


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT", "HMAC_256:GENERATE_VERIFY_MAC"])
def test_a_key_without_a_pair_has_no_public_key(kms: Any, key: Create, spec: str) -> None:
    assert refused(kms.get_public_key, KeyId=key(*spec.split(":"))) == UNSUPPORTED


DISABLED, STATE = "DisabledException", "KMSInvalidStateException"


@pytest.mark.parametrize(
    ("operation", "arguments", "disabled", "pending"),
    [
        ("sign", {"Message": MESSAGE, "SigningAlgorithm": ML_DSA}, DISABLED, STATE),
        ("verify", {"Message": MESSAGE, "SigningAlgorithm": ML_DSA, "Signature": b"x"}, DISABLED, STATE),
        ("get_public_key", {}, DISABLED, STATE),
        ("generate_mac", {"Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"}, DISABLED, STATE),
        ("describe_key", {}, "", ""),
        ("list_resource_tags", {}, "", ""),
        ("tag_resource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "", STATE),
        ("untag_resource", {"TagKeys": ["a"]}, "", STATE),
        ("update_key_description", {"Description": "d"}, "", STATE),
        ("create_alias", {"AliasName": "alias/for-a-state"}, "", STATE),
        ("schedule_key_deletion", {}, "", STATE),
        ("disable_key", {}, "", STATE),
        ("enable_key", {}, "", STATE),
        ("cancel_key_deletion", {}, STATE, ""),
    ],
)
def test_the_state_of_a_key_decides_what_may_be_done(
    kms: Any, operation: str, arguments: dict[str, Any], disabled: str, pending: str
) -> None:
    spec, usage = ("HMAC_256", "GENERATE_VERIFY_MAC") if operation == "generate_mac" else ("ML_DSA_44", "SIGN_VERIFY")
    for state, code in ((kms.disable_key, disabled), (kms.schedule_key_deletion, pending)):
        arn = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
        state(KeyId=arn)
        name = "TargetKeyId" if operation == "create_alias" else "KeyId"
        assert refused(getattr(kms, operation), **{name: arn}, **arguments) == code


def test_an_enabled_key_has_no_deletion_to_cancel_and_a_disabled_one_can_be_enabled(kms: Any) -> None:
    arn = kms.create_key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    assert refused(kms.cancel_key_deletion, KeyId=arn) == STATE
    kms.disable_key(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=arn)
    assert refused(kms.sign, KeyId=arn, Message=MESSAGE, SigningAlgorithm=ML_DSA) == ""


@pytest.mark.parametrize(
    ("days", "code"), [(-1, INVALID), (0, INVALID), (6, INVALID), (7, ""), (30, ""), (31, INVALID), (None, "")]
)
def test_a_deletion_waits_for_7_to_30_days_and_can_be_cancelled(kms: Any, days: int | None, code: str) -> None:
    metadata = kms.create_key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    given = {} if days is None else {"PendingWindowInDays": days}
    assert refused(kms.schedule_key_deletion, KeyId=metadata["KeyId"], **given) == code
    now = kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"]
    assert now["KeyState"] == ("Enabled" if code else "PendingDeletion")
    if not code:
        waits = now["DeletionDate"] - datetime.now(UTC)
        assert timedelta(0) <= timedelta(days=days or 30) - waits < timedelta(minutes=1)
        assert kms.cancel_key_deletion(KeyId=metadata["Arn"])["KeyId"] == metadata["Arn"]
        assert kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_keys_are_found_by_their_tags_even_when_they_wait_for_their_deletion(standin: Resolved, kms: Any) -> None:
    def tagged(**tags: str) -> str:
        given = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
        return str(kms.create_key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY", Tags=given)["KeyMetadata"]["Arn"])

    def found(**tags: list[str]) -> set[str]:
        filters = [{"Key": name, "Values": values} for name, values in tags.items()]
        pages = client(standin, "resourcegroupstaggingapi").get_paginator("get_resources")
        answers = pages.paginate(TagFilters=filters, ResourceTypeFilters=["kms:key"])
        return {resource["ResourceARN"] for page in answers for resource in page["ResourceTagMappingList"]}

    access, audit, other = tagged(ring="access", of="a"), tagged(ring="audit", of="a"), tagged(ring="access", of="b")
    kms.schedule_key_deletion(KeyId=access)
    assert found(ring=["access"], of=["a"]) == {access}
    assert found(ring=["access", "audit"], of=["a"]) == {access, audit}
    kms.tag_resource(KeyId=other, Tags=[{"TagKey": "of", "TagValue": "a"}])
    assert found(of=["a"]) == {access, audit, other}


@pytest.mark.parametrize("spec", ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519", "ECC_NIST_P256"])
def test_a_key_that_is_not_there_is_not_found(kms: Any, key: Create, spec: str) -> None:
    gone = key(spec)[:-12] + "0" * 12
    assert refused(kms.describe_key, KeyId=gone) == "NotFoundException"
    assert refused(kms.schedule_key_deletion, KeyId=gone) == "NotFoundException"
    assert refused(kms.sign, KeyId=gone, Message=MESSAGE, SigningAlgorithm=ML_DSA) == "NotFoundException"


class Later(StandIn):
    """A stand-in in which as many days have passed as a file says."""

    def __init__(self, state: Path, days: Path) -> None:
        moved = f"keys.now = lambda now=keys.now: now() + timedelta(days=int(open({str(days)!r}).read()))"
        program = f"from datetime import timedelta; from local import keys, standin; {moved}; standin.main()"
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "--state", str(state)],
            stdin=pipe, stdout=pipe, cwd=ROOT, env={**clean_environment(), "AWS_DEFAULT_REGION": REGION},
        )  # fmt: skip


def test_keys_survive_a_restart_and_are_gone_for_good_after_their_deletion_date(tmp_path: Path, plan: Plan) -> None:
    state = tmp_path / "state.pickle"
    tags = [{"TagKey": "of", "TagValue": "restart"}]
    specs = {"ML_DSA_44": ML_DSA, "ML_DSA_65": ML_DSA, "ML_DSA_87": ML_DSA, "ECC_NIST_EDWARDS25519": ED25519}
    specs["ECC_NIST_P256"] = "ECDSA_SHA_256"
    with made(state, plan) as first:
        kms = client(first, "kms")
        arns = {s: kms.create_key(KeySpec=s, KeyUsage="SIGN_VERIFY", Tags=tags)["KeyMetadata"]["Arn"] for s in specs}
        before = {spec: kms.get_public_key(KeyId=arn)["PublicKey"] for spec, arn in arns.items()}
    with made(state, plan) as second:
        kms = client(second, "kms")
        for spec, arn in arns.items():
            request = {"KeyId": arn, "Message": MESSAGE, "SigningAlgorithm": specs[spec]}
            signature = kms.sign(**request)["Signature"]
            assert kms.get_public_key(KeyId=arn)["PublicKey"] == before[spec]
            assert kms.verify(**request, Signature=signature)["SignatureValid"]
        assert kms.list_resource_tags(KeyId=arns["ML_DSA_44"])["Tags"] == tags
        kms.schedule_key_deletion(KeyId=arns["ML_DSA_44"], PendingWindowInDays=7)
        kms.schedule_key_deletion(KeyId=arns["ML_DSA_65"], PendingWindowInDays=9)
        kms.schedule_key_deletion(KeyId=arns["ML_DSA_87"], PendingWindowInDays=7)
        kms.cancel_key_deletion(KeyId=arns["ML_DSA_87"])
        template_key = second.environment("TableFunction")["KEY_ID"]
        kms.schedule_key_deletion(KeyId=template_key, PendingWindowInDays=7)

    days = tmp_path / "days"
    days.write_text("8")
    later = Later(state, days)
    try:
        third = later.make(plan)
        kms = client(third, "kms")
        for gone in (arns["ML_DSA_44"], template_key):
            for call in (kms.describe_key, kms.get_public_key, kms.cancel_key_deletion, kms.list_resource_tags):
                assert refused(call, KeyId=gone) == "NotFoundException"
        assert kms.describe_key(KeyId=arns["ML_DSA_65"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
        assert kms.describe_key(KeyId=arns["ML_DSA_87"])["KeyMetadata"]["KeyState"] == "Disabled"
        found = client(third, "resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "of"}])
        assert {r["ResourceARN"] for r in found["ResourceTagMappingList"]} == {*arns.values()} - {arns["ML_DSA_44"]}
        days.write_text("10")  # from here on nobody asks, but what is saved at the end is looked through
    finally:
        later.close()
    left = unseal((tmp_path / "state.key").read_bytes(), state.read_bytes())
    ids = {spec: arn.rpartition("/")[2].encode() for spec, arn in arns.items()}
    assert [ids[spec] in left for spec in specs] == [False, False, True, True, True]
    # PKCS #8 names its algorithm or curve (RFC 9881, RFC 5480). Of two P-256 keys the template's is gone.
    names = [f"060960864801650304031{level}" for level in (1, 2, 3)] + ["06082a8648ce3d030107"]
    assert [left.count(bytes.fromhex(name)) for name in names] == [0, 0, 1, 1]
