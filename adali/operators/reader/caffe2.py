"""readers.caffe2: images, labels and more from Caffe2's LMDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adali.errors import ArgumentError
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, operator
from adali.operators.reader.lmdb_reader import LmdbReader, parse
from adali.operators.reader.loader import READER_ARGS

__all__ = ["Caffe2Reader"]

_SINGLE, _SPARSE, _DENSE, _WEIGHTED, _NO_LABEL = range(5)
_MOST = 1024
_FLOAT, _INT32, _BYTE, _STRING = 1, 2, 3, 4


def _outputs(args: Mapping[str, Any]) -> int:
    label = args.get("label_type", 0) != _NO_LABEL
    extra = args.get("additional_inputs", 0)
    if extra > _MOST:
        raise ArgumentError(f"readers.caffe2: additional_inputs must be at most {_MOST}, got {extra}")
    return int(args.get("image_available", True)) + int(label) + max(int(extra), 0) + int(args.get("bbox", False))


@operator(
    "readers__Caffe2",
    args=(
        *READER_ARGS,
        Arg("additional_inputs", ArgKind.INT, 0, "How many further tensors each record has; each is an output."),
        Arg(
            "bbox", ArgKind.BOOL, False, "Whether each record has a bounding box, as its last tensor; it is an output."
        ),
        Arg("image_available", ArgKind.BOOL, True, "Whether the records have images; without them there is no output."),
        Arg(
            "label_type",
            ArgKind.INT,
            0,
            "What the labels are. 0: one number. 1: numbers of the active labels. 2: a vector. 3: numbers of the "
            "active labels, and weights for them in a tensor of their own. 4: there are none.",
        ),
        Arg("num_labels", ArgKind.INT, 1, "Number of classes, for label_type 1 and 3."),
        Arg("path", ArgKind.STRS, REQUIRED, "The LMDB folders."),
    ),
    num_outputs=_outputs,
    legacy=("Caffe2Reader",),
    random=True,
)
class Caffe2Reader(LmdbReader):
    """Reads samples from LMDB folders with Caffe2's TensorProtos messages.

    A record's tensors are, in this order: image, label, weights (``label_type=3``), additional ones, bounding box. The
    outputs are

    * the image: an encoded file, uint8 of shape (bytes,), or a raw one, uint8 of shape (height, width, channels);
    * the label: int32 (or float32, if so stored) of shape (1,) for type 0 and (values,) for type 2; for types 1 and 3
      a vector of num_labels values, int32 with 1 at each active label or float32 with its weight, and 0 elsewhere;
    * each additional tensor: int32 or float32 of shape (values,);
    * the bounding box: int32 of shape (4,).

    DALI's own reader makes an output more for label types 1 and 3, and fails where a record does not happen to have a
    bounding box for it.

    Samples come in the order of their keys. A damaged record fails alone, and ``on_error`` of the pipeline decides what
    becomes of it. The source of a sample is its folder and key. liblmdb is not needed.

    Raises:
        ArgumentError: folders that hold no readable LMDB or no records, a label type that there is not.
    """

    def setup(self) -> None:
        args = self.args
        if args["label_type"] not in range(5):
            raise self.error(f"label_type must be from 0 to 4, got {args['label_type']}")
        if args["additional_inputs"] < 0:
            raise self.error(f"additional_inputs must not be negative, got {args['additional_inputs']}")
        if args["num_labels"] < 1:
            raise self.error(f"num_labels must be positive, got {args['num_labels']}")
        super().setup()

    def extract(self, data: Array) -> tuple[Array, ...]:
        args = self.args
        protos = list(parse("TensorProtos", data).protos)
        label_type = args["label_type"]
        names = ["image"] if args["image_available"] else []
        if label_type != _NO_LABEL:
            names.append("label")
        if label_type == _WEIGHTED:
            names.append("weights")
        names += [f"additional tensor {i}" for i in range(args["additional_inputs"])]
        if args["bbox"]:
            names.append("bounding box")
        if len(protos) < len(names):
            raise ValueError(f"the record has {len(protos)} tensors, which leaves none for its {names[len(protos)]}")
        parts = dict(zip(names, protos, strict=False))
        row: list[Array] = []
        for name, proto in parts.items():
            if name == "image":
                row.append(_image(proto))
            elif name == "label":
                row.append(self._label(proto, parts.get("weights")))
            elif name == "bounding box":
                box = _values(proto, name)
                if box.shape != (4,) or box.dtype != np.int32:
                    raise ValueError(f"the bounding box must be 4 values of type int32, got {len(box)} of {box.dtype}")
                row.append(box)
            elif name != "weights":
                row.append(_values(proto, name))
        return tuple(row)

    def _label(self, proto: Any, weights: Any) -> Array:
        label_type, count = self.args["label_type"], self.args["num_labels"]
        values = _values(proto, "label")
        if label_type == _DENSE:
            return values
        if label_type == _SINGLE:
            if len(values) != 1:
                raise ValueError(f"with label_type=0 a record has one label, this one has {len(values)}")
            return values
        if values.dtype != np.int32:
            raise ValueError(f"numbers of labels must be of type int32, got {values.dtype}")
        wrong = values[(values < 0) | (values >= count)]
        if len(wrong):
            raise ValueError(f"the label {wrong[0]} is not from 0 to {count - 1}; set num_labels")
        vector = np.zeros(count, np.int32 if weights is None else np.float32)
        if weights is None:
            vector[values] = 1
            return vector
        factors = _values(weights, "weights")
        if len(factors) != len(values):
            raise ValueError(f"the record has {len(values)} labels, but {len(factors)} weights")
        vector[values] = factors
        return vector


def _image(proto: Any) -> Array:
    if proto.data_type == _STRING:
        if len(proto.string_data) != 1:
            raise ValueError(f"an encoded image is one string, the record has {len(proto.string_data)}")
        return np.frombuffer(proto.string_data[0], np.uint8)
    if proto.data_type != _BYTE:
        raise ValueError(f"an image is of type STRING (encoded) or BYTE (raw), this one has type {proto.data_type}")
    shape = tuple(proto.dims)
    if len(shape) not in (2, 3) or min(shape) < 0:
        raise ValueError(f"a raw image has 2 or 3 extents (height, width, channels), this one {list(shape)}")
    shape = (*shape, 1)[:3]
    data = np.frombuffer(proto.byte_data, np.uint8)
    if len(data) != shape[0] * shape[1] * shape[2]:
        raise ValueError(f"a raw image of shape {list(shape)} cannot have {len(data)} bytes")
    return data.reshape(shape)


def _values(proto: Any, name: str) -> Array:
    if proto.data_type == _INT32:
        return np.array(proto.int32_data, np.int32)
    if proto.data_type == _FLOAT:
        return np.array(proto.float_data, np.float32)
    raise ValueError(f"the {name} must be of type FLOAT or INT32, it has type {proto.data_type}")
