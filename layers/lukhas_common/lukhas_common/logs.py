"""Structured logs: one JSON line an event, with the gateway's request id where there is one."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger()
"""Its service name and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL."""


class LoggedAudit:
    """The Audit port as log lines."""

    def record(self, event: str, **details: str | int | None) -> None:
        kept = {name: _clean(value) for name, value in details.items() if value is not None}
        logger.info(event, extra={"audit": True, **kept})


def _clean(value: str | int) -> str | int:
    """Bounded, and free of control characters that a terminal or a log reader would act on."""
    if isinstance(value, int):
        return value
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)[:256])
