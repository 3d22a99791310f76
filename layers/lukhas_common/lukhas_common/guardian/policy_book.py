"""Which version of the policies decides: the newest entry of one stream of the ledger says so.

To activate a version is to append one entry, so it happens at one moment for everybody, is on record before anything
is decided by it, and cannot be taken back unseen. Entries carry the versions before, so that going back is one call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from lukhas_common import times
from lukhas_common.crypto.keys import PublicKeys
from lukhas_common.crypto.ring_keys import Signers
from lukhas_common.guardian.bundles import Bundle, BundleStore, Policies, SignedBundle, ready, signed
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.times import Clock

STREAM = "guardian/policies"
"""The ledger's stream of what was done to the policies."""

SHIPPED = "shipped-"
"""How versions begin that come with the product; nobody else may publish such a one."""

REMEMBERED = 10
"""Earlier versions that can be gone back to."""

READY = 4
"""Versions that are kept parsed."""

Named = Mapping[str, str]
"""A version with the SHA-256 of its document, as the ledger has it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which version decides, and which did before.

    Attributes:
        active: None until one was activated.
        previous: the newest first.
        installed: the version that the product brought last.
        removed: the versions that were removed last; one that is being activated meanwhile is not.
        since: when the newest change was made, seconds since the epoch; 0 where there was none.
    """

    active: Named | None = None
    previous: tuple[Named, ...] = ()
    installed: str = ""
    removed: tuple[str, ...] = ()
    since: float = 0.0

    @classmethod
    def of(cls, newest: Opened | None) -> Standing:
        """What the newest entry of the stream says."""
        if newest is None or newest.record is None:
            return cls()
        said = newest.body
        previous, removed = tuple(said["previous"]), tuple(said["removed"])
        return cls(said["active"], previous, said["installed"], removed, newest.record.at)

    def is_active(self, version: str) -> bool:
        return self.active is not None and self.active["version"] == version

    def followed_by(self, active: Named) -> Standing:
        """After another version was activated."""
        before = [self.active, *self.previous] if self.active else list(self.previous)
        others = [named for named in before if named["version"] != active["version"]]
        return replace(self, active=active, previous=tuple(others[:REMEMBERED]))

    def as_body(self, **more: Any) -> dict[str, Any]:
        return {
            "active": self.active and dict(self.active),
            "previous": [dict(named) for named in self.previous],
            "installed": self.installed,
            "removed": list(self.removed),
            **more,
        }


