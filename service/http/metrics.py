"""What is measured of a running service, in Prometheus' terms: requests, the stages of a search, the index, itself.

Labels hold names from our own code only (route templates, methods, stages), never anything a client sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
API: Final = "/api/v1"
_REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STAGE_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
_INGESTED: Final = ("new", "changed", "unchanged", "removed", "failed", "passages", "embedded", "seconds")


class Metrics:
    """The measures of one service, in a registry of its own.

    With a folder that its workers share, each reports those of all: the process was started with prometheus_client's
    PROMETHEUS_MULTIPROC_DIR at that folder, which holds one set of files a worker.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        registry = None if shared else self.registry
        if shared:
            MultiProcessCollector(self.registry, str(shared))  # type: ignore[no-untyped-call]
            self.registry.register(Workers(shared))
        else:
            ProcessCollector(registry=self.registry)
            GCCollector(registry=self.registry)
        self._requests = Counter(
            "passerelle_requests", "Requests answered", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "passerelle_request_seconds",
            "Until the whole answer",
            ["route"],
            buckets=_REQUEST_S,
            registry=registry,
        )
        self._stages = Histogram(
            "passerelle_stage_seconds", "Stages of a search", ["stage"], buckets=_STAGE_S, registry=registry
        )
        self._under_way = Gauge(
            "passerelle_requests_under_way", "Requests being answered", registry=registry, multiprocess_mode="livesum"
        )

    def observe(self, stage: str, seconds: float) -> None:
        """Count one stage of a search (`index.ranking.stage_timing.Observe`)."""
        self._stages.labels(stage).observe(seconds)

    def begin(self) -> None:
        self._under_way.inc()

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._under_way.dec()
        self._requests.labels(route, method if method in METHODS else OTHER, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return everything measured, in Prometheus' text format."""
        return generate_latest(self.registry)


class Workers(Collector):
    """Processor time and memory of each worker that lives, labelled by its process."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        """Yield each measure once, with one sample a worker."""
        families: dict[str, Metric] = {}
        for path in sorted(self._shared.glob("gauge_live*_*.db")):  # the supervisor removes those of the dead
            pid = path.stem.rpartition("_")[2]
            for family in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                total = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                total.samples += [sample._replace(labels=sample.labels | {"pid": pid}) for sample in family.samples]
        yield from families.values()


class IndexGauges(Collector):
    """The index that is served and the last report of the ingestion, read at each scrape."""

    def __init__(self, state: Callable[[], dict[str, float]], report: Path) -> None:
        self._state, self._report = state, report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield one gauge a fact; nothing of the index while there is none."""
        for name, value in self._state().items():
            yield GaugeMetricFamily(f"passerelle_index_{name}", f"Of the index served: {name}", value=value)
        try:
            report: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        family = GaugeMetricFamily("passerelle_last_ingestion", "Counts of the last run's report", labels=["what"])
        for what in _INGESTED:
            family.add_metric([what], float(report.get(what, 0)))
        yield family


class MetricsMiddleware:
    """Counts each request under the template of its route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 499  # a client who left before the answer began

        async def send_recorded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.begin()
        try:
            await self.app(scope, receive, send_recorded)
        finally:
            self.metrics.end(_route(scope), scope["method"], status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    """Return the template of the route that answered; "other" where none did: a series a path would be too many."""
    if scope["path"].startswith("/static/"):
        return "/static"
    template = str(getattr(scope.get("route"), "path", OTHER))
    is_api = scope["path"].startswith(API) and not template.startswith(API)
    return f"{API}{template}" if is_api and template != OTHER else template  # the router keeps its prefix to itself
