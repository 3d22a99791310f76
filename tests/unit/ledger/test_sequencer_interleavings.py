"""Two sequencers at once: every order of their calls, every place to kill one, every write that lands late.

A process is the sequencer itself, run anew for each step with the answers that it was given so far, until it makes
the next call. So its state is the list of these answers, states can be compared, and all of them can be visited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import pytest

from lukhas_common.crypto.ring_keys import Signers
from lukhas_common.ledger.entries import Leaf, LeafConflictError
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.ledger.sequencer import Sequencer, Summary
from lukhas_common.tlog.checkpoint import Checkpoint
from lukhas_common.tlog.notes import parse_note
from lukhas_common.tlog.tree import TileMissingError
from tests.fakes import Audit, Clock
from tests.unit.ledger.sequencer_world import ED25519, ML_DSA_44, ORIGIN, log_leaves
from tests.unit.tlog.logs import mth

LEAVES = tuple(Leaf("s", seq, hashlib.sha256(bytes([seq])).digest()) for seq in range(3))


ONCE, EVER = 0.0, 1e12
"""Deadlines: after one batch, and never."""


@dataclass(frozen=True)
class Store:
    """Everything that is stored; never altered but copied.

    Attributes:
        lags: how often the index may still miss an entry that waits.
    """

    head: LogHead | None = None
    committed: tuple[LogHead, ...] = ()
    objects: tuple[tuple[str, bytes], ...] = ()
    public: tuple[bytes, ...] = ()
    staged: tuple[tuple[str, bytes], ...] = ()
    indexes: tuple[int | None, ...] = ()
    lags: int = 0

    def read(self, path: str) -> bytes:
        found = dict(self.objects)
        if path not in found:
            raise TileMissingError(path)
        return found[path]


class Call(NamedTuple):
    method: str
    arguments: tuple[Any, ...]


WRITES = ("swap", "put_new", "put_checkpoint", "put", "delete", "settle")


def answers(store: Store, call: Call) -> list[tuple[Store, Any]]:
    """What a call may answer, and what is stored then. An answer that is an error is raised."""
    match call:
        case ("load", ()):
            return [(store, store.head)]
        case ("swap", (old, new)):
            stored = (store.head.size, store.head.root) if store.head else None
            if stored == ((old.size, old.root) if old else None):
                store = replace(store, head=new, committed=(*store.committed, new))
            return [(store, store.head == new)]
        case ("read", (path,)):
            return [(store, dict(store.objects).get(path, TileMissingError(path)))]
        case ("put_new", (path, data)):
            found = dict(store.objects)
            if found.setdefault(path, data) != data:
                return [(store, LogForkError(Fork.OBJECT_DIFFERS, path))]
            return [(replace(store, objects=tuple(sorted(found.items()))), None)]
        case ("checkpoint", ()):
            return [(store, (store.public[-1], str(len(store.public))) if store.public else None)]
        case ("put_checkpoint", (note, etag)):
            if etag != (str(len(store.public)) if store.public else None):
                return [(store, False)]
            return [(replace(store, public=(*store.public, note)), True)]
        case ("put", (name, data)):
            return [(replace(store, staged=tuple(sorted({**dict(store.staged), name: data}.items()))), None)]
        case ("get", (name,)):
            return [(store, dict(store.staged).get(name))]
        case ("delete", (name,)):
            return [(replace(store, staged=tuple(each for each in store.staged if each[0] != name)), None)]
        case ("names", ()):
            return [(store, [name for name, _ in store.staged])]
        case ("waits", (place,)):
            # The index may not have it yet, or have it still; the entry itself is read consistently.
            if store.indexes[place : place + 1] != (None,):
                return [(store, False)]
            return [(replace(store, lags=store.lags - 1), False)] * (store.lags > 0) + [(store, True)]
        case ("settle", (place, index)):
            if store.indexes[place] not in (None, index):
                return [(store, LeafConflictError("another index"))]
            indexes = (*store.indexes[:place], index, *store.indexes[place + 1 :])
            return [(replace(store, indexes=indexes), None)]
    raise AssertionError(call)


class History:
    """What a process was told so far; there is one object for the same answers, so it is compared at once."""

    def __init__(self, answers: tuple[Any, ...] = ()) -> None:
        self.answers, self._longer = answers, dict[Any, History]()

    def then(self, answer: Any) -> History:
        if answer not in self._longer:
            self._longer[answer] = History((*self.answers, answer))
        return self._longer[answer]


NOTHING = History()


class Paused(BaseException):
    """The process makes a call whose answer is not known yet."""


class Ports:
    """All ports of a process, answering from a list."""

    def __init__(self, given: tuple[Any, ...]) -> None:
        self.given = iter(given)

    def call(self, method: str, *arguments: Any) -> Any:
        try:
            answer = next(self.given)
        except StopIteration:
            raise Paused(Call(method, arguments)) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *arguments: self.call(method, *arguments)

    def pending(self, limit: int) -> list[Leaf]:
        return [leaf for place, leaf in enumerate(LEAVES) if self.call("waits", place)][:limit]

    def settle(self, leaves: list[tuple[Leaf, int]]) -> None:
        for leaf, index in leaves:
            self.call("settle", LEAVES.index(leaf), index)


@dataclass(frozen=True)
class Marked(Signers):
    """Signs with the name of its process, so that no two sign the same checkpoint alike; nobody verifies here."""

    name: str
    public_key: Any

    def current(self) -> Marked:
        return self

    def sign(self, message: bytes) -> bytes:
        return self.name.encode()


@cache
def step(name: str, deadline: float, given: History) -> Call | Summary | Exception:
    """What the process does after these answers: its next call, or its end."""
    ports: Any = Ports(given.answers)
    ed25519, ml_dsa_44 = (Marked(name, key.public_key) for key in (ED25519, ML_DSA_44))
    sequencer = Sequencer(ORIGIN, ports, ports, ports, ports, ed25519, ml_dsa_44, Audit(), Clock())
    try:
        return sequencer.run(10, deadline)
    except Paused as paused:
        call: Call = paused.args[0]
        return call
    except (LogForkError, LeafConflictError) as error:
        return error


class Process(NamedTuple):
    """One process: the answers that it was given; a killed one has at most a write that may land yet."""

    name: str
    deadline: float = EVER
    given: History = NOTHING
    killed: bool = False
    in_flight: Call | None = None

    @property
    def next_call(self) -> Call | None:
        if self.killed:
            return None
        doing = step(self.name, self.deadline, self.given)
        if isinstance(doing, Exception):
            raise AssertionError(f"{self.name} took an accident for an attack") from doing
        return doing if isinstance(doing, Call) else None


class State(NamedTuple):
    store: Store
    processes: tuple[Process, ...]
    may_kill: bool = False


def is_stable(store: Store, call: Call) -> bool:
    """Whether the call changes nothing, and has the same answer whenever it is made from now on."""
    match call:
        case ("read", (path,)):
            return path in dict(store.objects)
        case ("put_new", (path, data)):
            return (path, data) in store.objects
        case ("settle", (place, index)):
            return store.indexes[place : place + 1] == (index,)
        case ("waits", (place,)):
            return store.indexes[place : place + 1] != (None,)
    return False


def successors(state: State) -> Iterator[State]:
    for place, process in enumerate(state.processes):
        call = process.next_call
        if call is not None and is_stable(state.store, call):
            # Its place in the order makes no difference, nor whether the process was killed before it or after.
            ((store, answer),) = answers(state.store, call)
            moved = process._replace(given=process.given.then(answer))
            yield state._replace(processes=(*state.processes[:place], moved, *state.processes[place + 1 :]))
            return
    for place, process in enumerate(state.processes):

        def become(store: Store, new: Process, may_kill: bool = state.may_kill, place: int = place) -> State:
            return State(store, (*state.processes[:place], new, *state.processes[place + 1 :]), may_kill)

        call = process.next_call
        if call is not None:
            for store, answer in answers(state.store, call):
                yield become(store, process._replace(given=process.given.then(freeze(answer))))
            # Both are alike, so it makes no difference which of them is killed.
            if state.may_kill and process.name == "b":
                in_flight = call if call.method in WRITES else None
                yield become(state.store, Process(process.name, killed=True, in_flight=in_flight), may_kill=False)
        elif process.in_flight is not None:
            for store, _ in answers(state.store, process.in_flight):
                yield become(store, process._replace(in_flight=None))


def freeze(answer: Any) -> Any:
    return tuple(answer) if isinstance(answer, list) else answer


def finish(store: Store, name: str) -> Store:
    """Let one more sequencer run to its end, its index up to date."""
    process = Process(name)
    while (call := process.next_call) is not None:
        store, answer = answers(store, call)[-1]
        process = process._replace(given=process.given.then(freeze(answer)))
    return store


def check(store: Store) -> None:
    """After everything ended: the log holds each entry once, and began as everyone was ever told it did."""
    assert store.head is not None
    assert store.public[-1] == store.head.note
    leaves = log_leaves(store, store.head.size)  # type: ignore[arg-type]
    assert mth(leaves) == store.head.root
    assert sorted(index for index in store.indexes if index is not None) == list(range(len(store.indexes)))
    assert [LEAVES[store.indexes.index(place)].commitment for place in range(len(leaves))] == leaves
    for head in store.committed:
        assert mth(leaves[: head.size]) == head.root
    notes = [head.note for head in store.committed]
    assert [notes.index(note) for note in store.public] == sorted({notes.index(note) for note in store.public})
    assert all(Checkpoint.parse(parse_note(head.note).text).size == head.size for head in store.committed)


def explore(first: State) -> int:
    """Visit every state that can be reached, and hold each end against what must be true; answers how many ends."""
    seen, left, ends = {first}, [first], 0
    while left:
        state = left.pop()
        # What is public never runs ahead, whatever moment a reader chooses.
        if state.store.public:
            assert state.store.public[-1] in [head.note for head in state.store.committed]
        if all(process.next_call is None for process in state.processes):
            ends += 1
            repaired = finish(state.store, "last")
            check(repaired)
            for process in state.processes:
                if process.in_flight is not None:
                    # Nothing landed, and everything was repaired; now it does.
                    check(finish(answers(repaired, process.in_flight)[0][0], "very last"))
        reached = set(successors(state)) - seen
        seen |= reached
        left += reached
    step.cache_clear()
    return ends


def begun(leaves: int, pending: int, lags: int) -> Store:
    """A log of some leaves, without any accident, and entries that are pending; -1: a log that did not begin."""
    store = Store() if leaves < 0 else finish(Store(indexes=(None,) * leaves), "first")
    return replace(store, indexes=store.indexes + (None,) * pending, lags=lags)


@pytest.fixture(autouse=True)
def _reads_each_note_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few notes are read in every step."""
    read_once = cache(parse_note)
    for module in ("lukhas_common.tlog.notes", "lukhas_common.ledger.log_view"):
        monkeypatch.setattr(f"{module}.parse_note", read_once)


@pytest.mark.parametrize(
    ("leaves", "pending", "deadline", "lags", "at_least"),
    [
        (-1, 1, EVER, 1, 1000),
        (-1, 2, ONCE, 0, 1000),
        (0, 2, ONCE, 4, 1000),
        (1, 2, EVER, 1, 5000),
        (1, 1, EVER, 9, 100),
    ],
)
def test_two_sequencers_at_once_one_of_which_may_be_killed(
    leaves: int, pending: int, deadline: float, lags: int, at_least: int
) -> None:
    store = begun(leaves, pending, lags)
    ends = explore(State(store, (Process("a", deadline), Process("b", deadline)), may_kill=True))
    assert ends > at_least
