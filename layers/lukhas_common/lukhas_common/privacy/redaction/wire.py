"""What goes over the wire: the requests and responses of redaction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.tokens import LONGEST as LONGEST_TOKEN
from lukhas_common.privacy.redaction.tokens import Preserved
from lukhas_common.strict_request import StrictRequest

LONGEST = 20_000
"""Characters of a text."""


class RedactRequest(StrictRequest):
    """A text, and what is to become of the personal data in it."""

    text: str = Field(max_length=LONGEST, examples=["Call Ada Byron at +44 20 7946 0958."])
    mode: Literal["redact", "tokenise"] = Field("redact", description="`tokenise` can be turned back.")
    preserve_format: bool = Field(
        False, description="Whether tokens of cards, phones and national ids keep their format; these are listed."
    )
    user_id: str | None = Field(None, description="Whose data it is; the caller's without it.")
    purpose: Annotated[str, Field(max_length=64)] = Field("dpv:ServiceProvision", description="A DPV term.")


class FoundSpan(BaseModel):
    """Where in the text that was sent."""

    kind: str = Field(examples=["PERSON"])
    start: int
    end: int

    @classmethod
    def of(cls, span: Span) -> FoundSpan:
        return cls(kind=span.kind.value, start=span.start, end=span.end)


class PreservedToken(StrictRequest):
    """A token that keeps the format of its value."""

    kind: Literal["CARD", "PHONE", "NATIONAL_ID"]
    token: str = Field(max_length=LONGEST_TOKEN, examples=["4000 0000 0000 0002"])

    @classmethod
    def of(cls, preserved: Preserved) -> PreservedToken:
        return cls.model_validate({"kind": preserved.kind.value, "token": preserved.token})

    def preserved(self) -> Preserved:
        return Preserved(Kind(self.kind), self.token)


class RedactedText(BaseModel):
    """The text without personal data."""

    text: str = Field(examples=["Call [PERSON] at [PHONE]."])
    spans: list[FoundSpan]
    preserved: list[PreservedToken] = Field(description="Keep these: only with them they are turned back.")


class DetokeniseRequest(StrictRequest):
    """A text with tokens, and tokens that keep a format."""

    text: str = Field("", max_length=10 * LONGEST)
    preserved: list[PreservedToken] = Field(default_factory=list, max_length=1000)
    user_id: str | None = Field(None, description="Whose data it is; the caller's without it.")
    purpose: Annotated[str, Field(max_length=64)] = Field("dpv:ServiceProvision", description="A DPV term.")


class DetokenisedText(BaseModel):
    """The values again."""

    text: str
    preserved: list[str] = Field(description="In the order in which they were sent.")
