"""The authorizer's function on memory: the same handler, and for AWS the in-memory ports of the tests."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from benchmarks.inside.subjects import SUBJECTS, Subject, request, strict_auth
from benchmarks.inside.timing import answer, each, repeated
from benchmarks.process import Event


def event(subject: Subject, route: Event) -> Event:
    """The event of one request."""
    headers = {**route["headers"], "authorization": f"{subject.scheme} {subject.token}"}
    proofs = subject.proofs()
    return {**route, "headers": {**headers, "dpop": proofs[0]} if proofs else headers}


def of_subject(subject: Subject, route: Event, times: int) -> dict[str, Any]:
    """The whole handler, StrictAuth within it, and what of that is the token's verification."""
    module = importlib.import_module("identity.authorizer")
    auth = strict_auth(subject.world)
    module.strict_auth = lambda: auth  # type: ignore[attr-defined]
    events = [event(subject, route) for _ in range(times)]
    asked = [request(subject.token, subject.proofs(), subject.scheme) for _ in range(times)]
    allowed: list[bool] = []

    def handle(one: Event) -> None:
        allowed.append(module.handler(one, None)["isAuthorized"])

    each(handle, [event(subject, route) for _ in range(times // 10)])
    figures = {
        "handler": each(handle, events),
        "dispatch": each(auth.dispatch, asked),
        "verify": repeated(lambda: subject.world.bearer.verify(subject.token, subject.world.clock()), times),
    }
    assert all(allowed)
    return {"figures": figures, "characters": len(subject.token)}


def audit(subject: Subject, times: int) -> Any:
    """One entry of the audit, and its line in the log."""
    auth, asked = strict_auth(subject.world), request(subject.token)
    decision = auth.dispatch(asked)
    return repeated(lambda: auth._log_auth_event(asked, decision), times)


def measure() -> dict[str, Any]:
    """All kinds, ``sys.argv[1]`` times each; the event to send comes by stdin."""
    times, route = int(sys.argv[1]), json.load(sys.stdin)
    kinds = {kind: of_subject(make(), route, times) for kind, make in SUBJECTS.items()}
    return {"kinds": kinds, "audit": audit(SUBJECTS["ES256"](), times)}


if __name__ == "__main__":
    answer(measure)
