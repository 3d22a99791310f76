"""Fires a scheduled function once: ``python -m local.tick FunctionLogicalId``."""

import argparse
import http.client
import json
import os
import sys


def tick(function: str, port: int) -> tuple[int, str]:
    """Ask the stack at ``port`` to fire a function; answer an exit code and what to print."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=960)
    try:
        connection.request("POST", f"/_local/tick/{function}", headers={"x-lukhas-local": "tick"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 1, f"No stack runs on port {port}. Start one with: make run"
    finally:
        connection.close()
    if response.status == 200:
        return 0, json.dumps(answer["result"], indent=2)
    if response.status == 404:
        names = ", ".join(answer.get("scheduled", [])) or "none"
        return 1, f"{answer['message']}. Scheduled functions: {names}"
    return 1, str(answer.get("message", answer))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m local.tick", description=__doc__)
    parser.add_argument("function", help="logical id in template.yaml")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    arguments = parser.parse_args()
    code, text = tick(arguments.function, arguments.port)
    print(text, file=sys.stderr if code else sys.stdout)
    sys.exit(code)


if __name__ == "__main__":
    main()
