"""Runs the whole stack on this machine: ``python -m local``."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from local.cron import BadExpression
from local.embedded import ROOT, Resolved, StandIn
from local.files import state_folder, write_exports, write_json
from local.plan import REGION
from local.pool import Pool
from local.server import listen, serve
from local.template import BadTemplate, read

WELCOME = """
The stack is up: {url}

  Register:  curl -s {url}/identity/register -H 'content-type: application/json' \\
               -d '{{"username": "ada", "password": "correct-horse-battery-staple"}}'
  Log in:    TOKEN=$(curl -s {url}/identity/auth -H 'content-type: application/json' \\
               -d '{{"username": "ada", "password": "correct-horse-battery-staple"}}' \\
               | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
  Profile:   curl -s {url}/identity/profile -H "Authorization: Bearer $TOKEN"

  API docs:  {url}/docs
  State:     {state}
  Ctrl-C stops everything.
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")), help="0: any free port")
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml")
    parser.add_argument("--state-dir", type=Path, default=state_folder(), help="where the state is kept")
    parser.add_argument("--ephemeral", action="store_true", help="keep no state")
    parser.add_argument("--fresh", action="store_true", help="forget the kept state")
    parser.add_argument(
        "--no-schedules", action="store_true", help="do nothing unasked: no schedules, no functions started"
    )
    parser.add_argument("--ready-file", type=Path, help="JSON to write when requests are taken, for tests")
    parser.add_argument("--admin-env", type=Path, help="shell exports to write, to look into the stand-in")
    return parser.parse_args()


def main() -> int:
    """Run the stack; answer the exit code."""
    options = arguments()
    try:
        door = listen(options.port)
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}. Pass another with --port.", file=sys.stderr)
        return 1
    state = None if options.ephemeral else options.state_dir.resolve() / "state.pickle"
    standin, known = StandIn(state, options.fresh), None
    try:
        plan = read(options.template)
        resolved = standin.make(plan)
        if state:  # and the stand-in holds the lock of its folder
            known = state.with_name("stack.json")
            known.unlink(missing_ok=True)
        url = f"http://127.0.0.1:{door.getsockname()[1]}"

        def ready(pool: Pool) -> None:
            print(WELCOME.format(url=url, state=state or "not kept"), flush=True)
            announce(options, known, url, resolved, {name: pool.environment(name) for name in plan.functions})

        asyncio.run(serve(plan, resolved, standin, door, options.template, not options.no_schedules, ready))
    except (OSError, RuntimeError, BadExpression, BadTemplate) as error:
        print(f"The stack did not start: {error}", file=sys.stderr)
        return 1
    finally:
        if known:
            known.unlink(missing_ok=True)
        standin.close()
        door.close()
    return 0


def announce(
    options: argparse.Namespace, known: Path | None, url: str, resolved: Resolved, functions: dict[str, dict[str, str]]
) -> None:
    """Write how to reach the stack: to ``known``, and to the files that the command line asks for."""
    admin = {**resolved.admin, "AWS_ENDPOINT_URL": resolved.url, "AWS_DEFAULT_REGION": REGION}
    if options.admin_env:
        write_exports(options.admin_env, admin)
    ready = {"url": url, "standin_url": resolved.url, "pid": os.getpid(), "admin": admin, "functions": functions}
    for path in (known, options.ready_file):
        if path:
            write_json(path, ready)


if __name__ == "__main__":
    sys.exit(main())
