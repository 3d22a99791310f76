"""Tends the key rings: run every hour, and when the stack was made or updated."""

from typing import Any

from lukhas_common.aws.signing import key_rings
from lukhas_common.logs import LoggedAudit


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Do what is due in every ring; answers the active key of each. It may run twice, or be killed anywhere.

    Raises:
        ExceptionGroup: rings in which it failed; the others were tended.
    """
    audit, active, failures = LoggedAudit(), {}, []
    for ring in key_rings(audit):
        try:
            tended = ring.tend()
        except Exception as error:  # noqa: BLE001 - one ring must not keep the others from being tended
            audit.alarm("key.tending_failed", error, ring=ring.name)
            failures.append(error)
        else:
            key = tended.active()
            active[ring.name] = key.kid if key else ""
    if failures:
        raise ExceptionGroup("some rings could not be tended", failures)
    return active
