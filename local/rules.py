"""Reads the EventBridgeRule events of a template; those that wait for the stack's own deployment are fired here."""

from collections.abc import Iterator
from typing import Any

from local.plan import Rule

DEPLOYED = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# What an event may say besides its pattern without its function being sent something else, or by another bus.
ASIDE = {"Pattern", "RetryPolicy", "DeadLetterConfig", "RuleName", "Target"}


def rules(source: dict[str, Any]) -> Iterator[Rule]:
    """Yield each EventBridgeRule event of the functions of a SAM template."""
    for function, resource in source["Resources"].items():
        for event, details in resource.get("Properties", {}).get("Events", {}).items():
            if details["Type"] in ("EventBridgeRule", "CloudWatchEvent"):
                yield Rule(f"{function}{event}", function, waits_for_deployment(details.get("Properties", {})))


def waits_for_deployment(properties: dict[str, Any]) -> bool:
    """Tell whether an event is fired when the stack was created or updated, and by nothing else."""
    match properties.get("Pattern"):
        case {
            "source": ["aws.cloudformation"],
            "detail-type": ["CloudFormation Stack Status Change"],
            "detail": {
                "stack-id": [{"Ref": "AWS::StackId"}],
                "status-details": {"status": [*statuses], **more},
                **others,
            },
            **rest,
        }:
            return set(statuses) == DEPLOYED and not (more or others or rest) and set(properties) <= ASIDE
    return False
