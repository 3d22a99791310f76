"""Has the ledger tell of erasures whose request died before it could: run every five minutes."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.erasing import finish_erasures


@pulse.scheduled(every=300)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Finish what is owed; it may run twice, or be killed anywhere."""
    return {"finished": finish_erasures()}
