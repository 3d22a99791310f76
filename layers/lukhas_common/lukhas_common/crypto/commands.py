"""What people may ask of a key ring in an incident, as plain data that an event can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lukhas_common.crypto.key_ring import KeyRingError, Ring
from lukhas_common.crypto.rotation import KeyRing

COMMANDS = ("tend", "rotate", "rollback", "revoke")


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """One command.

    Attributes:
        command: one of COMMANDS, each a method of KeyRing.
        kid: the key to revoke.
        early: let the standby sign even if others may not know it yet.
        version: of the ring that was looked at; to rotate or to go back twice by mistake is refused.
    """

    ring: str
    command: str
    kid: str = ""
    early: bool = False
    version: int | None = None

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> KeyCommand:
        """The command in an event.

        Raises:
            KeyRingError: the event has other members, or values of another kind.
        """
        try:
            command = cls(**event)
        except TypeError:
            raise KeyRingError("a command has ring, command, and for some kid or early") from None
        if command.command not in COMMANDS or type(command.early) is not bool:
            raise KeyRingError(f"the command is one of {', '.join(COMMANDS)}, and early is true or false")
        if not isinstance(command.kid, str) or bool(command.kid) != (command.command == "revoke"):
            raise KeyRingError("to revoke takes the kid of a key, and nothing else does")
        if type(command.version) is not int and command.command in ("rotate", "rollback"):
            raise KeyRingError("say which version of the ring you looked at")
        return command

    def as_event(self) -> dict[str, Any]:
        """The event that carries this command."""
        return asdict(self)

    def preview(self, ring: KeyRing, present: Ring, now: float) -> Ring:
        """The ring as the command would leave it.

        Raises:
            KeyRingError: the command would be refused.
        """
        match self.command:
            case "rotate":
                return ring.rotated(present, now, early=self.early)
            case "rollback":
                return ring.rolled_back(present, now)
            case "revoke":
                return present.without_belief_in(self.kid, now)
        return present

    def carry_out(self, ring: KeyRing) -> Ring:
        """Do it, and then what the schedule would do, so that there is a standby again.

        Raises:
            KeyRingError: the command is refused; nothing has changed.
        """
        match self.command:
            case "rotate":
                ring.rotate(early=self.early, version=self.version)
            case "rollback":
                ring.rollback(version=self.version)
            case "revoke":
                ring.revoke(self.kid)
        return ring.tend()
