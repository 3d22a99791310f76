"""Redaction put together from its adapters. Tokens are under the person's data key, which KMS wraps."""

from __future__ import annotations

from lukhas_common.aws.ledger import ledger
from lukhas_common.consent import checks
from lukhas_common.http import Caller
from lukhas_common.privacy.redaction.errors import RedactionFault, RedactionReason
from lukhas_common.privacy.redaction.redactor import label, personal, replaced
from lukhas_common.privacy.redaction.tokens import Tokeniser
from lukhas_common.privacy.redaction.wire import (
    DetokenisedText,
    DetokeniseRequest,
    FoundSpan,
    PreservedToken,
    RedactedText,
    RedactRequest,
)


def redacted(request: RedactRequest, who: Caller) -> RedactedText:
    """The text without personal data, or with tokens in its place.

    Raises:
        ConsentError: the purpose is none.
    """
    checks.purpose(request.purpose)
    if request.mode == "redact":
        spans = personal(request.text)
        return RedactedText(
            text=replaced(request.text, spans, label), spans=[FoundSpan.of(span) for span in spans], preserved=[]
        )
    key = ledger().keys.to_seal(request.user_id or who.user_id, fresh=True)
    text, spans, preserved = Tokeniser(key.secret).tokenise(request.text, preserve=request.preserve_format)
    return RedactedText(
        text=text,
        spans=[FoundSpan.of(span) for span in spans],
        preserved=[PreservedToken.of(token) for token in preserved],
    )


def detokenised(request: DetokeniseRequest, who: Caller) -> DetokenisedText:
    """The values behind tokens.

    Raises:
        RedactionFault: a token was altered, or its key is gone.
        ConsentError: the purpose is none.
    """
    checks.purpose(request.purpose)
    key = ledger().keys.current(request.user_id or who.user_id)
    if key is None:
        raise RedactionFault(
            RedactionReason.TOKEN_UNREADABLE, "The key of these tokens was erased with the person's data."
        )
    tokeniser = Tokeniser(key.secret)
    return DetokenisedText(
        text=tokeniser.detokenise(request.text),
        preserved=[tokeniser.original(token.preserved()) for token in request.preserved],
    )
