"""Events for the functions of the guardian."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.events import http, scheduled
from benchmarks.process import Event

if TYPE_CHECKING:
    from benchmarks.traffic import Traffic

INSTALL, VALIDATE, PUT = "InstallPoliciesFunction", "ValidateActionFunction", "PutPoliciesFunction"
ACTION = {
    "action": "Send the minutes of yesterday's meeting to my colleague",
    "context": {"arguments": {"to": "colleague", "subject": "Minutes of yesterday's meeting"}, "confirmed": True},
}
VETOED = {"action": "delete_all_backups"}
RESPONSE = {"response": "Water boils at 100 degrees Celsius at sea level. Higher up, it boils at a lower temperature."}
POLICIES = {
    "policies": {
        "all.cedar": '@id("all") @severity("low") @principle("helpfulness") @explain("Yes.")'
        "permit (principal, action, resource);"
    },
    "activate": False,
}


class GuardianTraffic:
    """A person whose actions are judged, and an admin."""

    def __init__(self, traffic: Traffic) -> None:
        """Have the shipped policies installed, and a decision made."""
        self._traffic = traffic
        self._person = traffic.newcomer()
        self._numbers = count()
        traffic.ask(INSTALL, scheduled())
        self._decision = self._decided(VETOED)
        self._kept = self._version()
        traffic.ask(PUT, http("PUT /guardian/policies/{version}", POLICIES, context=self._admin, parameters=self._kept))

    def makers(self) -> dict[str, Callable[[], Event]]:
        """By function, what makes its next event."""
        person = {"context": self._person.context}
        admin = {"context": self._admin}
        decision = {"parameters": {"id": self._decision}}
        return {
            INSTALL: scheduled,
            VALIDATE: lambda: http("POST /guardian/validate", ACTION, **person),
            "ReviseResponseFunction": lambda: http("POST /guardian/revise", RESPONSE, **person),
            "ConstrainPromptFunction": lambda: http(
                "POST /guardian/constrain", {"prompt": "Summarise this page."}, **person
            ),
            "ListPoliciesFunction": lambda: http("GET /guardian/policies", **person),
            PUT: lambda: http("PUT /guardian/policies/{version}", POLICIES, **admin, parameters=self._version()),
            "DeletePoliciesFunction": self._delete,
            "RollBackPoliciesFunction": self._roll_back,
            "GetPoliciesFunction": lambda: http("GET /guardian/policies/{version}", **person, parameters=self._kept),
            "ActivatePoliciesFunction": lambda: http(
                "POST /guardian/policies/{version}/activate", **admin, parameters=self._kept
            ),
            "GuardianHealthFunction": lambda: http("GET /guardian/health"),
            "RecordVetoFunction": self._veto,
            "OverrideVetoFunction": self._override,
            "GetDecisionFunction": lambda: http("GET /guardian/decisions/{id}", **person, **decision),
            "SettleReviewFunction": self._review,
            "ListReviewsFunction": lambda: http("GET /guardian/reviews", **admin),
            "ReplayDecisionsFunction": lambda: http(
                "POST /guardian/replay", {"decision_ids": [self._decision]}, **admin
            ),
        }

    @property
    def _admin(self) -> dict[str, str]:
        """Somebody of whom the authorizer says that they act as an administrator."""
        return {**self._traffic.consent.keeper.context, "scopes": "guardian:admin role:admin"}

    def _decided(self, action: dict[str, Any]) -> str:
        event = http("POST /guardian/validate", action, context=self._person.context)
        return str(self._traffic.ask(VALIDATE, event)["decision_id"])

    def _version(self) -> dict[str, str]:
        return {"version": f"bench-{next(self._numbers)}"}

    def _delete(self) -> Event:
        version = self._version()
        self._traffic.ask(
            PUT, http("PUT /guardian/policies/{version}", POLICIES, context=self._admin, parameters=version)
        )
        return http("DELETE /guardian/policies/{version}", context=self._admin, parameters=version)

    def _roll_back(self) -> Event:
        active = {**POLICIES, "activate": True}
        event = http("PUT /guardian/policies/{version}", active, context=self._admin, parameters=self._version())
        self._traffic.ask(PUT, event)
        return http("POST /guardian/policies/rollback", context=self._admin)

    def _veto(self) -> Event:
        said = {
            "action_id": self._decision,
            "reason": f"reason {next(self._numbers)}",
            "explanation": "It must not be.",
        }
        return http("POST /guardian/veto", said, context=self._person.context)

    def _review(self) -> Event:
        reason = {"reason": f"reason {next(self._numbers)}"}
        return http("POST /guardian/reviews/{id}", reason, context=self._admin, parameters={"id": self._decision})

    def _override(self) -> Event:
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        said = {"reason": "A fresh backup exists.", "expires_at": until}
        parameters = {"id": self._decided(VETOED)}
        return http("POST /guardian/veto/{id}/override", said, context=self._admin, parameters=parameters)
