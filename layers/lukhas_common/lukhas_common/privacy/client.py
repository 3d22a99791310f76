"""A client that keeps events in its own memory and answers with noise."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lukhas_common import times
from lukhas_common.privacy.account import Account
from lukhas_common.privacy.columns import Category, Column, DataSet, Number, decimal, drop_text
from lukhas_common.privacy.errors import BudgetWarning, PrivacyFault, PrivacyReason
from lukhas_common.privacy.statistics import Event, Question, ask, check

HOUR = 3600

_KEY = 32
"""Bytes of a pseudonym key."""

_DEAREST = Decimal(100)
"""The epsilon that a statistic may cost at most."""


@dataclass(frozen=True, slots=True)
class AggregateStats:
    """A noisy answer.

    Attributes:
        noise_added: None, as who knows the noise knows the true value. Filled only where ``reveal_noise`` was set, to
            debug on data that need no protection.
        count: noisy too. ``histogram``: noisy counts by word. ``interval``: of the value, at 95 %.
    """

    aggregation_type: str
    value: float
    noise_added: float | None
    epsilon_used: float
    count: int
    interval: tuple[float, float] = (0.0, 0.0)
    histogram: Mapping[str, int] = field(default_factory=dict)


class PrivacyClient:
    """Differentially private statistics of events that are kept in this process.

    Args:
        epsilon: the whole budget; ``delta`` likewise.
        mechanism: ``laplace`` or ``gaussian``, which takes a delta above 0.
        columns: what of events is kept, with bounds; without any, events are counted only.
        contributions: events of one person that count in a statistic.
        query_epsilon: what a statistic costs, 100 at most; a tenth of the budget if it is not said.
        redact: what is done to free words before they are kept; by default nothing of them is.
        pseudonym_key: 32 bytes; random if not given, so that pseudonyms end with the process.
        reveal_noise: fill ``noise_added``, and with it give away the true value.

    Raises:
        ValueError: a parameter is out of range.
    """

    def __init__(
        self,
        epsilon: float = 1.0,
        delta: float = 1e-5,
        mechanism: str = "laplace",
        *,
        columns: Mapping[str, Column] | None = None,
        contributions: int = 1,
        query_epsilon: float | None = None,
        redact: Callable[[str], str] = drop_text,
        pseudonym_key: bytes | None = None,
        reveal_noise: bool = False,
        clock: times.Clock = times.now,
    ) -> None:
        if mechanism not in ("laplace", "gaussian"):
            raise ValueError("the mechanism is laplace or gaussian")
        if pseudonym_key is not None and (not isinstance(pseudonym_key, bytes) or len(pseudonym_key) != _KEY):
            raise ValueError(f"a pseudonym key is {_KEY} bytes")
        declared = {} if columns is None else columns
        if not isinstance(declared, Mapping) or not all(
            isinstance(each, Number | Category) for each in declared.values()
        ):
            raise ValueError("columns are named, and each is a Number or a Category")
        self.epsilon, self.delta, self.mechanism = epsilon, delta, mechanism
        all_, of_all = _finite(epsilon, "epsilon"), _finite(delta, "delta")
        self.dataset = DataSet("local", dict(declared), all_, of_all, contributions)
        if mechanism == "gaussian" and not of_all:
            raise ValueError("Gaussian noise takes a delta above 0")
        self.events: list[dict[str, Any]] = []
        self._account = Account(self.dataset)
        self._each = min(all_ / 10, _DEAREST) if query_epsilon is None else _finite(query_epsilon, "query_epsilon")
        if not 0 < self._each <= _DEAREST:
            raise ValueError(f"a query_epsilon above 0, of {_DEAREST} at most, is wanted")
        self._redact, self._reveal, self._clock = redact, reveal_noise, clock
        self._key = secrets.token_bytes(_KEY) if pseudonym_key is None else pseudonym_key
        self._lock = threading.Lock()

    @property
    def privacy_budget_used(self) -> float:
        return float(self._account.epsilon_spent)

    def log_event(self, event: dict[str, Any], anonymize: bool = True) -> None:
        """Keep what is declared of an event, its hour, and a keyed pseudonym of its ``user_id``.

        Args:
            event: an event without ``user_id`` counts as of a person of its own. Its ``timestamp`` is in seconds since
                the epoch, a datetime, or a text in ISO 8601, in UTC where it has no offset; now if it is left out.
            anonymize: False keeps the second, too; nothing else that is not declared is ever kept.

        Raises:
            PrivacyFault: a declared column has a value of another kind, the timestamp is none, or the event no mapping.
        """
        if not isinstance(event, Mapping):
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "An event is a mapping of names to values.")
        at = _seconds(self._clock() if event.get("timestamp") is None else event["timestamp"])
        kept = self.dataset.kept(event, self._redact)
        person = event.get("user_id")
        pseudonym = secrets.token_hex(32) if person is None else self._pseudonym(person)
        with self._lock:
            self.events.append({"person": pseudonym, "at": at // HOUR * HOUR if anonymize else at, "values": kept})

    def get_stats(
        self, aggregation_type: str, column: str | None = None, *, epsilon: float | None = None
    ) -> AggregateStats:
        """A noisy count, mean, sum or histogram, paid for before it is computed.

        It warns (``BudgetWarning``) before it pays what leaves a fifth of the budget or less, so that no answer is lost
        where warnings are errors.

        Raises:
            PrivacyFault: it cannot be asked, or the budget does not suffice; nothing is spent then.
        """
        cost = self._each if epsilon is None else decimal(epsilon)
        if cost is None:
            raise PrivacyFault(PrivacyReason.STATISTIC_INVALID, "An epsilon is a finite number.")
        if not isinstance(column, str | None):
            raise PrivacyFault(PrivacyReason.STATISTIC_INVALID, "A column is named by a text.")
        kind = self.dataset.columns.get(column or "")
        gaussian = self.mechanism == "gaussian"
        open_words = aggregation_type == "histogram" and isinstance(kind, Category) and not kind.known
        delta = self.dataset.delta / 10 if gaussian or open_words else Decimal(0)
        question = Question(
            aggregation=aggregation_type,
            column=column,
            epsilon=Fraction(cost),
            delta=float(delta),
            gaussian=gaussian,
        )
        check(question, self.dataset)
        found = ask(question, self.dataset, self._paid(cost, delta))
        noise = found.noise if self._reveal else None
        return AggregateStats(
            aggregation_type, found.value, noise, float(cost), found.count, found.interval, found.histogram
        )

    def _paid(self, cost: Decimal, delta: Decimal) -> list[Event]:
        """Spend, and answer the events that there are."""
        warned = False
        while True:
            with self._lock:
                after = self._account.after(cost, delta)
                if warned or not after.nearly_spent:
                    self._account = after
                    return [Event(each["person"], f"{at:012d}", each["values"]) for at, each in enumerate(self.events)]
            warned = True
            warnings.warn(f"{after.epsilon_left} will be left of the privacy budget", BudgetWarning, stacklevel=3)

    def check_privacy_budget(self) -> float:
        """The epsilon that is left."""
        return float(self._account.epsilon_left)

    def clear_local_data(self) -> None:
        """Forget all events. What was spent stays spent: answers that were given cannot be taken back."""
        with self._lock:
            self.events.clear()

    def forget(self, user_id: object) -> int:
        """Forget the events of one person, named as in the events; how many there were.

        Raises:
            PrivacyFault: it names nobody.
        """
        pseudonym = self._pseudonym(user_id)
        with self._lock:
            left = [each for each in self.events if each["person"] != pseudonym]
            gone = len(self.events) - len(left)
            self.events[:] = left
        return gone

    def _pseudonym(self, person: object) -> str:
        """What stands for a person. A name is the same however its accents are written."""
        try:
            name = unicodedata.normalize("NFC", str(person))
        except ValueError:  # a whole number of more digits than Python writes out
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "A user_id is a text, or a number of few digits.") from None
        return hmac.new(self._key, name.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def _finite(value: object, name: str) -> Decimal:
    number = decimal(value)
    if number is None:
        raise ValueError(f"a finite number is wanted as {name}")
    return number


def _seconds(at: object) -> int:
    """Whole seconds since the epoch of a timestamp."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            at = None
    if isinstance(at, datetime):
        at = (at if at.utcoffset() is not None else at.replace(tzinfo=UTC)).timestamp()
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 2**40:
        raise PrivacyFault(
            PrivacyReason.EVENT_INVALID,
            "A timestamp is in seconds since the epoch, a datetime, or a text such as 2026-11-29T12:00:00Z.",
        )
    return int(at)
