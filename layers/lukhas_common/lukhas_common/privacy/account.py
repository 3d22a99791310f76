"""The privacy budget of a data set: an account whose newest ledger entry says what is spent.

A statistic is paid for by one conditional append before it is computed. Whoever dies after that has paid for nothing;
nobody is answered without having paid, and no two can spend the same rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.privacy.answers import Ask
from lukhas_common.privacy.columns import DataSet
from lukhas_common.privacy.composition import Composed, compose
from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason

KIND = "privacy.spent"

NEARLY_SPENT = Decimal("0.8")
"""The part of a budget from which on answers carry a warning."""

REMEMBERED = 100
"""Keys that an account names. Under an older one that nobody was answered for, it is paid again."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was spent.

    Attributes:
        seq: of the entry that says so, -1 where nothing was spent.
        spent: how many statistics there were of each epsilon.
        deltas: sum of the deltas.
        paid: what was asked by the last idempotency keys, the newest first.
    """

    dataset: DataSet
    seq: int = -1
    spent: Mapping[Decimal, int] = field(default_factory=dict)
    deltas: Decimal = Decimal(0)
    paid: tuple[tuple[str, str], ...] = ()

    @property
    def epsilon_spent(self) -> Decimal:
        return sum((epsilon * times for epsilon, times in self.spent.items()), Decimal(0))

    @property
    def epsilon_left(self) -> Decimal:
        return self.dataset.epsilon - self.epsilon_spent

    @property
    def nearly_spent(self) -> bool:
        return self.epsilon_spent >= self.dataset.epsilon * NEARLY_SPENT

    def composed(self) -> Composed:
        """The same by other ways of counting, at the data set's delta."""
        delta = float(self.dataset.delta) or 1e-9
        return compose({Fraction(epsilon): times for epsilon, times in self.spent.items()}, delta)

    def after(self, epsilon: Decimal, delta: Decimal = Decimal(0), ask: Ask | None = None) -> Account:
        """The account once this is spent.

        Raises:
            PrivacyFault: there is not so much left.
        """
        if not (epsilon.is_finite() and epsilon > 0 and 0 <= delta < 1):
            raise PrivacyFault(PrivacyReason.STATISTIC_INVALID, "Spend an epsilon above 0, and a delta in [0, 1).")
        if epsilon > self.epsilon_left or self.deltas + delta > self.dataset.delta:
            raise PrivacyFault(
                PrivacyReason.BUDGET_EXHAUSTED,
                f"An epsilon of {max(self.epsilon_left, Decimal(0))} and a delta of {self.dataset.delta - self.deltas} "
                "are left of this data set's budget. Ask for less; what is spent does not come back.",
            )
        epsilon = epsilon.normalize()
        spent = {**self.spent, epsilon: self.spent.get(epsilon, 0) + 1}
        paid = self.paid if ask is None else ((ask.key, ask.request), *self.paid)[:REMEMBERED]
        return replace(self, spent=spent, deltas=self.deltas + delta, paid=paid)

    def to_body(self) -> dict[str, Any]:
        spent = {format(epsilon, "f"): times for epsilon, times in sorted(self.spent.items())}
        paid = {"paid": [list(each) for each in self.paid]} if self.paid else {}
        return {"dataset": self.dataset.name, "spent": spent, "deltas": format(self.deltas, "f"), **paid}


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of all data sets."""

    ledger: Ledger

    def current(self, dataset: DataSet) -> Account:
        """The account as it is: one consistent read."""
        return _account(dataset, self.ledger.newest(_stream(dataset)))

    def spend(self, dataset: DataSet, epsilon: Decimal, delta: Decimal = Decimal(0), ask: Ask | None = None) -> Account:
        """Spend, by one conditional write, and answer the account after it.

        Args:
            ask: the question, if it has a key; what was paid under this key is not paid again.

        Raises:
            PrivacyFault: there is not so much left, or the key was used for another question; nothing was spent.
            LedgerError: it may be spent or not; nothing may be answered.
        """

        def composed(newest: Opened | None, _now: float) -> Draft | Opened:
            account = _account(dataset, newest)
            paid = dict(account.paid).get(ask.key) if ask is not None else None
            if newest is None or ask is None or paid is None:
                return Draft(KIND, account.after(epsilon, delta, ask).to_body())
            ask.same(paid)
            return newest

        return _account(dataset, self.ledger.append_to(_stream(dataset), composed))


def _stream(dataset: DataSet) -> str:
    return f"privacy-budget/{dataset.name}"


def _account(dataset: DataSet, newest: Opened | None) -> Account:
    if newest is None:
        return Account(dataset)
    spent = {Decimal(epsilon): int(times) for epsilon, times in newest.body["spent"].items()}
    paid = tuple((key, request) for key, request in newest.body.get("paid", []))
    return Account(dataset, newest.entry.seq, spent, Decimal(newest.body["deltas"]), paid)
