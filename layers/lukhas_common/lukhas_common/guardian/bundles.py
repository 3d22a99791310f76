"""Bundles: versions of the policies that are signed when they are made and verified before they are used.

A version never changes. What is signed says all that decides: the policies' text, which of them are on trial, and
the schema that they are written for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import rfc8785

from lukhas_common.crypto.keys import PublicKeys, Signer
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.policy_keys import ALGORITHM
from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.requests import PolicyError

MAX_DEPTH = 40
"""Brackets within brackets, and MAX_OPERATORS in one policy: Cedar's parser reads with the stack, and dies without."""

MAX_OPERATORS = 200

NOTHING_PERMITS = "no-policy-permits"
"""Stands among the violations where no policy permits the action: what nothing permits is denied."""

POLICY_FAILED = "policy-failed"
"""Stands among them where a policy could not be evaluated: then nothing is allowed."""

RESERVED = frozenset({NOTHING_PERMITS, POLICY_FAILED})
"""What no policy may be called."""

MAX_BYTES = 256 * 1024
"""Of a bundle as it is signed, so that it fits one DynamoDB item."""

_NO_CODE = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*')
_OPERATOR = re.compile(r"&&|\|\||[<>=!]=|[-+*<>!.]|\b(?:if|in|has|like|is)\b")
_CONTEXT = b"lukhas guardian policies v1\n"
VERSION = r"^[a-z0-9][a-z0-9.-]{0,63}$"
"""What a version may be called."""

_FILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.cedar")


class Mode(StrEnum):
    """Whether a policy decides, or is on trial: then what it would have decided is logged beside the decision."""

    ENFORCE = "enforce"
    SHADOW = "shadow"


