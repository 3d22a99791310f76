"""No role is wider than what its function does: every right in template.yaml is used somewhere in this story."""

from __future__ import annotations

import json
import random
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from lukhas_common.anomaly.features import FEATURES
from lukhas_common.aws import clients
from lukhas_common.aws.keys import LIVES
from lukhas_common.aws.kms import KmsVault
from lukhas_common.aws.ledger_log import S3LogObjects
from lukhas_common.aws.memories import DynamoMemories
from lukhas_common.aws.memory import remembering
from lukhas_common.aws.rings import DynamoRings
from lukhas_common.consent.verify import verify_export
from lukhas_common.crypto.hpke import OpeningKey
from lukhas_common.crypto.key_ring import RingKey
from lukhas_common.crypto.sealed_files import MEDIA_TYPE, open_file
from lukhas_common.guardian.actions.shipped import shipped_policies
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import DataKeys
from lukhas_common.memory.erasing import MemoryErasure, Swept
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.models import ConsolidationResult, MemoryType
from lukhas_common.memory.settling import Settling
from lukhas_common.settings import settings
from tests.dpop_client import DpopClient
from tests.events import event, load_handler
from tests.integration.test_handlers import forget
from tests.integration.test_roles import (
    BUCKETS,
    FUNCTIONS,
    KEYS,
    QUEUES,
    TEMPLATE,
    allowed_by_template,
    logical,
    rights_in,
)
from tests.stack import Stack
from tests.world import PASSWORD

