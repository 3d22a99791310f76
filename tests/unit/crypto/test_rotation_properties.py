"""A key ring through any history: schedules, incidents, crashes, processes that overlap, and months that pass."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Semaphore
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lukhas_common.crypto.key_ring import LATE, LEAD, KeyRingError, KeyState, Ring, RingKey
from lukhas_common.crypto.keys import thumbprint
from lukhas_common.crypto.ring_keys import RingSigners
from lukhas_common.crypto.rotation import FALLBACK, REMEMBERED, SETTLED, KeyRing
from tests.fakes import Audit, Clock, MemoryRings, MemoryVault

NAME, LIFE, PERIOD = "access", 3600, 90 * 86400
PENDING, ACTIVE, RETIRING, RETIRED, DESTROYED = KeyState
FORWARD = {
    None: {PENDING, ACTIVE, RETIRING},
    PENDING: {PENDING, ACTIVE, RETIRING, RETIRED, DESTROYED},
    ACTIVE: {ACTIVE, RETIRING, RETIRED, DESTROYED},
    RETIRING: {RETIRING, RETIRED, DESTROYED},
    RETIRED: {RETIRED, DESTROYED},
    DESTROYED: {DESTROYED, None},
}
Work = Callable[[KeyRing], object]
TEND: Work = KeyRing.tend
whens = st.sampled_from(["before", "after"])
kills = st.none() | st.tuples(st.integers(1, 16), whens)
short_kills = st.none() | st.tuples(st.integers(1, 3), whens)
picks = st.integers(0, 5)
waits = st.sampled_from(
    [1, 30, LATE, SETTLED, LIFE, LIFE + LATE, LEAD - 1, LEAD, 86400, FALLBACK, PERIOD - LEAD, PERIOD, REMEMBERED]
)


class Killed(BaseException):
    """The process is gone: nothing in between may catch this."""


class Process:
    """One run of the function: it may die at any call, and waits for its turn before each."""

    def __init__(self, kill: tuple[int, str] | None = None, turn: Callable[[], None] = lambda: None) -> None:
        self.kill, self.turn, self.calls, self.told = kill, turn, 0, ""

    def call(self, method: Callable[..., Any], *arguments: Any, **details: Any) -> Any:
        self.turn()
        self.calls += 1
        if self.kill == (self.calls, "before"):
            raise Killed
        match method.__name__:
            case "record":
                self.told = f"{arguments[0]} {details.get('version')}"
            case "save":
                assert self.told.endswith(f" {arguments[0].version + 1}"), "a change that was not told"
                self.told = ""
            case "create" | "publish" | "destroy" | "forget":
                assert self.told, "done before it was told"
        answer = method(*arguments, **details)
        if self.kill == (self.calls, "after"):
            raise Killed
        return answer


class Port:
    """A port in the hands of one process."""

    def __init__(self, inner: object, process: Process) -> None:
        self._inner, self._process = inner, process

    def __getattr__(self, name: str) -> Any:
        return partial(self._process.call, getattr(self._inner, name))


def interleaved(works: list[Callable[[Callable[[], None]], object]], schedule: list[int]) -> None:
    """Run works at the same time, one call at a time: the schedule says who goes on, then each comes to its end."""
    paused, going, alive = Semaphore(0), [Semaphore(0) for _ in works], list(range(len(works)))

    def wait(number: int) -> None:
        paused.release()
        going[number].acquire()

    def run(number: int) -> None:
        going[number].acquire()
        try:
            with suppress(KeyRingError, Killed):
                works[number](lambda: wait(number))
        finally:
            alive.remove(number)
            paused.release()

    with ThreadPoolExecutor(len(works)) as pool:
        runs, turns = [pool.submit(run, number) for number in alive], iter(schedule)
        while alive:
            going[alive[next(turns, 0) % len(alive)]].release()
            paused.acquire()
    for done in runs:
        done.result()


class RingLife(RuleBasedStateMachine):
    """One ring, all tokens that it ever signed, and what must be true of them at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.audit, self.algorithm = Clock(), Audit(), "ES256"
        self.store, self.vault = MemoryRings(LIFE), MemoryVault()
        self.signers = RingSigners(NAME, self.store, self.vault)
        self.tokens: list[tuple[str, float]] = []
        self.revoked: set[str] = set()
        self.doubted = ""
        self.known_since: dict[str, float] = {}
        self.states: dict[str, KeyState] = {}
        self.had_active = self.hurried = self.went_back = False
        self.held: tuple[Any, float] | None = None

    @property
    def ring(self) -> Ring:
        return self.store.load(NAME)[0]

    def key(self, pick: int) -> RingKey:
        return self.ring.keys[pick % len(self.ring.keys)]

    def do(self, work: Work, process: Process) -> object:
        store, vault, audit = (Port(inner, process) for inner in (self.store, self.vault, self.audit))
        return work(KeyRing(NAME, self.algorithm, store, vault, audit, self.clock, PERIOD))

    def survives(self, work: Work, kill: tuple[int, str] | None) -> bool:
        """Do it, and again if it was killed; whether it was allowed."""
        try:
            try:
                self.do(work, Process(kill))
            except Killed:
                self.what_was_promised()
                self.do(work, Process())
        except KeyRingError:
            return False
        return True

    @rule(kill=kills)
    def tend(self, kill: tuple[int, str] | None) -> None:
        assert self.survives(TEND, kill)
        self.what_was_promised()
        before = self.ring, len(self.vault.made), len(self.vault.destroyed), len(self.audit.events)
        self.do(TEND, Process())
        assert before == (self.ring, len(self.vault.made), len(self.vault.destroyed), len(self.audit.events))

    @rule(early=st.booleans(), kill=short_kills)
    def rotate(self, early: bool, kill: tuple[int, str] | None) -> None:
        self.hurried = early
        self.survives(lambda ring: ring.rotate(early=early), kill)

    @rule(kill=short_kills)
    def roll_back(self, kill: tuple[int, str] | None) -> None:
        self.went_back = True
        self.survives(KeyRing.rollback, kill)

    @precondition(lambda self: self.ring.keys)
    @rule(pick=picks, kill=short_kills)
    def revoke(self, pick: int, kill: tuple[int, str] | None) -> None:
        key, active = self.key(pick), self.ring.active()
        self.doubted, self.hurried = key.kid, key == active
        if self.survives(lambda ring: ring.revoke(self.doubted), kill):
            self.revoked.add(self.doubted)

    @rule(algorithm=st.sampled_from(["ES256", "ML-DSA-44"]))
    def configure(self, algorithm: str) -> None:
        self.algorithm = algorithm

    @rule(seconds=waits)
    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.ring.active())
    @rule(life=st.integers(1, LIFE), hold=st.booleans())
    def issue(self, life: int, hold: bool) -> None:
        signer = self.signers.current()
        assert signer.sign(b"a token")
        self.tokens.append((signer.public_key.kid, self.clock() + life))
        self.held = (signer, self.clock()) if hold else self.held

    @precondition(lambda self: self.held and self.clock() < self.held[1] + LATE)
    @rule(life=st.integers(1, LIFE))
    def issue_late(self, life: int) -> None:
        """By a function that had read the ring before the key was replaced."""
        assert self.held is not None
        self.tokens.append((self.held[0].public_key.kid, self.clock() + life))

    @rule(other=st.sampled_from(["tend", "rotate", "roll back", "revoke"]), pick=picks, kill=kills,
          schedule=st.lists(st.integers(0, 1), max_size=40))  # fmt: skip
    def at_the_same_time(self, other: str, pick: int, kill: tuple[int, str] | None, schedule: list[int]) -> None:
        """A run of the schedule, which may be killed, beside another or beside a person."""
        kid = self.key(pick).kid if self.ring.keys else ""
        self.went_back, self.hurried = other == "roll back", other == "revoke"
        works: dict[str, Work] = {"tend": TEND, "rotate": KeyRing.rotate, "roll back": KeyRing.rollback}
        second = works.get(other) or (lambda ring: self.revoked.add(kid) if ring.revoke(kid) else None)
        interleaved(
            [lambda turn: self.do(TEND, Process(kill, turn)), lambda turn: self.do(second, Process(None, turn))],
            schedule,
        )

    @rule()
    def come_to_rest(self) -> None:
        self.tend(None)
        self.clock.advance(LEAD)
        self.tend(None)
        ring, active = self.ring, self.ring.active()
        assert active is not None
        wanted = active.algorithm if ring.held == self.algorithm else self.algorithm
        assert active.algorithm == wanted
        assert ring.standby(wanted) is not None
        assert all(self.clock() < (key.retires_at or 0) + SETTLED for key in ring.of(RETIRED, self.clock()))

    @invariant()
    def between_two_runs(self) -> None:
        self.what_was_promised()
        self.hurried, self.went_back, self.doubted = False, False, ""

    def what_was_promised(self) -> None:
        """At every moment; looks back to the last time that it was asked."""
        ring, keys = self.store.load(NAME)
        now, active = self.clock(), ring.active()
        states = {key.kid: key.state(now) for key in ring.keys}
        assert ring.of(ACTIVE, now) == ([active] if active else [])
        for kid in {*states, *self.states}:
            old, new = self.states.get(kid), states.get(kid)
            assert new in FORWARD[old] or (old, new, self.went_back) == (RETIRING, ACTIVE, True), (old, new)
        published = {key.kid for key in ring.published(now)}
        for kid in published:
            self.known_since.setdefault(kid, now)
        if active and self.states.get(active.kid) in (None, PENDING) and self.had_active and not self.hurried:
            assert now >= self.known_since[active.kid] + LEAD, "it signs before others know it"
        for kid, expiry in self.tokens:
            believed = ring.believes(kid, now) and kid in published & keys.keys()
            assert believed or expiry <= now or kid in {*self.revoked, self.doubted}
        assert not any(ring.believes(kid, now) for kid in self.revoked)
        for key in ring.keys:
            assert states[key.kid] is not DESTROYED or key.reference in self.vault.destroyed
            assert states[key.kid] in (RETIRED, DESTROYED) or key.reference not in self.vault.destroyed
            signer = self.vault.made[key.reference][1]
            assert keys.get(key.kid) == signer.public_key or states[key.kid] is DESTROYED
            assert (key.kid, key.algorithm) == (thumbprint(signer.public_key.jwk), signer.public_key.algorithm)
        self.states = states
        self.had_active = active is not None


class TestRingLife(RingLife.TestCase):
    settings = settings(max_examples=100, stateful_step_count=40)
