"""Random lives of consent: the engine must say what the oracle says, at every step and to every question."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lukhas_common.consent.models import ConsentGrant, LegalBasis
from lukhas_common.consent.rules import Rules
from lukhas_common.consent.vocabulary import ALL_CATEGORIES, SPECIAL_CATEGORIES, ConsentScope
from tests.unit.consent import oracle
from tests.unit.consent.desk import DAY, USER, Desk

SCOPES = st.sampled_from(
    [scope for scope in ConsentScope if scope.startswith(("elr", "memory"))]
    + [ConsentScope.ELR, ConsentScope.ELR_HEALTH, ConsentScope.ELR_INTERESTS, ConsentScope.MEMORY] * 3
)
PURPOSES = ["dpv:ServiceProvision", "dpv:ServicePersonalisation", "sector-health:PatientMonitoring"]
ROLES = ["agent", "clinician"]
PLACES = st.sampled_from([None, None, "FR", "DE"])


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(rules=Rules.read(json.dumps(oracle.RULES)))
        self.events: list[oracle.Event] = []

    @rule(
        data=st.data(),
        scope=SCOPES,
        purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=2, unique=True),
        recipients=st.lists(st.sampled_from(ROLES), min_size=1, unique=True),
        place=PLACES,
        days=st.none() | st.integers(1, 60),
    )
    def grant(
        self,
        data: st.DataObject,
        scope: ConsentScope,
        purposes: list[str],
        recipients: list[str],
        place: str | None,
        days: int | None,
    ) -> None:
        categories = data.draw(st.just([]) | st.lists(st.sampled_from(sorted(ALL_CATEGORIES[scope])), unique=True))
        categories = categories[:16]
        needs = oracle.special(scope) or SPECIAL_CATEGORIES.intersection(categories)
        explicit = bool(needs) or data.draw(st.booleans())
        now = self.desk.clock()
        expires_at = None if days is None else now + days * DAY
        before = [oracle._at(self.events, scope, purpose) for purpose in purposes]
        recorded = self.desk.manager.grant(
            USER,
            ConsentGrant(
                scope=scope,
                purposes=tuple(purposes),  # type: ignore[arg-type]
                recipients=tuple(recipients),
                legal_basis=LegalBasis.EXPLICIT_CONSENT if explicit else LegalBasis.CONSENT,
                data_categories=tuple(categories),
                jurisdiction=place,
                expires_at=expires_at,
            ),
        )
        known = all(event is not None and event.verb == "grant" for event in before)
        assert recorded.event["type"] == ("updated" if known else "granted")
        self.events.append(
            oracle.Event(
                "grant",
                scope,
                tuple(purposes),
                now,
                tuple(recipients),
                tuple(categories),
                explicit,
                place,
                expires_at,
            )
        )

    @rule(scope=SCOPES, purpose=st.none() | st.sampled_from(PURPOSES), revoke=st.booleans())
    def end(self, scope: ConsentScope, purpose: str | None, revoke: bool) -> None:
        end = self.desk.manager.revoke if revoke else self.desk.manager.withdraw
        recorded = end(USER, scope, purpose=purpose)
        verb = "revoke" if revoke else "withdraw"
        assert recorded.event["type"] == ("revoked" if revoke else "withdrawn")
        self.events.append(oracle.Event(verb, scope, (purpose,) if purpose else (), self.desk.clock()))

    @rule(days=st.sampled_from([0.5, 1, 10, 20, 29, 30, 50]))
    def wait(self, days: float) -> None:
        self.desk.clock.advance(days * DAY)

    @rule(
        data=st.data(),
        scopes=st.lists(SCOPES, min_size=1, max_size=3, unique=True),
        role=st.sampled_from(ROLES),
        purpose=st.sampled_from(PURPOSES),
        place=PLACES,
    )
    def ask(self, data: st.DataObject, scopes: list[ConsentScope], role: str, purpose: str, place: str | None) -> None:
        wanted = None
        common = sorted(frozenset.intersection(*(ALL_CATEGORIES[scope] for scope in scopes)))
        if common and data.draw(st.booleans()):
            wanted = data.draw(st.lists(st.sampled_from(common), min_size=1, max_size=3, unique=True))
        decision = self.desk.engine.check_consent(
            USER, role, scopes, purpose=purpose, data_categories=wanted, jurisdiction=place
        )
        only = None if wanted is None else frozenset(wanted)
        self._agree(decision.verdicts, scopes, role, purpose, only, place)
        assert decision.allowed is (not decision.missing)

    @invariant()
    def the_engine_agrees_on_every_scope(self) -> None:
        for role, purpose in zip(ROLES, PURPOSES, strict=False):
            decision = self.desk.engine.check_consent(USER, role, list(ConsentScope), purpose=purpose)
            self._agree(decision.verdicts, list(ConsentScope), role, purpose, None, None)

    def _agree(self, verdicts, scopes, role, purpose, wanted, place) -> None:  # type: ignore[no-untyped-def]
        now = self.desk.clock()
        for verdict, scope in zip(verdicts, scopes, strict=True):
            expected = oracle.refusal(self.events, scope, role, purpose, wanted, place, now)
            assert verdict.scope is scope
            assert verdict.refusal == expected, (scope, role, purpose, wanted, place)
            assert verdict.allowed is (expected is None)


TestLives = Lives.TestCase
TestLives.settings = settings(settings.default, max_examples=25, stateful_step_count=25, deadline=None)
