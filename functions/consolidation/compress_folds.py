"""Finds whose folds are to be compressed: run every week."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.memory_dispatch import compress_all


@pulse.scheduled(every=604800)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Send an errand for each of them; it may run twice, or be killed anywhere."""
    return {"sent": compress_all()}
