"""When consent goes stale."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import Purpose
from lukhas_common.consent.rules import Kind, Rules, standard
from lukhas_common.consent.vocabulary import Sensitivity
from tests.unit.consent.desk import DAY, USER, Desk, explicit, grant_of

ANALYTICS = Purpose.SERVICE_USAGE_ANALYTICS
SALE = Purpose.SALE_TO_THIRD_PARTIES


def rules_of(*rows: dict[str, Any]) -> Rules:
    house = {"jurisdiction": "*", "max_age_days": 10}
    said = [{"kind": "house", "source": "a test", **row} for row in (house, *rows)]
    return Rules.read(json.dumps({"members": {"EU": ["FR"]}, "rules": said}))


@pytest.mark.parametrize(
    ("place", "purpose", "days"),
    [
        (None, Purpose.SERVICE_PROVISION, 730),
        ("BR", Purpose.SERVICE_PROVISION, 730),
        ("FR", Purpose.SERVICE_PROVISION, 730),
        ("FR", ANALYTICS, 182),
        ("FR-75", ANALYTICS, 182),
        ("IE", ANALYTICS, 182),
        ("DE", ANALYTICS, 730),
        ("GB", ANALYTICS, 730),
    ],
)
def test_consent_ends_exactly_when_the_rule_of_its_jurisdiction_says(
    place: str | None, purpose: Purpose, days: int
) -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("analytics.usage", purposes=(purpose,), jurisdiction=place))
    desk.clock.advance(days * DAY - 0.001)
    assert desk.allowed("analytics.usage", purpose=purpose)
    desk.clock.advance(0.001)
    assert desk.why("analytics.usage", purpose=purpose) == "expired"


@pytest.mark.parametrize(("place", "days"), [(None, 365), ("DE", 365), ("GB", 365), ("US", 365), ("US-CO", 365)])
def test_special_categories_end_earlier(place: str | None, days: int) -> None:
    desk = Desk()
    own = desk.clock() + 5000 * DAY
    desk.manager.grant(USER, explicit("elr.health", jurisdiction=place, expires_at=own))
    desk.clock.advance(days * DAY - 0.001)
    assert desk.allowed("elr.health")
    desk.clock.advance(0.001)
    assert desk.why("elr.health") == "expired"


def test_special_categories_end_earlier_under_a_broader_grant_too() -> None:
    desk = Desk()
    desk.manager.grant(USER, explicit("elr"))
    desk.clock.advance(365 * DAY)
    assert desk.why("elr.health") == "expired"
    assert desk.why("elr") == "expired"
    assert desk.allowed("elr.interests")


def test_the_persons_own_expiry_holds_to_the_millisecond_where_it_comes_first() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests", expires_at=desk.clock() + 60))
    verdict = desk.engine.check_consent(USER, "agent", ["elr.interests"]).verdicts[0]
    assert verdict.expires_at == desk.clock() + 60
    desk.clock.advance(59.999)
    assert desk.allowed("elr.interests")
    desk.clock.advance(0.001)
    assert desk.why("elr.interests") == "expired"


@pytest.mark.parametrize(("place", "purpose"), [("US", Purpose.PRIMARY_CARE), ("US-CO", SALE), ("US-WA", SALE)])
def test_where_the_law_wants_an_expiry_none_is_taken_without(place: str, purpose: Purpose) -> None:
    desk = Desk()
    asked: dict[str, Any] = {"jurisdiction": place, "purposes": (purpose,)}
    with pytest.raises(ConsentError) as refused:
        desk.manager.grant(USER, explicit("elr.health", **asked))
    assert refused.value.reason is Reason.EXPIRY_REQUIRED
    assert desk.manager.get_history(USER) == []
    desk.manager.grant(USER, explicit("elr.health", **asked, expires_at=desk.clock() + DAY))
    assert desk.allowed("elr.health", purpose=purpose)


def test_an_authorization_for_research_may_name_no_expiration() -> None:
    desk = Desk()
    research = Purpose.SCIENTIFIC_RESEARCH
    desk.manager.grant(USER, explicit("elr.health", jurisdiction="US", purposes=(research,)))
    assert desk.allowed("elr.health", purpose=research)


def test_a_changed_rule_holds_at_once_for_what_was_granted_before() -> None:
    before = Desk(rules=rules_of())
    before.manager.grant(USER, grant_of("elr.interests", jurisdiction="US"))
    before.clock.advance(5 * DAY)
    assert before.allowed("elr.interests")
    shorter = Desk(before, rules_of({"jurisdiction": "US", "max_age_days": 5}))
    assert shorter.why("elr.interests") == "expired"
    wanting = Desk(before, rules_of({"jurisdiction": "US", "max_age_days": 9, "expiry_required": True}))
    assert wanting.why("elr.interests") == "expired"


def test_a_jurisdiction_may_let_consent_last_longer_than_is_usual() -> None:
    desk = Desk(rules=rules_of({"jurisdiction": "US", "max_age_days": 20}))
    desk.manager.grant(USER, grant_of("elr.interests", jurisdiction="US"))
    desk.clock.advance(15 * DAY)
    assert desk.allowed("elr.interests")
    assert desk.allowed("elr.interests", jurisdiction="US")
    assert not desk.allowed("elr.interests", jurisdiction="BR")


def test_the_rules_of_where_data_is_used_hold_beside_those_of_the_person() -> None:
    rules = rules_of({"jurisdiction": "FR", "max_age_days": 3}, {"jurisdiction": "US", "max_age_days": 6})
    desk = Desk(rules=rules)
    desk.manager.grant(USER, grant_of("elr.interests", jurisdiction="US"))
    desk.clock.advance(3 * DAY)
    assert desk.allowed("elr.interests")
    assert desk.allowed("elr.interests", jurisdiction="BR")
    assert not desk.allowed("elr.interests", jurisdiction="FR")
    desk.clock.advance(3 * DAY)
    assert not desk.allowed("elr.interests", jurisdiction="BR")


def test_the_nearest_rule_holds_by_jurisdiction_then_purpose_then_sensitivity() -> None:
    special, ordinary = Sensitivity.SPECIAL, Sensitivity.ORDINARY
    rows = [
        {"jurisdiction": "EU", "max_age_days": 1},
        {"jurisdiction": "FR", "max_age_days": 2},
        {"jurisdiction": "FR", "sensitivity": "special", "max_age_days": 3},
        {"jurisdiction": "FR", "purpose": ANALYTICS, "max_age_days": 4},
        {"jurisdiction": "FR", "purpose": ANALYTICS, "sensitivity": "special", "max_age_days": 5},
        {"jurisdiction": "FR-75", "max_age_days": 6},
        {"jurisdiction": "GB", "sensitivity": "special", "max_age_days": 7},
        {"jurisdiction": "GB", "purpose": ANALYTICS, "max_age_days": 8},
    ]
    rules, other = rules_of(*rows), Purpose.SERVICE_PROVISION
    found = [
        rules.rule(place, kind, purpose).max_age_days
        for place, kind, purpose in [
            ("FR-75", special, ANALYTICS),
            ("FR-69", special, ANALYTICS),
            ("FR", ordinary, ANALYTICS),
            ("FR", special, other),
            ("FR", ordinary, other),
            ("EU", special, other),
            ("GB", special, ANALYTICS),
            ("GB", special, other),
            ("US", special, other),
            (None, special, other),
        ]
    ]
    assert found == [6, 5, 4, 3, 2, 1, 8, 7, 10, 10]
    assert rules_of(rows[0]).rule("FR", ordinary, other).max_age_days == 1


def test_no_shipped_rule_is_laxer_than_the_law_of_a_jurisdiction_around_it() -> None:
    rules = standard()
    laws = [rule for rule in rules.rules if rule.kind is Kind.LAW]
    places = {rule.jurisdiction for rule in rules.rules}
    for place, kind, purpose in product(places, Sensitivity, Purpose):
        held = rules.rule(place, kind, purpose)
        for around in rules.places(place):
            law = rules.rule(around, kind, purpose)
            if law in laws:
                assert held.max_age_days <= law.max_age_days
                assert held.expiry_required >= law.expiry_required, (place, around, kind, purpose)


def test_every_shipped_rule_names_its_source_and_says_whether_it_is_law() -> None:
    for rule in standard().rules:
        assert len(rule.source) > 20
        if rule.kind is Kind.HOUSE:
            assert "this product's own" in rule.source
    assert {rule.kind for rule in standard().rules} == set(Kind)


@pytest.mark.parametrize(
    "row",
    [
        {"jurisdiction": "*", "max_age_days": 5},
        {"jurisdiction": "US", "max_age_days": 0},
        {"jurisdiction": "US", "max_age_days": True},
        {"jurisdiction": "US", "max_age_days": 5, "source": ""},
        {"jurisdiction": "US", "max_age_days": 5, "kind": "rumour"},
        {"jurisdiction": "US", "max_age_days": 5, "purpose": "dpv:Nonsense"},
        {"jurisdiction": "US", "max_age_days": 5, "sensitivity": "some"},
        {"jurisdiction": "us", "max_age_days": 5},
        {"jurisdiction": "US", "max_age_days": 5, "max_age": 7},
    ],
)
def test_rules_that_say_nothing_clear_are_not_read(row: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, ConsentError)):
        rules_of(row)


def test_rules_without_one_that_holds_everywhere_are_not_read() -> None:
    row = {"jurisdiction": "US", "max_age_days": 5, "kind": "house", "source": "a test"}
    with pytest.raises(ValueError, match="everywhere"):
        Rules.read(json.dumps({"members": {}, "rules": [row]}))
