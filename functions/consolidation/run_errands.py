"""Does for one person what a schedule found due: takes the messages of the errands queue."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.memory_settling import run_errands


@pulse.counted
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run each errand; those that failed come again. Each may run twice, or be killed anywhere."""
    return run_errands(event)
