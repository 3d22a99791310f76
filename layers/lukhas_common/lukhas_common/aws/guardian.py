"""The guardian put together from its adapters; built once per process."""

from __future__ import annotations

from functools import cache
from typing import Any

from lukhas_common import pulse, times
from lukhas_common.access.errors import AccessDeniedError
from lukhas_common.access.gate import Principal
from lukhas_common.aws.clients import client
from lukhas_common.aws.consent import engine
from lukhas_common.aws.decisions import LOOKED_BACK, DynamoDecisions
from lukhas_common.aws.keys import rings
from lukhas_common.aws.ledger import ledger, ledger_about_nobody
from lukhas_common.aws.moderation import detector
from lukhas_common.aws.policy_bundles import DynamoBundles
from lukhas_common.aws.signing import signers
from lukhas_common.consent import checks
from lukhas_common.crypto.keys import PublicKey, Signer
from lukhas_common.crypto.ring_keys import BelievedKeys
from lukhas_common.guardian.actions.shipped import SCHEMA, shipped_policies
from lukhas_common.guardian.decisions import Guardian, Question, stream
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.health import measure
from lukhas_common.guardian.policy_book import PolicyBook
from lukhas_common.guardian.policy_keys import RING
from lukhas_common.guardian.replays import Changes, Input, Replay
from lukhas_common.guardian.text.judge import judge
from lukhas_common.guardian.text.linear import shipped
from lukhas_common.guardian.vetoes import UNKNOWN, Records, Vetoes
from lukhas_common.guardian.wire import (
    ActionRequest,
    DecisionEntry,
    DecisionRecord,
    DecisionStanding,
    HealthStatus,
    PoliciesRequest,
    PoliciesStanding,
    PublishedPolicies,
    ReplayedDecision,
    ReplayRequest,
    ReplayResponse,
    ReviewItem,
    Reviews,
    listed,
)
from lukhas_common.http import Admit, Caller
from lukhas_common.ledger.ledger import Opened
from lukhas_common.logs import LoggedAudit, logger
from lukhas_common.problems import InvalidField, invalid, moment
from lukhas_common.routes import Route
from lukhas_common.settings import settings

MEASURED_FOR = 10
"""Seconds for which a measurement of the guardian's health is told again."""


class _Ring:
    """The key ring that signs policies. It is asked for when it is used: not every function has its table."""

    def find(self, kid: str) -> PublicKey | None:
        return BelievedKeys(RING, rings(), times.now).find(kid)

    def current(self) -> Signer:
        return signers(RING).current()


@cache
def policy_book(*, about_nobody: bool = False) -> PolicyBook:
    """The versions of the policies.

    Args:
        about_nobody: on a ledger that opens only what is about nobody, as the policies are.
    """
    store = DynamoBundles(client("dynamodb"), settings().required("policies_table"))
    book = ledger_about_nobody() if about_nobody else ledger()
    return PolicyBook(book, store, _Ring(), _Ring(), SCHEMA, times.now)


@cache
def decisions() -> DynamoDecisions:
    """The decisions by time."""
    return DynamoDecisions(client("dynamodb"), settings().required("decisions_table"))


@cache
def guardian() -> Guardian:
    """What decides on actions."""
    model = shipped()
    thresholds = {"harm": model.harm.thresholds, "injection": model.injection.thresholds}
    judges = detector(settings())
    return Guardian(ledger(), engine(), policy_book(), judges, thresholds, decisions(), log_decision, times.now)


@cache
def records() -> Records:
    """Decisions as the ledger has them."""
    return Records(ledger(), times.now)


@cache
def vetoes() -> Vetoes:
    """What people make of decisions."""
    return Vetoes(ledger(), decisions(), times.now)


def log_decision(**details: Any) -> None:
    """One line a decision: ids, versions and counts. A failed policy is an error, for which there is an alarm."""
    level = logger.error if details.get("errors") else logger.info
    level("guardian.decided", extra={"audit": True, **details})


