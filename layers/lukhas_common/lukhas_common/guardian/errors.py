"""What can be wrong with what the guardian is asked, or with its policies."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class GuardianReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    ACTION_INVALID = "action_invalid"
    POLICIES_INVALID = "policies_invalid"
    POLICIES_EXIST = "policies_exist"
    POLICIES_IN_USE = "policies_in_use"
    POLICIES_UNKNOWN = "policies_unknown"
    POLICIES_UNTRUSTED = "policies_untrusted"
    NOTHING_TO_ROLL_BACK = "nothing_to_roll_back"
    DECISION_UNKNOWN = "decision_unknown"
    NOT_OVERRIDABLE = "not_overridable"
    PROPOSAL_UNNAMED = "proposal_unnamed"
    SECOND_PERSON_REQUIRED = "second_person_required"
    GUARDIAN_UNAVAILABLE = "guardian_unavailable"


class GuardianError(Fault[GuardianReason]):
    """The guardian cannot do what was asked, and lets nothing happen."""
