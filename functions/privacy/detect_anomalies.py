"""Judges who accessed what in the hours that are over, and tells of what is unusual: run every 15 minutes."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.anomalies import detect


@pulse.scheduled(every=900)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Judge for as long as there is time; it may run twice, or be killed anywhere."""
    return detect(seconds=context.get_remaining_time_in_millis() / 1000)
