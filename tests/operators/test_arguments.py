"""Each argument that no golden case uses changes the output.

An entry is an operator, a call ``fn.op(inputs, {})``, the arguments that stand in both calls, and those whose effect is
tested, one at a time. tests/golden_index.py counts what is here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recipes import RECIPES, build, ragged, run, sources

from adali.graph.schema import registry

GOLDEN = Path(__file__).parent.parent / "golden"
VOLUME = "fn.reshape(image()[:12], shape=[4, 3, 10, 3], layout='DHWC')"
RESIZE = {
    "interp_type": "types.INTERP_NN",
    "min_filter": "types.INTERP_NN",
    "mag_filter": "types.INTERP_NN",
    "antialias": "False",
    "dtype": "types.FLOAT",
}
LARGE = {"size": "[20, 30]"}
DECODE = {"dtype": "types.FLOAT", "output_type": "types.GRAY", "use_fast_idct": "True"}
RANDOM_CROP = {"random_area": "[0.1, 0.2]", "random_aspect_ratio": "[0.2, 0.3]"}


def crop_mirror(op: str) -> list[tuple[str, str, dict[str, str], dict[str, str]]]:
    """The arguments of resize_crop_mirror and its fast twin."""
    name = "FastResizeCropMirror" if op.startswith("fast") else "ResizeCropMirror"
    call, volume = f"fn.{op}(image(), {{}})", f"fn.{op}({VOLUME}, {{}})"
    return [
        # One axis becomes smaller and the other larger, for both filters.
        (name, call, {"resize_x": "17.0", "resize_y": "5.0", "antialias": "True"}, RESIZE),
        (name, call, {"size": "[20, 30]"}, {"size": "[5, 6]", "mirror": "1", "mode": "'not_larger'"}),
        (name, call, {"resize_x": "20.0", "resize_y": "30.0"}, {"resize_x": "7.0", "resize_y": "-5.0"}),
        (name, call, {"resize_shorter": "20.0"}, {"resize_shorter": "6.0"}),
        (name, call, {"resize_longer": "20.0"}, {"resize_longer": "17.0"}),
        (name, call, {"size": "[20, 30]", "mode": "'not_smaller'"}, {"max_size": "22.0"}),
        (name, call, {"resize_shorter": "7.3"}, {"subpixel_scale": "False"}),
        (name, call, {"resize_x": "5.0", "roi_start": "[2, 3]", "roi_end": "[7, 8]"}, {"roi_start": "[4, 5]"}),
        (name, call, {"resize_x": "5.0", "roi_start": "[2, 3]", "roi_end": "[7, 8]"}, {"roi_end": "[4, 5]"}),
        (name, call, {"size": "[5, 6]", "roi_start": "[0, 0]", "roi_end": "[0.5, 0.7]"}, {"roi_relative": "True"}),
        (name, call, {**LARGE, "crop_h": "4.0", "crop_w": "5.0"}, {"crop_h": "6.0", "crop_w": "7.0"}),
        (name, call, {**LARGE, "crop": "[4.0, 5.0]"}, {"crop_pos_x": "0.1", "crop_pos_y": "0.9", "crop": "[5.0, 6.0]"}),
        (name, call, {**LARGE, "crop": "[5.0, 5.0]"}, {"rounding": "'truncate'"}),
        (name, volume, {"resize_z": "5.0"}, {"resize_z": "7.0"}),
        (
            name,
            volume,
            {"resize_z": "5.0", "crop_d": "2.0", "crop_h": "2.0", "crop_w": "3.0"},
            {"crop_d": "3.0", "crop_pos_z": "0.0"},
        ),
    ]


CHANGES: list[tuple[str, str, dict[str, str], dict[str, str]]] = [
    ("BrightnessContrast", "fn.brightness_contrast(image(), {})", {"contrast": "0.5"}, {"contrast_center": "50.0"}),
    (
        "CropMirrorNormalize",
        "fn.crop_mirror_normalize(image(), {})",
        {"crop_h": "4.0", "crop_w": "5.0"},
        {"crop_h": "6.0", "crop_w": "7.0"},
    ),
    (
        "CropMirrorNormalize",
        f"fn.crop_mirror_normalize({VOLUME}, output_layout='DHWC', {{}})",
        {"crop_d": "2.0", "crop_h": "2.0", "crop_w": "3.0"},
        {"crop_d": "3.0", "crop_pos_z": "0.0"},
    ),
    *crop_mirror("resize_crop_mirror"),
    *crop_mirror("fast_resize_crop_mirror"),
    (
        "RandomResizedCrop",
        "fn.random_resized_crop(image(), seed=3, {})",
        {"size": "[30, 5]", "random_area": "[0.5, 0.9]"},
        {**RESIZE, **RANDOM_CROP, "size": "[5, 6]"},
    ),
    (
        "RandomResizedCrop",
        "fn.random_resized_crop(image(), seed=3, {})",
        {"size": "[5, 6]", "random_area": "[0.9, 1.0]", "random_aspect_ratio": "[0.4, 3.0]"},
        {"num_attempts": "1"},
    ),
    ("RandomCropGenerator", "fn.random_crop_generator(image().shape()[:2], seed=3, {})[1]", {}, RANDOM_CROP),
    (
        "RandomCropGenerator",
        "fn.random_crop_generator(image().shape()[:2], seed=3, {})[1]",
        {"random_area": "[0.9, 1.0]", "random_aspect_ratio": "[0.4, 3.0]"},
        {"num_attempts": "1"},
    ),
    ("TensorResize", "fn.tensor_resize(image(), axes=[0, 1], {})", {"sizes": "[5, 17]", "antialias": "True"}, RESIZE),
    ("TensorResize", "fn.tensor_resize(matrix(), {})", {"scales": "[1.7, 1.7]"}, {"subpixel_scale": "False"}),
    (
        "TensorResize",
        "fn.tensor_resize(matrix(), {})",
        {"sizes": "[5, 6]", "roi_start": "[0, 0]", "roi_end": "[0.5, 0.7]"},
        {"roi_relative": "True"},
    ),
    ("PeekImageShape", "fn.peek_image_shape(encoded(), {})", {}, {"dtype": "types.INT32"}),
    ("decoders__Image", "fn.decoders.image(encoded(), {})", {}, DECODE),
    (
        "decoders__ImageCrop",
        "fn.decoders.image_crop(encoded(), {})",
        {"crop": "[40, 50]"},
        {**DECODE, "crop": "[4, 5]"},
    ),
    (
        "decoders__ImageCrop",
        "fn.decoders.image_crop(encoded(), {})",
        {"crop_h": "40.0", "crop_w": "51.0"},
        {
            "crop_h": "30.0",
            "crop_w": "30.0",
            "crop_pos_x": "0.2",
            "crop_pos_y": "0.9",
            "rounding": "'truncate'",
        },
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), {})",
        {"start": "[9, 8]", "shape": "[30, 20]"},
        {
            **DECODE,
            "start": "[10, 8]",
            "shape": "[20, 20]",
            "axes": "[0, 1]",
            "axis_names": "'HW'",
        },
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), {})",
        {"rel_start": "[0.2, 0.1]", "rel_shape": "[0.5, 0.6]"},
        {"rel_start": "[0.3, 0.1]", "rel_shape": "[0.1, 0.2]"},
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), {})",
        {"start": "[9, 8]", "end": "[40, 50]"},
        {"end": "[40, 51]"},
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), {})",
        {"start": "[9, 8]", "rel_end": "[0.9, 0.8]"},
        {"rel_end": "[0.9, 0.5]"},
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), np.float32([0.3, 0.2]), np.float32([0.5, 0.6]), {})",
        {},
        {"normalized_anchor": "False"},
    ),
    (
        "decoders__ImageSlice",
        "fn.decoders.image_slice(encoded(), np.float32([0, 0]), np.float32([1, 1]), {})",
        {},
        {"normalized_shape": "False"},
    ),
    (
        "decoders__ImageRandomCrop",
        "fn.decoders.image_random_crop(encoded(), seed=3, {})",
        {"random_area": "[0.5, 0.9]"},
        {**DECODE, **RANDOM_CROP},
    ),
    (
        "decoders__ImageRandomCrop",
        "fn.decoders.image_random_crop(encoded(), seed=3, {})",
        {"random_area": "[0.6, 0.9]", "random_aspect_ratio": "[0.5, 3.0]"},
        {"num_attempts": "1"},
    ),
    ("Shapes", "fn.shapes(image(), {})", {}, {"dtype": "types.INT32"}),
    ("Ones", "fn.ones(shape=[2, 3], {})", {}, {"layout": "'HW'"}),
    ("ZerosLike", "fn.zeros_like(matrix(), {})", {}, {"dtype": "types.INT8"}),
    ("random__Beta", "fn.random.beta(seed=3, {})", {}, {"shape": "[2]"}),
    ("reductions__MeanSquare", "fn.reductions.mean_square(number(), {})", {}, {"dtype": "types.FLOAT64"}),
    ("reductions__RMS", "fn.reductions.rms(matrix(), {})", {}, {"dtype": "types.FLOAT64"}),
]
CASES = [
    pytest.param(call, base, argument, value, id=f"{name}-{argument}-{index}")
    for index, (name, call, base, changed) in enumerate(CHANGES)
    for argument, value in changed.items()
]
SAMPLES = ragged(3)


def result(call: str, kwargs: dict[str, str]) -> list[tuple[str, str, tuple[int, ...], bytes]]:
    """Layout, type, shape and data of each sample."""
    body = "return " + call.replace("{}", ", ".join(f"{k}={v}" for k, v in kwargs.items())) + ","
    pipe = build(body, 3, extra=True, from_files=False)
    pipe.build()
    try:
        for name in sources(pipe):
            pipe.feed_input(name, SAMPLES[name])
        out: Any = pipe.run()[0]
        arrays = [np.asarray(out[i]) for i in range(len(out))]
        return [(str(out.layout()), a.dtype.name, a.shape, a.tobytes()) for a in arrays]
    finally:
        pipe.close()


@pytest.mark.parametrize(("call", "base", "argument", "value"), CASES)
def test_has_an_effect(call: str, base: dict[str, str], argument: str, value: str) -> None:
    assert result(call, base) == result(call, base), "it repeats with the same arguments"
    assert result(call, {**base, argument: value}) != result(call, base)


ONE_SAMPLE = {"experimental__readers__Fits", "readers__NemoAsr"}  # their recipes leave nothing to shuffle
SEEDED = [n for n in sorted(RECIPES) if n in registry and "seed" in registry[n][0].by_name and n not in ONE_SAMPLE]


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_is_used(name: str) -> None:
    function = "fn." + ".".join([*name.split("__")[:-1], registry[name][0].fn_name])
    shuffle = ", random_shuffle=True" if "random_shuffle" in registry[name][0].by_name else ""

    def outputs(seed: int) -> list[list[bytes]]:
        body = (
            RECIPES[name]
            .replace(", seed=3", "")
            .replace(f"{function}(", f"functools.partial({function}, seed={seed}{shuffle})(")
        )
        results = run(build(body, 4, extra=True, from_files=False), [ragged(4)] * 2)
        return [[a.tobytes() for a in out] for batch in results for out in batch]

    assert outputs(5) == outputs(5)
    assert any(outputs(5) != outputs(other) for other in (6, 7, 8, 9))  # a few samples may come in the same order


@pytest.mark.parametrize(
    "call",
    [
        "decoders.image_crop(encoded(), crop=[4, 5], crop_pos_x=0.0, {})",
        "decoders.image_slice(encoded(), start=[1, 2], shape=[5, 4], {})",
        "decoders.image_random_crop(encoded(), seed=3, {})",
    ],
)
def test_adjust_orientation(call: str) -> None:
    """A photo that is stored lying on its side."""
    with np.load(GOLDEN / "image_files.npz") as files:
        data = files["file jpeg-exif-6"]

    def output(value: bool) -> Any:
        pipe = build(f"return fn.{call.format(f'adjust_orientation={value}')},", 1, from_files=False)
        return run(pipe, [{"encoded": [data]}])[0][0][0]

    upright, stored = output(True), output(False)
    assert upright.shape != stored.shape or (upright != stored).any()


def test_ssd_random_crop_tries_again() -> None:
    """With one window for each overlap, fewer images are cropped than with fifty."""

    def cropped(attempts: int) -> int:
        call = f"fn.ssd_random_crop(image(), boxes(), labels(), seed=3, num_attempts={attempts})"
        pipe = build(f"return tuple({call})", 40, from_files=False)
        one = {k: [v[0]] * 40 for k, v in SAMPLES.items()}
        return sum(a.shape != SAMPLES["image"][0].shape for a in run(pipe, [one])[0][0])

    assert cropped(1) < cropped(50)
