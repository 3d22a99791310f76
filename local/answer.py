"""Turns what a function returned into an HTTP answer, payload format 2.0."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

LARGEST = 6 * 1024 * 1024  # bytes
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# The server writes these itself; a function that sets them would break the framing of the answer.
FRAMING = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"})


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Malformed(Exception):
    """A function returned something that API Gateway does not understand."""


def message(status: int, text: str) -> Answer:
    """Return an answer that API Gateway itself gives."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return Answer(status, (("content-type", "application/json"),), body)


NOT_FOUND = message(404, "Not Found")
UNAUTHORIZED = message(401, "Unauthorized")
FORBIDDEN = message(403, "Forbidden")
TOO_LARGE = message(413, "Request Entity Too Large")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")
SERVER_ERROR = message(500, "Internal Server Error")
UNAVAILABLE = message(503, "Service Unavailable")


def interpret(result: Any) -> Answer:
    """Turn a function's result into an answer.

    Raises:
        Malformed: It has a statusCode, but the rest has not the shape of payload format 2.0.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return _sized(200, [("content-type", "application/json")], text.encode())
    status, body = result["statusCode"], result.get("body")
    if type(status) is not int or not 200 <= status <= 599:
        raise Malformed("statusCode is not a status")
    if not isinstance(body, str | None):
        raise Malformed("body is not text")
    encoded = result.get("isBase64Encoded", False)
    if not isinstance(encoded, bool | None):
        raise Malformed("isBase64Encoded is not a boolean")
    headers = _headers(result.get("headers"), result.get("cookies"))
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    return _sized(status, headers, _bytes(body or "", bool(encoded)))


def _headers(headers: Any, cookies: Any) -> list[tuple[str, str]]:
    if not isinstance(headers, dict | None) or not isinstance(cookies, list | None):
        raise Malformed("headers are not an object, or cookies are not a list")
    pairs = [(str(name).lower(), _value(value)) for name, value in (headers or {}).items()]
    pairs += [("set-cookie", _value(cookie)) for cookie in cookies or []]
    for name, value in pairs:
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise Malformed("a header has characters that no header may have")
    return [(name, value) for name, value in pairs if name not in FRAMING]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Malformed("a header's value is not text")
    return str(value)


def _bytes(body: str, encoded: bool) -> bytes:
    try:
        return base64.b64decode(body, validate=True) if encoded else body.encode()
    except (binascii.Error, ValueError) as error:
        raise Malformed("body cannot be decoded") from error


def _sized(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    if len(body) > LARGEST:
        raise Malformed("the answer is larger than 6 MB")
    return Answer(status, tuple(headers), b"" if status in (204, 304) else body)
