"""Errands and dead letters in SQS: one message each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lukhas_common.memory.ports import Errand
from lukhas_common.memory.stored import Stored

_BATCH = 10
"""Messages that SendMessageBatch takes."""


class NotSentError(Exception):
    """SQS did not take some messages: send them again; those that it took come twice."""


@dataclass(frozen=True, slots=True)
class SqsErrands:
    """The Errands port.

    Attributes:
        threads: calls at once: for a million people there are 100,000, each of which waits for an answer.
    """

    client: Any
    url: str
    threads: int = 16

    def send(self, errands: Iterable[Errand], *, delay: float = 0) -> None:
        with ThreadPoolExecutor(self.threads) as pool:
            sent = [pool.submit(self._send, batch, int(delay)) for batch in _batches(errands)]
        for each in sent:
            each.result()

    def _send(self, batch: list[Errand], delay: int) -> None:
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({"task": errand.task, "owner": errand.owner}),
                "DelaySeconds": delay,
            }
            for number, errand in enumerate(batch)
        ]
        answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        if answer.get("Failed"):
            raise NotSentError(f"{len(answer['Failed'])} of {len(entries)} messages")


@dataclass(frozen=True, slots=True)
class SqsDeadLetters:
    """The DeadLetters port. A letter names the item and the reason; it holds nothing of what the item says."""

    client: Any
    url: str

    def send(self, stored: Stored, reason: str) -> None:
        letter = {
            "owner": stored.owner,
            "slot": stored.slot,
            "seq": stored.seq,
            "memory_id": stored.memory_id,
            "stage": stored.stage.value,
            "reason": reason,
        }
        self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(letter))


def _batches(errands: Iterable[Errand]) -> Iterator[list[Errand]]:
    left = iter(errands)
    while batch := list(islice(left, _BATCH)):
        yield batch
