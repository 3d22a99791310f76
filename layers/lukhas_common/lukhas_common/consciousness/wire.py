"""What goes over the wire: the requests and responses of the Consciousness API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import AfterValidator, BaseModel, Field

from lukhas_common import times
from lukhas_common.consciousness.awareness import Awareness
from lukhas_common.consciousness.drift.baseline import REASON, Baseline
from lukhas_common.consciousness.drift.detector import THRESHOLD, Drift, SampleDrift
from lukhas_common.consciousness.drift.gower import Contribution
from lukhas_common.consciousness.measures import Times
from lukhas_common.consciousness.measures import times as measured
from lukhas_common.consciousness.series import Series
from lukhas_common.consciousness.status import Load, Status
from lukhas_common.consciousness.watching import Fed
from lukhas_common.strict_request import StrictRequest

Level = Annotated[float, Field(ge=0, le=1)]
Number = int | float
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SeriesName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
SubsystemName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Owner = Literal["caller", "system"]

_STEERS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that are no words, and may act on a terminal or a log reader."""

_JOINERS = frozenset("\u200c\u200d")
"""Of these, those that words of some scripts are written with."""


def _plain(text: str) -> str:
    if not text.strip() or any(category(each) in _STEERS and each not in _JOINERS for each in text):
        raise ValueError("some words on one line are wanted, without control characters")
    return text


Said = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]

_PATHS = "By path, such as `/mood/valence`, or by the beginning of paths, such as `/mood/*`."


class ConsciousnessStatus(BaseModel):
    """How the system is, derived from what was heard of its parts."""

    status: Literal["active", "idle", "degraded"] = Field(
        description="`active` with a request in the last five minutes, `degraded` with a reason, else `idle`."
    )
    awareness_level: Level
    active_threads: int = Field(description="Processes of functions heard of in the last five minutes.")
    last_update: datetime = Field(description="When something was heard last, or the level was set.")
    subsystems: dict[str, bool] = Field(
        description="Whether each was heard of when it should have been.",
        examples=[{"identity": True, "guardian": True, "memory-core": False}],
    )
    drift_score: Level = Field(description="The highest newest score of the system's and the caller's series.")
    reasons: list[str] = Field(description="What is wrong; empty unless it is degraded.")

    @classmethod
    def of(cls, found: Status, awareness: Awareness, now: float) -> ConsciousnessStatus:
        heard = [at for at in (found.updated_at, awareness.at) if at is not None]
        return cls(
            status=found.activity.value,
            awareness_level=awareness.level,
            active_threads=found.threads,
            last_update=times.utc(max(heard, default=now)),
            subsystems=found.subsystems,
            drift_score=min(1.0, max(0.0, found.drift_score)),
            reasons=list(found.reasons),
        )


class AwarenessUpdate(StrictRequest):
    """A level of awareness, and why."""

    new_level: Level = Field(examples=[0.7])
    reason: Said = Field(
        description="In words, on one line: it is shown wherever the level is.",
        examples=["Maintenance of the memory until noon."],
    )
    metadata: dict[str, Any] = Field(
        default_factory=dict, max_length=50, description="Kept with it; at most 2 kB of JSON."
    )


class AwarenessFacts(BaseModel):
    """A level as the ledger has it."""

    level: Level
    previous_level: Level
    reason: str
    metadata: dict[str, Any]
    updated_by: str = Field(description="The id of the admin.")
    updated_at: datetime
    entry_hash: str = Field(description="Of the ledger's entry.")

    @classmethod
    def of(cls, awareness: Awareness) -> AwarenessFacts:
        """A level that was set."""
        return cls(
            level=awareness.level,
            previous_level=awareness.previous,
            reason=awareness.reason,
            metadata=dict(awareness.metadata),
            updated_by=awareness.by,
            updated_at=times.utc(awareness.at or 0.0),
            entry_hash=awareness.entry_hash,
        )


