"""Finds whose memories are to be indexed, folded or dropped: run every 6 hours."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.memory_dispatch import dispatcher


@pulse.scheduled(every=21600)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Send an errand for each of them; it may run twice, or be killed anywhere."""
    return {"sent": dispatcher().settle_episodic()}
