"""Fires the schedules of template.yaml on time."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from local.cron import At, BadExpression, Cron, Rate, parse
from local.embedded import Resolved
from local.plan import ACCOUNT, REGION, Plan
from local.pool import Pool
from local.process import InvocationError

FIELDS = ("expression", "timezone", "input", "state")
MISSED = timedelta(minutes=1)  # a machine that slept fires once, not once for every time it missed


@dataclass(frozen=True)
class Timed:
    """A schedule whose expression was read; ``input`` is what it sends instead of an EventBridge event."""

    name: str
    function: str
    kind: str
    fires: Rate | At | Cron
    input: Any
    enabled: bool

    def event(self, moment: datetime) -> Any:
        """Build what the function receives when it fires at a moment."""
        if self.input is not None:
            return self.input
        service, kind = ("events", "rule") if self.kind == "Schedule" else ("scheduler", "schedule/default")
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": f"aws.{service}",
            "account": ACCOUNT,
            "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{self.name}"],
            "detail": {} if service == "events" else "{}",
        }


def timed(plan: Plan, resolved: Resolved) -> list[Timed]:
    """Read the expression and the input of every schedule.

    Raises:
        BadExpression: AWS would refuse the expression, or this stack does not read it.
    """
    found = []
    for schedule in plan.schedules:
        fields = {f: resolved.values[f"schedule/{schedule.name}/{f}"] for f in FIELDS}
        given = json.loads(fields["input"]) if fields["input"] else None
        if fields["timezone"] != "UTC":
            raise BadExpression(f"{schedule.name}: only UTC is read here, not {fields['timezone']}")
        fires = parse(str(fields["expression"]))
        enabled = fields["state"] == "ENABLED"
        found.append(Timed(schedule.name, schedule.function, schedule.kind, fires, given, enabled))
    return found


class Clock:
    """Fires schedules; one that is still running does not hold up the next."""

    def __init__(self, schedules: list[Timed], pool: Pool, log: TextIO) -> None:
        """Fire ``schedules`` with the functions of ``pool``, and say so in ``log``."""
        self._schedules, self._pool, self._log = schedules, pool, log
        self._running: set[asyncio.Task[None]] = set()

    @property
    def functions(self) -> list[str]:
        """The functions that have a schedule, in the order of their names."""
        return sorted({schedule.function for schedule in self._schedules})

    async def tick(self, function: str) -> Any:
        """Fire the first schedule of a function now, and return its result.

        Raises:
            InvocationError: The function failed.
        """
        schedule = next(s for s in self._schedules if s.function == function)
        return await self._pool.invoke(function, schedule.event(datetime.now(UTC)))

    async def run(self) -> None:
        """Fire every enabled schedule on time, until cancelled."""
        try:
            await asyncio.gather(*(self._keep_firing(s) for s in self._schedules if s.enabled))
        finally:
            for task in self._running:
                task.cancel()

    async def _keep_firing(self, schedule: Timed) -> None:
        due = schedule.fires.next_after(datetime.now(UTC))
        while due is not None:
            while (wait := (due - datetime.now(UTC)).total_seconds()) > 0:
                await asyncio.sleep(min(wait, 60))  # a clock that was set is noticed within a minute
            task = asyncio.create_task(self._fire(schedule, due))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            due = schedule.fires.next_after(max(due, datetime.now(UTC) - MISSED))

    async def _fire(self, schedule: Timed, moment: datetime) -> None:
        try:
            await self._pool.invoke(schedule.function, schedule.event(moment))
        except InvocationError as error:
            self._log.write(f"[schedule] {schedule.name} failed: {error}\n")
        else:
            self._log.write(f"[schedule] {schedule.name} ran\n")
        self._log.flush()
