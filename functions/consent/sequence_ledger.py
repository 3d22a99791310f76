"""Puts what was appended to the ledger into its public log: run every minute."""

from dataclasses import asdict
from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.sequencing import sequence


@pulse.scheduled(every=60)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sequence what is pending for as long as there is time; it may run twice, or be killed anywhere.

    Raises:
        LogForkError: the parts of the log contradict each other, and nothing more is sequenced until someone looked.
    """
    return asdict(sequence(seconds=context.get_remaining_time_in_millis() / 1000))
