"""OpenTelemetry leaves for a collector that is configured, and is not even imported where none is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.stack import ROOT

REQUEST = f"""
import json, sys, time
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "layers" / "lukhas_common")!r}]
from lukhas_common.http import endpoint
from lukhas_common.routes import PUBLIC, Route
from tests.events import event

def read() -> dict[str, str]:
    return {{"hello": "world"}}

handler = endpoint(Route("GET", "/hello/there", PUBLIC, "Greet"))(read)
parent = {{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
started = time.monotonic()
status = handler(event("GET /hello/there", headers=parent), None)["statusCode"]
took = time.monotonic() - started
print(json.dumps([status, took, any(name.startswith("opentelemetry") for name in sys.modules)]))
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An OTLP/HTTP collector that keeps what it gets."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def answer(endpoint: str) -> tuple[int, float, bool]:
    """Run one request in a fresh process: status, seconds, whether OpenTelemetry was imported."""
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    env = {**coverage, "PATH": "", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
    done = subprocess.run(
        [sys.executable, "-c", REQUEST], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    status, took, imported = json.loads(done.stdout.splitlines()[-1])
    return status, took, imported


def test_a_request_becomes_a_span_and_a_duration(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, received = collector
    assert answer(url)[0] == 200
    paths = {path for path, _ in received}
    assert paths == {"/v1/traces", "/v1/metrics"}
    traces = ExportTraceServiceRequest.FromString(next(body for path, body in received if path == "/v1/traces"))
    (span,) = traces.resource_spans[0].scope_spans[0].spans
    attributes = {item.key: item.value for item in span.attributes}
    assert span.name == "GET /hello/there"
    assert span.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert span.parent_span_id.hex() == "b7ad6b7169203331"
    assert attributes["http.route"].string_value == "/hello/there"
    assert attributes["http.response.status_code"].int_value == 200
    metrics = ExportMetricsServiceRequest.FromString(next(body for path, body in received if path == "/v1/metrics"))
    names = [metric.name for metric in metrics.resource_metrics[0].scope_metrics[0].metrics]
    assert "http.server.request.duration" in names


def test_without_a_collector_nothing_is_imported() -> None:
    assert answer("")[2] is False


def test_a_collector_that_cannot_be_reached_costs_no_answer() -> None:
    status, took, _ = answer("http://127.0.0.1:9")
    assert status == 200
    assert took < 10
