"""Traces and metrics as OpenTelemetry, where an exporter is configured; nothing at all where none is.

OTEL_EXPORTER_OTLP_ENDPOINT names an OTLP/HTTP collector, as the OpenTelemetry specification has it.
Spans and metrics are flushed before a function answers, because Lambda freezes it afterwards.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from lukhas_common.settings import settings


class Span(Protocol):
    """One request under way."""

    def answered(self, status: int) -> None: ...


class _NoSpan:
    def answered(self, status: int) -> None:
        return


_NO_SPAN = _NoSpan()


@contextmanager
def span(name: str, event: Mapping[str, Any]) -> Iterator[Span]:
    """Measure one request of the HTTP API: a server span, continued from ``traceparent``, and its seconds."""
    if not settings().otel_exporter_otlp_endpoint:
        yield _NO_SPAN
        return
    exporter = _exporter()
    with exporter.request(name, event) as active:
        yield active
    exporter.flush()


@cache
def _exporter() -> _Exporter:
    return _Exporter()


class _Exporter:
    """The OpenTelemetry SDK, imported only when it is used."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create(
            {
                "service.name": os.environ.get("POWERTOOLS_SERVICE_NAME", "lukhas"),
                "deployment.environment.name": settings().stage,
                "faas.name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
            }
        )
        self._traces = TracerProvider(resource=resource)
        self._traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=1)))
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(timeout=1), export_interval_millis=3_600_000)
        self._metrics = MeterProvider([reader], resource=resource)
        self._tracer = self._traces.get_tracer("lukhas_common")
        self._duration = self._metrics.get_meter("lukhas_common").create_histogram(
            "http.server.request.duration", unit="s", description="Duration of HTTP server requests."
        )

    @contextmanager
    def request(self, name: str, event: Mapping[str, Any]) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        method, _, path = str(event.get("routeKey", "")).partition(" ")
        attributes: dict[str, str | int] = {"http.request.method": method, "http.route": path}
        parent = TraceContextTextMapPropagator().extract(event.get("headers") or {})
        started = time.monotonic()
        with self._tracer.start_as_current_span(
            name, context=parent, kind=SpanKind.SERVER, attributes=attributes
        ) as active:
            measured = _OpenSpan(active)
            try:
                yield measured
            finally:
                attributes["http.response.status_code"] = measured.status
                self._duration.record(time.monotonic() - started, attributes)

    def flush(self) -> None:
        """Send what was gathered; an unreachable collector costs two seconds at most and no answer."""
        self._traces.force_flush(1000)
        self._metrics.force_flush(1000)


class _OpenSpan:
    def __init__(self, active: Any) -> None:
        self._active = active
        self.status = 500

    def answered(self, status: int) -> None:
        self.status = status
        self._active.set_attribute("http.response.status_code", status)