class ProcessingTimes(BaseModel):
    """How long requests and runs took, in milliseconds, each within 5 %; null where there were none."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None
    longest: float | None

    @classmethod
    def of(cls, taken: Times) -> ProcessingTimes:
        p50, p90, p99 = (taken.quantile(share) for share in (0.5, 0.9, 0.99))
        return cls(count=taken.count, mean=taken.mean, p50=p50, p90=p90, p99=p99, longest=taken.longest)


class LoadFacts(BaseModel):
    """What processes did."""

    processes: int
    requests: int
    errors: int = Field(description="Requests that failed by a fault of ours.")
    error_share: float
    peak_memory_bytes: int = Field(description="The most that one process ever held.")
    processing_ms: ProcessingTimes

    @classmethod
    def of(cls, load: Load) -> LoadFacts:
        return cls(
            processes=load.processes,
            requests=load.requests,
            errors=load.errors,
            error_share=load.error_share,
            peak_memory_bytes=load.peak_memory,
            processing_ms=ProcessingTimes.of(measured(load.times)),
        )


class DriftScore(BaseModel):
    """A score of a series, rounded to four decimals, and its second."""

    at: datetime
    score: float


class DriftHistory(BaseModel):
    """What a series was given of late."""

    series: str
    owner: Owner
    signal: Literal["learning", "quiet", "alarm", "confirmed"]
    alarm_since: datetime | None
    usual_mean: float | None = Field(description="Null while what is usual is learned from the first 50 scores.")
    usual_deviation: float | None
    scores: list[DriftScore] = Field(description="The last hundred, the oldest first.")

    @classmethod
    def of(cls, series: Series, owner: Owner) -> DriftHistory:
        mean, deviation = series.usual or (None, None)
        return cls(
            series=series.name,
            owner=owner,
            signal=series.signal.value,
            alarm_since=None if series.alarm_since is None else times.utc(series.alarm_since),
            usual_mean=mean,
            usual_deviation=deviation,
            scores=[DriftScore(at=times.utc(each.at), score=each.value) for each in series.scores],
        )


class ConsciousnessMetrics(BaseModel):
    """What was measured of late."""

    measured_at: datetime
    window_seconds: int = Field(description="Processes heard of in this time; each counts for 15 minutes at most.")
    complete: bool = Field(description="False where there were more processes than one page holds.")
    total: LoadFacts
    subsystems: dict[str, LoadFacts]
    drift: list[DriftHistory] = Field(description="Of the caller's series, and the system's.")
    awareness: list[AwarenessFacts] = Field(description="The levels that were set last, the newest first.")


class HeartbeatReport(StrictRequest):
    """What a subsystem says of itself."""

    name: SubsystemName = Field(examples=["memory-core"])
    interval_seconds: float = Field(
        ge=1, le=86400, description="Until the next one. After three times as long it is missed.", examples=[60]
    )
    degraded: str = Field(
        "",
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
        description="What is wrong, in words for everybody who reads the status; empty for nothing.",
    )


class HeartbeatReceipt(BaseModel):
    """What was heard."""

    name: str
    heard_at: datetime
    missed_after: datetime = Field(description="Unless the next one comes before, the status is degraded from then on.")


class ParentBaseline(StrictRequest):
    """The baseline that this one replaced, as it was answered."""

    id: Digest
    link: Digest
    created_at: str = Field(max_length=40, description="RFC 3339.")


class BaselineLineage(StrictRequest):
    """How the baseline came to be."""

    reason: str = Field(min_length=1, max_length=REASON)
    created_at: str = Field(max_length=40, description="RFC 3339.")
    parent: ParentBaseline | None = None


class DriftDetectionRequest(StrictRequest):
    """A state, and the one that it is compared with."""

    baseline_state: dict[str, Any] = Field(examples=[{"mood": {"valence": 0.6}, "tone": "calm"}])
    current_state: dict[str, Any] = Field(examples=[{"mood": {"valence": 0.1}, "tone": "calm"}])
    ranges: dict[str, Annotated[list[Number], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description=f"The least and the greatest value of numbers. {_PATHS}"
    )
    weights: dict[str, Number] = Field(
        default_factory=dict, description=f"What paths count, 1 where none is given. {_PATHS}"
    )
    threshold: float = Field(THRESHOLD, gt=0, le=1, description="The score from which on it has drifted.")
    places: list[Annotated[str, Field(max_length=1024)]] = Field(
        default_factory=list, max_length=1000, description=f"Lists of numbers whose places mean something. {_PATHS}"
    )
    baseline_id: Digest | None = Field(None, description="What `baseline_state` must have; as it was answered before.")
    lineage: BaselineLineage | None = Field(None, description="To bind the baseline to the one before it.")
    series: SeriesName | None = Field(
        None, description="Watch the scores under this name.", examples=["assistant-style"]
    )
    series_owner: Owner = Field("caller", description="`system` takes the role admin.")


class DriftContribution(BaseModel):
    """What one path adds to the score; all of them add up to it exactly."""

    path: str
    change: Literal["added", "removed", "changed"]
    distance: float
    weight: float
    contribution: float

    @classmethod
    def of(cls, part: Contribution) -> DriftContribution:
        return cls(
            path=part.path,
            change=part.change.value,
            distance=part.distance,
            weight=part.weight,
            contribution=part.contribution,
        )


class SampleStatistics(BaseModel):
    """How far the numbers at a path are from those of the baseline."""

    psi: float
    kolmogorov_smirnov: float
    p_value: float
    wasserstein: float
    jensen_shannon: float

    @classmethod
    def of(cls, sample: SampleDrift) -> SampleStatistics:
        return cls(
            psi=sample.psi,
            kolmogorov_smirnov=sample.kolmogorov_smirnov,
            p_value=sample.p_value,
            wasserstein=sample.wasserstein,
            jensen_shannon=sample.jensen_shannon,
        )


class BaselineFacts(BaseModel):
    """The baseline at its place in the line; keep it, and send it as the parent of the next."""

    id: str
    parent: str | None
    created_at: datetime
    reason: str
    link: str

    @classmethod
    def of(cls, baseline: Baseline) -> BaselineFacts:
        return cls(
            id=baseline.id,
            parent=baseline.parent,
            created_at=times.utc(baseline.created_at),
            reason=baseline.reason,
            link=baseline.link,
        )


class SeriesStanding(BaseModel):
    """What the watch over the series says."""

    series: str
    owner: Owner
    signal: Literal["learning", "quiet", "alarm", "confirmed"] = Field(
        description="`alarm`: scores are off what is usual. `confirmed`: they changed; what is usual is learned anew."
    )
    alarm_since: datetime | None = Field(description="Since when an alarm stands.")
    scores: int = Field(description="That are kept.")
    repeated: bool = Field(description="True where the score had been fed before, under the same Idempotency-Key.")
    alarms_sent: bool = Field(description="False where an alarm is on record but could not be sent yet.")

    @classmethod
    def of(cls, fed: Fed, owner: Owner) -> SeriesStanding:
        since = fed.series.alarm_since
        return cls(
            series=fed.series.name,
            owner=owner,
            signal=fed.signal.value,
            alarm_since=None if since is None else times.utc(since),
            scores=len(fed.series.scores),
            repeated=fed.repeated,
            alarms_sent=fed.is_told,
        )


class DriftDetection(BaseModel):
    """How far the state is from its baseline, and by what."""

    score: Level
    drifted: bool
    severity: Literal["none", "low", "medium", "high", "critical"]
    threshold: float
    compared: int = Field(description="Paths that weigh something.")
    contributions: list[DriftContribution] = Field(description="Of the paths that differ, the largest first.")
    samples: dict[str, SampleStatistics]
    baseline_id: str | None = Field(description="SHA-256 of the baseline in canonical JSON; null where it has none.")
    current_id: str | None
    baseline: BaselineFacts | None = Field(description="With `lineage`.")
    series: SeriesStanding | None = Field(description="With `series`.")

    @classmethod
    def of(
        cls,
        drift: Drift,
        threshold: float,
        ids: tuple[str | None, str | None],
        baseline: Baseline | None,
        series: SeriesStanding | None,
    ) -> DriftDetection:
        return cls(
            score=drift.score,
            drifted=drift.drifted,
            severity=drift.severity.value,
            threshold=threshold,
            compared=drift.compared,
            contributions=[DriftContribution.of(part) for part in drift.contributions],
            samples={path: SampleStatistics.of(sample) for path, sample in drift.samples.items()},
            baseline_id=ids[0],
            current_id=ids[1],
            baseline=None if baseline is None else BaselineFacts.of(baseline),
            series=series,
        )
