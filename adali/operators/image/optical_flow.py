"""optical_flow: how pixels move from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_host import run_on_host
from adali.types import DALIImageType

_GRIDS = (1, 2, 4)
_HINT_GRIDS = (1, 2, 4, 8)
#: The search of OpenCV begins with blocks of 8 pixels.
_LEAST = 16


@operator(
    "OpticalFlow",
    inputs=(
        Input("sequences", ("FHWC",), doc="UINT8, with three channels, or one if ``image_type`` is GRAY."),
        Input(
            "hints",
            ("FHWC",),
            doc="With ``enable_external_hints``: guesses of the flow, FLOAT, one frame fewer, two channels, in pixels, "
            "one for each cell of ``hint_grid``.",
        ),
    ),
    min_inputs=1,
    args=(
        Arg("enable_external_hints", ArgKind.BOOL, False, "Start from the guesses of the second input."),
        Arg("enable_temporal_hints", ArgKind.BOOL, False, "Start from the flow between the two frames before."),
        Arg("hint_grid", ArgKind.INT, 4, "Height and width of the cells of the hints in pixels: 1, 2, 4 or 8."),
        Arg("image_type", ArgKind.IMAGE_TYPE, DALIImageType.RGB, "Colours of the frames: RGB, BGR or GRAY."),
        Arg("output_format", ArgKind.INT, None, deprecated="output_grid"),
        Arg("output_grid", ArgKind.INT, 4, "Height and width of the cells of the output in pixels: 1, 2 or 4."),
        Arg(
            "preset",
            ArgKind.FLOAT,
            0.0,
            "Quality: 0.0 is the best and slowest, 0.5 between, 1.0 the fastest.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class OpticalFlow(SampleOperator):
    """Estimates where the pixels of each frame are in the next.

    The output is FLOAT, FHWC, with one frame fewer than the input and a vector (x, y) in pixels of the input for each
    cell of ``output_grid``: the mean over its pixels. What is at p in a frame is at p plus the vector in the next one.
    (The real DALI has this operator on the GPU only, with NVIDIA's hardware. Here it is the dense inverse search of
    OpenCV, so that vectors differ from it as those of two estimators do.)

    With ``device="gpu"`` the frames are copied to the host, which waits for them, estimates there, and copies the
    vectors back: NVIDIA's hardware is not used.

    Raises:
        ValueError: frames of another type, smaller than 16 pixels, or hints that do not fit them.
    """

    out_layout = "FHWC"

    def setup(self) -> None:
        a = self.args
        if a["output_grid"] not in _GRIDS:
            raise self.error(f"output_grid must be one of {_GRIDS}, got {a['output_grid']}")
        if a["hint_grid"] not in _HINT_GRIDS:
            raise self.error(f"hint_grid must be one of {_HINT_GRIDS}, got {a['hint_grid']}")
        if a["preset"] not in (0.0, 0.5, 1.0):
            raise self.error(f"preset must be 0.0, 0.5 or 1.0, got {a['preset']}")
        if a["image_type"] not in (DALIImageType.RGB, DALIImageType.BGR, DALIImageType.GRAY):
            raise self.error(f"image_type must be RGB, BGR or GRAY, got {a['image_type'].name}")
        if bool(a["enable_external_hints"]) != (len(self.spec.inputs) == 2):
            raise self.error("hints are the second input, and are used with enable_external_hints=True: give both")

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return ("FHWC",)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        gray = self._gray(inputs[0])
        count, height, width = max(len(gray) - 1, 0), *inputs[0].shape[1:3]
        cell = self.args["output_grid"]
        out = ctx.empty((count, -(-height // cell), -(-width // cell), 2), np.float32)
        hints = inputs[1] if len(inputs) > 1 else None
        if hints is not None:
            grid = self.args["hint_grid"]
            expected = (count, -(-height // grid), -(-width // grid), 2)
            if hints.shape != expected or hints.dtype != np.float32:
                raise ValueError(f"the hints must be FLOAT of shape {expected}, got {hints.dtype} of {hints.shape}")
        presets = {0.0: cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 0.5: cv2.DISOPTICAL_FLOW_PRESET_FAST}
        estimator: Any = cv2.DISOpticalFlow.create(
            presets.get(self.args["preset"], cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        )
        flow: Any = None
        for k in range(count):
            start = flow if self.args["enable_temporal_hints"] else None
            if hints is not None:
                start = hints[k].repeat(grid, 0).repeat(grid, 1)[:height, :width]
            start = None if start is None else np.array(start, np.float32)  # it is written to
            flow = estimator.calc(gray[k], gray[k + 1], start)
            _means(flow, cell, out[k])
        return out

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return run_on_host(self, ctx, *inputs)

    def _gray(self, frames: Array) -> list[Array]:
        """The frames as grey images."""
        import cv2

        channels = 1 if self.args["image_type"] == DALIImageType.GRAY else 3
        if frames.dtype != np.uint8 or frames.shape[3] != channels:
            raise ValueError(
                f"expected UINT8 with {channels} channels ({self.args['image_type'].name}), got {frames.dtype} of "
                f"shape {frames.shape}"
            )
        if min(frames.shape[1:3]) < _LEAST:
            raise ValueError(f"frames must have at least {_LEAST} rows and columns, got {frames.shape[1:3]}")
        if channels == 1:
            return [np.ascontiguousarray(f[..., 0]) for f in frames]
        code = cv2.COLOR_RGB2GRAY if self.args["image_type"] == DALIImageType.RGB else cv2.COLOR_BGR2GRAY
        return [cv2.cvtColor(np.ascontiguousarray(f), code) for f in frames]


def _means(flow: Array, cell: int, out: Array) -> None:
    """Mean vector of each cell; those at the edge may have fewer pixels."""
    rows = np.add.reduceat(flow, np.arange(0, flow.shape[0], cell), 0)
    sums = np.add.reduceat(rows, np.arange(0, flow.shape[1], cell), 1)
    high = np.minimum(cell, flow.shape[0] - np.arange(0, flow.shape[0], cell))
    wide = np.minimum(cell, flow.shape[1] - np.arange(0, flow.shape[1], cell))
    np.divide(sums, (high[:, None] * wide)[..., None], out=out)