Used = dict[str, set[tuple[str, str]]]
SERVICES = {
    "dynamodb": "dynamodb",
    "events": "events",
    "kms": "kms",
    "resourcegroupstaggingapi": "tag",
    "sqs": "sqs",
}
S3_RIGHTS = {
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""Calls that are allowed by a right of another name."""


class Recorder:
    """Runs handlers as cold functions and notes (action, resource) of every AWS call, as test_roles names them."""

    def __init__(
        self, stack: Stack, tables: dict[str, str], rings: DynamoRings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._stack, self._variables, self._monkeypatch = stack, tables, monkeypatch
        self._session = boto3.Session()
        self.used: Used = {name: set() for name in FUNCTIONS}
        self._rings = rings
        self._names = {tables[variable]: logical(variable) for variable in KEYS} | {
            tables["SERVER_KEY_ID"]: "ServerKey",
            tables["DATA_KEY_ID"]: "DataKey",
            **{tables[variable]: logical(variable) for variable in (*BUCKETS, *QUEUES, "ANOMALY_TOPIC")},
        }

    def run(self, function: str, handler: str, made: dict[str, Any], context: Any = None) -> Any:
        for variable in self._variables:
            given = self._stack.ready["functions"][function].get(variable, "")
            self._monkeypatch.setenv(variable, given)
        forget()
        boto3.DEFAULT_SESSION = self._session  # it has read the descriptions of the services; its clients are new
        for service, prefix in SERVICES.items():
            for client in (clients.client(service), clients.patient_client(service), clients.hasty_client(service)):
                client.meta.events.register("before-call", self._noting(function, prefix))
        for client in (clients.client("s3"), clients.s3_by_link()):
            client.meta.events.register("provide-client-params", self._noting_s3(function))
        clients.client("sns").meta.events.register("provide-client-params", self._noting_sns(function))
        domain = TEMPLATE[function]["Properties"]["Handler"].split(".")[0]
        return load_handler(domain, handler)(made, context)

    def _noting(self, function: str, prefix: str) -> Callable[..., None]:
        def note(model: Any, params: dict[str, Any], **_: Any) -> None:
            body = json.loads(params["body"])
            named = body.get("TableName") or body.get("KeyId") or body.get("QueueUrl")
            targets = body.get("RequestItems") or [named]
            index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
            self.used[function] |= {
                (f"{prefix}:{model.name.removesuffix('Batch')}", self._name(model.name, target) + index)
                for target in targets
            }

        return note

    def _noting_s3(self, function: str) -> Callable[..., None]:
        def note(model: Any, params: dict[str, Any], **_: Any) -> None:
            right, bucket = S3_RIGHTS.get(model.name, model.name), self._names[params["Bucket"]]
            right += "Version" * ("VersionId" in params)
            self.used[function].add((f"s3:{right}", bucket if right.startswith("ListBucket") else f"{bucket}/*"))
            if right == "GetObject" and bucket != "ExportsBucket":
                # Without it S3 says of an object that is not there that it is forbidden. Exports are only linked to.
                self.used[function].add(("s3:ListBucket", bucket))

        return note

    def _noting_sns(self, function: str) -> Callable[..., None]:
        def note(model: Any, params: dict[str, Any], **_: Any) -> None:
            self.used[function].add((f"sns:{model.name.removesuffix('Batch')}", self._names[params["TopicArn"]]))

        return note

    def _name(self, action: str, target: str | None) -> str:
        if action == "PutEvents":
            return "default bus"
        if target is None:
            return "*"
        if target in self._names:
            return self._names[target]
        rings = [self._rings.load(name)[0] for name in LIVES]
        owner = next((ring.name for ring in rings for key in ring.keys if key.reference == target), "")
        return f"keys of {owner}" if action == "Sign" else "keys"


@pytest.fixture
def rings(aws: Callable[[str], Any], tables: dict[str, str]) -> DynamoRings:
    return DynamoRings(aws("dynamodb"), tables["KEYS_TABLE"], LIVES)


@pytest.fixture
def recorder(
    stack: Stack, tables: dict[str, str], rings: DynamoRings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recorder]:
    for name, value in {**stack.ready["admin"], "STAGE": "local"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    boto3.DEFAULT_SESSION = None
    yield Recorder(stack, tables, rings, monkeypatch)
    forget()


def test_every_right_is_used(
    recorder: Recorder,
    aws: Callable[[str], Any],
    tables: dict[str, str],
    username: str,
    rings: DynamoRings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens, user, client = an_account(recorder, aws("dynamodb"), tables, username)
    refresh = event(
        "POST /identity/token/refresh",
        {"refresh_token": tokens["refresh_token"]},
        headers={"dpop": client.proof("POST", "/identity/token/refresh")},
    )
    refreshed = json.loads(recorder.run("RefreshTokenFunction", "refresh_token", refresh)["body"])
    qrg_tokens(recorder, user)
    for token in (tokens["access_token"], refreshed["refresh_token"]):
        asked = event("POST /identity/token/introspect", {"token": token}, user=user)
        assert json.loads(recorder.run("IntrospectTokenFunction", "introspect_token", asked)["body"])["active"]
    change = {"old_password": PASSWORD, "new_password": "another long passphrase 42"}
    recorder.run("ChangePasswordFunction", "change_password", event("PUT /identity/password", change, user=user))
    recorder.run("LogoutFunction", "logout", event("POST /identity/logout", user=user))
    for token in (tokens["access_token"], refreshed["refresh_token"]):
        recorder.run("RevokeTokenFunction", "revoke_token", event("POST /identity/token/revoke", {"token": token}))
    recorder.run("JwksFunction", "jwks", event("GET /.well-known/jwks.json"))
    recorder.run("MetadataFunction", "metadata", event("GET /.well-known/oauth-authorization-server"))
    recorder.run("HealthFunction", "health", event("GET /health"))
    rotation(recorder, aws, tables, rings)
    # Creating a key with tags takes the right to tag it, which is no call of its own.
    recorder.used["RotateKeysFunction"].add(("kms:TagResource", "*"))
    consent(recorder, monkeypatch)
    guardian(recorder, monkeypatch)
    memory(recorder, monkeypatch, aws("dynamodb"), tables)
    consciousness(recorder, monkeypatch)
    privacy(recorder)
    redaction(recorder)
    anonymity(recorder)
    refused = event(
        "GET /privacy/anomalies", headers=client.headers("GET", "/privacy/anomalies", tokens["access_token"])
    )
    anomalies(recorder, monkeypatch, aws("s3"), tables, refused)
    shared = {
        policy: {
            right
            for statement in TEMPLATE[policy]["Properties"]["PolicyDocument"]["Statement"]
            for right in rights_in(statement)
        }
        for policy in ("AppendToLedger", "ReportHeartbeat")
    }
    # Whether a process appends under a key that it holds, finds or makes, depends on who asked before, and whether a
    # heartbeat is due on when it was asked.
    assert set().union(*recorder.used.values()) >= set().union(*shared.values())
    for name in FUNCTIONS:
        policies = {policy.get("Ref") for policy in TEMPLATE[name]["Properties"].get("Policies", [])}
        by_policy = set().union(*(rights for policy, rights in shared.items() if policy in policies))
        assert recorder.used[name] | by_policy == allowed_by_template(name), name


def an_account(
    recorder: Recorder, dynamodb: Any, tables: dict[str, str], username: str
) -> tuple[dict[str, Any], dict[str, str], DpopClient]:
    """Register, log in and ask, with a name that a dead registration held and a hash that is upgraded."""
    credentials = {"username": username, "password": PASSWORD}
    dynamodb.put_item(
        TableName=tables["USERNAMES_TABLE"],
        Item={"username": {"S": username}, "user_id": {"S": "dead"}, "claimed_at": {"N": "1"}},
    )
    registered = recorder.run("RegisterFunction", "register", event("POST /identity/register", credentials))
    assert registered["statusCode"] == 201
    dynamodb.update_item(
        TableName=tables["USERS_TABLE"],
        Key={"user_id": {"S": json.loads(registered["body"])["user_id"]}},
        UpdateExpression="SET password_hash = :weak",
        ExpressionAttributeValues={":weak": {"S": PasswordHasher(memory_kib=64, time_cost=1).hash(PASSWORD)}},
    )
    client = DpopClient("https://api.example.org")
    login = event("POST /identity/auth", credentials, headers={"dpop": client.proof("POST", "/identity/auth")})
    tokens = json.loads(recorder.run("AuthenticateFunction", "authenticate", login)["body"])
    assert tokens["token_type"] == "DPoP"
    asked = event("GET /identity/profile", headers=client.headers("GET", "/identity/profile", tokens["access_token"]))
    user = recorder.run("AuthorizerFunction", "authorizer", asked)["context"]
    recorder.run("ProfileFunction", "profile", event("GET /identity/profile", user=user))
    return tokens, user, client


def qrg_tokens(recorder: Recorder, user: dict[str, str]) -> None:
    """Issue, present, introspect, rotate and revoke QRG tokens in both forms."""

    def issued() -> dict[str, Any]:
        asked = event(
            "POST /identity/qrg",
            {"scopes": ["identity:read"]},
            user=user,
            headers={"idempotency-key": secrets.token_hex(8)},
        )
        made: dict[str, Any] = json.loads(recorder.run("QrgIssueFunction", "qrg_issue", asked)["body"])
        return made

    token = issued()
    for form in (token["token"], token["handle"]):
        asked = event("GET /identity/profile", token=form)
        assert recorder.run("AuthorizerFunction", "authorizer", asked)["isAuthorized"]
        for function, name, path in (
            ("QrgIntrospectFunction", "qrg_introspect", "POST /identity/qrg/introspect"),
            ("IntrospectTokenFunction", "introspect_token", "POST /identity/token/introspect"),
        ):
            answer = recorder.run(function, name, event(path, {"token": form}, user=user))
            assert json.loads(answer["body"])["active"]
    rotation = event(
        "POST /identity/qrg/rotate", {"token": token["handle"]}, user=user, headers={"idempotency-key": "k"}
    )
    rotated = json.loads(recorder.run("QrgRotateFunction", "qrg_rotate", rotation)["body"])
    for form in (rotated["handle"], issued()["token"]):
        recorder.run("QrgRevokeFunction", "qrg_revoke", event("POST /identity/qrg/revoke", {"token": form}))
    for form in (issued()["handle"], issued()["token"]):
        recorder.run("RevokeTokenFunction", "revoke_token", event("POST /identity/token/revoke", {"token": form}))


def rotation(recorder: Recorder, aws: Callable[[str], Any], tables: dict[str, str], rings: DynamoRings) -> None:
    """A ring without a standby, with a key to destroy and one to forget, and a key that cannot be taken up."""
    vault = KmsVault(aws("kms"), lambda: aws("resourcegroupstaggingapi"), tables["STACK_NAME"])
    ring, _ = rings.load("access")
    standby = ring.standby()
    assert standby is not None
    gone = vault.create("access", "ES256")
    key = vault.public_key(gone)
    rings.publish("access", key)
    vault.destroy(gone)
    aws("kms").schedule_key_deletion(KeyId=standby.reference, PendingWindowInDays=7)
    old = RingKey(key.kid, "ES256", gone, 1.0, 1.0, 2.0, 3.0)
    older = RingKey("older", "ES256", gone, 1.0, 1.0, 2.0, 3.0, destroyed_at=4.0)
    keys = tuple(key for key in ring.keys if key.kid != standby.kid)
    assert rings.save(replace(ring, keys=(*keys, old, older)))
    recorder.run("RotateKeysFunction", "rotate_keys", {})
    tended, _ = rings.load("access")
    assert tended.standby() is not None
    assert tended.find(key.kid).destroyed_at is not None
    assert "older" not in {key.kid for key in tended.keys}


def consent(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Consent from its grant to its erasure, and the public log."""
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": "consent:read consent:write"}
    admin = {**user, "user_id": uuid7(time.time()), "scopes": "consent:admin role:admin"}
    grant = {"scope": "elr.interests", "notice": {"id": "n", "version": "1", "sha256": "0" * 64}}
    for _ in range(2):
        asked = event("POST /consent", grant, user=user, headers={"idempotency-key": "k"})
        receipt = json.loads(recorder.run("GrantConsentFunction", "grant", asked)["body"])["receipt"]
    sequencing = SimpleNamespace(get_remaining_time_in_millis=lambda: 55_000)
    # A run that dies is finished by the next.
    for dies in (True, False, False):
        with monkeypatch.context() as patched, suppress(ZeroDivisionError):
            if dies:
                patched.setattr(S3LogObjects, "put_checkpoint", lambda *_: 1 / 0)
            recorder.run("SequenceLedgerFunction", "sequence_ledger", {}, sequencing)
    for function, handler, route, body, who in (
        ("CheckConsentFunction", "check", "POST /consent/check", {"requester_role": "agent", "scopes": ["elr"]}, user),
        ("ConsentHistoryFunction", "history", "GET /consent/history", None, user),
        ("ConsentReceiptFunction", "receipt", f"GET /consent/receipts/{receipt['entry_id']}", None, user),
        ("ConsentProofFunction", "proof", f"GET /consent/proof/{receipt['hash']}", None, user),
        ("WithdrawConsentFunction", "withdraw", "POST /consent/elr/withdraw", {}, user),
        ("RevokeConsentFunction", "revoke", f"POST /consent/{user['user_id']}/elr/revoke", {"reason": "r"}, admin),
        ("LedgerCheckpointFunction", "checkpoint", "GET /ledger/checkpoint", None, None),
        ("LedgerTileFunction", "tile", "GET /ledger/tile/entries/000.p/1", None, None),
        ("LedgerKeysFunction", "log_keys", "GET /ledger/keys", None, None),
    ):
        answer = recorder.run(function, handler, event(route, body, user=who))
        assert answer["statusCode"] in (200, 404 if handler == "tile" else 200), answer
    export = event("GET /consent/export", user=user)
    monkeypatch.setattr("lukhas_common.aws.export.AT_ONCE", 10)
    # What was erased while it was exported is deleted, and an upload that breaks off is tidied up.
    with monkeypatch.context() as patched:
        patched.setattr(DataKeys, "to_open", lambda *_: None)
        assert recorder.run("ExportConsentFunction", "export", export)["statusCode"] in (410, 503)
    # This one is left for the erasure to find.
    assert recorder.run("ExportConsentFunction", "export", export)["statusCode"] == 303
    key = OpeningKey.random()
    sealed = export | {"queryStringParameters": {"recipient": key.recipient().as_text()}}
    link = recorder.run("ExportConsentFunction", "export", sealed)["headers"]["Location"]
    where = {"Bucket": settings().exports_bucket, "Key": "/".join(urlsplit(link).path.split("/")[-2:])}
    stored = clients.s3_by_link().get_object(**where)
    assert stored["ContentType"] == MEDIA_TYPE
    verify_export(b"".join(open_file(key, stored["Body"])))
    monkeypatch.setattr("lukhas_common.aws.exports._parts", lambda pieces: 1 / 0)
    assert recorder.run("ExportConsentFunction", "export", export)["statusCode"] == 500
    erased = recorder.run("EraseConsentFunction", "erase", event("DELETE /consent/me", user=user))
    assert erased["statusCode"] == 200, erased
    assert recorder.run("FinishErasuresFunction", "finish_erasures", {}) == {"finished": 0}


def guardian(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies from their installation to a rollback, and a decision from its veto to a replay."""
    scopes = "guardian:use guardian:admin role:admin"
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": "guardian:use"}
    admins = [{**user, "user_id": uuid7(time.time()), "scopes": scopes} for _ in range(2)]
    version = f"v-{secrets.token_hex(6)}"
    text = (
        '@id("all") @severity("low") @principle("helpfulness") @explain("Yes.") permit (principal, action, resource);'
    )
    more = {**shipped_policies("assistant"), "more.cedar": f"// {version}"}
    monkeypatch.setattr("lukhas_common.aws.guardian.shipped_policies", lambda name: more)
    assert recorder.run("InstallPoliciesFunction", "install_policies", {})["active"]
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()

    def ask(name: str, route: str, body: Any, who: Any, status: int = 200) -> Any:
        function = "".join(word.capitalize() for word in name.split("_")) + "Function"
        handler = TEMPLATE[function]["Properties"]["Handler"].split(".")[1]
        answer = recorder.run(function, handler, event(route, body, user=who))
        assert answer["statusCode"] == status, answer
        return json.loads(answer["body"])

    def validated() -> str:
        asked = {"action": "delete_all_backups"}
        return str(ask("validate_action", "POST /guardian/validate", asked, user)["decision_id"])

    decision = validated()
    proposal = ""
    for admin in admins:
        override = {"reason": "r", "expires_at": until, "proposal": proposal}
        proposal = ask("override_veto", f"POST /guardian/veto/{decision}/override", override, admin)["entry_hash"]
    validated()
    veto = {"action_id": decision, "reason": "r", "explanation": "e"}
    ask("record_veto", "POST /guardian/veto", veto, admins[0], 201)
    put = f"PUT /guardian/policies/{version}"
    published = ask("put_policies", put, {"policies": {"a.cedar": text}}, admins[0])
    assert published["standing"]["active"] == version
    ask("list_policies", "GET /guardian/policies", None, user)
    ask("get_policies", f"GET /guardian/policies/{version}", None, user)
    ask("activate_policies", f"POST /guardian/policies/{version}/activate", None, admins[0])
    ask("roll_back_policies", "POST /guardian/policies/rollback", None, admins[0])
    ask("replay_decisions", "POST /guardian/replay", {"version": version, "limit": 2}, admins[0])
    ask("delete_policies", f"DELETE /guardian/policies/{version}", None, admins[0])
    ask("guardian_health", "GET /guardian/health", None, None)
    ask("get_decision", f"GET /guardian/decisions/{decision}", None, user)
    ask("list_reviews", "GET /guardian/reviews", None, admins[0])
    ask("settle_review", f"POST /guardian/reviews/{decision}", {"reason": "r"}, admins[0])
    ask("revise_response", "POST /guardian/revise", {"response": "Tea is warm."}, user)
    ask("constrain_prompt", "POST /guardian/constrain", {"prompt": "Summarise this."}, user)


def redaction(recorder: Recorder) -> None:
    """A text whose personal data becomes tokens, and back again."""
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": ""}
    text = "Write to ada@example.org"
    asked = event("POST /privacy/redact", {"text": text, "mode": "tokenise"}, user=user)
    hidden = json.loads(recorder.run("RedactFunction", "redact", asked)["body"])["text"]
    assert "ada" not in hidden
    asked = event("POST /privacy/detokenise", {"text": hidden}, user=user)
    assert json.loads(recorder.run("DetokeniseFunction", "detokenise", asked)["body"])["text"] == text
    altered = event("POST /privacy/detokenise", {"text": hidden.replace("EMAIL", "PHONE")}, user=user)
    assert recorder.run("DetokeniseFunction", "detokenise", altered)["statusCode"] == 422


def consciousness(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status, a level that is set, a subsystem that lives, and a series that raises an alarm."""
    scopes = "consciousness:read consciousness:write consciousness:admin role:admin"
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": scopes}
    monkeypatch.setattr("lukhas_common.consciousness.drift.watch.LEARNED", 2)
    signals = []
    for mood in (0, 0, 1):
        body = {"baseline_state": {"mood": 0}, "current_state": {"mood": mood}, "series": "mood"}
        asked = event("POST /consciousness/drift/detect", body, user=user)
        answer = recorder.run("DetectDriftFunction", "detect_drift", asked)
        assert answer["statusCode"] == 200, answer
        signals.append(json.loads(answer["body"])["series"]["signal"])
    assert signals == ["learning", "learning", "alarm"]
    for function, handler, route, body in (
        ("GetStatusFunction", "get_status", "GET /consciousness/status", None),
        ("GetMetricsFunction", "get_metrics", "GET /consciousness/metrics", None),
        (
            "UpdateAwarenessFunction",
            "update_awareness",
            "POST /consciousness/awareness/update",
            {"new_level": 1, "reason": "r"},
        ),
        (
            "ReportHeartbeatFunction",
            "report_heartbeat",
            "POST /consciousness/heartbeat",
            {"name": "rights", "interval_seconds": 86400},
        ),
    ):
        answer = recorder.run(function, handler, event(route, body, user=user))
        assert answer["statusCode"] == 200, answer


def anonymity(recorder: Recorder) -> None:
    """A table that is measured and generalised."""
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": "privacy:use"}
    table = {"rows": [{"age": 40}, {"age": 50}], "quasi_identifiers": ["age"], "k": 2}
    asked = event("POST /privacy/anonymity", table, user={**user, "scopes": "privacy:use"})
    answer = recorder.run("MeasureAnonymityFunction", "measure_anonymity", asked)
    assert answer["statusCode"] == 200, answer


def anomalies(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, s3: Any, tables: dict[str, str], refused: Any
) -> None:
    """A refused request that is an alert, which ends tokens, is sent and is looked at; and a model that is trained."""
    monkeypatch.setenv("ANOMALY_RESPONSE", "high=revoke")
    for number in ("FAILURES", "BURST"):
        monkeypatch.setattr(f"lukhas_common.anomaly.kinds.{number}", 1)
    minutes = SimpleNamespace(get_remaining_time_in_millis=lambda: 55_000)
    assert not recorder.run("AuthorizerFunction", "authorizer", refused)["isAuthorized"]
    recorder.run("SequenceLedgerFunction", "sequence_ledger", {}, minutes)
    assert recorder.run("DetectAnomaliesFunction", "detect_anomalies", {}, minutes)["told"] >= 1
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": "privacy:watch role:auditor"}
    asked = event("GET /privacy/anomalies", user=user)
    found = json.loads(recorder.run("ListAnomaliesFunction", "list_anomalies", asked)["body"])["anomalies"]
    asked = event(f"GET /privacy/anomalies/{found[0]['principal']}", user=user)
    assert json.loads(recorder.run("GetAnomaliesFunction", "get_anomalies", asked)["body"])["windows"]
    chance = random.Random(1)  # noqa: S311 - not for secrets
    usual = [
        (chance.choice([0.7, 1.1, 1.6]), chance.choice([0.0, 0.2]), *[0.0] * (len(FEATURES) - 2)) for _ in range(900)
    ]
    rows = [struct.pack(f"<{len(FEATURES)}d", *row) for row in usual]
    bucket = tables["STAGING_BUCKET"]
    # What this story did is nothing like what is usual.
    (found,) = s3.list_objects_v2(Bucket=bucket, Prefix="anomaly/rows/")["Contents"]
    s3.put_object(Bucket=bucket, Key=found["Key"], Body=zlib.compress(b"".join(rows)))
    trained = recorder.run("TrainAnomaliesFunction", "train_anomalies", {})
    assert trained["accepted"], trained
    s3.put_object(Bucket=bucket, Key="anomaly/models/no-longer-needed", Body=b"")
    assert recorder.run("TrainAnomaliesFunction", "train_anomalies", {})["moved"]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="anomaly/models/no-longer-needed")
    recorder.run("DetectAnomaliesFunction", "detect_anomalies", {}, minutes)


def privacy(recorder: Recorder) -> None:
    """An event that is kept once, a noisy answer, a budget that ends, and an erasure."""
    scopes = "privacy:write privacy:analyse"
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": scopes}

    def ask(name: str, route: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        function = "".join(word.capitalize() for word in name.split("_")) + "Function"
        answer = recorder.run(function, name, event(route, body, user=user, headers=headers))
        assert answer["statusCode"] == status, answer
        return json.loads(answer["body"])

    words = {"minutes": 12, "feature": "chat", "topic": "mail ada@example.org", "email": "ada@example.org"}
    logged = {"dataset": "usage", "event": words}
    for _ in range(2):
        made = ask("log_event", "POST /privacy/events", logged, 201, **{"idempotency-key": "k"})
        assert made["kept"] == ["feature", "minutes", "topic"]
    ask("log_event", "POST /privacy/events", {**logged, "event": {"minutes": "many"}}, 422)
    ask("log_event", "POST /privacy/events", {**logged, "dataset": "none"}, 404)
    free = {"dataset": "usage", "aggregation": "histogram", "column": "topic", "epsilon": 0.5}
    assert ask("get_statistic", "POST /privacy/statistics", free)["histogram"] == {}
    question = {"dataset": "usage", "aggregation": "count", "epsilon": 7.5}
    found, again = (
        ask("get_statistic", "POST /privacy/statistics", question, **{"idempotency-key": "k"}) for _ in range(2)
    )
    assert found == again
    ask("get_statistic", "POST /privacy/statistics", {**question, "epsilon": 7}, 422, **{"idempotency-key": "k"})
    assert found["epsilon_left"] == 2
    assert found["warning"]
    assert "noise" not in found
    refused = ask("get_statistic", "POST /privacy/statistics", question, 409)
    assert refused["code"] == "privacy_budget_exhausted"
    ask("get_statistic", "POST /privacy/statistics", {**question, "aggregation": "mean"}, 422)
    left = ask("get_budget", "GET /privacy/budget/usage")
    assert (left["epsilon_spent"], left["composed"]["basic"]) == (8, 8)
    assert ask("erase_events", "DELETE /privacy/events") == {"events": 1}
    assert ask("erase_events", "DELETE /privacy/events") == {"events": 0}
    ask("log_event", "POST /privacy/events", logged, 201)
    erased = recorder.run("EraseConsentFunction", "erase", event("DELETE /consent/me", user=user))
    assert erased["statusCode"] == 200, erased


def memory(recorder: Recorder, monkeypatch: pytest.MonkeyPatch, dynamodb: Any, tables: dict[str, str]) -> None:
    """Memories from their storing to their erasure, with a fold that moves, a rival writer, and one that is damaged."""
    user = {"user_id": uuid7(time.time()), "session_id": "s", "token_id": "t", "scopes": "memory:read memory:write"}
    at = "/consciousness/memory"

    def ask(name: str, function: str, route: str, body: Any = None, status: int = 200) -> Any:
        answer = recorder.run(function, name, event(route, body, user=user))
        assert answer["statusCode"] == status, answer
        return json.loads(answer["body"])

    def errand(task: str) -> None:
        message = {"messageId": "m", "body": json.dumps({"task": task, "owner": user["user_id"]})}
        done = recorder.run("RunErrandsFunction", "run_errands", {"Records": [message]})
        assert done == {"batchItemFailures": []}

    def damaged(memory_id: str) -> None:
        """Put a memory whose content does not open."""
        item = next(
            item
            for page in dynamodb.get_paginator("query").paginate(
                TableName=tables["MEMORIES_TABLE"],
                KeyConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": user["user_id"]}},
                ConsistentRead=True,
            )
            for item in page["Items"]
            if item["memory_id"]["S"] == memory_id
        )
        dynamodb.put_item(TableName=tables["MEMORIES_TABLE"], Item={**item, "content": {"B": b"damaged"}})

    def stored(key: str) -> str:
        made = ask("store_memory", "StoreMemoryFunction", f"POST {at}", {"key": key, "value": key}, 201)
        return str(made["memory_id"])

    ids = [stored(f"k{number}") for number in range(4)]
    broken = stored("broken")
    damaged(broken)
    ask("delete_memory", "DeleteMemoryFunction", f"DELETE {at}/keys/k3")
    ask("create_fold", "CreateFoldFunction", f"POST {at}/folds", {"memory_ids": [*ids[:2], broken]}, 201)
    with monkeypatch.context() as patched:
        answers = iter([False, True])
        patched.setattr(DynamoMemories, "move", lambda *_: next(answers))
        ask("delete_memory", "DeleteMemoryFunction", f"DELETE {at}/keys/k2")
    stored("k4")
    damaged(stored("broken too"))
    ask("delete_memory", "DeleteMemoryFunction", f"DELETE {at}/keys/k4")
    errand("settle_working")
    errand("settle_episodic")
    ask("create_fold", "CreateFoldFunction", f"POST {at}/folds", {"memory_ids": [stored("k5")]}, 201)
    for module in ("settling", "compressing"):
        monkeypatch.setattr(f"lukhas_common.memory.{module}.GRACE", -60)
    errand("settle_episodic")
    ask("delete_memory", "DeleteMemoryFunction", f"DELETE {at}/keys/k1")
    with monkeypatch.context() as patched:
        moves = iter([False])
        move = DynamoMemories.move
        patched.setattr(DynamoMemories, "move", lambda self, each: next(moves, True) and move(self, each))
        errand("compress")
    ask("search_memory", "SearchMemoryFunction", f"POST {at}/search", {"query": "k0"})
    with monkeypatch.context() as patched:
        read = Folds.read
        gone = iter([None])
        patched.setattr(Folds, "read", lambda self, *given: next(gone, read(self, *given)))
        ask("get_memory", "GetMemoryFunction", f"GET {at}/keys/k0")
    ask("list_memories", "ListMemoriesFunction", f"GET {at}")
    listed = event(f"GET {at}/folds", user=user)
    listed["rawQueryString"], listed["queryStringParameters"] = "check=true", {"check": "true"}
    (fold, *_) = json.loads(recorder.run("ListFoldsFunction", "list_folds", listed)["body"])["folds"]
    assert fold["damaged_frames"] == []
    with monkeypatch.context() as patched:
        patched.setattr(Settling, "settle_episodic", lambda *_: ConsolidationResult(behind=1))
        errand("settle_episodic")
    waiting = {"key": "now", "value": 1, "memory_type": "working"}
    ask("store_memory", "StoreMemoryFunction", f"POST {at}", waiting, 201)
    stored("k6")
    with monkeypatch.context() as patched:
        # The stack takes errands at the same time, by a clock that is right: what is due in a week it leaves alone.
        patched.setattr("lukhas_common.times.now", lambda: round(time.time() + 8 * 86400, 3))
        for schedule in ("settle_working", "settle_episodic", "compress_folds"):
            name = "".join(word.capitalize() for word in schedule.split("_")) + "Function"
            assert recorder.run(name, schedule, {})["sent"] >= 1
    plain = DynamoMemories(dynamodb, tables["MEMORIES_TABLE"])
    late = next(plain.every(user["user_id"]))
    with monkeypatch.context() as patched:
        swept = MemoryErasure._swept

        def beside_a_writer(self: MemoryErasure, owner: str) -> Swept:
            replace(remembering(), store=plain).remember(owner, "new", 1, MemoryType.EPISODIC)
            return swept(self, owner)

        patched.setattr(MemoryErasure, "_swept", beside_a_writer)
        ask("erase_memories", "EraseMemoriesFunction", f"DELETE {at}")
    plain.put(late)  # by a process that held the key still
    errand("erase")
    # What Lambda itself does under the role of the function that takes a queue's messages.
    taking = {("sqs:" + right, "ErrandsQueue") for right in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    recorder.used["RunErrandsFunction"] |= taking
