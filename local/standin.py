"""The embedded AWS, in a process of its own: moto with permissions enforced and its state kept.

It reads one JSON line (what to make) from stdin, answers one JSON line (where it listens, what the values
resolved to, credentials per role) on stdout, serves until stdin ends or SIGTERM comes, and saves.
"""

import argparse
import fcntl
import io
import json
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local import kms, quick, state
from local.authorization import enforce
from local.provision import provision

READS = (
    "Get",
    "Describe",
    "List",
    "Query",
    "Scan",
    "BatchGet",
    "TransactGet",
    "Sign",
    "Verify",
    "GenerateMac",
    "GenerateDataKey",
    "Decrypt",
)


class _Handler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep the log for what goes wrong."""


class OneAtATime:
    """Serves one request at a time, so that what AWS does atomically is atomic here too."""

    def __init__(self, app: Any, written: threading.Event) -> None:
        """Wrap the WSGI ``app``; set ``written`` before a request that may write is answered."""
        self._app, self._written = app, written
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        # moto's own control pages would hand out everything without a signature.
        if environ["PATH_INFO"].startswith("/moto-api"):
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if action == "ReceiveMessage":  # it may wait for 20 s, and must not make others wait
            answer = list(self._app(environ, start_response))
        else:
            with self.lock:
                answer = list(self._app(environ, start_response))
        if not (action.startswith(READS) or (not action and environ["REQUEST_METHOD"] in ("GET", "HEAD"))):
            self._written.set()
        return answer


def _only_one(path: Path | None) -> Any:
    """Hold the lock of the state file for as long as the answer lives.

    Raises:
        SystemExit: Another stack holds it.
    """
    if path is None:
        return None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    guard = path.with_suffix(".lock").open("w")
    path.with_suffix(".lock").chmod(0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another stack is using {path.parent}; stop it or pass another --state-dir.") from None
    return guard


def _serve_until_stdin_ends(server: BaseWSGIServer) -> None:
    def wait() -> None:
        sys.stdin.buffer.read()
        server.shutdown()

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=wait, daemon=True).start()
    server.serve_forever(poll_interval=0.1)


def main() -> None:
    """Run the stand-in."""
    parser = argparse.ArgumentParser(prog="python -m local.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, help="file to keep the state in; without it nothing is kept")
    parser.add_argument("--fresh", action="store_true", help="forget the kept state")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    warnings.simplefilter("ignore")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    line = sys.stdin.buffer.readline()
    if not line:
        return
    guard = _only_one(arguments.state)
    request = json.loads(line)
    kms.install()
    quick.install()
    before, key = state.take_up(arguments.state, arguments.fresh) if arguments.state else ({}, b"")
    answer, kept = provision(request, before)
    enforce()
    written = threading.Event()
    app = OneAtATime(DomainDispatcherApplication(create_backend_app), written)

    def take() -> bytes:
        with app.lock:
            return state.snapshot(kept)

    server = make_server(arguments.host, arguments.port, app, threaded=True, request_handler=_Handler)
    written.set()
    saver = state.Saver(arguments.state, key, take, written) if arguments.state else None
    answer["url"] = f"http://{arguments.host}:{server.server_port}"
    print(json.dumps(answer), flush=True)
    try:
        _serve_until_stdin_ends(server)
    finally:
        if saver:
            saver.close()
        server.server_close()
        if guard:
            guard.close()


if __name__ == "__main__":
    main()