def question(request: ActionRequest, who: Caller, request_id: str | None) -> Question:
    """What a request asks."""
    person = request.user_id or who.user_id
    principal = Principal.of(who.user_id, who.token_id, who.scopes, in_session=who.session_id is not None)
    return Question(
        action=request.action,
        context=request.context,
        person=person,
        caller=who.user_id,
        role=principal.role_towards(person),
        purpose=checks.purpose(request.purpose),
        request_id=request_id,
    )


def admitted(decision_id: str, who: Caller, admit: Admit, route: Route) -> str:
    """The person whom a decision concerns, once the caller may touch it; for others there is no such decision."""
    person = records().subject(decision_id)
    if person != who.user_id and not _asked_by(decision_id, who):
        try:
            admit(route, person)
        except AccessDeniedError:
            raise GuardianError(GuardianReason.DECISION_UNKNOWN, UNKNOWN) from None
    return person


def _asked_by(decision_id: str, who: Caller) -> bool:
    """Whether this caller asked for the decision; what was decided was told to them."""
    first = ledger().get(stream(decision_id), 0)
    return first is not None and first.body.get("caller", {}).get("id") == who.user_id


def veto_standing(decision_id: str, opened: Opened) -> DecisionStanding:
    """How a decision stands after its newest entry."""
    return DecisionStanding.of(decision_id, opened, records().standing(opened))


def decision_record(decision_id: str, person: str) -> DecisionRecord:
    """All that the ledger has of a decision."""
    entries = records().history(decision_id)
    return DecisionRecord(
        decision_id=decision_id,
        user_id=person,
        standing=veto_standing(decision_id, entries[-1]),
        violations=[violation["policy"] for violation in entries[0].body["violations"]],
        entries=[DecisionEntry.of(opened) for opened in entries],
    )


def publish(version: str, request: PoliciesRequest, who: Caller) -> PublishedPolicies:
    """Keep a version of the policies, and activate it if that is asked for."""
    book = policy_book()
    bundle = book.publish(version, request.policies, frozenset(request.shadow), who.user_id)
    standing = book.activate(version, who.user_id) if request.activate else book.standing()
    return PublishedPolicies(
        version=version,
        sha256=bundle.digest,
        kid=bundle.kid,
        policies=listed(book.find(version), active_only=False),
        standing=PoliciesStanding.of(standing),
    )


def reviews(limit: int, after: str) -> Reviews:
    """Decisions that a person is to look at, the first one first."""
    found = decisions().reviews(limit, after)
    following = found[-1].decision_id if len(found) == limit else None
    return Reviews(reviews=[ReviewItem.of(noted) for noted in found], next=following)


def install_shipped() -> dict[str, Any]:
    """Publish the policies that the product ships."""
    standing = policy_book(about_nobody=True).install(shipped_policies("assistant"))
    return PoliciesStanding.of(standing).model_dump(mode="json")


_measured: list[HealthStatus] = []


def health() -> HealthStatus:
    """How the guardian is, measured at most every ten seconds."""
    now = times.now()
    if not _measured or now - _measured[0].last_check.timestamp() >= MEASURED_FOR:
        found = measure(policy_book(about_nobody=True), judge, decisions(), LoggedAudit(), times.now)
        _measured[:] = [HealthStatus.of(found)]
        pulse.note("guardian.health", " ".join(found.reasons))
    return _measured[0]


def replay(request: ReplayRequest) -> ReplayResponse:
    """Make logged decisions again."""
    ids = request.decision_ids
    if ids is None:
        since = 0.0 if request.since is None else moment(request.since, "since")
        if since and since < times.now() - LOOKED_BACK * 86400:
            raise invalid(InvalidField(field="since", message=f"at most {LOOKED_BACK} days ago"))
        found = decisions().since(since, request.limit) if since else decisions().newest(request.limit)
        ids = [noted.decision_id for noted in found]
    changes = Changes(
        request.version,
        request.harm.thresholds() if request.harm else None,
        request.injection.thresholds() if request.injection else None,
    )
    inputs = {name: Input(sent.action, sent.context) for name, sent in request.inputs.items()}
    replayed = Replay(guardian()).run(ids, changes, inputs)
    return ReplayResponse(
        replayed=sum(each.after is not None for each in replayed),
        changed=sum(each.changed for each in replayed),
        decisions=[ReplayedDecision.of(each) for each in replayed],
    )
