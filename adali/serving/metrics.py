"""Prometheus metrics, made at the moment they are asked for from what the services count anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adali.serving.frontend import Frontend
from adali.serving.looplag import LoopLag
from adali.serving.statistics import Histogram

__all__ = ["CONTENT_TYPE", "exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(frontend: Frontend, lag: LoopLag | None, disconnected: int) -> bytes:
    """The metrics in Prometheus' text format.

    Raises:
        ImportError: prometheus-client is not installed.
    """
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(frontend, lag, disconnected))
    return bytes(generate_latest(registry))


class _Collector:
    def __init__(self, frontend: Frontend, lag: LoopLag | None, disconnected: int) -> None:
        self.frontend = frontend
        self.lag = lag
        self.disconnected = disconnected

    def collect(self) -> Iterator[Any]:
        """All metrics."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        model = ["model"]
        requests = CounterMetricFamily(
            "adali_requests", "Requests by outcome: ok, or the cause of their failure.", labels=["model", "outcome"]
        )
        samples = CounterMetricFamily("adali_samples", "Rows answered.", labels=model)
        retries = CounterMetricFamily(
            "adali_isolated_requests", "Requests computed alone because their batch failed.", labels=model
        )
        queued = GaugeMetricFamily("adali_queued_samples", "Samples that wait.", labels=model)
        under_way = GaugeMetricFamily("adali_requests_under_way", "Requests that wait or are computed.", labels=model)
        ready = GaugeMetricFamily("adali_ready", "Whether requests are taken.", labels=model)
        memory = GaugeMetricFamily("adali_buffer_bytes", "Memory of batches, in use and kept for reuse.", labels=model)
        stages = CounterMetricFamily("adali_stage_seconds", "Seconds spent by stage.", labels=["model", "stage"])
        operators = CounterMetricFamily(
            "adali_operator_seconds",
            "Seconds of worker threads by operator; fused operators count with the last of them.",
            labels=["model", "operator"],
        )
        histograms = [
            (HistogramMetricFamily(f"adali_{name}", text, labels=model), attribute)
            for name, text, attribute in (
                ("queue_wait_seconds", "Seconds requests were queued.", "wait_s"),
                ("request_seconds", "Seconds from a request's arrival to its answer.", "latency_s"),
                ("batch_samples", "Samples in the pipeline's batches.", "batch_size"),
                ("model_batch_samples", "Samples in the model's batches.", "model_batch_size"),
            )
        ]
        for name, service in self.frontend.services.items():
            snapshot = service.snapshot()
            for outcome, count in snapshot["requests"].items():
                requests.add_metric([name, outcome], count)
            samples.add_metric([name], snapshot["samples"])
            retries.add_metric([name], snapshot["retries"])
            queued.add_metric([name], snapshot["queued"])
            under_way.add_metric([name], snapshot["under_way"])
            ready.add_metric([name], float(service.ready))
            memory.add_metric([name], snapshot["memory_bytes"])
            for stage, seconds in snapshot["stage_s"].items():
                stages.add_metric([name, stage], seconds)
            for operator in snapshot["operators"]:
                operators.add_metric([name, operator["name"]], operator["busy_s"])
            for family, attribute in histograms:
                histogram: Histogram = getattr(service.stats, attribute)
                family.add_metric([name], _buckets(histogram), histogram.sum)
        yield from (requests, samples, retries, queued, under_way, ready, memory, stages, operators)
        yield from (family for family, _ in histograms)
        gone = CounterMetricFamily("adali_disconnects", "Clients that left before they had their answer.")
        gone.add_metric([], self.disconnected)
        yield gone
        if self.lag is not None:
            lag = HistogramMetricFamily("adali_loop_lag_seconds", "How late the event loop runs what is due.")
            lag.add_metric([], _buckets(self.lag.histogram), self.lag.histogram.sum)
            yield lag


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    total = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*map(float, histogram.bounds), float("inf")), histogram.counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else repr(bound), total))
    return buckets
