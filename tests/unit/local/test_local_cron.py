from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cron import BadExpression, Cron, parse

START = datetime(2026, 11, 22, 6, 8, 35, tzinfo=UTC)  # a Sunday
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def first(expression: str, moment: datetime = START) -> str:
    found = parse(expression).next_after(moment)
    return found.strftime("%Y-%m-%d %H:%M:%S") if found else "never"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(* * * * ? *)", "2026-11-22 06:09:00"),
        ("cron(0/15 * * * ? *)", "2026-11-22 06:15:00"),
        ("cron(8 6 * * ? *)", "2026-11-23 06:08:00"),
        ("cron(0 3 * * ? *)", "2026-11-23 03:00:00"),
        ("cron(15 10 ? * 6L *)", "refused"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-23 18:00:00"),
        ("cron(0/5 8-17 ? * 2-6 *)", "2026-11-23 08:00:00"),
        ("cron(0 0 ? * SUN *)", "2026-11-29 00:00:00"),
        ("cron(0 0 ? * 1 *)", "2026-11-29 00:00:00"),
        ("cron(0 0 ? * FRI-MON *)", "2026-11-23 00:00:00"),
        ("cron(0 8 1 * ? *)", "2026-12-01 08:00:00"),
        ("cron(0 0 31 * ? *)", "2026-12-31 00:00:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00:00"),
        ("cron(0 0 30 2 ? *)", "never"),
        ("cron(30 12 5 JAN,jul ? *)", "2027-01-05 12:30:00"),
        ("cron(0 0 1 1 ? 2026)", "never"),
        ("cron(0 0 1 1 ? 2027-2030/2)", "2027-01-01 00:00:00"),
        ("cron(10,50 5-7/2 * * ? *)", "2026-11-22 07:10:00"),
        ("rate(1 minute)", "2026-11-22 06:09:35"),
        ("rate(2 hours)", "2026-11-22 08:08:35"),
        ("rate(7 days)", "2026-11-29 06:08:35"),
        ("at(2026-12-24T18:00:00)", "2026-12-24 18:00:00"),
        ("at(2020-12-24T18:00:00)", "never"),
    ],
)
def test_next_time(expression: str, expected: str) -> None:
    if expected == "refused":
        with pytest.raises(BadExpression):
            parse(expression)
    else:
        assert first(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5 weeks)", "rate(-1 minutes)", "cron()",
     "cron(* * * * *)", "cron(* * * * * *)", "cron(* * ? * ? *)", "cron(60 * * * ? *)", "cron(* 24 * * ? *)",
     "cron(* * 0 * ? *)", "cron(* * * 13 ? *)", "cron(* * ? * 0 *)", "cron(* * ? * 8 *)", "cron(*/0 * * * ? *)",
     "cron(a * * * ? *)", "cron(* * * FOO ? *)", "cron(1- * * * ? *)", "cron(* * L * ? *)", "cron(* * ? * 3#2 *)",
     "at(soon)", "cron(0 3 * * ? *) "],
)  # fmt: skip
def test_what_aws_refuses_or_we_do_not_read_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        parse(expression)


@given(moments, st.integers(0, 59), st.integers(0, 23), st.sampled_from(["* * ?", "1-7 * ?", "? 3,9 2-5"]))
def test_the_next_time_is_later_on_a_minute_that_fits_and_none_that_fits_lies_between(
    moment: datetime, minute: int, hour: int, rest: str
) -> None:
    cron = parse(f"cron({minute} {hour} {rest} *)")
    assert isinstance(cron, Cron)
    found = cron.next_after(moment)
    assert found is not None
    assert (found.minute, found.hour, found.second) == (minute, hour, 0)
    assert found > moment
    day = moment.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while day < found:
        fits = day.day in cron.days and day.month in cron.months and day.isoweekday() % 7 + 1 in cron.weekdays
        assert not (fits and day > moment)
        day += timedelta(days=1)
