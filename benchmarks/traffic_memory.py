"""Events for the functions of the memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.events import Person, http, scheduled
from benchmarks.process import Event

if TYPE_CHECKING:
    from benchmarks.traffic import Traffic

AT = "/consciousness/memory"
STORE, SEARCH, FOLD = "StoreMemoryFunction", "SearchMemoryFunction", "CreateFoldFunction"
SETTLING = ("SettleWorkingFunction", "SettleEpisodicFunction", "CompressFoldsFunction")
ERRANDS = "RunErrandsFunction"
KEPT = {"key": "tea/favourite"}


class MemoryTraffic:
    """People who are remembered something of."""

    def __init__(self, traffic: Traffic) -> None:
        """Have some memories stored, and some of them folded."""
        self._traffic, self._numbers = traffic, count()
        self._person, self._leaver, self._settled = (traffic.newcomer() for _ in range(3))
        traffic.ask(STORE, self._store(self._person, KEPT["key"]))
        traffic.ask(FOLD, self._fold())

    def makers(self) -> dict[str, Callable[[], Event]]:
        """By function, what makes its next event."""
        person = {"context": self._person.context}
        question = {"query": "Which tea does Ada like?", "limit": 10}
        return {
            STORE: lambda: self._store(self._person),
            "GetMemoryFunction": lambda: http(f"GET {AT}/keys/{{key+}}", **person, parameters=KEPT),
            "DeleteMemoryFunction": self._delete,
            SEARCH: lambda: http(f"POST {AT}/search", question, **person),
            "ListFoldsFunction": lambda: http(f"GET {AT}/folds", **person),
            FOLD: self._fold,
            "EraseMemoriesFunction": self._erase,
            **dict.fromkeys(SETTLING, scheduled),
            ERRANDS: self._errand,
        }

    def _store(self, person: Person, key: str = "") -> Event:
        number = next(self._numbers)
        said = {"key": key or f"walk/{number}", "value": f"Ada walked {number} km by the canal, and had Darjeeling."}
        return http(f"POST {AT}", {**said, "session": f"walks-{number // 20}"}, context=person.context)

    def _delete(self) -> Event:
        key = {"key": f"gone/{next(self._numbers)}"}
        self._traffic.ask(STORE, self._store(self._person, key["key"]))
        return http(f"DELETE {AT}/keys/{{key+}}", context=self._person.context, parameters=key)

    def _fold(self) -> Event:
        made = self._traffic.ask(STORE, self._store(self._person))
        return http(f"POST {AT}/folds", {"memory_ids": [made["memory_id"]]}, context=self._person.context)

    def _erase(self) -> Event:
        self._traffic.ask(STORE, self._store(self._leaver))
        return http(f"DELETE {AT}", context=self._leaver.context)

    def _errand(self) -> Event:
        """One that has something to do: a fresh memory to index."""
        self._traffic.ask(STORE, self._store(self._settled))
        errand = {"task": "settle_episodic", "owner": self._settled.context["user_id"]}
        return {"Records": [{"messageId": "1", "body": json.dumps(errand)}]}


def settled(answer: dict[str, Any]) -> bool:
    """Whether the errands were done."""
    return answer == {"batchItemFailures": []}


def dispatched(answer: dict[str, Any]) -> bool:
    """Whether a schedule found out who is due."""
    return set(answer) == {"sent"}
