"""The rules of policies.cedar once more, in Python, and the facts to try both on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from itertools import product
from typing import Any

from hypothesis import strategies as st

from lukhas_common.policy.model import Facts, Permission, Role, Sensitivity


def words(text: str) -> set[str]:
    return set(text.split())


NOW = 1_800_000_000
CARE, OTHER = "sector-health:PatientMonitoring", "dpv:DirectMarketing"
CARE_PURPOSES = {
    f"sector-health:{name}"
    for name in words("""
        ConsultationManagement DiagnosisManagement EmergencyCareManagement PatientMonitoring PersonalisedHealthcare
        PrescriptionManagement PreventativeCareManagement PrimaryCareManagement ReferralManagement
        SecondMedicalOpinion SpecialisedCareManagement
    """)
}
EU = words("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE")
PROTECTED = EU | words("IS LI NO GB CH EL EU UK") | {""}
DATA = words("read_data write_data")
OWN = DATA | words("""
    read_profile write_profile manage_session manage_tokens introspect_token read_consent give_consent withdraw_consent
    check_consent export_data erase_data judge_action read_decision record_veto read_policies
    read_consciousness detect_drift report_heartbeat measure_anonymity ask_statistics
""")
SHARED = words("""
    introspect_token read_policies read_consciousness detect_drift report_heartbeat measure_anonymity ask_statistics
""")
JUDGE = words("judge_action read_decision record_veto")
CHANGES = words("""
    write_profile manage_session manage_tokens give_consent withdraw_consent revoke_consent erase_data write_data
    record_veto override_veto manage_policies detect_drift report_heartbeat measure_anonymity ask_statistics
    manage_consciousness
""")
TEXT = (resources.files("lukhas_common.policy") / "policies.cedar").read_text(encoding="utf-8")
SCHEMA = (resources.files("lukhas_common.policy") / "schema.cedarschema").read_text(encoding="utf-8")

facts = st.builds(
    Facts,
    role=st.sampled_from(Role),
    caller_id=st.sampled_from(["a", "b"]),
    subject_id=st.sampled_from(["a", "b"]),
    permission=st.sampled_from(Permission),
    now=st.integers(0, 5),
    purpose=st.sampled_from(["", OTHER, *sorted(CARE_PURPOSES)]),
    jurisdiction=st.sampled_from(["US", "BR", "JP", *sorted(PROTECTED)]),
    sensitivity=st.sampled_from(Sensitivity),
    has_dpa=st.booleans(),
    consent=st.booleans(),
    first_hand=st.booleans(),
    role_until=st.integers(0, 5),
)


def in_person(f: Facts) -> bool:
    return f.role == "user" and f.caller_id == f.subject_id and f.first_hand


def permitted(f: Facts) -> bool:
    own = f.caller_id == f.subject_id
    can = str(f.permission)
    if own and can in SHARED:
        return True
    if f.role == "user":
        return in_person(f) and can in OWN
    if f.role == "agent":
        delegated = can in JUDGE | {"read_profile", "read_consent", "check_consent", "manage_tokens"}
        return own and (delegated or (can in DATA and f.consent))
    if f.role in ("clinician", "service"):
        to_care = f.role == "service" or (not own and f.purpose in CARE_PURPOSES)
        return f.has_dpa and (
            can in {"check_consent", "judge_action", "record_veto"} or (can in DATA and f.consent and to_care)
        )
    if f.role == "admin":
        duties = words("revoke_consent read_audit manage_policies override_veto replay_decision manage_consciousness")
        return can in duties | {"read_decision", "record_veto"}
    return can in {"read_audit", "replay_decision", "read_decision", "read_consent"}


def forbidden(f: Facts) -> set[str]:
    can, holds = str(f.permission), set()
    if can in {"write_profile", "give_consent", "withdraw_consent", "export_data", "erase_data"} and not in_person(f):
        holds.add("only-in-person")
    if f.role == "admin" and can in DATA | {"export_data"}:
        holds.add("admin-no-content")
    if f.role == "auditor" and can in CHANGES:
        holds.add("auditor-read-only")
    if f.sensitivity == "special" and can in DATA | {"export_data"} and not f.consent and not in_person(f):
        holds.add("special-needs-consent")
    leaves = f.role in ("clinician", "service") and can in DATA | {"export_data"}
    if leaves and not f.has_dpa and f.jurisdiction in PROTECTED:
        holds.add("transfer-needs-agreement")
    if 0 < f.role_until <= f.now:
        holds.add("role-expired")
    return holds


def table() -> Iterator[Facts]:
    """Every role, permission and yes-or-no, and two cases of each fact that has more."""
    names = ["role", "permission", "consent", "first_hand", "has_dpa"]
    names += ["sensitivity", "jurisdiction", "purpose", "subject_id", "role_until"]
    yes_or_no, ids = (True, False), ("caller", "other")
    some: tuple[Any, ...] = (Sensitivity, ("DE", "US"), (CARE, OTHER), ids, (0, NOW))
    for row in product(Role, Permission, yes_or_no, yes_or_no, yes_or_no, *some):
        yield Facts(caller_id="caller", now=NOW, **dict(zip(names, row, strict=True)))
