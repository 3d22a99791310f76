"""Finds the route of a request as an HTTP API does: exact, then parameter, then greedy, then $default."""

from collections.abc import Iterable
from urllib.parse import unquote

from local.plan import Route

Match = tuple[Route, dict[str, str]]


class Routes:
    """The routes of the API, in the order in which they are tried."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Order the routes; what was written first counts for nothing."""
        self._ordered = sorted(routes, key=_priority)

    def match(self, method: str, path: str) -> Match | None:
        """Return the route of a request and its path parameters (decoded), or None.

        ``path`` is compared as it was sent: no decoding, no merging of slashes, no ``.`` or ``..``.
        """
        segments = path.split("/")
        for route in self._ordered:
            if route.method in (method, "ANY"):
                found = _parameters(route.path, segments)
                if found is not None:
                    return route, found
        return None


def _priority(route: Route) -> tuple[object, ...]:
    """Sort key: literal segments before parameters before greedy ones, a method before ANY, $default last."""
    kinds = [2 if s.endswith("+}") else 1 if s.startswith("{") else 0 for s in route.path.split("/")]
    return route.path == "$default", kinds, -len(kinds), route.method == "ANY", route.path, route.method


def _parameters(template: str, segments: list[str]) -> dict[str, str] | None:
    if template == "$default":
        return {}
    found: dict[str, str] = {}
    parts = template.split("/")
    for i, part in enumerate(parts):
        if part.endswith("+}") and part.startswith("{"):
            rest = "/".join(segments[i:])
            return {**found, part[1:-2]: unquote(rest)} if rest else None
        if i >= len(segments):
            return None
        if part.startswith("{") and part.endswith("}") and segments[i]:
            found[part[1:-1]] = unquote(segments[i])
        elif part != segments[i]:
            return None
    return found if len(parts) == len(segments) else None
