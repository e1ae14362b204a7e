"""The page at ``/``, what it asks the server for, and the metrics."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from adali.serving.errors import InvalidInput
from adali.serving.http import HttpApp, Reply, Request, as_json
from adali.serving.looplag import LoopLag
from adali.serving.metrics import CONTENT_TYPE, exposition
from adali.serving.stages import StageView

__all__ = ["add_routes"]

HTML = Path(__file__).with_name("page.html")

#: The page loads nothing from anywhere else, and nobody may frame it.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


def add_routes(app: HttpApp, lag: LoopLag, *, page: bool) -> dict[str, StageView]:
    """Put ``/metrics`` and, with ``page``, the page into an application; returns what must be closed in the end."""

    async def metrics(request: Request) -> Reply:
        return Reply(exposition(app.frontend, lag, app.disconnected), CONTENT_TYPE)

    app.extra["GET", "/metrics"] = metrics
    views = {name: StageView(service) for name, service in app.frontend.services.items()}
    if not page:
        return views
    html = HTML.read_bytes()

    async def frame(request: Request) -> Reply:
        return Reply(
            html,
            "text/html; charset=utf-8",
            content_security_policy=POLICY,
            x_content_type_options="nosniff",
            cache_control="no-cache",
        )

    async def status(request: Request) -> Reply:
        front = app.frontend
        meta: dict[str, Any] = front.server_metadata()
        return as_json(
            {
                "server": {
                    "version": meta["version"],
                    "uptime_s": time.time() - front.started,
                    "state": "ready" if front.ready else "draining" if front.draining else "not ready",
                    "lag_ms": lag.snapshot(),
                    "disconnects": app.disconnected,
                },
                "models": [
                    {**s.snapshot(), **{k: v for k, v in front.model_metadata(s).items() if k in ("inputs", "outputs")}}
                    for s in front.services.values()
                ],
            },
            cache_control="no-store",
        )

    def stages(view: StageView) -> Any:
        async def show(request: Request) -> Reply:
            if len(view.service.inputs) != 1:
                raise InvalidInput("stages are shown of pipelines with one input")
            sample = await request.read(view.service.limits.body_bytes)
            return as_json({"stages": await view.show(sample)}, cache_control="no-store")

        return show

    app.extra["GET", "/"] = frame
    app.extra["GET", "/status"] = status
    for name, view in views.items():
        app.extra["POST", f"/stages/{name}"] = stages(view)
    return views
