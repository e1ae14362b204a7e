"""The crop window arguments that Crop, CropMirrorNormalize, ResizeCropMirror and decoders.image_crop share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.operators.base import Arg, ArgKind, BatchContext, Operator, SampleContext

__all__ = ["CROP_ARGS", "CropWindow", "Window", "require_inside"]

#: (y, x, height, width) in pixels; y and x may be negative where the window leaves the image.
Window = tuple[int, int, int, int]

CROP_ARGS = (
    Arg(
        "crop",
        ArgKind.FLOATS,
        None,
        "Size of the window in pixels: (height, width), (depth, height, width) for volumes or (frames, height, width) "
        "for sequences. An extent of 0 keeps that of the input. Fractions are cut off. Excludes crop_d, crop_h and "
        "crop_w.",
        tensor=True,
    ),
    Arg(
        "crop_d",
        ArgKind.FLOAT,
        0.0,
        "Depth of the window in voxels (or frames of a sequence); 0 keeps all of them.",
        tensor=True,
    ),
    Arg(
        "crop_h",
        ArgKind.FLOAT,
        0.0,
        "Height of the window in pixels; 0 keeps that of the input. Given together with crop_w.",
        tensor=True,
    ),
    Arg(
        "crop_w",
        ArgKind.FLOAT,
        0.0,
        "Width of the window in pixels; 0 keeps that of the input. Given together with crop_h.",
        tensor=True,
    ),
    Arg(
        "crop_pos_x",
        ArgKind.FLOAT,
        0.5,
        "Where the window lies, from 0 (left edges meet) to 1 (right edges meet): x = crop_pos_x * (W - width).",
        tensor=True,
    ),
    Arg(
        "crop_pos_y",
        ArgKind.FLOAT,
        0.5,
        "Where the window lies, from 0 (upper edges meet) to 1 (lower edges meet): y = crop_pos_y * (H - height).",
        tensor=True,
    ),
    Arg(
        "crop_pos_z",
        ArgKind.FLOAT,
        0.5,
        "Where the window of a volume lies, from 0 (front) to 1 (back): z = crop_pos_z * (D - depth).",
        tensor=True,
    ),
    Arg(
        "rounding",
        ArgKind.STR,
        "round",
        'How the window\'s corner becomes a whole number: "round" (halves away from zero) or "truncate" (to zero).',
    ),
)

_POSITIONS = {"D": "crop_pos_z", "H": "crop_pos_y", "W": "crop_pos_x"}
_SIZES = {"D": "crop_d", "H": "crop_h", "W": "crop_w"}


class CropWindow:
    """Reads an operator's crop arguments and turns them into windows.

    Raises:
        ArgumentError: they contradict each other (when made; values given per sample are checked when used).
    """

    def __init__(self, op: Operator) -> None:
        given = op.given
        if given("crop_h") != given("crop_w"):
            raise op.error("crop_h and crop_w must be given together")
        if given("crop_d") and not given("crop_h"):
            raise op.error("crop_d must be given together with crop_h and crop_w")
        if given("crop") and given("crop_h"):
            raise op.error("give the window as 'crop' or as crop_h and crop_w, not both")
        rounding = op.args["rounding"]
        if rounding not in ("round", "truncate"):
            raise op.error(f'rounding must be "round" or "truncate", got {rounding!r}')
        self._round = rounding == "round"
        self._crop_input = "crop" in op.spec.arg_inputs
        self._constant = not any(a.name in op.spec.arg_inputs for a in CROP_ARGS)
        args = op.args
        try:
            self._sizes = self._of_crop(args["crop"]) if args["crop"] else {n: int(args[a]) for n, a in _SIZES.items()}
            self._positions = {n: _checked(n, float(np.float32(args[a]))) for n, a in _POSITIONS.items()}
        except ValueError as e:
            raise op.error(str(e)) from None
        self._height, self._width = max(self._sizes["H"], 0), max(self._sizes["W"], 0)
        #: Whether no sample's window is smaller than the image in depth.
        self.keeps_depth = not (self._sizes["D"] > 0 or "crop_d" in op.spec.arg_inputs or "crop" in op.spec.arg_inputs)
        self._y, self._x = self._positions["H"], self._positions["W"]

    @staticmethod
    def _of_crop(crop: Sequence[float]) -> dict[str, int]:
        if len(crop) not in (2, 3):
            raise ValueError(f"crop must have 2 values (or 3 for volumes), got {len(crop)}")
        return {"D": int(crop[0]) if len(crop) == 3 else 0, "H": int(crop[-2]), "W": int(crop[-1])}

    def window(self, ctx: SampleContext, height: int, width: int) -> Window:
        """The window in an image of this size, not yet checked against its bounds."""
        if not self._constant:
            (y, x), (h, w) = self.box(ctx, "HW", (height, width))
            return y, x, h, w
        h = self._height or height
        w = self._width or width
        y = 0 if h == height else self._place(self._y, height - h)
        x = 0 if w == width else self._place(self._x, width - w)
        return y, x, h, w

    def box(self, ctx: SampleContext, names: str, extents: Sequence[int]) -> tuple[list[int], list[int]]:
        """Start and size along the axes ``names`` (of "DHW") of an array with these extents."""
        sizes, positions = self._sizes, self._positions
        if not self._constant:
            sizes, positions = self._per_sample(ctx.batch, ctx.index)
        start, shape = [], []
        for name, extent in zip(names, extents, strict=True):
            size = sizes[name] if sizes[name] > 0 else extent
            shape.append(size)
            start.append(0 if size == extent else self._place(positions[name], extent - size))
        return start, shape

    def _per_sample(self, batch: BatchContext, index: int) -> tuple[dict[str, int], dict[str, float]]:
        sizes = self._sizes
        if self._crop_input:
            sizes = self._of_crop(batch.arg("crop", index))
        else:
            changed = {n: int(batch.arg(a, index)) for n, a in _SIZES.items() if a in batch.columns}
            sizes = {**sizes, **changed} if changed else sizes
        changed_positions = {
            n: _checked(n, float(batch.arg(a, index))) for n, a in _POSITIONS.items() if a in batch.columns
        }
        return sizes, {**self._positions, **changed_positions}

    def _place(self, position: float, room: int) -> int:
        where = position * room
        if not self._round:
            return int(where)
        return int(where + 0.5) if where >= 0 else -int(0.5 - where)


def _checked(name: str, position: float) -> float:
    if not 0 <= position <= 1:
        raise ValueError(f"{_POSITIONS[name]} must lie in 0..1, got {position:g}")
    return position


def require_inside(window: Window, height: int, width: int) -> None:
    """Check that a window lies in the image.

    Raises:
        ValueError: it does not.
    """
    y, x, h, w = window
    if y < 0 or x < 0 or y + h > height or x + w > width:
        raise ValueError(
            f"the window of {h}x{w} pixels at (y={y}, x={x}) does not lie inside the image of {height}x{width} pixels"
        )
