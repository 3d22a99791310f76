"""The port through which every room reports what happened."""

import logging
from typing import Protocol

Detail = str | int | None
"""What an event may carry: ids, reasons and counts."""


class Audit(Protocol):
    """Takes events that must be provable later.

    ``record`` returns after the event is kept and raises if it could not be; the caller then refuses
    what it was about to do. Details hold ids, reasons and counts, never credentials or free text.
    ``alarm`` records that something failed which should not, and wakes someone; of the error it keeps
    what kind it is, because its text may repeat what a caller sent.
    """

    def record(self, event: str, **details: Detail) -> None: ...
    def alarm(self, event: str, error: Exception, **details: Detail) -> None: ...


class StandardAudit:
    """The Audit port on the standard library's logging, for use as a library."""

    def __init__(self, name: str = "lukhas") -> None:
        self._logger = logging.getLogger(name)

    def record(self, event: str, **details: Detail) -> None:
        self._logger.info("%s %s", event, details)

    def alarm(self, event: str, error: Exception, **details: Detail) -> None:
        self._logger.error("%s %s", event, {**details, "error": type(error).__qualname__})
