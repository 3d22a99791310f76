"""What goes over the wire: the requests and responses of statistics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from lukhas_common.privacy.account import Account
from lukhas_common.privacy.statistics import Answer
from lukhas_common.strict_request import StrictRequest

DataSetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$", examples=["usage"])]


class LogEventRequest(StrictRequest):
    """An event; of it, declared columns are kept and nothing else."""

    dataset: DataSetName
    event: dict[str, Any] = Field(max_length=50, examples=[{"minutes": 12, "feature": "chat"}])
    user_id: str | None = Field(default=None, description="Whose event it is, if not the caller's.")
    purpose: str | None = Field(default=None, max_length=64, description="What for: a term of the DPV.")


class LoggedEvent(BaseModel):
    """The columns that were kept."""

    dataset: str
    kept: list[str]


class StatisticRequest(StrictRequest):
    """A question."""

    dataset: DataSetName
    aggregation: Literal["count", "mean", "sum", "histogram"]
    column: str | None = Field(default=None, max_length=64)
    epsilon: float = Field(default=0.1, ge=0.001, le=10, description="What the answer may cost.")
    mechanism: Literal["laplace", "gaussian"] = "laplace"
    confidence: float = Field(default=0.95, ge=0.5, le=0.9999)


class PrivacyStatistic(BaseModel):
    """An answer with noise."""

    aggregation: str
    value: float
    count: int = Field(description="Noisy, too.")
    histogram: dict[str, int]
    interval: list[float] = Field(
        description="Where the answer without noise is; of a histogram, what to add to each count."
    )
    epsilon_used: float
    epsilon_left: float
    warning: str | None = None

    @classmethod
    def of(cls, request: StatisticRequest, found: Answer, account: Account) -> PrivacyStatistic:
        left = float(account.epsilon_left)
        return cls(
            aggregation=request.aggregation,
            value=found.value,
            count=found.count,
            histogram=dict(found.histogram),
            interval=list(found.interval),
            epsilon_used=request.epsilon,
            epsilon_left=left,
            warning=f"An epsilon of {left} is all that is left." if account.nearly_spent else None,
        )


class PrivacyBudget(BaseModel):
    """A budget, which the basic sum of what was spent is held against, and what other ways of counting would say."""

    dataset: str
    epsilon: float
    delta: float
    epsilon_spent: float
    epsilon_left: float
    delta_spent: float
    composed: dict[str, float] = Field(description="Epsilon by each way of counting; all but basic at `delta`.")

    @classmethod
    def of(cls, account: Account) -> PrivacyBudget:
        found = account.composed()
        names = ("basic", "advanced", "zcdp", "rdp", "optimal")
        return cls(
            dataset=account.dataset.name,
            epsilon=float(account.dataset.epsilon),
            delta=float(account.dataset.delta),
            epsilon_spent=float(account.epsilon_spent),
            epsilon_left=float(account.epsilon_left),
            delta_spent=float(account.deltas),
            composed={name: getattr(found, name) for name in names} if account.spent else dict.fromkeys(names, 0.0),
        )


class ErasedEvents(BaseModel):
    """How many events were deleted."""

    events: int
