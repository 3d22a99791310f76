"""The export of a person's consent history and accesses, answered at once or left in S3 for a day.

It can be sealed to a key of the person's: then neither S3 nor whoever finds the link holds anything readable.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import chain

from aws_lambda_powertools.event_handler import Response

from lukhas_common import times
from lukhas_common.aws.clients import s3_by_link
from lukhas_common.aws.exports import LINK_LIVES, S3Exports
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.public_log import prover
from lukhas_common.consent.export import MEDIA_TYPE, Prove, iter_export
from lukhas_common.consent.wire import ExportLink
from lukhas_common.crypto import sealed_files
from lukhas_common.crypto.hpke import RecipientKey
from lukhas_common.problems import HttpReason, InvalidField, Refusal, invalid
from lukhas_common.settings import settings

AT_ONCE = 5_000_000
"""Bytes of an answer, as Lambda sends it, beyond which there is a link; Lambda sends 6 MB at most."""


def export(user_id: str, recipient: str | None = None) -> Response[str] | Response[bytes]:
    """The export, or a link to it.

    Args:
        recipient: a public key as text, to which it is sealed.

    Raises:
        Refusal: the key is none, or what was to be exported was erased meanwhile.
    """
    to = None if recipient is None else _recipient(recipient)
    ledger().keys.refresh(user_id)
    key_id = ledger().keys.to_seal(user_id).key_id
    pieces = iter_export(ledger(), user_id, times.now(), prove=_proving())
    media_type, sent = MEDIA_TYPE, _as_text
    if to is not None:
        pieces, media_type, sent = sealed_files.seal_file(to, pieces), sealed_files.MEDIA_TYPE, _as_base64
    taken, is_all = _within(pieces, sent)
    if is_all:
        body = b"".join(taken)
        if to is not None:
            return Response(HTTPStatus.OK, content_type=media_type, body=body)
        return Response(HTTPStatus.OK, content_type=media_type, body=body.decode())
    exports = S3Exports(s3_by_link(), settings().required("exports_bucket"))
    url = exports.put(user_id, chain(taken, pieces), media_type)
    ledger().keys.refresh(user_id)
    if ledger().keys.to_open(user_id, key_id) is None:
        exports.delete_all(user_id)
        raise Refusal(HttpReason.ERASED, "What was to be exported has been erased meanwhile.")
    link = ExportLink(url=url, expires_in=LINK_LIVES)
    found = {"Location": url}
    return Response(HTTPStatus.SEE_OTHER, content_type="application/json", body=link.model_dump_json(), headers=found)


def _proving() -> Prove:
    """Answers the proof of a leaf as the export holds it."""
    log = prover()

    def prove(leaf_index: int) -> dict[str, str] | None:
        proof = log.prove(leaf_index)
        return None if proof is None else {"tlog_proof": proof.decode()}

    return prove


def _recipient(text: str) -> RecipientKey:
    try:
        return RecipientKey.from_text(text)
    except ValueError:
        message = "Not a public key of X25519 and ML-KEM-768 in base64url; scripts/open_export.py makes one."
        raise invalid(InvalidField(field="query.recipient", message=message)) from None


def _within(pieces: Iterator[bytes], sent: Callable[[bytes], int]) -> tuple[list[bytes], bool]:
    """All pieces, or those that were taken when it became too large; ``sent`` says what a piece costs."""
    taken: list[bytes] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += sent(piece)
        if size > AT_ONCE:
            return taken, False
    return taken, True


def _as_text(piece: bytes) -> int:
    """Bytes in Lambda's answer, which is JSON: each quotation mark in a text costs another byte."""
    return len(json.dumps(piece.decode()))


def _as_base64(piece: bytes) -> int:
    return len(piece) * 4 // 3 + 4
