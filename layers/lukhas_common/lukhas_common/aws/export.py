"""The export of a person's consent history and accesses, answered at once or left in S3 for a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain

from aws_lambda_powertools.event_handler import Response

from lukhas_common import times
from lukhas_common.aws.clients import s3_by_link
from lukhas_common.aws.exports import LINK_LIVES, S3Exports
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.public_log import prover
from lukhas_common.consent.export import Prove, iter_export
from lukhas_common.consent.wire import ExportLink
from lukhas_common.problems import HttpReason, Refusal
from lukhas_common.settings import settings

AT_ONCE = 5_000_000
"""Bytes of an answer, as Lambda sends it, beyond which there is a link; Lambda sends 6 MB at most."""


def export(user_id: str) -> Response[str]:
    """The export, or a link to it."""
    ledger().keys.refresh(user_id)
    key_id = ledger().keys.to_seal(user_id).key_id
    pieces = iter_export(ledger(), user_id, times.now(), prove=_proving())
    whole = _within(pieces)
    if isinstance(whole, str):
        return Response(HTTPStatus.OK, content_type="application/ld+json", body=whole)
    exports = S3Exports(s3_by_link(), settings().required("exports_bucket"))
    url = exports.put(user_id, chain(whole, pieces))
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


def _within(pieces: Iterator[bytes]) -> str | list[bytes]:
    """All pieces as one text, or those that were taken when it became too large."""
    taken: list[bytes] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        # Lambda's answer is JSON, in which this is a text: each quotation mark in it costs another byte.
        size += len(json.dumps(piece.decode()))
        if size > AT_ONCE:
            return taken
    return b"".join(taken).decode()
