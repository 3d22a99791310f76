"""Calls of Amazon Bedrock: tried again where that can help, within the budget and the time of a request."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)

from lukhas_common.aws.bedrock_cost import Budget, OverBudget

FIRST_WAIT = 0.25
LONGEST_WAIT = 4.0
"""Seconds: the wait before another try is drawn from nothing to twice what it was, up to this."""

_THROTTLED = (
    "ThrottlingException",
    "TooManyRequestsException",
    "ModelNotReadyException",
    "ServiceQuotaExceededException",
)
_DENIED = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "ResourceNotFoundException")
_FAILED = ("InternalServerException", "ServiceUnavailableException", "ModelErrorException")


class Unanswered(Exception):
    """There is no answer that can be used.

    Attributes:
        reason: ``throttled``, ``timeout``, ``unavailable``, ``denied``, ``refused``, ``time``, ``cost cap``,
            ``stopped: …`` or ``malformed``; it never repeats a text.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one request.

    Attributes:
        attempts: tries of one call.
        until: on ``clock``; no try begins after it.
        clock: monotonic seconds.
        sleep: waits so many seconds.
        draw: a number from 0 to 1.
    """

    budget: Budget
    until: float
    attempts: int = 3
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random

    def __call__(self, reserve: Callable[[], float], call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call until there is an answer.

        Args:
            reserve: says what the call can cost, or that it is too much.

        Raises:
            Unanswered: there is none.
        """
        failed = Unanswered("time")
        for attempt in range(self.attempts):
            if attempt:
                wait = self.draw() * min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
                if self.clock() + wait > self.until:
                    raise failed
                self.sleep(wait)
            elif self.clock() > self.until:
                raise failed
            try:
                reserved = reserve()
            except OverBudget as over:
                raise Unanswered("cost cap") from over
            try:
                return call()
            except (ClientError, BotoCoreError) as error:
                failed, again, billed = _read(error)
                if billed:
                    self.budget.lost(reserved)
                if not again:
                    raise failed from error
        raise failed


def _read(error: Exception) -> tuple[Unanswered, bool, bool]:
    """What went wrong, whether another try can help, and whether the try may have been billed."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _THROTTLED or status == 429:
            return Unanswered("throttled"), True, False
        if code == "ModelTimeoutException" or status == 408:
            return Unanswered("timeout"), True, True
        if code in _FAILED or status >= 500:
            return Unanswered("unavailable"), True, True
        return Unanswered("denied" if code in _DENIED else "refused"), False, False
    if isinstance(error, ReadTimeoutError):
        return Unanswered("timeout"), True, True
    if isinstance(error, ConnectTimeoutError):
        return Unanswered("timeout"), True, False
    if isinstance(error, NoConnection | HTTPClientError):
        return Unanswered("unavailable"), True, True
    # No credentials, no region, parameters that the service does not have: the same the next time.
    return Unanswered("refused"), False, False
