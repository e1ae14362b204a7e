"""box_encoder: bounding boxes assigned to the anchors of a detector."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._boxes import check_boxes
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import ghosts

_ROW = struct(("boxes", "p"), ("labels", "p"), ("best", "p"), ("encoded", "p"), ("classes", "p"), ("size", "i8"))
_CODE = struct(
    ("mean", "f4", 4), ("deviation", "f4", 4), ("scale", "f4"), ("criteria", "f4"), ("offset", "i4"), ("anchors", "i4")
)


@operator(
    "BoxEncoder",
    inputs=(
        Input("boxes", doc="FLOAT, (left, top, right, bottom) each, in the units of the anchors."),
        Input("labels", doc="INT32, one for each box."),
    ),
    args=(
        Arg("anchors", ArgKind.FLOATS, REQUIRED, "Anchors: (left, top, right, bottom) of the first, the second..."),
        Arg(
            "criteria",
            ArgKind.FLOAT,
            0.5,
            "An anchor is given the box that it overlaps most, if their intersection over union is greater than this: "
            "0 to 1.",
        ),
        Arg("means", ArgKind.FLOATS, (0.0,) * 4, "What is subtracted from the offsets (x, y, w, h)."),
        Arg("offset", ArgKind.BOOL, False, "Whether boxes are given relative to their anchors."),
        Arg("scale", ArgKind.FLOAT, 1.0, "Factor of boxes and anchors before offsets are computed."),
        Arg("stds", ArgKind.FLOATS, (1.0,) * 4, "What the offsets (x, y, w, h) are divided by, after ``means``."),
    ),
    num_outputs=2,
    devices=("cpu", "gpu"),
)
class BoxEncoder(SampleOperator):
    """Gives each anchor of a single-shot detector the box and the label that it should predict.

    A box belongs to every anchor with which its intersection over union exceeds ``criteria``, and in any case to the
    one it overlaps most; an anchor with several such boxes has the one it overlaps most, the later one of equals
    (Liu et al., "SSD: Single Shot MultiBox Detector", 2016).

    The first output is FLOAT, one row (x, y, w, h) an anchor with the centre of its box; the second the labels, INT32.
    Anchors without a box have label 0 and their own coordinates. With ``offset`` a row is
    ``((x - anchor_x) / anchor_w, (y - anchor_y) / anchor_h, ln(w / anchor_w), ln(h / anchor_h))``, less ``means`` and
    divided by ``stds``, and 0 for anchors without a box.
    """

    out_layout = ""

    def setup(self) -> None:
        anchors = np.array(self.args["anchors"], np.float32)
        if anchors.size == 0 or anchors.size % 4:
            raise self.error(f"'anchors' must hold four numbers for each anchor, got {anchors.size}")
        if not 0 <= self.args["criteria"] <= 1:
            raise self.error(f"'criteria' must be from 0 to 1, got {self.args['criteria']}")
        for name in ("means", "stds"):
            if len(self.args[name]) != 4:
                raise self.error(f"'{name}' must be four numbers, got {list(self.args[name])}")
        if 0 in self.args["stds"]:
            raise self.error(f"'stds' must not be 0, got {list(self.args['stds'])}")
        self.anchors = anchors.reshape(-1, 4)
        self.areas = areas(self.anchors)
        self.centred = centred(self.anchors)

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, Array]:
        boxes, labels = self._checked(*inputs)
        encoded = ctx.empty(self.anchors.shape, np.float32)
        encoded[...] = 0 if self.args["offset"] else self.centred
        classes = ctx.empty((len(self.anchors),), np.int32, 1)
        classes[...] = 0
        if len(boxes):
            matched, owner = self._match(boxes)
            classes[matched] = labels.reshape(-1)[owner]
            encoded[matched] = self._encode(centred(boxes)[owner], self.centred[matched])
        return encoded, classes

    @staticmethod
    def _checked(boxes: Array, labels: Array) -> tuple[Array, Array]:
        check_boxes(boxes)
        if labels.dtype != np.int32:
            raise TypeError(f"labels must be INT32, got {labels.dtype}")
        if labels.size != len(boxes):
            raise ValueError(f"there are {labels.size} labels for {len(boxes)} boxes")
        return boxes, labels

    gpu_kernels = (("boxes_sync.cu", "best_anchors"), ("boxes.cu", "encode_boxes"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        boxes, labels = inputs
        outlines = [ghosts(batch)._samples for batch in inputs]
        table = np.zeros(len(boxes), _ROW)
        table["boxes"] = addresses(boxes)

        table["size"] = ctx.each(lambda i: len(self._checked(outlines[0][i], outlines[1][i])[0]))
        most = int(table["size"].max(initial=0))
        best = ctx.empty([(n,) for n in table["size"].tolist()], np.int32)
        encoded = ctx.empty([self.anchors.shape] * len(boxes), np.float32)
        classes = ctx.empty([(len(self.anchors),)] * len(boxes), np.int32)
        table["best"] = addresses(best)
        anchors = ctx.constant("anchors", lambda: self.anchors)
        ctx.launch(
            "boxes_sync.cu",
            "best_anchors",
            table,
            anchors,
            np.int32(len(self.anchors)),
            elements=most,
            blocks=min(most, 1 << 16),
            reads=[boxes],
            writes=[best],
        )
        table["labels"], table["encoded"], table["classes"] = map(addresses, (labels, encoded, classes))
        ctx.launch(
            "boxes.cu",
            "encode_boxes",
            table,
            anchors,
            ctx.constant("code", self._code),
            elements=len(self.anchors),
            reads=[boxes, labels, best],
            writes=[encoded, classes],
        )
        return encoded, classes

    def _code(self) -> npt.NDArray[Any]:
        a = self.args
        numbers = (a["means"], a["stds"], a["scale"], a["criteria"], a["offset"], len(self.anchors))
        return np.array([numbers], _CODE)

    def _match(self, boxes: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Anchors that have a box, and the box of each."""
        low = np.maximum(boxes[:, None, :2], self.anchors[:, :2])
        high = np.minimum(boxes[:, None, 2:], self.anchors[:, 2:])
        extent = np.maximum(high - low, np.float32(0))
        common = extent[..., 0] * extent[..., 1]
        union = areas(boxes)[:, None] + self.areas - common
        overlap = np.divide(common, union, out=np.zeros_like(common), where=common > 0)
        overlap[np.arange(len(boxes)), last_argmax(overlap, 1)] = 2
        owner = last_argmax(overlap, 0)
        matched = np.flatnonzero(overlap.max(0) > np.float32(self.args["criteria"]))
        return matched, owner[matched]

    def _encode(self, boxes: Array, anchors: Array) -> Array:
        if not self.args["offset"]:
            return boxes
        scale = np.float32(self.args["scale"])
        boxes, anchors = boxes * scale, anchors * scale
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = (boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
            grown = np.log(boxes[:, 2:] / anchors[:, 2:])
        result = np.hstack([moved, grown]) - np.array(self.args["means"], np.float32)
        return np.asarray(result / np.array(self.args["stds"], np.float32))


def areas(boxes: Array) -> Array:
    """Areas of boxes (left, top, right, bottom)."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def centred(boxes: Array) -> Array:
    """Boxes (left, top, right, bottom) as (centre x, centre y, width, height)."""
    return np.hstack([(boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5), boxes[:, 2:] - boxes[:, :2]])


def last_argmax(values: Array, axis: int) -> npt.NDArray[np.intp]:
    """Position of the greatest value, the last one of equals."""
    return np.asarray(values.shape[axis] - 1 - np.argmax(np.flip(values, axis), axis=axis))
