"""POST /consciousness/heartbeat"""

from lukhas_common import routes
from lukhas_common.aws.consciousness import report_heartbeat
from lukhas_common.consciousness.errors import ConsciousnessReason
from lukhas_common.consciousness.wire import HeartbeatReceipt, HeartbeatReport
from lukhas_common.http import endpoint


@endpoint(
    routes.REPORT_HEARTBEAT,
    errors=(ConsciousnessReason.SUBSYSTEM_RESERVED, ConsciousnessReason.TOO_MANY_SUBSYSTEMS),
)
def handler(request: HeartbeatReport) -> HeartbeatReceipt:
    """Say that a subsystem lives, and when it will say so again; after three intervals without it is missed."""
    return report_heartbeat(request)
