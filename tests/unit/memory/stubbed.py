"""Clients on botocore's Stubber, which holds what is sent to the services' own models, and a clock that sleep turns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.response import StreamingBody
from botocore.stub import Stubber


@dataclass
class Stubbed:
    """A client, its stubber, what was sent, and the time."""

    client: Any
    stubber: Stubber
    sent: list[dict[str, Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def invoked(self, answer: object, **headers: str) -> None:
        """The next InvokeModel answers this."""
        said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.stubber.add_response(
            "invoke_model",
            {
                "body": StreamingBody(io.BytesIO(said), len(said)),
                "contentType": "application/json",
                "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": named},
            },
        )

    def conversed(self, answer: object, stop: str = "end_turn") -> None:
        """The next Converse answers this."""
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.stubber.add_response(
            "converse",
            {
                "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
                "stopReason": stop,
                "usage": {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150},
                "metrics": {"latencyMs": 5},
            },
        )

    def fails(self, operation: str, code: str, status: int = 400) -> None:
        self.stubber.add_client_error(operation, code, "message", status)

    def bodies(self) -> list[dict[str, Any]]:
        """Of all InvokeModel calls."""
        return [json.loads(params["body"]) for params in self.sent]

    def done(self) -> None:
        self.stubber.assert_no_pending_responses()


@contextmanager
def stubbed(service: str) -> Iterator[Stubbed]:
    client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stubber:
        made = Stubbed(client, stubber)
        client.meta.events.register(f"before-parameter-build.{service}", lambda params, **_: made.sent.append(params))
        yield made
