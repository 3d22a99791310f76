"""Events for each function: allowed requests of people with accounts, each valid when it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.process import Event, Worker
from benchmarks.stack import Stack

_NUMBERS = count(1)


@dataclass(slots=True)
class Person:
    """Someone with an account and a session."""

    username: str
    password: str = "seven tall lamps by the canal"
    spare: str = "nine slow ferries to the island"
    tokens: dict[str, Any] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)


class Traffic:
    """Makes the next event of a function, and learns from its answer where one leads to the next."""

    def __init__(self, stack: Stack) -> None:
        """Start the functions by which an account and a session are made."""
        self._stack = stack
        self._setup = {
            name: Worker(stack.program(name)) for name in ("RegisterFunction", "AuthenticateFunction", stack.authorizer)
        }
        self._makers: dict[str, Callable[[], Event]] = {
            stack.authorizer: lambda: self._authorized("GET /identity/profile", self._ada),
            "RegisterFunction": self._register,
            "AuthenticateFunction": lambda: self._log_in(self._ada),
            "RefreshTokenFunction": lambda: self._refresh(self._ada),
            "ProfileFunction": lambda: _event("GET /identity/profile", context=self._ada.context),
            "LogoutFunction": lambda: _event("POST /identity/logout", {}, context=self._fresh_session()),
            "ChangePasswordFunction": self._change_password,
            "JwksFunction": lambda: _event("GET /.well-known/jwks.json"),
            "HealthFunction": lambda: _event("GET /health"),
        }
        self._learners: dict[str, Callable[[dict[str, Any]], None]] = {
            "RefreshTokenFunction": lambda answer: self._ada.tokens.update(json.loads(answer["body"])),
        }
        self._ada, self._mover = self._newcomer(), self._newcomer()

    def knows(self, function: str) -> bool:
        """Whether there is a request for this function."""
        return function in self._makers

    def next(self, function: str) -> Event:
        """The next event."""
        return self._makers[function]()

    def answered(self, function: str, answer: dict[str, Any]) -> None:
        """Take note of an answer.

        Raises:
            RuntimeError: it is a refusal, so what was measured is not what is reported.
        """
        allowed = answer.get("isAuthorized") is True and "user_id" in answer["context"]
        if not allowed and not 200 <= answer.get("statusCode", 0) < 300:
            raise RuntimeError(f"{function} refused: {answer}")
        if function in self._learners:
            self._learners[function](answer)

    def close(self) -> None:
        """End the functions that were started."""
        for worker in self._setup.values():
            worker.close()

    def _ask(self, function: str, event: Event) -> dict[str, Any]:
        answer = self._setup[function].ask(event).answer
        self.answered(function, answer)
        return answer

    def _newcomer(self) -> Person:
        person = Person(f"person-{next(_NUMBERS)}")
        credentials = {"username": person.username, "password": person.password}
        self._ask("RegisterFunction", _event("POST /identity/register", credentials))
        person.tokens = json.loads(self._ask("AuthenticateFunction", self._log_in(person))["body"])
        answer = self._ask(self._stack.authorizer, self._authorized("GET /identity/profile", person))
        person.context = answer["context"]
        return person

    def _register(self) -> Event:
        name = f"person-{next(_NUMBERS)}"
        body = {"username": name, "password": self._ada.password}
        return _event("POST /identity/register", body, headers={"idempotency-key": name})

    def _log_in(self, person: Person) -> Event:
        return _event("POST /identity/auth", {"username": person.username, "password": person.password})

    def _authorized(self, route: str, person: Person) -> Event:
        return _event(route, headers={"authorization": f"Bearer {person.tokens['access_token']}"})

    def _refresh(self, person: Person) -> Event:
        return _event("POST /identity/token/refresh", {"refresh_token": person.tokens["refresh_token"]})

    def _fresh_session(self) -> dict[str, str]:
        """The authorizer's word on a session that has just begun."""
        tokens = json.loads(self._ask("AuthenticateFunction", self._log_in(self._ada))["body"])
        session = Person(self._ada.username, tokens=tokens)
        answer = self._ask(self._stack.authorizer, self._authorized("POST /identity/logout", session))
        return dict(answer["context"])

    def _change_password(self) -> Event:
        mover = self._mover
        body = {"old_password": mover.password, "new_password": mover.spare}
        mover.password, mover.spare = mover.spare, mover.password
        return _event("PUT /identity/password", body, context=mover.context)


def _event(
    route: str, body: Any = None, *, headers: dict[str, str] | None = None, context: dict[str, str] | None = None
) -> Event:
    """An event of the HTTP API in payload format 2.0."""
    method, path = route.split(" ")
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "bench"}
    event: Event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-forwarded-proto": "https", **(headers or {})},
        "requestContext": {"http": http, "stage": "$default", "requestId": f"bench-{next(_NUMBERS)}"},
        "isBase64Encoded": False,
    }
    if body is not None:
        event["body"] = json.dumps(body)
    if context is not None:
        event["requestContext"]["authorizer"] = {"lambda": context}
    return event
