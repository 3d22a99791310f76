"""Invokes what waits for the stack's own deployment, once at each start.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-stack-notifications-eventbridge.html
"""

import uuid
from datetime import UTC, datetime
from typing import Any, TextIO

from local.embedded import Resolved
from local.plan import ACCOUNT, REGION, Plan
from local.pool import Pool
from local.process import InvocationError


class DeploymentFailed(RuntimeError):
    """A function that waits for the deployment failed."""


def event(resolved: Resolved) -> dict[str, Any]:
    """Build what EventBridge says when CloudFormation has made or changed the stack."""
    stack = resolved.stack["id"]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudFormation Stack Status Change",
        "source": "aws.cloudformation",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [stack],
        "detail": {
            "stack-id": stack,
            "status-details": {"status": resolved.stack["status"], "status-reason": ""},
            "client-request-token": "",
        },
    }


async def deploy(plan: Plan, resolved: Resolved, pool: Pool, log: TextIO) -> None:
    """Invoke every function that waits for the deployment; warn about the rules that nothing fires here.

    Raises:
        DeploymentFailed: One of them failed; those after it were not invoked.
    """
    for rule in plan.rules:
        if rule.deploys:
            try:
                await pool.invoke(rule.function, event(resolved))
            except InvocationError as error:
                raise DeploymentFailed(f"{error}, and it has to run at each deployment.") from error
        else:
            log.write(f"[stack] {rule.name}: the one-machine stack does not fire this EventBridgeRule.\n")
            log.flush()
