"""Scopes within scopes: what a grant covers, and what a withdrawal takes away."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_common.consent import vocabulary
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import ConsentScope, EventType, LegalBasis, Purpose
from lukhas_common.consent.vocabulary import ALL_CATEGORIES, CATEGORIES, LINEAGE, SUBTREE
from lukhas_common.policy.model import Role, Sensitivity
from tests.unit.consent.desk import USER, Desk, explicit, grant_of


def test_given_a_grant_when_a_scope_beneath_is_asked_for_then_it_is_covered() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr"))
    assert desk.allowed("elr.interests")
    assert not desk.allowed("memory.semantic")
    assert desk.allowed("elr.interests", "elr.media")
    assert not desk.allowed("elr.interests", "memory.semantic")


def test_given_a_grant_of_a_part_when_the_whole_is_asked_for_then_it_is_not_covered() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("memory.semantic"))
    assert desk.why("memory") == "never_granted"


def test_given_a_withdrawal_then_nothing_beneath_is_covered_any_more() -> None:
    desk = Desk()
    for scope in ("elr", "elr.interests", "memory.semantic"):
        desk.manager.grant(USER, grant_of(scope))
    desk.manager.withdraw(USER, "elr")
    assert [desk.why(scope) for scope in ("elr", "elr.interests", "elr.media")] == ["withdrawn"] * 3
    assert desk.allowed("memory.semantic")


def test_given_a_part_was_withdrawn_then_only_its_own_grant_brings_it_back() -> None:
    desk = Desk()
    desk.manager.grant(USER, explicit("elr"))
    desk.manager.withdraw(USER, "elr.health")
    assert desk.why("elr.health") == "withdrawn"
    assert desk.allowed("elr.interests")
    assert desk.why("elr") == "withdrawn"  # to ask for the whole is to ask for the part
    desk.manager.grant(USER, explicit("elr"))
    assert desk.why("elr.health") == "withdrawn"
    desk.manager.withdraw(USER, "elr")
    desk.manager.grant(USER, explicit("elr"))
    assert desk.why("elr.health") == "withdrawn"
    desk.manager.grant(USER, explicit("elr.health"))
    assert desk.allowed("elr.health", "elr")


def test_withdrawing_what_was_never_granted_is_recorded_and_stands_against_broader_grants() -> None:
    desk = Desk()
    recorded = desk.manager.withdraw(USER, "elr.media")
    assert recorded.event["type"] == "withdrawn"
    assert recorded.effective
    assert [item["event_type"] for item in desk.manager.get_history(USER)] == ["withdrawn"]
    desk.manager.grant(USER, grant_of("elr"))
    assert desk.why("elr.media") == "withdrawn"


def test_a_withdrawal_for_one_purpose_leaves_the_others() -> None:
    desk = Desk()
    both = (Purpose.SERVICE_PROVISION, Purpose.SERVICE_PERSONALISATION)
    desk.manager.grant(USER, grant_of("elr", purposes=both))
    desk.manager.withdraw(USER, "elr.interests", purpose=both[0])
    assert desk.why("elr.interests", purpose=both[0]) == "withdrawn"
    assert desk.allowed("elr.interests", purpose=both[1])


def test_a_purpose_stands_for_itself_alone() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests", purposes=(Purpose.SERVICE_PROVISION,)))
    assert desk.why("elr.interests", purpose=Purpose.REQUESTED_SERVICE_PROVISION) == "other_purpose"
    assert desk.why("elr.media", purpose=Purpose.REQUESTED_SERVICE_PROVISION) == "never_granted"


def test_only_the_named_roles_are_covered() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests", recipients=("clinician", "service")))
    assert desk.allowed("elr.interests", role=Role.CLINICIAN)
    assert desk.allowed("elr.interests", role="service")
    assert {role for role in Role if desk.allowed("elr.interests", role=role)} == {"clinician", "service"}
    assert desk.why("elr.interests") == "other_role"


def test_only_the_named_categories_are_covered() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests", data_categories=("pd:Interest", "pd:Opinion")))
    assert desk.why("elr.interests") == "other_category"
    assert desk.allowed("elr.interests", data_categories=["pd:Opinion"])
    assert desk.allowed("elr.interests", data_categories=["pd:Opinion", "pd:Interest"])
    assert not desk.allowed("elr.interests", data_categories=["pd:Opinion", "pd:Favourite"])


def test_asking_for_a_category_asks_for_those_scopes_only_that_hold_it() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests"))
    assert desk.allowed("elr", data_categories=["pd:Interest"])
    assert not desk.allowed("elr", data_categories=["pd:Interest", "pd:Picture"])


def test_special_categories_need_explicit_consent_of_their_own_or_above() -> None:
    desk = Desk()
    for basis in (LegalBasis.CONSENT, LegalBasis.EXPRESSED_CONSENT):
        desk.manager.grant(USER, grant_of("elr", legal_basis=basis))
        assert desk.why("elr.health") == "not_explicit"
        assert desk.why("elr") == "not_explicit"
    assert desk.allowed("elr.media")
    desk.manager.grant(USER, explicit("elr"))
    assert desk.allowed("elr.health")


@pytest.mark.parametrize("scope", ["elr.health", "elr.beliefs", "memory.emotional"])
@pytest.mark.parametrize("basis", [LegalBasis.CONSENT, LegalBasis.EXPRESSED_CONSENT])
def test_a_grant_of_special_categories_that_is_not_explicit_is_refused(scope: str, basis: LegalBasis) -> None:
    with pytest.raises(ConsentError) as refused:
        grant_of(scope, legal_basis=basis)
    assert refused.value.reason is Reason.EXPLICIT_CONSENT_REQUIRED


def test_naming_a_special_category_under_a_broad_scope_needs_explicit_consent_too() -> None:
    with pytest.raises(ConsentError) as refused:
        grant_of("elr", data_categories=("pd:MentalHealth",))
    assert refused.value.reason is Reason.EXPLICIT_CONSENT_REQUIRED
    explicit("elr", data_categories=("pd:MentalHealth",))


def test_a_revocation_says_so() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.manager.revoke(USER, "elr", reason="the account was compromised")
    assert desk.why("elr.media") == "revoked"
    desk.manager.withdraw(USER, "elr")
    assert desk.why("elr.media") == "withdrawn"


def test_the_tables_say_of_every_scope_what_it_holds() -> None:
    assert set(CATEGORIES) == set(ConsentScope)
    for scope in ConsentScope:
        assert set(SUBTREE[scope]) == {s for s in ConsentScope if s == scope or s.startswith(f"{scope}.")}
        assert LINEAGE[scope][0] is scope
        assert [len(holder) for holder in LINEAGE[scope]] == sorted((len(h) for h in LINEAGE[scope]), reverse=True)
        assert {c for inner in SUBTREE[scope] for c in CATEGORIES[inner]} == ALL_CATEGORIES[scope]
    special = {scope for scope in ConsentScope if scope.sensitivity is Sensitivity.SPECIAL}
    assert special == {"elr", "elr.health", "elr.beliefs", "memory", "memory.emotional"}
    assert tuple(vocabulary.ROLES) == tuple(Role)


def _terms(kind: Any) -> set[str]:
    return {str(term).split(":")[1] for term in kind}


def test_every_term_is_one_of_dpv_2_3() -> None:
    """The terms, written down here once more from the published vocabulary."""
    assert _terms(Purpose) == {
        "CommunicationForCustomerCare",
        "ConsultationManagement",
        "DiagnosisManagement",
        "DirectMarketing",
        "EmergencyCareManagement",
        "ImproveExistingProductsAndServices",
        "PatientMonitoring",
        "PersonalisedHealthcare",
        "PrescriptionManagement",
        "PreventativeCareManagement",
        "PrimaryCareManagement",
        "ProvidePersonalisedRecommendations",
        "ReferralManagement",
        "RequestedServiceProvision",
        "ResearchAndDevelopment",
        "ScientificResearch",
        "SecondMedicalOpinion",
        "SellDataToThirdParties",
        "ServiceOptimisation",
        "ServicePersonalisation",
        "ServiceProvision",
        "ServiceUsageAnalytics",
        "SpecialisedCareManagement",
    }
    assert _terms(LegalBasis) == {"Consent", "ExpressedConsent", "ExplicitlyExpressedConsent"}
    assert {kind: vocabulary.STATUSES[kind] for kind in EventType} == {
        "granted": "dpv:ConsentGiven",
        "updated": "dpv:RenewedConsentGiven",
        "withdrawn": "dpv:ConsentWithdrawn",
        "revoked": "dpv:ConsentRevoked",
    }
    assert vocabulary.EXPIRED == "dpv:ConsentExpired"
