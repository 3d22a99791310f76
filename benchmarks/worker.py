"""One function in a process of its own, as Lambda would hold it.

It answers one JSON line with what starting cost, then one line for each event (one JSON line of stdin),
and ends when stdin does. It runs on the interpreter and the built layer that are measured, so it imports
only the standard library itself; what it needs of that, the bare handler is charged with as well.
"""

import importlib.util
import json
import os
import sys
import time
from typing import Any


class Context:
    """What a function may ask Lambda while it runs."""

    def get_remaining_time_in_millis(self) -> int:
        """What the longest of the functions has when it begins."""
        return 55_000


CONTEXT = Context()


def _load(path: str) -> Any:
    """Import a handler file by its path: file names repeat across domains."""
    name = "measured_" + path.strip("/").removesuffix(".py").replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.handler


def _create(services: list[str]) -> None:
    """Create the boto3 clients through the library's cache, where the handler will find them."""
    if services:
        from lukhas_common.aws.clients import client

        for service in services:
            client(service)


def _without_bytecode() -> dict[str, int]:
    """Count the imported source modules whose bytecode file is missing, the standard library apart."""
    missing = {"stdlib": 0, "other": 0}
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if spec is None or not spec.has_location or not spec.cached or not str(spec.origin).endswith(".py"):
            continue
        if not os.path.exists(spec.cached):
            kind = "stdlib" if str(spec.origin).startswith(sys.base_prefix) else "other"
            missing[kind] += 1
    return missing


def watch(calls: list[str], spent: list[float]) -> None:
    """Note the requests that clients send, repeats included, and the CPU seconds that each of their calls takes."""
    if "botocore.client" not in sys.modules:
        return
    from botocore.client import BaseClient

    call = BaseClient._make_api_call
    known: set[Any] = set()

    def count(event_name: str, **_: Any) -> None:
        calls.append(event_name.removeprefix("before-send."))

    def measured(client: Any, *arguments: Any) -> Any:
        if client not in known:
            known.add(client)
            client.meta.events.register("before-send", count)
        before = time.process_time()
        try:
            return call(client, *arguments)
        finally:
            spent.append(time.process_time() - before)

    BaseClient._make_api_call = measured


def main() -> None:
    """Start the function that ``sys.argv[1]`` describes and answer events."""
    task = json.loads(sys.argv[1])
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # log lines are written, to nowhere

    handler = _load(task["path"])
    imported = time.process_time()
    _create(task["services"])
    ready = time.process_time()

    start = {"imported": imported, "ready": ready, "modules": len(sys.modules), "uncompiled": _without_bytecode()}
    replies.write(json.dumps(start) + "\n")
    replies.flush()

    calls: list[str] = []
    spent: list[float] = []
    watch(calls, spent)

    for line in sys.stdin:
        event = json.loads(line)
        calls.clear()
        spent.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = handler(event, CONTEXT)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        reply = {"answer": answer, "wall": wall, "cpu": cpu, "aws": sum(spent), "calls": calls}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
