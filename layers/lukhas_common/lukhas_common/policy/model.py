"""The words in which the policies speak: roles, permissions, and the facts of a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lukhas_common.policy.requests import Entity, EntityUid, PolicyError, PolicyRequest

SAFE = 2**53
"""Numbers below it are the same in every JSON reader."""


class Role(StrEnum):
    """In what capacity somebody calls. Whoever has several acts in one of them at a time."""

    USER = "user"
    AGENT = "agent"
    CLINICIAN = "clinician"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SERVICE = "service"


class Permission(StrEnum):
    """What can be done to a person's account and data, and to the system itself: the actions of the Cedar schema."""

    READ_PROFILE = "read_profile"
    WRITE_PROFILE = "write_profile"
    MANAGE_SESSION = "manage_session"
    MANAGE_TOKENS = "manage_tokens"
    INTROSPECT_TOKEN = "introspect_token"
    READ_CONSENT = "read_consent"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    REVOKE_CONSENT = "revoke_consent"
    CHECK_CONSENT = "check_consent"
    EXPORT_DATA = "export_data"
    ERASE_DATA = "erase_data"
    READ_DATA = "read_data"
    WRITE_DATA = "write_data"
    READ_AUDIT = "read_audit"
    REPLAY_DECISION = "replay_decision"
    JUDGE_ACTION = "judge_action"
    READ_DECISION = "read_decision"
    RECORD_VETO = "record_veto"
    OVERRIDE_VETO = "override_veto"
    READ_POLICIES = "read_policies"
    MANAGE_POLICIES = "manage_policies"
    READ_CONSCIOUSNESS = "read_consciousness"
    DETECT_DRIFT = "detect_drift"
    REPORT_HEARTBEAT = "report_heartbeat"
    MANAGE_CONSCIOUSNESS = "manage_consciousness"
    MEASURE_ANONYMITY = "measure_anonymity"
    ASK_STATISTICS = "ask_statistics"


class Sensitivity(StrEnum):
    """Ordinary personal data, or one of the special categories of GDPR Art. 9."""

    ORDINARY = "ordinary"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when somebody asks for a person's data. What is not known defaults to what permits least.

    Attributes:
        caller_id: the account that calls; for an agent, the account of the person who issued its token.
        subject_id: the account whose data it is.
        now: seconds since the epoch.
        purpose: a W3C DPV term with its prefix, as ``sector-health:PatientMonitoring``; empty where none was named.
        jurisdiction: the ISO 3166-1 alpha-2 code of the law that protects the subject, empty where unknown.
        sensitivity: the most sensitive kind among the data asked for.
        has_dpa: whether a data-processing agreement with the caller's organisation is on file.
        consent: whether active consent of the subject covers all that is asked for, for this role and purpose.
        first_hand: whether the caller is the subject, in a session of their own.
        role_until: when the caller's role ends, in seconds since the epoch; 0 where it does not.
    """

    role: Role
    caller_id: str
    subject_id: str
    permission: Permission
    now: int
    purpose: str = ""
    jurisdiction: str = ""
    sensitivity: Sensitivity = Sensitivity.SPECIAL
    has_dpa: bool = False
    consent: bool = False
    first_hand: bool = False
    role_until: int = 0

    def __post_init__(self) -> None:
        if not self.caller_id or not self.subject_id:
            raise PolicyError("caller and subject need an id: two unknown ones are not the same person")
        if not re.fullmatch(r"([A-Z]{2})?", self.jurisdiction):
            raise PolicyError("a jurisdiction is an ISO 3166-1 alpha-2 code as DE, or empty where unknown")
        if not all(type(time) is int and 0 <= time < SAFE for time in (self.now, self.role_until)):
            raise PolicyError("times are whole seconds since the epoch")

    def request(self) -> PolicyRequest:
        """The question to Cedar."""
        caller = EntityUid("Account", self.caller_id)
        return PolicyRequest(
            principal=caller,
            action=EntityUid("Action", self.permission),
            resource=EntityUid("Account", self.subject_id),
            context={
                "consent": self.consent,
                "first_hand": self.first_hand,
                "has_dpa": self.has_dpa,
                "jurisdiction": self.jurisdiction,
                "now": self.now,
                "purpose": self.purpose,
                "role_until": self.role_until,
                "sensitivity": {"__entity": {"type": "Sensitivity", "id": self.sensitivity}},
            },
            entities=(Entity(caller, parents=(EntityUid("Role", self.role),)),),
        )
