"""What the stack serves itself, besides the API: the OpenAPI document, its page, and ticks of schedules."""

import base64
import hashlib
import ipaddress
import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from local import answer as answers
from local.answer import Answer
from local.event import Request
from local.process import InvocationError

TICK = "/_local/tick/"
START = """
window.ui = SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout"});
"""
Tick = Callable[[str], Awaitable[Any]]


class Pages:
    """Answers the stack's own paths, which no route of template.yaml has."""

    def __init__(self, openapi: Path, scheduled: list[str], tick: Tick) -> None:
        """Serve the document at ``openapi``; ``tick`` runs one of the ``scheduled`` functions."""
        self._openapi, self._scheduled, self._tick = openapi, scheduled, tick

    async def answer(self, request: Request) -> Answer | None:
        """Return the answer to one of the stack's own paths, or None."""
        if request.method == "GET" and request.path == "/openapi.json":
            return self._document()
        if request.method == "GET" and request.path == "/docs":
            return swagger()
        if request.method == "POST" and request.path.startswith(TICK):
            return await self._fire(request, request.path.removeprefix(TICK))
        return None

    def _document(self) -> Answer:
        try:
            return Answer(200, (("content-type", "application/json"),), self._openapi.read_bytes())
        except OSError:
            return answers.NOT_FOUND

    async def _fire(self, request: Request, function: str) -> Answer:
        """Fire a scheduled function; a page in a browser cannot set the header without asking first."""
        if not ipaddress.ip_address(request.client).is_loopback or request.header("x-lukhas-local") != "tick":
            return answers.FORBIDDEN
        if function not in self._scheduled:
            return _json(404, {"message": f"{function} has no schedule", "scheduled": self._scheduled})
        try:
            return _json(200, {"result": await self._tick(function)})
        except InvocationError as error:
            return _json(502, {"message": str(error)})


def _json(status: int, content: dict[str, Any]) -> Answer:
    return Answer(status, (("content-type", "application/json"),), json.dumps(content).encode())


def swagger() -> Answer:
    """Return the Swagger UI that Powertools carries, in one page that loads nothing from elsewhere."""
    folder = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    style = folder.joinpath("swagger-ui.min.css").read_text(encoding="utf-8")
    bundle = folder.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8")
    page = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>API</title><style>{style}</style>"
        f"<div id=swagger-ui></div><script>{bundle}</script><script>{START}</script></html>"
    )
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in (bundle, START))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
    )
    return Answer(200, headers, page.encode())


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
