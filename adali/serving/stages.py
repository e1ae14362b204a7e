"""One sample at each stage of the graph: the pipeline with every batch of it as an output."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np

from adali.errors import GraphError
from adali.graph import DataNode, Graph
from adali.operators.base import Array
from adali.pipeline import Pipeline
from adali.serving.service import Service

__all__ = ["StageView"]

#: Pixels of a picture's longer side.
LARGEST = 320
#: Numbers that are shown of what is no picture.
SHOWN = 8


class StageView:
    """Runs single samples through a copy of a service's pipeline that gives out what every operator makes.

    The copy is made at the first use. It has a thread of its own and one place: requests of the page wait for each
    other, not for the service, nor the service for them.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._copy: Service | None = None
        self._nodes: list[DataNode] = []
        self._lock = asyncio.Lock()

    async def show(self, sample: bytes) -> list[dict[str, Any]]:
        """What each stage makes of a sample for the service's only input, in the graph's order.

        Raises:
            as a request to the service.
        """
        async with self._lock:
            if self._copy is None:
                self._copy = await self._start()
            columns = await self._copy.infer({self.service.inputs[0].name: [sample]}, deadline=30.0)
        arrays = [np.asarray(column[0]) for column in columns.values()]
        make = asyncio.get_running_loop().run_in_executor
        return await make(None, lambda: [_described(n, a) for n, a in zip(self._nodes, arrays, strict=True)])

    async def _start(self) -> Service:
        graph = self.service.graph
        self._nodes = _nodes(graph)
        original = self.service.pipeline
        copy = Pipeline(batch_size=1, num_threads=1, device_id=original.device_id, seed=original.seed)
        # The operators' descriptions are shared, the operators themselves are made anew.
        copy._builder = original._builder
        copy._outputs = tuple(self._nodes)
        service = Service(
            copy,
            max_wait=0,
            max_queued=1,
            warmup=False,
            limits=self.service.limits,
            output_names=[f"{i}" for i in range(len(self._nodes))],
            name=f"{self.service.name} (page)",
        )
        await service.start()
        return service

    async def aclose(self) -> None:
        """Close the copy."""
        if self._copy is not None:
            await self._copy.aclose()
            self._copy = None


def _nodes(graph: Graph) -> list[DataNode]:
    """The batches to show: all but those that only some samples have, and those on a device."""
    return [
        node
        for spec in graph.specs
        if spec.branch is None and not spec.schema.name.startswith("_")
        for node in spec.outputs
        if node.device == "cpu"
    ]


def _described(node: DataNode, array: Array) -> dict[str, Any]:
    spec = node.source
    entry: dict[str, Any] = {
        "name": spec.name if not spec.name.startswith("__") else "",
        "operator": spec.schema.name.replace("__", "."),
        "output": node.index if len(spec.outputs) > 1 else None,
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "line": "" if spec.line is None else spec.line.text,
    }
    picture = _picture(array)
    if picture is not None:
        image, remark = picture
        entry["picture"] = f"data:image/png;base64,{base64.b64encode(_png(image)).decode()}"
        entry["remark"] = remark
    elif array.size and array.dtype.kind in "iufb":
        flat = array.reshape(-1)
        entry["values"] = [round(float(v), 4) for v in flat[:SHOWN]]
        entry["more"] = max(0, flat.size - SHOWN)
    return entry


def _picture(array: Array) -> tuple[Array, str] | None:
    """The array as an image to look at, and how its values were changed for that; None if it is no image."""
    if array.dtype.kind not in "iufb" or array.ndim not in (2, 3):
        return None
    remark = ""
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4):
        if array.shape[0] not in (1, 3, 4):
            return None
        array, remark = np.moveaxis(array, 0, 2), "planes"
    if min(array.shape[:2]) < 8:
        return None
    if array.ndim == 3:
        array = array[:, :, :3] if array.shape[2] > 1 else array[:, :, 0]
    if array.dtype != np.uint8:
        values = array.astype(np.float32)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        values = np.nan_to_num((values - low) * (255.0 / (high - low if high > low else 1.0)))
        array = values.astype(np.uint8)
        remark = f"{remark + ', ' if remark else ''}{low:.3g} is black, {high:.3g} is white"
    return array, remark


def _png(image: Array) -> bytes:
    import cv2

    scale = LARGEST / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if image.ndim == 3:
        image = image[:, :, ::-1]
    done, data = cv2.imencode(".png", np.ascontiguousarray(image))
    if not done:
        raise GraphError("the picture cannot be encoded")
    return bytes(data.tobytes())
