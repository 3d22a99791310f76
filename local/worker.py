"""Runs one Lambda function in this process: events come in and answers go out on one socket.

Started as ``python -I worker.py <start> <socket>``, where ``start`` is a JSON object with the handler and the
folders of its code, and the environment is the function's own. It imports the standard library only, and
leaves stdin, stdout and stderr to the function.
"""

import importlib
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

LARGEST_ANSWER = 6 * 1024 * 1024  # bytes
Handler = Callable[[Any, "Context"], Any]


class Context:
    """What Lambda tells a function about one invocation."""

    identity = None
    client_context = None

    def __init__(self, request_id: str, seconds: float) -> None:
        """Describe an invocation that has ``seconds`` from now."""
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        region = os.environ["AWS_REGION"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:123456789012:function:{self.function_name}"
        self._deadline = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left, never less than 0."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def load(handler: str) -> Handler:
    """Import ``module.function``, as Lambda names a handler.

    Raises:
        ImportError: There is no such module.
        AttributeError: The module has no such function.
    """
    module, _, name = handler.rpartition(".")
    found: Handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    return found


def invoke(handler: Handler, message: dict[str, Any]) -> dict[str, Any]:
    """Call the handler once; answer ``{"result": …}`` or ``{"error": {errorType, errorMessage}}``."""
    try:
        result = handler(message["event"], Context(message["request_id"], message["seconds"]))
        size = len(json.dumps(result, ensure_ascii=False).encode())
    except BaseException as error:  # noqa: BLE001 - also SystemExit: on Lambda it fails the invocation
        traceback.print_exc()
        return {"error": {"errorType": type(error).__name__, "errorMessage": str(error)}}
    if size > LARGEST_ANSWER:
        print(f"The answer has {size} bytes, more than {LARGEST_ANSWER}.", file=sys.stderr)
        return {"error": {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": f"{size} bytes"}}
    return {"result": result}


def read_events(lines: BinaryIO, events: "queue.SimpleQueue[bytes | None]") -> None:
    """Queue one line per event, and None at the end; a handler that is still busy then gets a second."""
    for line in lines:
        events.put(line)
    events.put(None)
    time.sleep(1)
    os._exit(0)


def main(start: str, descriptor: str) -> None:
    """Serve events until the socket ends, which it also does when the parent dies."""
    settings = json.loads(start)
    sys.path[:0] = settings["path"]
    connection = socket.socket(fileno=int(descriptor)).makefile("rwb")
    events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=read_events, args=(connection, events), daemon=True).start()

    def answer(message: dict[str, Any]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.write(json.dumps(message).encode() + b"\n")
        connection.flush()

    handler = load(settings["handler"])
    answer({"ready": True})
    while line := events.get():
        answer(invoke(handler, json.loads(line)))


if __name__ == "__main__":
    main(*sys.argv[1:])
