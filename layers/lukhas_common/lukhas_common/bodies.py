"""Bodies of requests, read strictly before a framework sees them."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl

from lukhas_common import strict_json
from lukhas_common.events import Event, headers
from lukhas_common.problems import HttpReason, Refusal

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def as_json(event: Event, fields: frozenset[str] = frozenset()) -> Event:
    """The event with a body that is known to be JSON that every reader reads alike; a form becomes an object.

    Args:
        fields: what is taken from a form; where there are none, a form is refused.

    Raises:
        Refusal: the body is neither JSON nor, where one is taken, a form.
    """
    sent = dict(headers(event))
    media_type = sent.get("content-type", "").split(";", maxsplit=1)[0].strip().lower()
    if media_type == JSON:
        text = _json_text(_text(event))
    elif media_type == FORM and fields:
        text = _json_of_form(_text(event), fields)
    else:
        wanted = f"{JSON} or {FORM}" if fields else JSON
        raise Refusal(HttpReason.MEDIA_TYPE_UNSUPPORTED, f"Send the body with Content-Type: {wanted}.")
    return {**event, "headers": {**sent, "content-type": JSON}, "body": text, "isBase64Encoded": False}


def _text(event: Event) -> str:
    """The body as text.

    Raises:
        Refusal: it is not UTF-8.
    """
    body = event.get("body") or ""
    try:
        return base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else str(body)
    except ValueError:
        raise Refusal(HttpReason.BODY_INVALID, "Send the body in UTF-8.") from None


def _json_text(text: str) -> str:
    """The text, once it is known to be JSON that every reader reads alike."""
    try:
        strict_json.loads(text)
    except ValueError:
        raise Refusal(
            HttpReason.BODY_INVALID, "Send one JSON value in UTF-8, without duplicate members or deep nesting."
        ) from None
    return text


def _json_of_form(text: str, fields: frozenset[str]) -> str:
    """The JSON object of a form, read as OAuth has it (RFC 6749, section 3.2).

    What is empty was not sent, and what is not known is ignored, but nothing may be there twice.
    """
    try:
        pairs = parse_qsl(text, strict_parsing=bool(text), max_num_fields=20, errors="strict")
    except ValueError:
        raise Refusal(HttpReason.BODY_INVALID, "Send a form of at most 20 fields, in UTF-8.") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refusal(HttpReason.BODY_INVALID, "Send each field of the form once.")
    return json.dumps({name: value for name, value in pairs if name in fields})
