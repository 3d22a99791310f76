"""Days of accesses as a crowd of principals makes them, and attacks among them; the same each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, exp, pi
from random import Random

from lukhas_common.anomaly.accesses import Access

START = datetime(2026, 6, 1, tzinfo=UTC)
"""A Monday."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Habit:
    """What one kind of principal does.

    Attributes:
        endpoints: what it asks for, the most frequent first, each with its scope.
        noon: hour of the day, in UTC, around which it is awake.
        active: of an hour at noon, how probable it is that it asks for anything.
        requests: in such an hour, on average.
        others: probability that a request is for data of another, and how many others there are.
        weekends: how much of its activity is left on these days.
        read: bytes of an answer, on average.
    """

    endpoints: tuple[tuple[str, str], ...]
    noon: float
    active: float
    requests: float
    others: tuple[float, int]
    weekends: float
    read: int


MEMBER = (("GET /memory", "memory:read"), ("PUT /memory", "memory:write"), ("GET /profile", "profile"),
          ("GET /consents", "consent:read"), ("POST /sessions", "openid"), ("GET /export", "export"))  # fmt: skip
CLINICIAN = (("GET /memory", "memory:read"), ("POST /search", "memory:search"), ("GET /profile", "profile"),
             ("POST /sessions", "openid"), ("GET /audit", "audit:read"))  # fmt: skip
SERVICE = (("POST /decisions", "policy:evaluate"), ("GET /status", "status"))


class Crowd:
    """Seven in ten are members, two clinicians, and one is a service that never sleeps."""

    def __init__(self, principals: int, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - not for secrets
        self.habits = {f"p{number:04}": self._habit(number) for number in range(principals)}
        self._networks = {name: [self._network() for _ in range(2)] for name in self.habits}

    def clinicians(self) -> list[str]:
        """Those who read data of others."""
        return [name for name, habit in self.habits.items() if habit.endpoints is CLINICIAN]

    def members(self) -> list[str]:
        """Those who read their own."""
        return [name for name, habit in self.habits.items() if habit.endpoints is MEMBER]

    def home(self, name: str) -> str:
        """The network that a principal mostly comes from."""
        return self._networks[name][0]

    def day(self, number: int) -> Iterator[Access]:
        """What all do on a day."""
        for name, habit in self.habits.items():
            busy = exp(self._chance.gauss(0, 0.35))
            week = habit.weekends if number % 7 > 4 else 1.0
            for hour in range(24):
                awake = 1.0 if habit.endpoints is SERVICE else max(0.01, cos((hour - habit.noon) * pi / 12)) ** 1.5
                if self._chance.random() < habit.active * awake * week:
                    yield from self._hour(name, habit, START + number * DAY + timedelta(hours=hour), busy)

    def _hour(self, name: str, habit: Habit, start: datetime, busy: float) -> Iterator[Access]:
        chance = self._chance
        network = self._networks[name][chance.random() < 0.2]
        if habit.endpoints is not SERVICE and chance.random() < 0.01:
            network = self._network()
            if chance.random() < 0.3:
                self._networks[name][1] = network
        times = sorted(chance.random() * 3600 for _ in range(self._poisson(habit.requests * busy)))
        clumsy = chance.random() < 0.01
        for at in times:
            place = min(int(chance.expovariate(1.2)), len(habit.endpoints) - 1)
            endpoint, scope = habit.endpoints[place]
            allowed = chance.random() > (0.4 if clumsy else 0.01)
            share, others = habit.others
            subject = f"{name}-s{int(others * chance.random() ** 2)}" if chance.random() < share else name
            read = int(habit.read * exp(chance.gauss(0, 0.8))) if allowed else 0
            yield Access(name, endpoint, start + timedelta(seconds=at), (scope,), network, allowed, read, subject)

    def _habit(self, number: int) -> Habit:
        chance = self._chance
        if number % 10 == 9:
            return Habit(SERVICE, 12, 1.0, chance.uniform(5, 40), (0.9, 40), 1.0, 300)
        noon, size = chance.gauss(13, 3) % 24, exp(chance.gauss(0, 0.5))
        if number % 10 >= 7:
            return Habit(CLINICIAN, noon, 0.8, 10 * size, (0.8, 60), 0.2, 3000)
        return Habit(MEMBER, noon, 0.35, 5 * size, (0.0, 1), 1.1, 1500)

    def _network(self) -> str:
        return f"AS{self._chance.randrange(100_000)}"

    def _poisson(self, mean: float) -> int:
        if mean > 50:
            return max(1, round(self._chance.gauss(mean, mean**0.5)))
        number, product = 0, self._chance.random()
        while product > exp(-mean):
            number, product = number + 1, product * self._chance.random()
        return max(1, number)


def hammering(name: str, start: datetime, failures: int = 60) -> list[Access]:
    """One account's password is guessed from one strange network, once every ten seconds."""
    return [_refused(name, start + timedelta(seconds=10 * n)) for n in range(failures)]


def stuffing(names: list[str], start: datetime) -> list[Access]:
    """Leaked passwords are tried from one strange network, one for each account, two seconds apart."""
    return [_refused(name, start + timedelta(seconds=2 * n)) for n, name in enumerate(names)]


def by_network(accesses: Iterable[Access]) -> list[Access]:
    """The accesses as those of the networks that they came from, with the principals as whose data they asked for.

    So the ledger tells of those who did not prove who they are (``privacy/anomalies/accesses.py``).
    """
    return [
        Access(f"network:{one.network}", one.endpoint, one.at, one.scopes, "", one.allowed, one.read, one.principal)
        for one in accesses
        if one.network
    ]


def scraping(name: str, network: str, start: datetime, requests: int = 900) -> list[Access]:
    """A principal takes what it may read, every four seconds for an hour, from where it always comes from."""
    return [
        Access(name, "GET /memory", start + timedelta(seconds=3599 * n / requests), ("memory:read",), network, True,
               1500, name)
        for n in range(requests)
    ]  # fmt: skip


def insider(name: str, network: str, start: datetime, people: int = 60) -> list[Access]:
    """A principal reads data of people it never had to do with, once of each, in its usual hours."""
    return [
        Access(name, "GET /memory", start + timedelta(seconds=3599 * n / people), ("memory:read",), network, True,
               3000, f"stranger-{n}")
        for n in range(people)
    ]  # fmt: skip


def _refused(name: str, at: datetime) -> Access:
    return Access(name, "POST /sessions", at, ("openid",), "AS-strange", False, 0, name)
