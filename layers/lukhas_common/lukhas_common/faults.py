"""What every domain raises where it cannot do what was asked, so that one place answers it over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

R = TypeVar("R", bound=StrEnum)


class Fault(Exception, Generic[R]):
    """It cannot be done.

    Attributes:
        reason: what kind of fault; ``detail`` says what to do, and repeats nothing of what was sent or is kept.
    """

    def __init__(self, reason: R, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail
