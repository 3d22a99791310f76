"""A client that keeps events in its own memory and answers with noise."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lukhas_common import times
from lukhas_common.privacy.account import Account
from lukhas_common.privacy.columns import Category, Column, DataSet, drop_text
from lukhas_common.privacy.errors import BudgetWarning, PrivacyFault, PrivacyReason
from lukhas_common.privacy.statistics import Event, Question, ask, check

HOUR = 3600


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
        mechanism: ``laplace`` or ``gaussian``.
        columns: what of events is kept, with bounds; without any, events are counted only.
        contributions: events of one person that count in a statistic.
        query_epsilon: what a statistic costs, a tenth of the budget if it is not said.
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
        self.epsilon, self.delta, self.mechanism = epsilon, delta, mechanism
        self.dataset = DataSet("local", columns or {}, Decimal(str(epsilon)), Decimal(str(delta)), contributions)
        self.events: list[dict[str, Any]] = []
        self._account = Account(self.dataset)
        self._each = Decimal(str(query_epsilon)) if query_epsilon is not None else self.dataset.epsilon / 10
        self._redact, self._reveal, self._clock = redact, reveal_noise, clock
        self._key = pseudonym_key or secrets.token_bytes(32)
        self._lock = threading.Lock()

    @property
    def privacy_budget_used(self) -> float:
        return float(self._account.epsilon_spent)

    def log_event(self, event: dict[str, Any], anonymize: bool = True) -> None:
        """Keep what is declared of an event, its hour, and a keyed pseudonym of its ``user_id``.

        Args:
            event: an event without ``user_id`` counts as of a person of its own.
            anonymize: False keeps the second, too; nothing else that is not declared is ever kept.

        Raises:
            PrivacyFault: a declared column has a value of another kind, or the timestamp is no number of seconds.
        """
        at = event.get("timestamp", self._clock())
        if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 2**40:
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "A timestamp is in seconds since the epoch.")
        kept = self.dataset.kept(event, self._redact)
        person = event.get("user_id")
        pseudonym = secrets.token_hex(32) if person is None else self._pseudonym(str(person))
        with self._lock:
            self.events.append(
                {"person": pseudonym, "at": int(at) // HOUR * HOUR if anonymize else int(at), "values": kept}
            )

    def get_stats(
        self, aggregation_type: str, column: str | None = None, *, epsilon: float | None = None
    ) -> AggregateStats:
        """A noisy count, mean, sum or histogram, paid for before it is computed.

        Raises:
            PrivacyFault: it cannot be asked, or the budget does not suffice; nothing is spent then.
        """
        cost = self._each if epsilon is None else Decimal(str(epsilon))
        kind = self.dataset.columns.get(column or "")
        gaussian = self.mechanism == "gaussian"
        open_words = aggregation_type == "histogram" and isinstance(kind, Category) and not kind.known
        delta = self.dataset.delta / 10 if gaussian or open_words else Decimal(0)
        if not cost.is_finite():
            raise PrivacyFault(PrivacyReason.STATISTIC_INVALID, "An epsilon is a finite number.")
        question = Question(
            aggregation=aggregation_type,
            column=column,
            epsilon=Fraction(cost),
            delta=float(delta),
            gaussian=gaussian,
        )
        check(question, self.dataset)
        with self._lock:
            self._account = self._account.after(cost, delta)
            events = [Event(each["person"], f"{at:012d}", each["values"]) for at, each in enumerate(self.events)]
        if self._account.nearly_spent:
            warnings.warn(f"{self._account.epsilon_left} is left of the privacy budget", BudgetWarning, stacklevel=2)
        found = ask(question, self.dataset, events)
        noise = found.noise if self._reveal else None
        return AggregateStats(
            aggregation_type, found.value, noise, float(cost), found.count, found.interval, found.histogram
        )

    def check_privacy_budget(self) -> float:
        """The epsilon that is left."""
        return float(self._account.epsilon_left)

    def clear_local_data(self) -> None:
        """Forget all events. What was spent stays spent: answers that were given cannot be taken back."""
        with self._lock:
            self.events.clear()

    def forget(self, user_id: str) -> int:
        """Forget the events of one person; how many there were."""
        pseudonym = self._pseudonym(user_id)
        with self._lock:
            left = [each for each in self.events if each["person"] != pseudonym]
            gone = len(self.events) - len(left)
            self.events[:] = left
        return gone

    def _pseudonym(self, person: str) -> str:
        return hmac.new(self._key, person.encode(), hashlib.sha256).hexdigest()
