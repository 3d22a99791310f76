"""Heartbeats in DynamoDB, and the pulse of this process.

Table key: ``part`` and ``id``. What comes with requests lies in the part of its slot of 15 minutes, under function and
process, so that no two processes write one item. What is expected at intervals lies in one part under its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from lukhas_common import times
from lukhas_common.aws import dynamodb
from lukhas_common.aws.clients import hasty_client
from lukhas_common.consciousness.heartbeats import SLOT, Heard, Heartbeat, slot
from lukhas_common.consciousness.pulse import Pulse
from lukhas_common.logs import logger
from lukhas_common.settings import settings

EXPECTED = "expected"
_DAY = 86400


@dataclass(frozen=True, slots=True)
class DynamoHeartbeats:
    """The HeartbeatStore port."""

    client: Any
    table: str

    def put(self, beat: Heartbeat) -> None:
        number = slot(beat.at)
        part = EXPECTED if beat.interval else f"slot#{number}"
        until = beat.waited_until if beat.interval else (number + 1) * SLOT + _DAY
        item = {
            "part": part,
            "id": beat.name if beat.interval else f"{beat.function}#{beat.process}",
            "subsystem": beat.subsystem,
            "at": beat.at,
            "function": beat.function or None,
            "process": beat.process or None,
            "interval": beat.interval or None,
            "degraded": beat.degraded or None,
            "requests": beat.requests,
            "errors": beat.errors,
            "peak_memory": beat.peak_memory,
            "times": dict(beat.times),
            "swept_at": int(until),
        }
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item(item))

    def heard(self, now: float) -> Heard:
        beats, complete = [], True
        for number in (slot(now) - 1, slot(now)):
            found, whole = self._page(f"slot#{number}")
            beats += found
            complete = complete and whole
        return Heard(tuple(beats), complete)

    def expected(self, now: float) -> list[Heartbeat]:
        return [beat for beat in self._page(EXPECTED)[0] if beat.waited_until > now]

    def _page(self, part: str) -> tuple[list[Heartbeat], bool]:
        """One page of at most 1 MB, and whether that is all."""
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="part = :part",
            ExpressionAttributeValues=dynamodb.to_item({":part": part}),
            ConsistentRead=True,
        )
        return [_beat(dynamodb.from_item(item)) for item in answer["Items"]], "LastEvaluatedKey" not in answer


@cache
def heartbeats() -> DynamoHeartbeats:
    """What reads and writes heartbeats. It waits a second at most: nobody asked for it."""
    return DynamoHeartbeats(hasty_client("dynamodb"), settings().required("heartbeats_table"))


@cache
def pulse() -> Pulse:
    """The pulse of this process."""
    return Pulse(heartbeats(), settings().heartbeat_seconds, times.now, _missed)


def _missed(error: Exception) -> None:
    """One line a minute at most, as the next try is no sooner. It is no error: the request was answered."""
    answer = getattr(error, "response", {})
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    logger.warning("heartbeat.not_stored", extra={"error": type(error).__qualname__, "error_code": code})


def _beat(item: dynamodb.Item) -> Heartbeat:
    return Heartbeat(
        subsystem=str(item["subsystem"]),
        at=float(item["at"]),
        function=str(item.get("function", "")),
        process=str(item.get("process", "")),
        interval=float(item.get("interval", 0)),
        degraded=str(item.get("degraded", "")),
        requests=int(item["requests"]),
        errors=int(item["errors"]),
        peak_memory=int(item["peak_memory"]),
        times={name: int(count) for name, count in item["times"].items()},
    )
