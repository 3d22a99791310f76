"""Alerts on a topic of SNS: one message for whoever reads the alert itself, one for PagerDuty and one for Slack.

Each is for subscriptions of one kind: the attribute ``for`` says of which, and their filters go by it, by ``severity``
and by ``kind``. Raw delivery hands a message over as it is, so that an endpoint gets what it reads and no envelope.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.anomaly.alerts import pagerduty, slack, summary
from lukhas_common.privacy.anomalies.models import Raised


class AlertNotTakenError(Exception):
    """SNS did not take all messages of an alert."""


@dataclass(frozen=True, slots=True)
class SnsTopic:
    """The AlertTopic port.

    Attributes:
        topic: its ARN.
    """

    client: Any
    topic: str

    def publish(self, alert: Raised) -> None:
        messages = {"alert": _told(alert), "pagerduty": pagerduty(alert.alert), "slack": slack(alert.alert)}
        entries = [_entry(alert, reader, message) for reader, message in messages.items()]
        answer = self.client.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=entries)
        if answer.get("Failed"):
            raise AlertNotTakenError(" ".join(str(each["Code"]) for each in answer["Failed"]))


def _entry(alert: Raised, reader: str, message: Any) -> dict[str, Any]:
    attributes = {"for": reader, "severity": str(alert.alert.severity), "kind": str(alert.alert.kind)}
    return {
        "Id": reader,
        "Message": json.dumps(message),
        "Subject": f"{alert.alert.severity}: {alert.alert.kind}",
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    }


def _told(alert: Raised) -> dict[str, Any]:
    """What leaves the system: ids, kinds, times and counts. Networks and endpoints are in none of the messages."""
    return {
        "alert_id": alert.alert_id,
        "principal": alert.alert.principal,
        "kind": str(alert.alert.kind),
        "severity": str(alert.alert.severity),
        "at": times.rfc3339(alert.alert.at.timestamp()),
        "summary": summary(alert.alert),
    }
