"""Events for each function: allowed requests of people with accounts, each valid when it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from benchmarks.events import NUMBERS, Person, authorized, http, scheduled
from benchmarks.process import Event, Worker
from benchmarks.stack import Stack
from benchmarks.traffic_consent import SEQUENCER, ConsentTraffic
from benchmarks.traffic_guardian import INSTALL, GuardianTraffic
from benchmarks.traffic_memory import ERRANDS, SETTLING, MemoryTraffic, dispatched, settled

PROFILE = "GET /identity/profile"
SCOPES = {"scopes": ["identity:read"]}

SCHEDULED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "RotateKeysFunction": lambda answer: all(answer.values()),
    SEQUENCER: lambda answer: answer["sequenced"] > 0,
    "FinishErasuresFunction": lambda answer: answer == {"finished": 0},
    INSTALL: lambda answer: bool(answer.get("active")),
    ERRANDS: settled,
    **dict.fromkeys(SETTLING, dispatched),
}
"""Functions that run by the clock, and whether one did what it was measured for."""


class Traffic:
    """Makes the next event of a function, and learns from its answer where one leads to the next."""

    def __init__(self, stack: Stack) -> None:
        """Have the signing keys made; other functions are started when accounts, sessions and tokens are needed."""
        self._stack = stack
        self._setup: dict[str, Worker] = {}
        self.ask("RotateKeysFunction", scheduled())
        self._ada, self._mover, self._leaver = self.newcomer(), self.newcomer(), self.newcomer()
        self._rotating = self.qrg_token()["token"]
        self.consent = ConsentTraffic(self)
        self.guardian = GuardianTraffic(self)
        self.memory = MemoryTraffic(self)
        ada, about = self._ada, {"context": self._ada.context}
        self._makers: dict[str, Callable[[], Event]] = {
            stack.authorizer: lambda: authorized(PROFILE, ada.tokens["access_token"]),
            "RegisterFunction": self._register,
            "AuthenticateFunction": lambda: http("POST /identity/auth", ada.credentials),
            "RefreshTokenFunction": lambda: self._refresh(ada),
            "ProfileFunction": lambda: http(PROFILE, **about),
            "LogoutFunction": lambda: http("POST /identity/logout", {}, context=self._fresh_session()),
            "ChangePasswordFunction": self._change_password,
            "JwksFunction": lambda: http("GET /.well-known/jwks.json"),
            "MetadataFunction": lambda: http("GET /.well-known/oauth-authorization-server"),
            "HealthFunction": lambda: http("GET /health"),
            "RevokeTokenFunction": lambda: http("POST /identity/token/revoke", {"token": self._fresh_access_token()}),
            "IntrospectTokenFunction": lambda: http(
                "POST /identity/token/introspect", {"token": ada.tokens["access_token"]}, **about
            ),
            "QrgIssueFunction": lambda: http("POST /identity/qrg", SCOPES, **about),
            "QrgRotateFunction": lambda: http("POST /identity/qrg/rotate", {"token": self._rotating}, **about),
            "QrgRevokeFunction": lambda: http("POST /identity/qrg/revoke", {"token": self.qrg_token()["token"]}),
            "QrgIntrospectFunction": lambda: http(
                "POST /identity/qrg/introspect", {"token": self._introspected}, **about
            ),
            "RotateKeysFunction": scheduled,
            **self.consent.makers(),
            **self.guardian.makers(),
            **self.memory.makers(),
        }
        self._introspected = self.qrg_token()["token"]

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
        tended = function in SCHEDULED and SCHEDULED[function](answer)
        if not allowed and not tended and not 200 <= answer.get("statusCode", 0) < 300:
            raise RuntimeError(f"{function} refused: {answer}")
        if function == "RefreshTokenFunction":
            self._ada.tokens.update(json.loads(answer["body"]))
        if function == "QrgRotateFunction":
            self._rotating = json.loads(answer["body"])["token"]
        if '"active":false' in answer.get("body", "") or '"allowed":false' in answer.get("body", ""):
            raise RuntimeError(f"{function} was asked about a token or consent that is not good")

    def ask(self, function: str, event: Event) -> dict[str, Any]:
        """Have an event answered that is not measured; a body is decoded."""
        if function not in self._setup:
            self._setup[function] = Worker(self._stack.program(function))
        answer = self._setup[function].ask(event).answer
        if answer.get("statusCode", 200) >= 300 or answer.get("isAuthorized") is False:
            raise RuntimeError(f"{function} refused: {answer}")
        return dict(json.loads(answer["body"]) if "body" in answer else answer)

    def close(self) -> None:
        """End the functions that were started."""
        for worker in self._setup.values():
            worker.close()

    def newcomer(self, **headers: str) -> Person:
        """Someone who has just registered and logged in; ``headers`` are those of the login."""
        person = Person(f"person-{next(NUMBERS)}")
        self.ask("RegisterFunction", http("POST /identity/register", person.credentials))
        login = http("POST /identity/auth", person.credentials, headers=headers)
        person.tokens = self.ask("AuthenticateFunction", login)
        if not headers:
            person.context = self._context(person.tokens["access_token"])
        return person

    def qrg_token(self) -> dict[str, Any]:
        """A new QRG token in both forms, ``token`` and ``handle``."""
        return self.ask("QrgIssueFunction", http("POST /identity/qrg", SCOPES, context=self._ada.context))

    def _context(self, token: str) -> dict[str, str]:
        """The authorizer's word on whoever holds this token."""
        return dict(self.ask(self._stack.authorizer, authorized(PROFILE, token))["context"])

    def _register(self) -> Event:
        name = f"person-{next(NUMBERS)}"
        body = {"username": name, "password": self._ada.password}
        return http("POST /identity/register", body, headers={"idempotency-key": name})

    def _refresh(self, person: Person) -> Event:
        return http("POST /identity/token/refresh", {"refresh_token": person.tokens["refresh_token"]})

    def _fresh_session(self) -> dict[str, str]:
        """The authorizer's word on a session that has just begun."""
        tokens = self.ask("AuthenticateFunction", http("POST /identity/auth", self._ada.credentials))
        return self._context(tokens["access_token"])

    def _fresh_access_token(self) -> str:
        self._leaver.tokens.update(self.ask("RefreshTokenFunction", self._refresh(self._leaver)))
        return str(self._leaver.tokens["access_token"])

    def _change_password(self) -> Event:
        mover = self._mover
        body = {"old_password": mover.password, "new_password": mover.spare}
        mover.password, mover.spare = mover.spare, mover.password
        return http("PUT /identity/password", body, context=mover.context)
