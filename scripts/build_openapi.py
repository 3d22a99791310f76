"""Write docs/openapi.json: the API as its handlers declare it.

Every handler file is loaded, and what Powertools says of its one route is merged with routes.py (who
may call it) and with what the HTTP API answers by itself. Two models of one name must be one model.

    python scripts/build_openapi.py            write the file
    python scripts/build_openapi.py --check    fail if the committed file differs
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "openapi.json"
GATEWAY_ERROR = {"$ref": "#/components/schemas/GatewayError"}
GATEWAY_ERRORS = {
    "401": "No Authorization header (answered by the gateway)",
    "403": "The authorizer refused: token invalid, expired or revoked, or scope missing (answered by the gateway)",
}


def main() -> int:
    """Write or check the file; 1 if the check fails."""
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "lukhas_common")]
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    text = json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") != text:
        print("docs/openapi.json is not what the handlers say: run `make openapi` and commit it")
        return 1
    return 0


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all endpoints.

    Raises:
        ValueError: two different models have one name, or a route of routes.py has no handler.
    """
    from lukhas_common.http import Endpoint
    from lukhas_common.routes import ROUTES

    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {
        "GatewayError": {
            "title": "GatewayError",
            "description": "What the HTTP API answers by itself.",
            "type": "object",
            "properties": {"message": {"type": "string", "examples": ["Forbidden"]}},
            "required": ["message"],
        }
    }
    described = set()
    for file in sorted((ROOT / "functions").glob("*/*.py")):
        handler = importlib.import_module(f"functions.{file.parent.name}.{file.stem}").handler
        if not isinstance(handler, Endpoint):
            continue
        part = json.loads(handler.app.get_openapi_json_schema(title="-", version="-"))
        for name, schema in part["components"]["schemas"].items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two different models are called {name}: rename one")
        (item,) = part["paths"].values()
        (operation,) = item.values()
        paths.setdefault(written(handler.route.path), {})[handler.route.method.lower()] = _completed(
            operation, handler, file.parent.name
        )
        described.add(handler.route.key)
    if missing := ROUTES.keys() - described:
        raise ValueError(f"routes without a handler: {sorted(missing)}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trust layer for AI assistants",
            "version": "0.1.0",
            "description": "Who is asking, did the person agree, should this be done, what is remembered, "
            "and can all of that be proven afterwards.",
        },
        "paths": paths,
        "components": {
            "schemas": _referenced(paths, schemas),
            "securitySchemes": {"StrictAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt or QRG"}},
        },
    }


def written(path: str) -> str:
    """A path as OpenAPI writes it, which knows no greedy parameters."""
    return path.replace("+}", "}")


def _completed(operation: dict[str, Any], handler: Any, domain: str) -> dict[str, Any]:
    """The operation with its domain, who may call it, and the errors of the gateway."""
    from lukhas_common.bodies import FORM, JSON
    from lukhas_common.routes import AUTHENTICATED, SESSION

    route, responses = handler.route, operation["responses"]
    operation["tags"] = [domain]
    if "422" in responses and "HTTPValidationError" in json.dumps(responses["422"]):
        del responses["422"]
    for status, reasons in handler.reasons.items():
        content = responses[str(int(status))]["content"]["application/problem+json"]
        content["examples"] = {str(reason): {"value": _example(reason, status)} for reason in reasons}
    if "+}" in route.path:
        greedy = {"name": route.path.rpartition("{")[2].removesuffix("+}"), "in": "path", "required": True}
        described = {"description": "The rest of the path, slashes included.", "schema": {"type": "string"}}
        operation.setdefault("parameters", []).append({**greedy, **described})
    if handler.form_fields:
        content = operation["requestBody"]["content"]
        content[FORM] = content[JSON]
    if not route.is_public:
        unscoped = route.scope in (AUTHENTICATED, SESSION)
        operation["security"] = [{"StrictAuth": [] if unscoped else [route.scope]}]
        for status, description in GATEWAY_ERRORS.items():
            response = responses.setdefault(status, {"description": description, "content": {}})
            if description not in response["description"]:
                response["description"] += f"; {description}"
            response["content"]["application/json"] = {"schema": GATEWAY_ERROR}
    return operation


def _example(reason: str, status: Any) -> dict[str, Any]:
    from lukhas_common.problems import title

    return {
        "type": f"urn:lukhas:problem:{reason}",
        "title": title(status),
        "status": int(status),
        "detail": "What went wrong and what to do next.",
        "code": str(reason),
        "request_id": "01a201ec-885b-7d64-90a4-8da2819ef2a3",
    }


def _referenced(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that the paths use, directly or through others."""
    kept: dict[str, Any] = {}
    text = json.dumps(paths)
    while True:
        new = {name: s for name, s in schemas.items() if name not in kept and f'schemas/{name}"' in text}
        if not new:
            return kept
        kept |= new
        text = json.dumps(new)


if __name__ == "__main__":
    sys.exit(main())
