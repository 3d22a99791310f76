"""Tends the key rings: run every hour, when the stack was made or updated, and by scripts/rotate_keys.py."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.signing import obey, tend_all


@pulse.scheduled(every=3600)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do what is due in every ring, or what an operator commands; it may run twice, or be killed anywhere.

    Raises:
        ExceptionGroup: rings that could not be tended; the others were.
    """
    return obey(event) if "command" in event else tend_all()
