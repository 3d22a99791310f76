import asyncio
import contextlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.cron import At, BadExpression, Rate
from local.embedded import Resolved
from local.plan import Plan
from local.process import InvocationError
from local.schedule import Clock, Timed, timed

MOMENT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Functions:
    """Stands where the pool stands, and remembers when it was called."""

    def __init__(self, fails: bool = False) -> None:
        self.events: list[Any] = []
        self.fails = fails

    async def invoke(self, name: str, event: Any) -> Any:
        self.events.append(event)
        if self.fails:
            raise InvocationError("raised")
        return name


def values(plan: Plan, **changes: Any) -> Resolved:
    given = {name: value for name, value in plan.values.items() if name.startswith("schedule/")}
    return Resolved("", {**given, **changes}, {}, {})


def run(schedules: list[Timed], functions: Functions, seconds: float) -> str:
    log = io.StringIO()

    async def body() -> None:
        clock = Clock(schedules, functions, log)  # type: ignore[arg-type]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(clock.run(), seconds)

    asyncio.run(body())
    return log.getvalue()


def test_schedules_of_the_template_are_read(plan: Plan) -> None:
    sweep, night = sorted(timed(plan, values(plan)), key=lambda s: s.name, reverse=True)
    assert (sweep.fires, sweep.enabled) == (Rate(timedelta(hours=1)), True)
    assert (night.function, night.enabled, night.event(MOMENT)) == ("NightFunction", False, {"depth": 2})
    event = sweep.event(MOMENT)
    assert (event["time"], event["source"], event["detail"]) == ("2026-11-22T03:00:00Z", "aws.events", {})


@pytest.mark.parametrize("change", [{"expression": "rate(5 weeks)"}, {"timezone": "Europe/Lisbon"}])
def test_a_schedule_that_cannot_be_kept_is_refused(plan: Plan, change: dict[str, str]) -> None:
    with pytest.raises(BadExpression):
        timed(plan, values(plan, **{f"schedule/SweepFunctionHourly/{k}": v for k, v in change.items()}))


def test_a_schedule_fires_again_and_again_even_if_the_function_fails() -> None:
    functions = Functions(fails=True)
    log = run([Timed("S", "F", "Schedule", Rate(timedelta(seconds=0.05)), None, True)], functions, 0.4)
    assert len(functions.events) >= 3
    assert "[schedule] S failed: raised" in log


def test_a_disabled_schedule_and_one_that_is_over_fire_never() -> None:
    functions = Functions()
    over = At(datetime.now(UTC) - timedelta(seconds=1))
    soon = Rate(timedelta(seconds=0.01))
    run([Timed("A", "F", "Schedule", over, None, True), Timed("B", "F", "Schedule", soon, None, False)], functions, 0.2)
    assert functions.events == []
