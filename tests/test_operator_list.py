"""No operator of DALI is missing without a word: those of today, of June 2020, and all their arguments."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.fn
import adali.ops
import adali.sync
from adali import fn, ops, types
from adali.graph.frontend import names
from adali.graph.schema import OpSchema, registry, snake_case

HERE = Path(__file__).parent
#: Made by tests/golden/make_schemas.py from the real DALI.
THEIRS: dict[str, dict[str, Any]] = json.loads((HERE / "golden" / "schemas.json").read_text(encoding="utf-8"))
MINE: dict[str, OpSchema] = dict(names())
MISSING = (HERE.parent / "docs" / "missing_operators.md").read_text(encoding="utf-8")

#: Classes of ``nvidia.dali.ops`` in June 2020 (0.22), from its documentation of that time.
JUNE_2020 = tuple(
    """
    AudioDecoder BBoxPaste BbFlip BoxEncoder Brightness BrightnessContrast COCOReader Caffe2Reader CaffeReader
    Cast CoinFlip ColorSpaceConversion ColorTwist Compose Contrast CoordFlip Copy Crop CropMirrorNormalize
    DLTensorPythonFunction DumpImage ElementExtract Erase ExternalSource FastResizeCropMirror FileReader Flip
    GaussianBlur HostDecoder HostDecoderCrop HostDecoderRandomCrop HostDecoderSlice Hsv Hue ImageDecoder
    ImageDecoderCrop ImageDecoderRandomCrop ImageDecoderSlice Jitter LookupTable MFCC MXNetReader MakeContiguous
    MelFilterBank NonsilentRegion NormalDistribution Normalize NormalizePermute NumpyReader OldColorTwist OneHot
    OpticalFlow Pad Paste PowerSpectrum PreemphasisFilter PythonFunction RandomBBoxCrop RandomResizedCrop
    Reinterpret Reshape Resize ResizeCropMirror Rotate SSDRandomCrop Saturation SequenceReader SequenceRearrange
    Shapes Slice Spectrogram Sphere TFRecordReader ToDecibels TorchPythonFunction Transpose Uniform VideoReader
    VideoReaderResize WarpAffine Water nvJPEGDecoder nvJPEGDecoderCrop nvJPEGDecoderRandomCrop
    nvJPEGDecoderSlice
    """.split()  # noqa: SIM905
)


#: Arguments that must be given to DALI and need not be given here.
OPTIONAL = {(name, "index_path") for name in ("readers__TFRecord", "readers__MXNet", "TFRecordReader", "MXNetReader")}


def plain(name: str) -> str:
    """``readers__MXNet`` and ``readers.mxnet`` are the same."""
    return name.lower().replace("_", "").replace(".", "")


TABLE = MISSING.partition("\n## ")[0]
NAMED = {plain(name) for name in re.findall(r"`([\w.]+)`", TABLE)}


def named_missing(name: str) -> bool:
    """Whether the page on missing operators has it, by its name in ``fn`` or ``ops``."""
    return plain(name) in NAMED


@pytest.mark.parametrize("name", sorted(n for n in THEIRS if not n.startswith("_") and not THEIRS[n]["internal"]))
def test_every_operator_of_today_is_there_or_named_as_missing(name: str) -> None:
    assert name in MINE or named_missing(name)


@pytest.mark.parametrize("name", JUNE_2020)
def test_every_operator_of_june_2020_is_there_or_named_as_missing(name: str) -> None:
    assert hasattr(adali.ops, name) or named_missing(name)
    if name in MINE:
        assert callable(getattr(adali.fn, snake_case(name)))


@pytest.mark.parametrize("name", sorted(n for n in THEIRS if n in MINE))
def test_every_argument_is_there_and_takes_what_dali_takes(name: str) -> None:
    schema, theirs = MINE[name], THEIRS[name]
    extra = {a.name for a in registry[schema.name][1].extra_args}
    assert set(theirs["args"]) <= set(schema.by_name) | extra
    if theirs["inputs"] != [0, 0] or "readers" in name:  # an old name's schema says nothing of inputs
        assert theirs["inputs"] == [schema.min_inputs, schema.max_inputs]
    for argument, traits in theirs["args"].items():
        if argument not in schema.by_name:
            continue
        mine = schema.by_name[argument]
        if (name, argument) not in OPTIONAL:
            assert mine.required == ("required" in traits), argument
        if argument != "masks":  # COCO's: old, but its form of polygons is another than its successor's
            assert (mine.deprecated is not None) == ("deprecated" in traits), argument
        assert mine.tensor == ("tensor" in traits), argument
        assert mine.per_frame or "per frame" not in traits, argument
    for index, layouts in enumerate(theirs["layouts"]):
        if schema.inputs and schema.input_schema(index).layouts:
            assert set(layouts) <= set(schema.input_schema(index).layouts)


def test_compose() -> None:
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        source = fn.external_source(lambda: [image], layout="HWC")
        chain = ops.Compose(
            [ops.Flip(horizontal=1), lambda x: (x, x + 1), lambda a, b: b - a, ops.Cast(dtype=types.INT16)]
        )
        pipe.set_outputs(chain(source), ops.Compose([ops.Flip()])(source))
    try:
        difference, flipped = pipe.run()
        assert difference.dtype == types.INT16
        np.testing.assert_array_equal(difference.at(0), np.ones_like(image))
        np.testing.assert_array_equal(flipped.at(0), image[:, ::-1])
    finally:
        pipe.close()
    with pytest.raises(ValueError, match="at least one"):
        ops.Compose([])
    with pytest.raises(TypeError, match="place 1"):
        ops.Compose([ops.Flip(), 3])  # type: ignore[list-item]


def test_lists_of_operators_by_device() -> None:
    assert {"Resize", "readers__File", "FileReader", "decoders__Image"} <= ops.cpu_ops()
    assert "readers__File" not in ops.gpu_ops()
    assert "Resize" in ops.gpu_ops()
    assert "decoders__Image" in ops.mixed_ops()
    public = {n for n, v in THEIRS.items() if "cpu" in v["devices"] and not n.startswith("_") and not named_missing(n)}
    assert public <= ops.cpu_ops()
