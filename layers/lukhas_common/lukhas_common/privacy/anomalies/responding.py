"""Answers to alerts by policy: by severity, nothing, a fresh login, or the end of all tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.anomaly.detectors import Severity
from lukhas_common.audit import Audit
from lukhas_common.privacy.anomalies.models import Raised, Response


class Logins(Protocol):
    """Ends what was begun by logging in. Each is atomic, and may be repeated with the same time, seconds since the
    epoch: what began since goes on.

    ``demand_login`` ends the sessions that began no later than then; ``end_tokens`` all tokens, agents' too.
    """

    def demand_login(self, user_id: str, at: float) -> None: ...
    def end_tokens(self, user_id: str, at: float) -> None: ...


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """The Responder port. An answer is on record before it takes effect."""

    responses: Mapping[Severity, Response]
    logins: Logins
    audit: Audit

    def respond(self, alert: Raised) -> None:
        response = self.responses.get(alert.alert.severity, Response.NONE)
        if response is Response.NONE or not alert.is_about_person:
            return
        self.audit.record(
            "anomaly.answered", user_id=alert.alert.principal, response=response.value, alert_id=alert.alert_id
        )
        act = self.logins.demand_login if response is Response.STEP_UP else self.logins.end_tokens
        act(alert.alert.principal, alert.recorded_at)


def responses_in(text: str) -> dict[Severity, Response]:
    """The policy in a setting, such as ``high=step_up critical=revoke``; ``none`` is the one of no answers.

    Raises:
        ValueError: it is none.
    """
    if text.strip() in ("", "none"):
        return {}
    pairs = [part.partition("=") for part in text.split()]
    found = {Severity(severity): Response(response) for severity, _, response in pairs}
    if len(found) != len(pairs):
        raise ValueError("a severity has one answer")
    return found
