"""Trains the detector of unusual accesses anew: run every day."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.anomaly_training import retrain


@pulse.scheduled(every=86400)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Train, and keep the last good model where the new one cannot be trusted; it may run twice, or be killed anywhere.

    By hand, ``{"accept_drift": true}`` takes a model of accesses that have changed, and ``{"roll_back": true}`` goes
    back to the model before.
    """
    return retrain(accept_drift=event.get("accept_drift") is True, roll_back=event.get("roll_back") is True)
