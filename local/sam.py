"""Prepares what ``sam local start-api`` needs, a running stand-in and a template with literal values, or runs it.

``sam local`` resolves references to logical ids and hands on declared variables only. The copy of the built
template that is written here names real tables and keys, and gives each function its own role's credentials.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.deployment import deploy
from local.embedded import ROOT, Resolved, StandIn
from local.files import state_folder, write_private
from local.plan import REGION, Plan
from local.pool import Pool
from local.template import BadTemplate, parse, read

# What a shell exports wins over the template in sam local, so these are taken out of its way.
IN_THE_WAY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL")


def literal(source: dict[str, Any], plan: Plan, resolved: Resolved) -> dict[str, Any]:
    """Return the template with every function's variables as literal values, credentials included."""
    template: dict[str, Any] = json.loads(json.dumps(source, default=str))
    for name, function in plan.functions.items():
        template["Resources"][name]["Properties"]["Environment"] = {
            "Variables": {
                **resolved.environment(name),
                **resolved.credentials[function.role],
                "AWS_ENDPOINT_URL": resolved.url,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
            }
        }
    return template


async def deploy_from_source(source: Plan, resolved: Resolved) -> None:
    """Invoke the functions that wait for the deployment, which ``sam local`` never does.

    They run from their sources: what is built is compiled for Lambda's Python, which need not be this one.

    Raises:
        DeploymentFailed: One of them failed.
    """
    pool = Pool((source.functions[rule.function] for rule in source.rules if rule.deploys), resolved, sys.stderr)
    try:
        await deploy(source, resolved, pool, sys.stderr)
    finally:
        await pool.close()


def start_api(template: Path, port: int, more: list[str]) -> int:
    """Run ``sam local start-api`` until it ends; answer its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in IN_THE_WAY}
    command = ["sam", "local", "start-api", "--template", str(template), "--port", str(port), "--region", REGION]
    sam = subprocess.Popen([*command, *more], env=environment)  # noqa: S603 - what the caller asked for
    try:
        return sam.wait()
    except SystemExit:
        sam.send_signal(signal.SIGINT)  # Ctrl-C would have reached it by itself
        raise
    finally:
        sam.wait()


def main() -> int:
    """Run the command; answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.sam", description=__doc__)
    parser.add_argument("--template", type=Path, default=Path(".aws-sam/build/template.yaml"))
    parser.add_argument("--source", type=Path, default=ROOT / "template.yaml", help="what --template was built from")
    parser.add_argument("--out", type=Path, default=Path(".aws-sam/build/template.local.yaml"))
    parser.add_argument("--host", default="127.0.0.1", help="address at which containers reach this machine")
    parser.add_argument("--port", type=int, help="also run sam local start-api there; what follows -- is for it")
    parser.add_argument("--state-dir", type=Path, default=state_folder())
    parser.add_argument("--ephemeral", action="store_true", help="keep no state")
    parser.add_argument("more", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    standin = StandIn(None if options.ephemeral else options.state_dir.resolve() / "state.pickle", host=options.host)
    try:
        plan = read(options.template)
        resolved = standin.make(plan)
        asyncio.run(deploy_from_source(read(options.source), resolved))
        # JSON is YAML, and says the same to every reader.
        text = json.dumps(literal(parse(options.template), plan, resolved), indent=1)
        write_private(options.out, text.encode())
        print(f"The stand-in for AWS listens at {resolved.url}; each function has its own role's credentials.")
        if options.port is not None:
            return start_api(options.out, options.port, options.more)
        unset = " ".join(f"-u {name}" for name in IN_THE_WAY)
        print(f"Now run: env {unset} sam local start-api --template {options.out}\nCtrl-C stops it.", flush=True)
        return standin.process.wait()
    except KeyboardInterrupt:
        return 0
    except (OSError, RuntimeError, BadTemplate) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        standin.close()
        options.out.unlink(missing_ok=True)  # its credentials are worth nothing any more


if __name__ == "__main__":
    sys.exit(main())