class Severity(StrEnum):
    """How bad it is to go against a policy."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as people know it.

    Attributes:
        explanation: one sentence for the person concerned.
        principle: the principle of the constitution that it serves.
    """

    policy_id: str
    name: str
    explanation: str
    severity: Severity
    principle: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Bundle:
    """A version of the policies.

    Attributes:
        version: its name, such as ``2026-11-22.1``.
        files: Cedar text by file name.
        shadowed: the ids of policies that are on trial; all others are enforced.
        made_by: the account that made it, or ``shipped``.
        made_at: RFC 3339.
        schema: SHA-256 of the schema that it was checked against when it was made, in hex.
    """

    version: str
    files: Mapping[str, str]
    shadowed: frozenset[str]
    made_by: str
    made_at: str
    schema: str

    def __post_init__(self) -> None:
        if not re.fullmatch(VERSION, self.version):
            raise _invalid("a version is 1 to 64 of a-z, 0-9, dot and hyphen, and begins with a letter or digit")
        if not self.files or not all(_FILE.fullmatch(name) for name in self.files):
            raise _invalid("give policies by file name, such as payments.cedar")

    @property
    def document(self) -> bytes:
        """What is signed: canonical JSON (RFC 8785).

        Raises:
            GuardianError: it is too long, or no Unicode.
        """
        try:
            document = rfc8785.dumps(
                {
                    "version": self.version,
                    "files": dict(self.files),
                    "shadowed": sorted(self.shadowed),
                    "made_by": self.made_by,
                    "made_at": self.made_at,
                    "schema": self.schema,
                }
            )
        except (rfc8785.CanonicalizationError, UnicodeError):
            raise _invalid("the policies are no Unicode text") from None
        if len(document) > MAX_BYTES:
            raise _invalid(f"the policies are longer than {MAX_BYTES} bytes: make them shorter")
        return document

    @classmethod
    def read(cls, document: bytes) -> Bundle:
        """The bundle that a document describes."""
        said = json.loads(document)
        return cls(**{**said, "shadowed": frozenset(said["shadowed"])})

    def says_the_same_as(self, other: Bundle) -> bool:
        """Whether it decides alike, whoever made it and when."""
        return (self.files, self.shadowed) == (other.files, other.shadowed)


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle's document with its signature, as it is stored."""

    version: str
    document: bytes
    kid: str
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the document, in hex."""
        return hashlib.sha256(self.document).hexdigest()

    def verified(self, keys: PublicKeys) -> Bundle:
        """The bundle, if a key of the ring signed exactly this.

        Raises:
            GuardianError: POLICIES_UNTRUSTED: it is unsigned, altered, or signed by a key that is not believed.
        """
        key = keys.find(self.kid)
        if key is None or key.algorithm != ALGORITHM or not key.verifies(_CONTEXT + self.document, self.signature):
            raise _untrusted(f"the signature of version {self.version} is not good")
        bundle = Bundle.read(self.document)
        if bundle.version != self.version:
            raise _untrusted(f"version {self.version} holds another")
        return bundle


def signed(bundle: Bundle, signer: Signer) -> SignedBundle:
    """The bundle with a signature of ML-DSA-44."""
    document = bundle.document
    return SignedBundle(bundle.version, document, signer.public_key.kid, signer.sign(_CONTEXT + document))


class BundleStore(Protocol):
    """Keeps versions.

    ``add`` stores a version unless there is one of this name, and answers the one that is there then; None where one
    of this name was removed. ``find`` answers None for a version that is not there. Both are consistent. ``remove``
    may be repeated, and leaves the name taken, since decisions go by it.
    """

    def add(self, bundle: SignedBundle) -> SignedBundle | None: ...
    def find(self, version: str) -> SignedBundle | None: ...
    def remove(self, version: str) -> None: ...


@dataclass(frozen=True)
class Policies:
    """A bundle made ready to decide.

    Attributes:
        enforced: decides.
        tried: decides as if every policy on trial were enforced; None where none is on trial.
        policies: by id.
        final: the ids of policies whose veto nobody may override (``@override("never")``).
        digest: SHA-256 of the bundle's document, in hex.
    """

    version: str
    digest: str
    enforced: PolicyEngine
    tried: PolicyEngine | None
    policies: Mapping[str, Policy]
    final: frozenset[str]


def ready(bundle: Bundle, digest: str, schema: str) -> Policies:
    """Read a bundle's policies and hold them against the schema.

    Raises:
        GuardianError: POLICIES_INVALID, with what is wrong with which policy.
    """
    text = "\n".join(bundle.files[name] for name in sorted(bundle.files))
    _readable(text)
    try:
        whole = PolicyEngine(text, schema)
        if not whole.ids or RESERVED.intersection(whole.ids):
            raise _invalid(f"give at least one policy, and none by the name of {' or '.join(sorted(RESERVED))}")
        policies = {name: _policy(name, notes, bundle.shadowed) for name, notes in whole.annotations.items()}
        if strangers := sorted(bundle.shadowed - policies.keys()):
            raise _invalid(f"there is no policy {', '.join(strangers)} to try out")
        enforced = whole.without(bundle.shadowed) if bundle.shadowed else whole
    except PolicyError as error:
        raise _invalid(str(error)) from None
    final = frozenset(name for name, notes in whole.annotations.items() if notes.get("override") == "never")
    return Policies(bundle.version, digest, enforced, whole if bundle.shadowed else None, policies, final)


def _readable(text: str) -> None:
    """Refuse what a parser could not survive, before any parser sees it."""
    code = _NO_CODE.sub("", text)
    depth = 0
    for char in code:
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_DEPTH:
            raise _invalid(f"there are over {MAX_DEPTH} brackets within brackets: take the policy apart")
    if any(len(_OPERATOR.findall(policy)) > MAX_OPERATORS for policy in code.split(";")):
        raise _invalid(f"a policy has over {MAX_OPERATORS} operators: take it apart")


def _policy(policy_id: str, notes: Mapping[str, str], shadowed: frozenset[str]) -> Policy:
    if lacking := [name for name in ("severity", "principle", "explain") if not notes.get(name)]:
        raise _invalid(f"policy {policy_id} lacks @{', @'.join(lacking)}")
    if notes["severity"] not in set(Severity):
        raise _invalid(f"policy {policy_id}: @severity is one of {', '.join(Severity)}")
    mode = Mode.SHADOW if policy_id in shadowed else Mode.ENFORCE
    name = notes.get("name") or policy_id.replace("-", " ").capitalize()
    return Policy(policy_id, name, notes["explain"], Severity(notes["severity"]), notes["principle"], mode)


def facts_of(policies: Policies) -> dict[str, Any]:
    """Which policies these are, as the ledger has it."""
    return {"version": policies.version, "sha256": policies.digest}


def _invalid(detail: str) -> GuardianError:
    return GuardianError(GuardianReason.POLICIES_INVALID, detail)


def _untrusted(detail: str) -> GuardianError:
    return GuardianError(
        GuardianReason.POLICIES_UNTRUSTED, f"{detail}: nothing is decided by it. Publish it under a new name."
    )
