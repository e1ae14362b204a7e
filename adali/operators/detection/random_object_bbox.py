"""segmentation.random_object_bbox: the box around a random object of a label map."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._components import component_boxes

FORMATS = ("anchor_shape", "start_end", "box")
CACHED = 4096
Objects = tuple[Array, Array, Array]


def output_count(args: Mapping[str, Any]) -> int:
    """One output for a box, two for its corners, one more for the class."""
    return (1 if args.get("format") == "box" else 2) + bool(args.get("output_class", False))


@operator(
    "segmentation__RandomObjectBBox",
    inputs=(Input("labels", doc="Label map with any number of axes: integers or BOOL."),),
    args=(
        Arg(
            "background",
            ArgKind.INT,
            0,
            "Label of the background. If not given it is 0, or less than all ``classes`` where 0 is one of them.",
            tensor=True,
        ),
        Arg(
            "cache_objects",
            ArgKind.BOOL,
            False,
            "Whether the boxes of a label map are kept for when the same map comes again.",
        ),
        Arg(
            "class_weights",
            ArgKind.FLOATS,
            None,
            "Relative probability of each of ``classes``, or of the labels 1, 2...; those that the map has not do not "
            "count.",
            tensor=True,
        ),
        Arg("classes", ArgKind.INTS, None, "Labels of the foreground; by default all but the background.", tensor=True),
        Arg("foreground_prob", ArgKind.FLOAT, 1.0, "Probability of choosing an object at all.", tensor=True),
        Arg(
            "format",
            ArgKind.STR,
            "anchor_shape",
            "Outputs: ``anchor_shape`` (start, extents), ``start_end`` (start, one past the end) or ``box`` (both in "
            "one).",
        ),
        Arg("ignore_class", ArgKind.BOOL, False, "Whether all objects are equally likely, rather than all classes."),
        Arg("k_largest", ArgKind.INT, None, "Number of objects, of the largest boxes, to choose from."),
        Arg("output_class", ArgKind.BOOL, False, "Whether the label of the object is put out, too."),
        Arg("threshold", ArgKind.INTS, None, "Least extents of an object's box, or one for all axes.", tensor=True),
    ),
    num_outputs=output_count,
    random=True,
)
class RandomObjectBBox(SampleOperator):
    """Chooses an object of a label map and gives the box around it, INT32.

    An object is a set of pixels of one label that are connected along the axes (4 neighbours in 2-D, 6 in 3-D). A
    class is chosen first, then one of its objects, all equally likely. The box is that of the whole map, and the class
    that of the background, if an object was not to be chosen (``foreground_prob``) or none is large enough.
    """

    out_layout = ""

    def setup(self) -> None:
        a = self.args
        if a["format"] not in FORMATS:
            raise self.error(f"'format' must be one of {', '.join(FORMATS)}, got {a['format']!r}")
        if a["ignore_class"]:
            for name in ("classes", "class_weights"):
                if self.given(name):
                    raise self.error(f"'ignore_class' cannot be had with '{name}'")
            if a["output_class"]:
                raise self.error("'ignore_class' cannot be had with 'output_class'")
        if a["k_largest"] is not None and a["k_largest"] < 1:
            raise self.error(f"'k_largest' must be positive, got {a['k_largest']}")
        self.cache: OrderedDict[tuple[Any, ...], Objects] = OrderedDict()

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        labels = inputs[0]
        if labels.dtype.kind not in "iub":
            raise TypeError(f"a label map must be of integers or BOOL, got {labels.dtype}")
        if labels.ndim == 0 or labels.size == 0:
            raise ValueError(f"a label map must have pixels, got shape {labels.shape}")
        classes, weights, background = self._classes(ctx)
        generator = ctx.generator()
        found = None
        if generator.random() < ctx.arg("foreground_prob"):
            objects = self._large(ctx, self._objects(labels, background))
            found = self._choose(generator, objects, classes, weights)
        label, low, high = found or (background, np.zeros(labels.ndim, np.int64), np.array(labels.shape))
        first, second = low, high - low if self.args["format"] == "anchor_shape" else high
        parts = [np.concatenate([first, second])] if self.args["format"] == "box" else [first, second]
        results = [np.asarray(p, np.int32) for p in parts]
        if self.args["output_class"]:
            results.append(np.array(label, np.int32))
        return tuple(results) if len(results) > 1 else results[0]

    def _classes(self, ctx: SampleContext) -> tuple[Array | None, Array | None, int]:
        """Labels of the foreground and their weights, if given, and the background."""
        given, weights = ctx.arg("classes"), ctx.arg("class_weights")
        classes = None if given is None else np.array(given, np.int64)
        if weights is not None:
            weights = np.array(weights, np.float64)
            if classes is None:
                classes = np.arange(1, len(weights) + 1)
            if len(weights) != len(classes):
                raise ValueError(f"there are {len(weights)} 'class_weights' for {len(classes)} classes")
            if not (np.isfinite(weights) & (weights >= 0)).all():
                raise ValueError(f"'class_weights' must not be negative, got {weights.tolist()}")
        background = int(ctx.arg("background"))
        if given is not None and background in given:
            if self.given("background"):
                raise ValueError(f"the background {background} is one of the classes {list(given)}")
            background = min(given) - 1
        return classes, weights, background

    def _objects(self, labels: Array, background: int) -> Objects:
        """Label, start and end of every object."""
        if not self.args["cache_objects"]:
            return component_boxes(labels.astype(np.int64), background)
        digest = hashlib.blake2b(np.ascontiguousarray(labels).data, digest_size=32).digest()
        key = (digest, labels.shape, labels.dtype.str, background)
        objects = self.cache.get(key)
        if objects is None:
            objects = component_boxes(labels.astype(np.int64), background)
            self.cache[key] = objects
            while len(self.cache) > CACHED:
                self.cache.popitem(last=False)
        return objects

    def _large(self, ctx: SampleContext, objects: Objects) -> Objects:
        threshold = ctx.arg("threshold")
        if not threshold:
            return objects
        ndim = objects[1].shape[1]
        if len(threshold) not in (1, ndim):
            raise ValueError(f"'threshold' must be one extent or {ndim}, got {list(threshold)}")
        kept = ((objects[2] - objects[1]) >= np.array(threshold)).all(1)
        return objects[0][kept], objects[1][kept], objects[2][kept]

    def _choose(
        self, generator: np.random.Generator, objects: Objects, classes: Array | None, weights: Array | None
    ) -> tuple[int, Array, Array] | None:
        labels, low, high = objects
        places = np.arange(len(labels))
        if not self.args["ignore_class"]:
            present = np.unique(labels)
            if classes is None:
                classes = present
            odds = np.ones(len(classes)) if weights is None else weights
            edges = np.cumsum(odds * np.isin(classes, present))
            if not len(edges) or edges[-1] <= 0:
                return None
            index = np.searchsorted(edges, generator.random() * edges[-1], side="right")
            places = np.flatnonzero(labels == classes[index])
        if not len(places):
            return None
        largest = self.args["k_largest"]
        if largest is not None:
            volumes = (high - low)[places].prod(1)
            places = places[np.argsort(-volumes, kind="stable")[:largest]]
        chosen = places[int(generator.random() * len(places))]
        return int(labels[chosen]), low[chosen], high[chosen]
