"""A request as the gate sees it: whose data it is about, and all that was sent with it.

It is imported by endpoints with a caller only: public ones carry neither the ledger nor the policy engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lukhas_common.access.gate import Access, Principal
from lukhas_common.aws.gate import gate
from lukhas_common.consent.vocabulary import ConsentScope, Purpose
from lukhas_common.events import Event
from lukhas_common.http import Caller
from lukhas_common.problems import HttpReason, InvalidField, Refusal, invalid
from lukhas_common.routes import SYSTEM, Route

MOST_ASKED_FOR = 10_000
"""No route takes as large a limit."""

_USER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def admit(route: Route, event: Event, who: Caller, subject: str | None = None) -> None:
    """Let the caller in, or raise what the gate raises.

    Args:
        subject: the person whose data it is, where only what is stored tells; else the request does.

    Raises:
        AccessDeniedError: policy or consent do not allow it.
        LedgerError: it could not be logged.
        Refusal: the person whose data it is has no id of ours, or the route does not say what it does to their data.
    """
    if route.permission is None:
        raise Refusal(HttpReason.INTERNAL, "This route does not say what it does to whose data.")
    context, sent = event["requestContext"], _members(event)
    gate().admit(
        Access(
            principal=Principal.of(who.user_id, who.token_id, who.scopes, in_session=who.session_id is not None),
            subject_id=subject or _subject(route, event, sent, who),
            permission=route.permission,
            purpose=_purpose(sent),
            scopes=tuple(ConsentScope(scope) for scope in route.consent),
            parameters=_parameters(route, event),
            trace={
                "route": route.key,
                "request_id": context.get("requestId"),
                "source_ip": context["http"].get("sourceIp"),
                "asked_for": _asked_for(event, sent),
            },
        )
    )


def _subject(route: Route, event: Event, sent: Mapping[str, Any], who: Caller) -> str:
    if not route.subject:
        return who.user_id
    if route.subject == SYSTEM:
        return SYSTEM
    named: Any = None
    if f"{{{route.subject}}}" in route.path:
        named = event["pathParameters"][route.subject]
    else:
        named = sent.get(route.subject)
        if named is None:
            return who.user_id
    if not isinstance(named, str) or not _USER_ID.fullmatch(named):
        raise invalid(InvalidField(field=route.subject, message="an id of a user in lower case is wanted"))
    return named


def _parameters(route: Route, event: Event) -> bytes:
    body = None if route.secret_body else event.get("body")
    return json.dumps([event.get("rawPath"), event.get("rawQueryString"), body]).encode()


def _purpose(sent: Mapping[str, Any]) -> Purpose:
    """What the caller says that it is for; what is no purpose is refused where the body is read."""
    try:
        return Purpose(sent["purpose"])
    except (ValueError, KeyError, TypeError):
        return Purpose.SERVICE_PROVISION


def _asked_for(event: Event, sent: Mapping[str, Any]) -> int | None:
    """How many records the caller says that it wants; what is no such number is refused where it is read."""
    said = (event.get("queryStringParameters") or {}).get("limit", sent.get("limit"))
    if isinstance(said, str) and re.fullmatch(r"[1-9][0-9]{0,3}", said):
        return int(said)
    return said if type(said) is int and 0 < said < MOST_ASKED_FOR else None


def _members(event: Event) -> dict[str, Any]:
    """The members of the body; none where it is no JSON object."""
    try:
        body = json.loads(event.get("body") or "null")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
