"""Files of the public log as HTTP answers."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Request, Response

from lukhas_common.problems import HttpReason, Refusal
from lukhas_common.tlog.tiles import parse_path

FOREVER, BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=5"


def tile_name(request: Request) -> str:
    """Dependency: the name of the tile that is asked for; nothing that is not exactly such a name gets to storage.

    Raises:
        Refusal: no log has a file of this name.
    """
    name = str(request.resolved_event.raw_event["rawPath"]).removeprefix("/ledger/")
    if parse_path(name) is None:
        raise Refusal(HttpReason.NOT_FOUND, "No log has a file of this name.")
    return name


def log_file(name: str, content: bytes | None) -> Response[bytes]:
    """The answer: a tile never changes, the checkpoint does every minute.

    Raises:
        Refusal: there is no content.
    """
    if content is None:
        raise Refusal(HttpReason.NOT_FOUND, "The log has no such file yet.")
    is_note = name == "checkpoint"
    return Response(
        200,
        content_type="text/plain; charset=utf-8" if is_note else "application/octet-stream",
        body=content,
        headers={"Cache-Control": BRIEFLY if is_note else FOREVER},
    )
