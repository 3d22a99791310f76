"""The gate: may this caller do this to that person's data, and the entry that says who was let in and why.

An access that cannot be logged does not happen. What is logged holds every fact that the decision rests on, so that
it can be made again and must come out the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common.access.errors import AccessDeniedError, AccessReason
from lukhas_common.access.streams import ALLOWED, REFUSED, access_stream
from lukhas_common.audit import Audit
from lukhas_common.consent.engine import ConsentDecision, ConsentEngine
from lukhas_common.consent.vocabulary import ALL_CATEGORIES, SPECIAL_CATEGORIES, ConsentScope, Purpose
from lukhas_common.ledger.ledger import Ledger, Receipt
from lukhas_common.policy import decisions
from lukhas_common.policy.decisions import Verdict
from lukhas_common.policy.model import Facts, Permission, Role, Sensitivity
from lukhas_common.policy.requests import PolicyError
from lukhas_common.times import Clock


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, in the role in which they act.

    Attributes:
        user_id: the account; for an agent that of the person who issued its token.
        in_session: whether the token is of a session, so that the person is there.
        role: the one that the token was given, None where it was given none.
        has_dpa: whether an agreement with the caller's organisation is on file.
        ambiguous: whether it was given several roles, so that it has none but that of the person.
    """

    user_id: str
    token_id: str
    in_session: bool
    role: Role | None = None
    has_dpa: bool = False
    ambiguous: bool = False

    @classmethod
    def of(cls, user_id: str, token_id: str, scopes: frozenset[str], *, in_session: bool) -> Principal:
        """The principal of a token, whose scopes may name a role, as ``role:clinician``, and ``dpa:signed``."""
        known = {f"role:{role}": role for role in Role}
        roles = [known[scope] for scope in scopes if scope in known]
        role = roles[0] if roles else None
        return cls(user_id, token_id, in_session, role, "dpa:signed" in scopes, ambiguous=len(roles) > 1)

    def first_hand(self, subject_id: str) -> bool:
        """Whether this is the person whose data it is, in a session of their own."""
        return self.in_session and self.user_id == subject_id

    def role_towards(self, subject_id: str) -> Role:
        """People are people towards their own data, whatever their office; tokens for others are agents.

        Raises:
            AccessDeniedError: the token names several roles.
        """
        if self.first_hand(subject_id):
            return Role.USER
        if self.ambiguous:
            raise AccessDeniedError(AccessReason.ROLE_AMBIGUOUS, "Act in one role at a time: log in asking for one.")
        return self.role or (Role.USER if self.in_session else Role.AGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is asked.

    Attributes:
        subject_id: the person whose data it is.
        scopes: what consent there must be; none where the person's own rights or an office are exercised.
        parameters: all that was sent with the request; only a keyed hash of it is kept.
        trace: ids by which log lines of the same request are found: request id, route, source address; and how many
            records it asks for, if it says so.
    """

    principal: Principal
    subject_id: str
    permission: Permission
    purpose: Purpose = Purpose.SERVICE_PROVISION
    scopes: tuple[ConsentScope, ...] = ()
    parameters: bytes = b""
    trace: Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision, and where it is logged."""

    verdict: Verdict
    consent: ConsentDecision | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides by consent and policy, logs, and lets in or refuses."""

    ledger: Ledger
    engine: ConsentEngine
    audit: Audit
    clock: Clock

    def admit(self, access: Access) -> Admission:
        """Let the caller in.

        Raises:
            AccessDeniedError: by the policies, or for want of consent; the refusal is logged.
            LedgerError: it could not be logged, so nobody was let in.
        """
        role = access.principal.role_towards(access.subject_id)
        consent = self._consent(access, role)
        verdict = decisions.decide(self._facts(access, role, consent))
        receipt = self._log(access, role, verdict, consent, self._about(access, verdict))
        if verdict.errors:
            self.audit.alarm("policy.failed", PolicyError(), policies=" ".join(verdict.errors))
        if verdict.allowed:
            return Admission(verdict, consent, receipt)
        if consent is not None and not consent.allowed:
            wanted = ", ".join(consent.missing)
            raise AccessDeniedError(AccessReason.CONSENT_REQUIRED, f"Ask the person for consent to {wanted}.")
        raise AccessDeniedError(AccessReason.ACCESS_DENIED, "Nothing allows this caller to do this to these data.")

    def _consent(self, access: Access, role: Role) -> ConsentDecision | None:
        if not access.scopes or access.principal.first_hand(access.subject_id):
            return None
        return self.engine.check_consent(access.subject_id, role, list(access.scopes), purpose=access.purpose)

    def _facts(self, access: Access, role: Role, consent: ConsentDecision | None) -> Facts:
        special = any(not SPECIAL_CATEGORIES.isdisjoint(ALL_CATEGORIES[scope]) for scope in access.scopes)
        return Facts(
            role=role,
            caller_id=access.principal.user_id,
            subject_id=access.subject_id,
            permission=access.permission,
            now=int(self.clock()),
            purpose=access.purpose,
            sensitivity=Sensitivity.SPECIAL if special else Sensitivity.ORDINARY,
            has_dpa=access.principal.has_dpa,
            first_hand=access.principal.first_hand(access.subject_id),
            jurisdiction="" if consent is None else consent.jurisdiction,
            consent=consent is not None and consent.allowed,
        )

    @staticmethod
    def _about(access: Access, verdict: Verdict) -> str:
        """Whose stream the entry goes to: that of the person, unless a stranger without an office was refused.

        Otherwise anybody could fill the streams of others, and make streams for people who do not exist.
        """
        caller = access.principal
        is_stranger = caller.role is None and caller.user_id != access.subject_id
        return caller.user_id if is_stranger and not verdict.allowed else access.subject_id

    def _log(
        self, access: Access, role: Role, verdict: Verdict, consent: ConsentDecision | None, about: str
    ) -> Receipt:
        body = {
            **{name: value for name, value in access.trace.items() if value is not None},
            "caller": {"id": access.principal.user_id, "role": role, "token": access.principal.token_id},
            "permission": access.permission,
            "purpose": access.purpose,
            "parameters": self._hashed(access, about),
            "decision": {
                "allowed": verdict.allowed,
                "policies": list(verdict.policies),
                "errors": list(verdict.errors),
                "version": verdict.version,
                "facts": dict(verdict.facts),
            },
            **({"consent": _said(consent.as_facts())} if consent is not None else {}),
        }
        kind = ALLOWED if verdict.allowed else REFUSED
        return self.ledger.append(access_stream(about), kind, body, subject=about)

    def _hashed(self, access: Access, about: str) -> str:
        """A hash by which the parameters can be recognised, for as long as the person's data key exists."""
        return self.ledger.keys.keyed_hash(about, b"lukhas access parameters v1", access.parameters)


def _said(value: Any) -> Any:
    """JSON without the members that say nothing: an entry is billed by the kilobyte."""
    if isinstance(value, dict):
        return {name: _said(part) for name, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


def replay(body: Mapping[str, Any]) -> Verdict:
    """The policies' decision of a logged access, once more.

    Raises:
        PolicyError: it was made by other policies than these.
    """
    decision = body["decision"]
    return decisions.replay(decision["facts"], decision["version"])