@dataclass
class PolicyBook:
    """Publishes, activates and withdraws versions of the policies, and answers the one that decides.

    Attributes:
        keys: whose signatures are believed.
        signers: sign new versions.
        schema: the Cedar schema that all versions are written for.
    """

    ledger: Ledger
    store: BundleStore
    keys: PublicKeys
    signers: Signers
    schema: str
    clock: Clock
    _ready: dict[str, Policies] = field(default_factory=dict, repr=False)

    def active(self) -> Policies:
        """The version that decides now, verified: one consistent read where it is the same as the last time.

        Raises:
            GuardianError: none is active, or the active one is not as it was signed and activated.
            LedgerError: the ledger cannot be read.
        """
        named = self.standing().active
        if named is None:
            raise GuardianError(
                GuardianReason.GUARDIAN_UNAVAILABLE,
                "No policies are active yet, so nothing is allowed: run InstallPoliciesFunction.",
            )
        try:
            return self.load(named)
        except GuardianError as error:
            raise GuardianError(GuardianReason.GUARDIAN_UNAVAILABLE, f"Nothing is allowed: {error.detail}") from error

    def standing(self) -> Standing:
        """Which version decides, and which did before."""
        return Standing.of(self.ledger.newest(STREAM))

    def load(self, named: Named) -> Policies:
        """A version that the ledger names, verified and ready.

        Raises:
            GuardianError: it is gone, or not the one that was signed and that the ledger names.
        """
        digest = named["sha256"]
        if digest not in self._ready:
            made = self.examine(named)
            while len(self._ready) >= READY:
                del self._ready[next(iter(self._ready))]
            self._ready[digest] = made
        return self._ready[digest]

    def examine(self, named: Named) -> Policies:
        """The same, read and verified anew, whatever is known of it."""
        bundle = self._found(named["version"])
        if bundle.digest != named["sha256"]:
            raise GuardianError(
                GuardianReason.POLICIES_UNTRUSTED,
                f"version {bundle.version} is not the one that was activated: activate another.",
            )
        return ready(bundle.verified(self.keys), bundle.digest, self.schema)

    def show(self, version: str) -> tuple[SignedBundle, Bundle]:
        """A version as it was signed.

        Raises:
            GuardianError: there is none of this name, or it is not to be trusted.
        """
        found = self._found(version)
        return found, found.verified(self.keys)

    def find(self, version: str) -> Policies:
        """Any version that is stored, verified and ready.

        Raises:
            GuardianError: there is none of this name, or it is not to be trusted.
        """
        bundle = self._found(version)
        return ready(bundle.verified(self.keys), bundle.digest, self.schema)

    def publish(self, version: str, files: Mapping[str, str], shadowed: frozenset[str], by: str) -> SignedBundle:
        """Sign and keep a version. Once more with the same policies answers the one that is kept.

        Raises:
            GuardianError: the policies cannot be read or do not fit the schema, or there are others of this name.
        """
        if version.startswith(SHIPPED):
            raise GuardianError(GuardianReason.POLICIES_INVALID, f"{SHIPPED}… are the product's own: take another name")
        return self._keep(version, files, shadowed, by)

    def activate(self, version: str, by: str) -> Standing:
        """Let a version decide from now on.

        Raises:
            GuardianError: there is none of this name, or it is not to be trusted.
        """
        return self._activate(self._found(version), by)

    def roll_back(self, by: str) -> Standing:
        """Let the version decide again that did before this one, or the one before it that still can."""

        def compose(newest: Opened | None, _now: float) -> Draft:
            standing = Standing.of(newest)
            for place, target in enumerate(standing.previous):
                with suppress(GuardianError):
                    self.examine(target)
                    back = replace(standing, active=target, previous=standing.previous[place + 1 :])
                    return Draft("policies.rolled_back", back.as_body(by=by))
            raise GuardianError(
                GuardianReason.NOTHING_TO_ROLL_BACK, "No other version was active before this one that can be used."
            )

        return Standing.of(self.ledger.append_to(STREAM, compose))

    def remove(self, version: str, by: str) -> Standing:
        """Delete a version that does not decide. It may be repeated after a crash.

        Raises:
            GuardianError: it decides, or there is none of this name.
        """
        self._found(version)

        def compose(newest: Opened | None, _now: float) -> Draft:
            standing = Standing.of(newest)
            if standing.is_active(version):
                raise GuardianError(
                    GuardianReason.POLICIES_IN_USE, "This version decides: activate another, then delete it."
                )
            left = tuple(named for named in standing.previous if named["version"] != version)
            gone = (version, *(name for name in standing.removed if name != version))[:REMEMBERED]
            body = replace(standing, previous=left, removed=gone).as_body(by=by)
            return Draft("policies.removed", body)

        standing = Standing.of(self.ledger.append_to(STREAM, compose))
        self.store.remove(version)
        return standing

    def install(self, files: Mapping[str, str]) -> Standing:
        """Publish the policies that the product ships, and activate them where nobody chose others.

        It may be repeated: what was installed once is not activated again after an admin went back from it. Where the
        shipped version that decides was lost, it is signed anew.
        """
        content = hashlib.sha256(repr((sorted(files.items()), self.schema)).encode()).hexdigest()
        version = f"{SHIPPED}{content[:12]}"
        bundle = self._keep(version, files, frozenset(), "shipped")

        def compose(newest: Opened | None, _now: float) -> Draft | Opened:
            standing = Standing.of(newest)
            is_lost = standing.is_active(version) and standing.active != _named(bundle)
            if newest is not None and standing.installed == version and not is_lost:
                return newest
            is_ours = standing.active is None or standing.active["version"].startswith(SHIPPED)
            after = standing.followed_by(_named(bundle)) if is_ours else standing
            body = replace(after, installed=version).as_body(by="shipped")
            return Draft("policies.installed", body)

        return Standing.of(self.ledger.append_to(STREAM, compose))

    def _activate(self, bundle: SignedBundle, by: str) -> Standing:
        ready(bundle.verified(self.keys), bundle.digest, self.schema)

        def compose(newest: Opened | None, _now: float) -> Draft | Opened:
            standing = Standing.of(newest)
            if bundle.version in standing.removed:
                raise _unknown()
            if newest is not None and standing.active == _named(bundle):
                return newest
            return Draft("policies.activated", standing.followed_by(_named(bundle)).as_body(by=by))

        return Standing.of(self.ledger.append_to(STREAM, compose))

    def _keep(self, version: str, files: Mapping[str, str], shadowed: frozenset[str], by: str) -> SignedBundle:
        schema = hashlib.sha256(self.schema.encode()).hexdigest()
        bundle = Bundle(version, files, shadowed, by, times.rfc3339(self.clock()), schema)
        ready(bundle, "", self.schema)
        kept = self.store.find(version) or self.store.add(signed(bundle, self.signers.current()))
        if kept is None or not kept.verified(self.keys).says_the_same_as(bundle):
            raise GuardianError(
                GuardianReason.POLICIES_EXIST,
                "There are or were other policies of this version: take a new name for these.",
            )
        return kept

    def _found(self, version: str) -> SignedBundle:
        bundle = self.store.find(version)
        if bundle is None:
            raise _unknown()
        return bundle


def _unknown() -> GuardianError:
    return GuardianError(GuardianReason.POLICIES_UNKNOWN, "There is no such version of the policies.")


def _named(bundle: SignedBundle) -> dict[str, str]:
    return {"version": bundle.version, "sha256": bundle.digest}
