"""Finds whose working memories are over: run every 15 minutes."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.memory_dispatch import dispatcher


@pulse.scheduled(every=900)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Send an errand for each of them; it may run twice, or be killed anywhere."""
    return {"sent": dispatcher().settle_working()}
