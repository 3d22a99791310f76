"""What can be granted: strict readings."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import ConsentGrant, ConsentScope, LegalBasis, Notice, Provenance, Purpose, stream_of
from tests.unit.consent.desk import NOTICE

GOOD: dict[str, Any] = {
    "scope": "elr.interests",
    "purposes": ["dpv:ServiceProvision"],
    "recipients": ["agent"],
    "legal_basis": "dpv:ExpressedConsent",
    "data_categories": ["pd:Interest"],
    "notice": {"id": "privacy-notice", "version": "2026-11", "sha256": "ab" * 32},
    "retention": 30,
    "jurisdiction": "US-CA",
    "expires_at": "2030-01-01T00:00:00.000Z",
    "method": "checkbox",
    "channel": "mobile app",
    "actor": "guardian-7",
    "ip": "2001:DB8::1",
    "processing": ["dpv:Store"],
}


def test_strings_become_what_they_stand_for() -> None:
    grant = ConsentGrant.read(GOOD)
    assert grant.scope is ConsentScope.ELR_INTERESTS
    assert grant.purposes == (Purpose.SERVICE_PROVISION,)
    assert grant.legal_basis is LegalBasis.EXPRESSED_CONSENT
    assert grant.notice == NOTICE
    assert (grant.retention, grant.expires_at, grant.ip) == ("P30D", 1893456000.0, "2001:db8::1")
    assert {item.name for item in fields(grant)} == set(GOOD)
    said = grant.to_json()
    assert said == {**GOOD, "retention": "P30D", "ip": "2001:db8::1"}


def test_what_was_not_said_is_left_out() -> None:
    assert set(ConsentGrant.read({"scope": "elr.interests"}).to_json()) == {
        "scope",
        "purposes",
        "recipients",
        "legal_basis",
        "method",
        "processing",
    }


def test_a_single_purpose_may_be_named_so() -> None:
    grant = ConsentGrant.read({"scope": "elr.interests", "purpose": "dpv:DirectMarketing"})
    assert grant.purposes == (Purpose.DIRECT_MARKETING,)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("scope", "elr.nonsense", Reason.UNKNOWN_SCOPE),
        ("scope", "", Reason.UNKNOWN_SCOPE),
        ("scope", None, Reason.UNKNOWN_SCOPE),
        ("scope", "elr.*", Reason.UNKNOWN_SCOPE),
        ("scope", "ELR", Reason.UNKNOWN_SCOPE),
        ("purposes", ["dpv:Nonsense"], Reason.UNKNOWN_PURPOSE),
        ("purposes", [], Reason.INVALID),
        ("purposes", "dpv:ServiceProvision", Reason.INVALID),
        ("purposes", None, Reason.INVALID),
        ("purposes", ["dpv:ServiceProvision"] * 2, Reason.INVALID),
        ("recipients", ["everybody"], Reason.UNKNOWN_ROLE),
        ("recipients", [], Reason.INVALID),
        ("recipients", "agent", Reason.INVALID),
        ("recipients", [["agent"]], Reason.UNKNOWN_ROLE),
        ("legal_basis", "dpv:ImpliedConsent", Reason.INVALID),
        ("legal_basis", "dpv:Contract", Reason.INVALID),
        ("data_categories", ["pd:Nonsense"], Reason.UNKNOWN_CATEGORY),
        ("data_categories", ["pd:Picture"], Reason.CATEGORY_NOT_IN_SCOPE),
        ("data_categories", "pd:Interest", Reason.INVALID),
        ("data_categories", "", Reason.INVALID),
        ("notice", {"id": "n", "version": "1"}, Reason.INVALID),
        ("notice", {"id": "", "version": "1", "sha256": "ab" * 32}, Reason.INVALID),
        ("notice", {"id": "n", "version": "1", "sha256": "AB" * 32}, Reason.INVALID),
        ("notice", {"id": "n", "version": "1", "sha256": "ab" * 32, "text": "x"}, Reason.INVALID),
        ("retention", "a year", Reason.INVALID),
        ("retention", "P", Reason.INVALID),
        ("retention", "PT", Reason.INVALID),
        ("retention", "P1YT", Reason.INVALID),
        ("retention", "P-1D", Reason.INVALID),
        ("retention", 0, Reason.INVALID),
        ("retention", True, Reason.INVALID),
        ("retention", 1.5, Reason.INVALID),
        ("jurisdiction", "France", Reason.INVALID),
        ("jurisdiction", "fr", Reason.INVALID),
        ("jurisdiction", "FR\n", Reason.INVALID),
        ("jurisdiction", "US-", Reason.INVALID),
        ("jurisdiction", "*", Reason.INVALID),
        ("expires_at", "tomorrow", Reason.INVALID),
        ("expires_at", "2030-01-01T00:00:00", Reason.INVALID),
        ("expires_at", float("nan"), Reason.INVALID),
        ("expires_at", float("inf"), Reason.INVALID),
        ("expires_at", -1, Reason.INVALID),
        ("expires_at", True, Reason.INVALID),
        ("expires_at", 1e15, Reason.INVALID),
        ("method", "telepathy", Reason.INVALID),
        ("channel", "", Reason.INVALID),
        ("channel", "a" * 65, Reason.INVALID),
        ("channel", "a\nb", Reason.INVALID),
        ("channel", "\ud800", Reason.INVALID),
        ("channel", 7, Reason.INVALID),
        ("actor", " ", Reason.INVALID),
        ("actor", "a" * 129, Reason.INVALID),
        ("ip", "1.2.3.4.5", Reason.INVALID),
        ("ip", "", Reason.INVALID),
        ("ip", "example.org", Reason.INVALID),
        ("processing", ["dpv:Nonsense"], Reason.INVALID),
        ("processing", [], Reason.INVALID),
        ("surprise", "x", Reason.INVALID),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused(name: str, value: Any, reason: Reason) -> None:
    with pytest.raises(ConsentError) as refused:
        ConsentGrant.read({**GOOD, name: value})
    assert refused.value.reason is reason


def test_a_grant_names_a_scope() -> None:
    with pytest.raises(ConsentError) as refused:
        ConsentGrant.read({})
    assert refused.value.reason is Reason.UNKNOWN_SCOPE


@pytest.mark.parametrize("retention", ["P1Y", "P6M", "P2W", "P90D", "PT12H", "P1Y6M3DT4H5M6S", "PT30S"])
def test_durations_of_iso_8601_are_taken(retention: str) -> None:
    assert ConsentGrant.read({**GOOD, "retention": retention}).retention == retention


def test_errors_do_not_repeat_what_was_sent() -> None:
    with pytest.raises(ConsentError) as refused:
        ConsentGrant.read({**GOOD, "channel": "secret\n"})
    assert "secret" not in str(refused.value)
    assert str(refused.value) == f"invalid: {refused.value.detail}"


@pytest.mark.parametrize("user_id", ["", " ", "a" * 129, "a\x00b", None, 7, "\udfff"])
def test_a_person_needs_an_id(user_id: Any) -> None:
    with pytest.raises(ConsentError):
        stream_of(user_id)


def test_provenance_is_read_from_times_in_either_form() -> None:
    row = {"source": "crm.csv", "row": "17", "original_time": "2024-02-29T12:00:00Z"}
    read = Provenance.read(row, 1_800_000_000.0)
    assert read == Provenance("crm.csv", "17", 1709208000.0, 1_800_000_000.0)
    assert Provenance.read(read, 1_800_000_000.0) is read
    assert Provenance.read(row | {"original_time": 1709208000}, 1_800_000_000.0) == read
    assert read.to_json() == {
        "source": "crm.csv",
        "row": "17",
        "original_time": "2024-02-29T12:00:00.000Z",
        "imported_at": "2027-01-15T08:00:00.000Z",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"source": ""},
        {"source": None},
        {"row": "a" * 129},
        {"row": 7},
        {"original_time": None},
        {"original_time": 1_800_000_001},
        {"original_time": "2024-02-29"},
        {"imported_at": 1_800_000_001},
        {"imported_at": 5},
        {"surprise": 1},
    ],
)
def test_provenance_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    row = {"source": "crm.csv", "row": "17", "original_time": 1709208000}
    with pytest.raises(ConsentError) as refused:
        Provenance.read({**row, **change}, 1_800_000_000.0)
    assert refused.value.reason is Reason.INVALID


def test_a_notice_is_held_to_its_bounds() -> None:
    for id_, version, digest in [("a" * 129, "1", "ab" * 32), ("n", "1" * 33, "ab" * 32), ("n", "1", "ab" * 31)]:
        with pytest.raises(ConsentError):
            Notice(id_, version, digest)
