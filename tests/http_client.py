"""A plain HTTP client for tests that drive any base URL; the standard library is enough for it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Answer:
    """What came back; ``body`` is the decoded JSON."""

    status: int
    headers: Any
    body: Any

    def cookie(self, name: str) -> str:
        """The Set-Cookie header of this name, attributes included."""
        cookies = self.headers.get_all("set-cookie") or []
        return next(cookie for cookie in cookies if cookie.startswith(f"{name}="))


class Api:
    """A client without any manners of its own: no cookies kept, no retries."""

    def __init__(self, base_url: str, timeout: float = 60) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    def __call__(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Answer:
        request = urllib.request.Request(self.base_url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                return Answer(response.status, response.headers, _decoded(response))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, json.loads(error.read() or b"null"))


def _decoded(response: Any) -> Any:
    """JSON as what it says, anything else as bytes."""
    body = response.read()
    return json.loads(body) if "json" in response.headers.get("content-type", "") else body


def expect(answer: Answer, status: int, code: str | None = None) -> Answer:
    """The answer, if it has this status and, for problems, this code."""
    assert answer.status == status, f"expected {status}, got {answer.status}: {answer.body}"
    if code is not None:
        assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
        assert answer.body["code"] == code, answer.body
        assert answer.body["status"] == status
        assert answer.body["detail"]
    return answer


def expect_gateway(answer: Answer, status: int) -> None:
    """The answer is the fixed one that the HTTP API gives by itself."""
    expect(answer, status)
    assert set(answer.body) == {"message"}, answer.body
