"""When schedules fire: ``rate(…)``, ``cron(…)`` in AWS's six fields and ``at(…)``, all in UTC.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

YEAR = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: i for i, name in enumerate(YEAR, 1)}
DAYS = {name: i for i, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
LAST_YEAR = 2199
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
STEP = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d+))?")


class BadExpression(ValueError):
    """A schedule expression that AWS refuses, or that this stack does not read."""


@dataclass(frozen=True)
class Rate:
    """Fires every ``every``, counted from the moment that is asked about."""

    every: timedelta

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time to fire after a moment."""
        return moment + self.every


@dataclass(frozen=True)
class At:
    """Fires once."""

    moment: datetime

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the time to fire if it is after a moment, else None."""
        return self.moment if self.moment > moment else None


@dataclass(frozen=True)
class Cron:
    """Fires at the minutes that all fields allow; weekdays count from 1, which is Sunday."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time to fire after a moment, or None if there is none until 2199."""
        day = moment.date()
        while day.year <= LAST_YEAR:
            if day.year not in self.years:
                day = day.replace(year=day.year + 1, month=1, day=1)
                continue
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 + 1 in self.weekdays:
                for hour in self.hours:
                    for minute in self.minutes:
                        found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        if found > moment:
                            return found
            day += timedelta(days=1)
        return None


def parse(expression: str) -> Rate | At | Cron:
    """Read a schedule expression.

    Raises:
        BadExpression: It is not one, or uses L, W or #.
    """
    if match := RATE.fullmatch(expression):
        number, unit, plural = int(match[1]), match[2], match[3]
        if (number == 1) == bool(plural):
            raise BadExpression(f"{expression}: 1 {unit}, but 2 {unit}s")
        return Rate(number * UNITS[unit])
    if expression.startswith("at(") and expression.endswith(")"):
        try:
            return At(datetime.strptime(expression[3:-1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC))
        except ValueError as error:
            raise BadExpression(f"{expression}: {error}") from error
    if expression.startswith("cron(") and expression.endswith(")"):
        return _cron(expression, expression[5:-1].split())
    raise BadExpression(f"{expression}: neither rate(…) nor cron(…) nor at(…)")


def _cron(expression: str, fields: list[str]) -> Cron:
    if len(fields) != 6:
        raise BadExpression(f"{expression}: six fields are needed, minutes hours day month weekday year")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise BadExpression(f"{expression}: exactly one of day and weekday must be ?")
    try:
        return Cron(
            minutes=tuple(sorted(_field(fields[0], 0, 59))),
            hours=tuple(sorted(_field(fields[1], 0, 23))),
            days=frozenset(range(1, 32)) if fields[2] == "?" else _field(fields[2], 1, 31),
            months=_field(fields[3], 1, 12, MONTHS),
            weekdays=frozenset(range(1, 8)) if fields[4] == "?" else _field(fields[4], 1, 7, DAYS),
            years=_field(fields[5], 1970, LAST_YEAR),
        )
    except ValueError as error:
        raise BadExpression(f"{expression}: {error}") from error


def _field(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """Return the values that one field allows; a range may wrap (``FRI-MON``).

    Raises:
        ValueError: It allows what is outside ``low`` to ``high``, or cannot be read.
    """
    values: set[int] = set()
    for part in text.split(","):
        match = STEP.fullmatch(part)
        if not match:
            raise ValueError(f"{part!r} cannot be read")
        ends, step = match[1], int(match[2] or 1)
        first, _, last = ends.partition("-")
        start = low if ends == "*" else _number(first, names)
        end = _number(last, names) if last else high if ends == "*" or match[2] else start
        if not (low <= start <= high and low <= end <= high and step):
            raise ValueError(f"{part!r} is outside {low} to {high}")
        span = range(start, end + 1) if start <= end else [*range(start, high + 1), *range(low, end + 1)]
        values.update(list(span)[::step])
    return frozenset(values)


def _number(text: str, names: dict[str, int] | None) -> int:
    known = (names or {}).get(text.upper())
    return int(text) if known is None else known
