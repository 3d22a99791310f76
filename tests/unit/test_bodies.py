"""Forms, which OAuth clients send, beside JSON; and DPoP proofs of requests without a token."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Depends
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.http import Endpoint, dpop_proof, endpoint
from lukhas_common.identity.dpop import Proof
from lukhas_common.identity.models import TokenParameters
from lukhas_common.routes import PUBLIC, Route
from tests.dpop_client import DpopClient
from tests.events import event
from tests.unit.test_http import problem

ROUTE = Route("POST", "/tokens", PUBLIC, "Take a token")
FORM = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}


def taking(seen: list[Any]) -> Endpoint:
    def take(request: TokenParameters) -> TokenParameters:
        """Take it."""
        seen.append(request)
        return request

    return endpoint(ROUTE, form=True)(take)


def sent(text: str, **headers: str) -> tuple[dict[str, Any], list[Any]]:
    seen: list[Any] = []
    return taking(seen)(event("POST /tokens", raw=text, headers={**FORM, **headers}), None), seen


def test_a_form_is_read_and_what_is_unknown_or_empty_is_ignored() -> None:
    answer, seen = sent("token=a%2Bb+c&client_id=app&token_type_hint=&x=1")
    assert answer["statusCode"] == 200
    assert seen == [TokenParameters(token="a+b c")]  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "text",
    ["token=a&token=b", "x=1&x=2&token=a", "token", "token=%ff", "a=1&" * 30 + "token=a", "%00%", "token=a;b&&"],
)
def test_a_form_that_readers_could_read_differently_is_refused(text: str) -> None:
    answer, seen = sent(text)
    assert problem(answer, 400, "body_invalid")["error"] == "invalid_request"
    assert seen == []


def test_a_form_without_the_token_is_told_what_is_missing() -> None:
    for text in ("", "token=", "other=1"):
        answer, _ = sent(text)
        assert problem(answer, 422, "request_invalid")["errors"][0]["field"] == "token"


@given(text=st.text(max_size=200))
def test_no_text_breaks_a_form(text: str) -> None:
    answer, _ = sent(text)
    assert answer["statusCode"] in (200, 400, 422)


def test_json_is_taken_as_well_and_there_nothing_is_ignored() -> None:
    seen: list[Any] = []
    assert taking(seen)(event("POST /tokens", {"token": "a"}), None)["statusCode"] == 200
    problem(taking(seen)(event("POST /tokens", {"token": "a", "client_id": "x"}), None), 422, "request_invalid")


@pytest.mark.parametrize("media_type", ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded2"])
def test_anything_else_is_refused(media_type: str) -> None:
    seen: list[Any] = []
    made = event("POST /tokens", raw="token=a", headers={"content-type": media_type})
    assert "form" in problem(taking(seen)(made, None), 415, "media_type_unsupported")["detail"]


def proven() -> tuple[Endpoint, list[Proof | None]]:
    seen: list[Proof | None] = []

    def take(proof: Annotated[Proof | None, Depends(dpop_proof)]) -> dict[str, str]:
        """Take it."""
        seen.append(proof)
        return {}

    return endpoint(ROUTE)(take), seen


def test_a_proof_is_for_this_method_and_this_url() -> None:
    client = DpopClient("https://api.example.org")
    handler, seen = proven()
    assert handler(event("POST /tokens"), None)["statusCode"] == 200
    assert handler(event("POST /tokens", headers={"dpop": client.proof("POST", "/tokens")}), None)["statusCode"] == 200
    assert seen[0] is None
    assert seen[1] is not None
    elsewhere = DpopClient("https://evil.example.org")
    wrong = [
        client.proof("GET", "/tokens"),
        client.proof("POST", "/other"),
        elsewhere.proof("POST", "/tokens"),
        client.proof("POST", "/tokens", iat=1),
        "x",
        "",
    ]
    for proof in wrong:
        answer = handler(event("POST /tokens", headers={"dpop": proof}), None)
        body = problem(answer, 400, "dpop_proof_invalid")
        assert body["error"] == "invalid_dpop_proof"
        assert not proof or proof not in json.dumps(body)
    assert len(seen) == 2


def test_the_host_header_is_believed_by_the_one_machine_stack_only() -> None:
    client = DpopClient("https://evil.example.org")
    handler, _ = proven()
    made = event("POST /tokens", headers={"dpop": client.proof("POST", "/tokens"), "host": "evil.example.org"})
    problem(handler(made, None), 400, "dpop_proof_invalid")
