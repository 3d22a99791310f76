"""Events of the product on the account's default bus of EventBridge."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SOURCE = "lukhas.consciousness"


class EventNotTakenError(Exception):
    """EventBridge did not take an event."""


@dataclass(frozen=True, slots=True)
class DefaultBus:
    """The EventBus port.

    Attributes:
        source: of the events.
    """

    client: Any
    source: str = SOURCE

    def send(self, kind: str, detail: dict[str, Any]) -> None:
        entry = {"Source": self.source, "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self.client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise EventNotTakenError(str(answer["Entries"][0].get("ErrorCode")))
