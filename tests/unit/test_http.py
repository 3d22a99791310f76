"""The endpoint idiom: strict in what it takes, RFC 9457 in what it refuses, and silent about secrets."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Depends
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from lukhas_common.access.gate import Gate
from lukhas_common.gating import admit
from lukhas_common.http import Caller, Endpoint, caller, endpoint
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.ledger.entries import OutcomeUnknownError
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.logs import logger
from lukhas_common.policy.model import Permission
from lukhas_common.problems import STATUS, Problem
from lukhas_common.routes import PUBLIC, Route
from tests.events import event
from tests.gates import memory_gate

USER = {"user_id": "u1", "session_id": "s1", "token_id": "t1", "scopes": "a:b c:d"}


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    text: str
    count: int = 0


OPEN = Route("POST", "/notes", PUBLIC, "Take a note")
CLOSED = Route("GET", "/notes", "note:read", "Read notes", Permission.READ_PROFILE)


def taking(function: Any) -> Endpoint:
    def take(note: Note) -> Note:
        """Take it."""
        return function(note) or note

    return endpoint(OPEN)(take)


def problem(answer: dict[str, Any], status: int, code: str) -> dict[str, Any]:
    assert answer["statusCode"] == status, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    body = json.loads(answer["body"])
    Problem.model_validate(body)
    assert (body["code"], body["status"], body["request_id"]) == (code, status, "request-1")
    return dict(body)


def test_a_valid_request_is_answered_and_not_cached() -> None:
    answer = taking(lambda note: None)(event("POST /notes", {"text": "hello"}), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"text": "hello", "count": 0}
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


def test_a_body_in_base64_is_the_same_body() -> None:
    raw = base64.b64encode(b'{"text": "h\xc3\xa9"}').decode()
    answer = taking(lambda note: None)(event("POST /notes", raw=raw, base64=True), None)
    assert json.loads(answer["body"])["text"] == "hé"


@pytest.mark.parametrize(
    "raw",
    ["", "{", "nul", '{"text": "a", "text": "b"}', '{"text": NaN}', '{"text": "\\ud800"}', "[" * 100_000, "\ufeff{}"],
)
def test_what_readers_could_read_differently_is_no_body(raw: str) -> None:
    problem(taking(lambda note: None)(event("POST /notes", raw=raw), None), 400, "body_invalid")


@pytest.mark.parametrize("raw", ["!!!", base64.b64encode(b"\xff\xfe").decode(), "A"])
def test_bytes_that_are_not_utf8_are_no_body(raw: str) -> None:
    problem(taking(lambda note: None)(event("POST /notes", raw=raw, base64=True), None), 400, "body_invalid")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_only_json_is_taken(kind: str) -> None:
    sent = event("POST /notes", {"text": "x"}, headers={"content-type": kind})
    problem(taking(lambda note: None)(sent, None), 415, "media_type_unsupported")


def test_the_case_of_header_names_does_not_matter() -> None:
    sent = event("POST /notes", {"text": "x"})
    sent["headers"] = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
    assert taking(lambda note: None)(sent, None)["statusCode"] == 200


def test_a_charset_does_not_matter() -> None:
    sent = event("POST /notes", {"text": "x"}, headers={"content-type": "Application/JSON; charset=utf-8"})
    assert taking(lambda note: None)(sent, None)["statusCode"] == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": 1}, "text"),
        ({"text": "x", "count": "1"}, "count"),
        ({"text": "x", "count": True}, "count"),
        ({"text": "x", "SECRET": "hunter2"}, "body"),
        ([], "body"),
        ("hunter2", "body"),
        (None, "body"),
        ({"text": ["hunter2"]}, "text"),
    ],
)
def test_wrong_fields_are_named_and_their_values_are_not(body: Any, field: str) -> None:
    raw = json.dumps(body)
    answer = problem(taking(lambda note: None)(event("POST /notes", raw=raw), None), 422, "request_invalid")
    assert field in [error["field"] for error in answer["errors"]]
    assert "hunter2" not in json.dumps(answer)
    assert "SECRET" not in json.dumps(answer)


@given(raw=st.text(max_size=200))
def test_no_text_as_a_body_breaks_the_endpoint(raw: str) -> None:
    assert taking(lambda note: None)(event("POST /notes", raw=raw), None)["statusCode"] in (200, 400, 422)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_json_as_a_body_breaks_the_endpoint(value: Any) -> None:
    answer = taking(lambda note: None)(event("POST /notes", raw=json.dumps(value)), None)
    assert answer["statusCode"] in (200, 400, 422)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason in STATUS])
def test_every_reason_becomes_its_status(reason: Reason) -> None:
    def refuse(note: Note) -> None:
        raise IdentityError(reason, "Do this next.", retry_after=7)

    answer = taking(refuse)(event("POST /notes", {"text": "x"}), None)
    body = problem(answer, STATUS[reason], reason)
    assert body["detail"] == "Do this next."
    assert answer["headers"]["Retry-After"] == "7"
    assert ("WWW-Authenticate" in answer["headers"]) == (answer["statusCode"] == 401)


def test_whatever_breaks_is_a_problem_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(logger, "exception", logged.append)

    def fail(note: Note) -> None:
        raise RuntimeError("hunter2")

    answer = problem(taking(fail)(event("POST /notes", {"text": "x"}), None), 500, "internal_error")
    assert "hunter2" not in json.dumps(answer)
    assert logged == ["unexpected error"]


def test_an_answer_that_breaks_its_own_model_is_a_problem() -> None:
    def function(note: Note) -> Note:
        return {"wrong": 1}  # type: ignore[return-value]

    problem(endpoint(OPEN)(function)(event("POST /notes", {"text": "x"}), None), 500, "internal_error")


def closed() -> tuple[Endpoint, list[Caller]]:
    seen: list[Caller] = []

    def read(who: Annotated[Caller, Depends(caller)]) -> Note:
        seen.append(who)
        return Note(text="x")

    return endpoint(CLOSED)(read), seen


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = memory_gate()
    monkeypatch.setattr("lukhas_common.gating.gate", lambda: made)
    return made


def test_the_authorizer_says_who_asks(gate: Gate) -> None:
    handler, seen = closed()
    assert handler(event("GET /notes", user=USER), None)["statusCode"] == 200
    assert seen == [Caller("u1", frozenset({"a:b", "c:d"}), "s1", None, "t1")]
    (opened,) = gate.ledger.read("access/u1")
    assert opened.record is not None
    assert opened.record.kind == "access.allowed"


@pytest.mark.parametrize(
    ("query", "body", "asked_for"),
    [
        ({"limit": "50"}, None, 50),
        (None, '{"limit": 100}', 100),
        ({"limit": "7"}, '{"limit": 100}', 7),
        ({"limit": "0"}, None, None),
        ({"limit": "99999"}, None, None),
        ({"limit": "٥"}, None, None),
        (None, '{"limit": true}', None),
        (None, '{"limit": 10000}', None),
        (None, '[{"limit": 5}]', None),
        (None, "no JSON", None),
        ({"other": "5"}, None, None),
    ],
)
def test_an_access_says_how_many_records_are_asked_for(
    gate: Gate, query: dict[str, str] | None, body: str | None, asked_for: int | None
) -> None:
    asked = {**event("GET /notes", user=USER), "queryStringParameters": query, "body": body}
    admit(CLOSED, asked, Caller("u1", frozenset(), "s1", None, "t1"))
    (opened,) = gate.ledger.read("access/u1")
    assert opened.body.get("asked_for") == asked_for


def test_what_the_gate_refuses_does_not_run(gate: Gate) -> None:
    def erase() -> None:
        pytest.fail("it ran")

    handler = endpoint(replace(CLOSED, permission=Permission.ERASE_DATA))(erase)
    agent = {name: value for name, value in USER.items() if name != "session_id"}
    two = {**agent, "scopes": "role:admin role:auditor"}
    problem(handler(event("GET /notes", user=two), None), 403, "role_ambiguous")
    problem(handler(event("GET /notes", user=agent), None), 403, "access_denied")
    (opened,) = gate.ledger.read("access/u1")
    assert opened.record is not None
    assert opened.record.kind == "access.refused"


def test_what_cannot_be_logged_does_not_happen(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, entry: object) -> None:
        raise OutcomeUnknownError("the disk is full")

    monkeypatch.setattr(MemoryEntries, "put", full)
    handler, seen = closed()
    problem(handler(event("GET /notes", user=USER), None), 503, "unavailable")
    assert seen == []


def test_a_route_that_does_not_say_what_it_does_to_whose_data_does_nothing(gate: Gate) -> None:
    seen: list[None] = []
    handler = endpoint(Route("GET", "/notes", "note:read", "Read notes"))(lambda: seen.append(None))
    problem(handler(event("GET /notes", user=USER), None), 500, "internal_error")
    assert seen == []


@pytest.mark.parametrize("user", [None, {}, {"user_id": ""}, {"user_id": "u1"}, {"token_id": "t1"}])
def test_without_the_authorizer_nothing_runs(user: dict[str, str] | None) -> None:
    handler, seen = closed()
    problem(handler(event("GET /notes", user=user), None), 401, "authentication_required")
    assert seen == []


def test_a_handler_that_does_not_ask_who_it_is_does_not_run_either() -> None:
    def read() -> Note:
        pytest.fail("it ran")

    problem(endpoint(CLOSED)(read)(event("GET /notes"), None), 401, "authentication_required")


def test_the_mark_of_the_authorizer_becomes_429_before_anything_runs() -> None:
    handler, seen = closed()
    mark = {"refused": "rate_limited", "retry_after": "12", **USER}
    answer = handler(event("GET /notes", user=mark), None)
    problem(answer, 429, "rate_limited")
    assert answer["headers"]["Retry-After"] == "12"
    assert seen == []


def test_a_route_that_is_not_its_own_is_not_found() -> None:
    problem(taking(lambda note: None)(event("POST /other", {"text": "x"}), None), 404, "not_found")


@pytest.mark.parametrize(
    "broken", [{}, {"requestContext": {}}, {"requestContext": None}, {"requestContext": {"requestId": "r"}}]
)
def test_an_event_that_is_none_is_a_problem_and_no_exception(broken: dict[str, Any]) -> None:
    handler, seen = closed()
    assert handler(broken, None)["statusCode"] in (401, 500)
    assert seen == []
