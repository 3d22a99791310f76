import io
import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from local.standin import OneAtATime


class App:
    """A WSGI application that counts how many requests are in it at once."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.02)
        self.inside -= 1
        return [environ["wsgi.input"].read()]


def call(served: OneAtATime, action: str = "", method: str = "POST", path: str = "/") -> list[bytes]:
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_X_AMZ_TARGET": f"Service.{action}" if action else "",
        "CONTENT_LENGTH": "4",
        "wsgi.input": io.BytesIO(b"body and more"),
    }
    return list(served(environ, lambda *_: None))


@pytest.mark.parametrize(("action", "together"), [("PutItem", False), ("GetItem", False), ("ReceiveMessage", True)])
def test_requests_are_served_one_at_a_time_but_for_those_that_wait(action: str, together: bool) -> None:
    app = App()
    served = OneAtATime(app, threading.Event())
    threads = [threading.Thread(target=call, args=(served, action)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (app.most > 1) == together


@pytest.mark.parametrize(
    ("action", "method", "writes"),
    [
        ("PutItem", "POST", True),
        ("TransactWriteItems", "POST", True),
        ("ReceiveMessage", "POST", True),
        ("GetItem", "POST", False),
        ("Query", "POST", False),
        ("Sign", "POST", False),
        ("", "PUT", True),
        ("", "DELETE", True),
        ("", "GET", False),
    ],
)
def test_only_what_may_have_written_is_saved(action: str, method: str, writes: bool) -> None:
    written = threading.Event()
    assert call(OneAtATime(App(), written), action, method) == [b"body"]
    assert written.is_set() == writes


def test_the_control_pages_of_the_stand_in_are_shut() -> None:
    app = App()
    assert call(OneAtATime(app, threading.Event()), path="/moto-api/reset") == []
    assert app.most == 0
