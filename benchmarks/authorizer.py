"""The authorizer over the network, by the kind of token that it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from benchmarks.events import ORIGIN, authorized, http
from benchmarks.process import Event, Reply, Worker
from benchmarks.stack import Stack, started
from benchmarks.traffic import PROFILE, Traffic
from benchmarks.warm import WARM_UP
from tests.dpop_client import DpopClient

FRESH = 5
"""Fresh processes whose first event is this kind of token."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of token: its name in ``inside.subjects``, warm requests, and the first of fresh processes."""

    name: str
    characters: int
    replies: list[Reply]
    firsts: list[Reply]

    def outside(self) -> list[float]:
        """CPU seconds of each request that were not spent within the calls of boto3's clients."""
        return [reply.cpu - reply.aws for reply in self.replies]

    @property
    def calls(self) -> int:
        """AWS round trips of the worst request, repeats included."""
        return max(len(reply.calls) for reply in self.replies)


def measure(stack: Stack, traffic: Traffic, requests: int) -> list[Kind]:
    """Send ``requests`` of each kind; ML-DSA-44 has a stack of its own, deployed with that parameter."""
    kinds = [_measured(stack, traffic, *kind, requests) for kind in _kinds(traffic)]
    with (
        started(stack.build, AccessTokenAlgorithm="ML-DSA-44") as other,
        closing(Traffic(other)) as others,
    ):
        name, token, event = next(_kinds(others))
        kinds.insert(1, _measured(other, others, name.replace("ES256", "ML-DSA-44"), token, event, requests))
    return kinds


def _kinds(traffic: Traffic) -> Iterator[tuple[str, str, Callable[[], Event]]]:
    """Name, token, and what makes its next request."""
    bearer = str(traffic.newcomer().tokens["access_token"])
    yield "ES256", bearer, lambda: authorized(PROFILE, bearer)
    made = traffic.qrg_token()
    yield "QRG long form", made["token"], lambda: authorized(PROFILE, made["token"])
    yield "QRG handle", made["handle"], lambda: authorized(PROFILE, made["handle"])
    client = DpopClient(ORIGIN)
    bound = str(traffic.newcomer(dpop=client.proof("POST", "/identity/auth")).tokens["access_token"])
    method, path = PROFILE.split()
    yield "ES256 with DPoP", bound, lambda: http(PROFILE, headers=client.headers(method, path, bound))


def _measured(stack: Stack, traffic: Traffic, name: str, token: str, event: Callable[[], Event], requests: int) -> Kind:
    replies: list[Reply] = []
    firsts: list[Reply] = []
    for number in range(FRESH):
        with Worker(stack.program(stack.authorizer)) as worker:
            firsts.append(worker.ask(event()))
            replies = [worker.ask(event()) for _ in range(WARM_UP + requests)] if number == FRESH - 1 else []
    for reply in (*firsts, *replies):
        traffic.answered(stack.authorizer, reply.answer)
    if not all("dynamodb.PutItem" in reply.calls for reply in replies):
        raise RuntimeError("a request was let in without an entry in the ledger")
    return Kind(name, len(token), replies[WARM_UP:], firsts)
