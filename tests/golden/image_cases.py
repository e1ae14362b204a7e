"""Cases of the image operators: what make_image.py runs on DALI and the tests run on adali.

A case is (operator, inputs, layouts, keyword arguments, argument inputs). An input is the names of its samples; the
text "types.X" stands for a member of the enums. Samples are made by `sample`, the same everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Case = tuple[str, list[list[str]], list[str], dict[str, Any], dict[str, list[Any]]]


def sample(name: str) -> np.ndarray[Any, Any]:
    """An array of noise and a slope: "uint8:9x14x3" gives its type and shape.

    "int32=1,2" gives its values, and "int32=1,2;2x1" its shape too.
    """
    if "=" in name:
        dtype, values = name.split("=")
        values, *shape = values.split(";")
        array = np.array([float(v) for v in values.split(",")], dtype)
        return array.reshape([int(e) for e in shape[0].split("x") if e]) if shape else array
    dtype, extents = name.split(":")
    shape = tuple(int(e) for e in extents.split("x"))
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    noise = (index * np.uint64(2654435761) >> np.uint64(11)) % np.uint64(160)
    values = noise + index * np.uint64(95) // np.uint64(max(len(index), 1))
    if dtype == "bool":
        return (values % 2).astype(bool).reshape(shape)
    return values.astype(dtype).reshape(shape)


def _case(
    op: str, source: str | list[str], layout: str, arguments: dict[str, list[Any]] | None = None, **kwargs: Any
) -> Case:
    return op, [[source] if isinstance(source, str) else source], [layout], kwargs, arguments or {}


IMAGE = "uint8:11x17x3"
FILTERS = ("NN", "LINEAR", "CUBIC", "LANCZOS3", "TRIANGULAR", "GAUSSIAN")
LAYOUTS = {
    "HWC": "9x14x3",
    "CHW": "3x9x14",
    "FHWC": "2x9x14x3",
    "FCHW": "2x3x9x14",
    "CFHW": "3x2x9x14",
    "DHWC": "5x6x7x2",
    "CDHW": "2x5x6x7",
}

RESIZE: dict[str, Case] = {}
for _filter in FILTERS:
    for _name, _args in {
        "down": {"size": [5.0, 6.0]},
        "up": {"size": [16.0, 25.0]},
        "mixed": {"size": [4.0, 30.0]},
        "alias": {"size": [4.0, 6.0], "antialias": False},
    }.items():
        RESIZE[f"{_filter}-{_name}"] = _case(
            "resize", IMAGE, "HWC", None, interp_type=f"types.INTERP_{_filter}", **_args
        )
    for _shape in ("1x40x3", "40x1x3", "1x1x3", "2x3x1", "19x2x4", "13x12x2"):
        RESIZE[f"{_filter}-{_shape}"] = _case(
            "resize", f"uint8:{_shape}", "HWC", None, interp_type=f"types.INTERP_{_filter}", size=[7.0, 9.0]
        )
RESIZE |= {
    f"size-{i}": _case("resize", IMAGE, "HWC", None, **kwargs)
    for i, kwargs in enumerate(
        (
            {"resize_x": 9.0},
            {"resize_y": 5.0},
            {"resize_x": 7.5, "resize_y": 4.5},
            {"resize_x": -8.0, "resize_y": 6.0},
            {"resize_x": -8.0},
            {"resize_y": 6.0, "mode": "stretch"},
            {"resize_shorter": 6.0},
            {"resize_shorter": 8.0, "max_size": 10.0},
            {"resize_shorter": 8.0, "max_size": [7.0, 20.0]},
            {"resize_longer": 9.0},
            {"resize_longer": 20.5},
            {"size": [8.0, 0.0]},
            {"size": [0.0, 8.0], "mode": "not_larger"},
            {"size": 6.0},
            {"size": [8.0, 8.0], "mode": "not_larger"},
            {"size": [8.0, 8.0], "mode": "not_smaller"},
            {"size": [8.0, 8.0], "mode": "not_smaller", "max_size": 9.0},
            {"size": [8.0, 20.0], "max_size": 9.0},
            {"size": [0.0, 20.0], "mode": "stretch", "max_size": 12.0},
            {"size": [4.3, 6.7], "subpixel_scale": False},
            {"size": [4.3, 6.7]},
            {"resize_x": 0.4, "resize_y": 3.0},
            {"size": [5.0, 8.0], "roi_start": [1.5, 2.0], "roi_end": [8.0, 14.5]},
            {"size": [5.0, 8.0], "roi_start": [8.0, 2.0], "roi_end": [1.5, 14.5]},
            {"size": [5.0, 8.0], "roi_start": [0.1, 0.9], "roi_end": [0.8, 0.2], "roi_relative": True},
            {"resize_x": 8.0, "roi_start": [0.1, 0.9], "roi_end": [0.8, 0.2], "roi_relative": True},
            {"resize_y": 6.0, "roi_start": [0.1, 0.9], "roi_end": [0.8, 0.2], "roi_relative": True},
            {"resize_longer": 8.0, "roi_start": [0.1, 0.9], "roi_end": [0.8, 0.2], "roi_relative": True},
            {"size": [5.0, 8.0], "roi_start": [-3.0, -2.0], "roi_end": [14.0, 20.0]},
            {"resize_x": 6.0, "roi_start": [3.0, 3.0], "roi_end": [3.0, 9.0]},
            {"size": [6.0, 6.0], "dtype": "types.FLOAT"},
            {"size": [6.0, 6.0], "save_attrs": True},
            {"size": [6.0, 25.0], "min_filter": "types.INTERP_CUBIC", "mag_filter": "types.INTERP_NN"},
            {"size": [6.0, 6.0], "interp_type": "types.INTERP_TRIANGULAR", "antialias": False},
        )
    )
}
RESIZE |= {
    f"layout-{layout}": _case("resize", f"uint8:{shape}", layout, None, resize_x=9.0, resize_y=5.0)
    for layout, shape in LAYOUTS.items()
}
# Ties of nearest neighbours, and windows of the Gaussian with taps on their edges.
for _layout, _shape in (*LAYOUTS.items(), ("HWC", "30x50x2")):
    for _size in ([6.0, 35.0], [9.0, 21.0], [27.0, 6.0]):
        _target = [3.0, *_size] if "D" in _layout else _size
        for _filter in ("NN", "GAUSSIAN"):
            RESIZE[f"{_filter}-tie-{_shape}-{_layout}-{_size[0]:.0f}"] = _case(
                "resize", f"uint8:{_shape}", _layout, None, size=_target, interp_type=f"types.INTERP_{_filter}"
            )
        RESIZE[f"NN-float-{_shape}-{_layout}-{_size[0]:.0f}"] = _case(
            "resize", f"uint8:{_shape}", _layout, None, size=_target, interp_type="types.INTERP_NN", dtype="types.FLOAT"
        )
        RESIZE[f"mixed-NN-{_shape}-{_layout}-{_size[0]:.0f}"] = _case(
            "resize", f"uint8:{_shape}", _layout, None, size=_target, mag_filter="types.INTERP_NN"
        )
RESIZE |= {
    f"dtype-{dtype}": _case("resize", f"{dtype}:9x14x3", "HWC", None, resize_x=9.0, resize_y=12.0)
    for dtype in ("int16", "uint16", "float32")
}
_THREE = [IMAGE, "uint8:14x6x3", "uint8:5x20x3"]
RESIZE |= {
    "per-sample-size": _case("resize", _THREE, "HWC", {"size": ["float32=5,6", "float32=7,0", "float32=0,9"]}),
    "per-sample-x": _case("resize", _THREE, "HWC", {"resize_x": ["float32=5", "float32=9.5", "float32=-3"]}),
    "per-sample-shorter": _case(
        "resize", _THREE, "HWC", {"resize_shorter": ["float32=4", "float32=5", "float32=6"]}, max_size=10.0
    ),
    "per-sample-roi": _case(
        "resize",
        _THREE,
        "HWC",
        {
            "roi_start": ["float32=1,2", "float32=9,0.5", "float32=0,4"],
            "roi_end": ["float32=9,9", "float32=1,5", "float32=4,16"],
        },
        size=[5.0, 6.0],
    ),
    "volume": _case("resize", "uint8:5x6x7x2", "DHWC", None, size=[3.0, 9.0, 4.0]),
    "volume-z": _case("resize", "uint8:5x6x7x2", "DHWC", None, resize_z=8.0, resize_x=5.0),
    "volume-longer": _case("resize", "float32:5x6x7x1", "DHWC", None, resize_longer=5.0),
    "crop-mirror": _case("resize_crop_mirror", IMAGE, "HWC", None, size=[8.0, 12.0], crop=[5.0, 6.0], mirror=1),
    "crop-mirror-3": _case(
        "resize_crop_mirror", IMAGE, "HWC", None, resize_shorter=9.0, crop=[6.0, 5.0], crop_pos_x=0.2, mirror=3
    ),
    "crop-mirror-outside": _case("resize_crop_mirror", IMAGE, "HWC", None, size=[8.0, 12.0], crop=[10.0, 6.0]),
    "crop-mirror-volume": _case(
        "resize_crop_mirror", "uint8:5x6x7x2", "DHWC", None, size=[4.0, 8.0, 9.0], crop=[2.0, 5.0, 6.0], mirror=6
    ),
    "crop-mirror-fast": _case("fast_resize_crop_mirror", IMAGE, "HWC", None, size=[5.0, 6.0], crop=[4.0, 4.0]),
    "tensor-sizes": _case("tensor_resize", IMAGE, "HWC", None, sizes=[5.0, 8.0], axis_names="HW"),
    "tensor-all": _case("tensor_resize", "float32:6x7x4", "", None, sizes=[5.0, 8.0, 3.0]),
    "tensor-scales": _case("tensor_resize", IMAGE, "HWC", None, scales=[0.45, 0.6], axes=[0, 1]),
    "tensor-ceil": _case("tensor_resize", IMAGE, "HWC", None, scales=[0.45, 0.6], axes=[0, 1], size_rounding="ceil"),
    "tensor-align": _case("tensor_resize", IMAGE, "HWC", None, scales=[0.45, 0.6], axes=[-3, -2], alignment=[0.0, 1.0]),
    "tensor-sizes-rounded": _case(
        "tensor_resize", IMAGE, "HWC", None, sizes=[5.4, 8.6], axes=[0, 1], size_rounding="truncate"
    ),
    "tensor-rounded-up-to-itself": _case("tensor_resize", IMAGE, "HWC", None, scales=[0.97, 0.6], axes=[0, 1]),
    "tensor-rounded-down-to-itself": _case("tensor_resize", IMAGE, "HWC", None, scales=[1.04, 0.6], axes=[0, 1]),
    "tensor-only-a-region": _case("tensor_resize", IMAGE, "HWC", None, scales=[1.04], axes=[0]),
    "tensor-align-mirrored": _case(
        "tensor_resize", IMAGE, "HWC", None, scales=[0.66], axes=[1], alignment=[0.9], roi_start=[13.0], roi_end=[4.0]
    ),
    "tensor-gauss": _case(
        "tensor_resize", IMAGE, "HWC", None, sizes=[11.0], axes=[0], interp_type="types.INTERP_GAUSSIAN"
    ),
    "tensor-line": _case("tensor_resize", "float32:21", "", None, scales=[0.4]),
    "tensor-max": _case("tensor_resize", IMAGE, "HWC", None, scales=[2.0, 0.6], axis_names="HW", max_size=14.0),
    "tensor-middle": _case("tensor_resize", "float32:2x6x3x7x2", "", None, scales=[0.5, 0.5], axes=[3, 1]),
    "tensor-ratio": _case("tensor_resize", IMAGE, "HWC", None, sizes=[4.0, 9.0], axis_names="HW", mode="not_larger"),
    "tensor-roi": _case(
        "tensor_resize",
        IMAGE,
        "HWC",
        None,
        scales=[0.5, 0.6],
        axis_names="HW",
        roi_start=[1.0, 2.0],
        roi_end=[5.0, 9.0],
    ),
}

_POLICIES = ("pad", "edge", "reflect_101", "reflect_1001", "wrap", "trim_to_shape")
CROP: dict[str, Case] = {
    f"crop-{i}": _case("crop", IMAGE, "HWC", None, **kwargs)
    for i, kwargs in enumerate(
        (
            {"crop": [4.0, 5.0]},
            {"crop": [4.7, 5.9]},
            {"crop": [4.0, 0.0]},
            {"crop": [-4.0, 5.0]},
            {"crop": [3.0, 4.0, 5.0]},
            {"crop_h": 6.0, "crop_w": 3.0},
            {"crop_d": 2.0, "crop_h": 6.0, "crop_w": 3.0},
            {"crop": [4.0, 5.0], "crop_pos_x": 0.0, "crop_pos_y": 1.0},
            {"crop": [6.0, 12.0], "crop_pos_x": 0.7, "crop_pos_y": 0.3},
            {"crop": [6.0, 12.0], "crop_pos_x": 0.7, "crop_pos_y": 0.3, "rounding": "truncate"},
            {"crop": [14.0, 20.0], "crop_pos_x": 0.3, "out_of_bounds_policy": "constant", "rounding": "truncate"},
            {"crop": [14.0, 20.0], "out_of_bounds_policy": "pad", "fill_values": [3.7, 200.0, 250.0]},
            {"crop": [4.0, 5.0], "dtype": "types.FLOAT"},
            {"crop": [4.0, 5.0], "dtype": "types.FLOAT16"},
            {"crop": [13.0, 5.0], "dtype": "types.FLOAT", "out_of_bounds_policy": "pad", "fill_values": [1.5]},
            {},
        )
    )
}
CROP |= {f"crop-{p}": _case("crop", IMAGE, "HWC", None, crop=[40.0, 30.0], out_of_bounds_policy=p) for p in _POLICIES}
CROP |= {
    f"crop-{layout}": _case("crop", f"int16:{shape}", layout, None, crop=[2.0, 4.0, 3.0], crop_pos_z=0.9)
    for layout, shape in LAYOUTS.items()
}
CROP |= {
    "crop-per-sample": _case(
        "crop",
        _THREE,
        "HWC",
        {"crop_w": ["float32=3", "float32=4", "float32=5"], "crop_h": ["float32=5", "float32=4", "float32=3"]},
        crop_pos_x=0.8,
    ),
    "crop-per-sample-pos": _case(
        "crop",
        _THREE,
        "HWC",
        {"crop_pos_x": ["float32=0.1", "float32=0.7", "float32=1"], "crop": ["float32=3,4"] * 3},
    ),
}
CROP |= {
    f"slice-{i}": _case("slice", IMAGE, "HWC", None, **kwargs)
    for i, kwargs in enumerate(
        (
            {"start": [1, 2], "end": [5, 6]},
            {"start": [1, 2], "shape": [5, 6]},
            {"rel_start": [0.1, 0.2], "rel_end": [0.5, 0.65]},
            {"rel_start": [0.13, 0.27], "rel_shape": [0.55, 0.31]},
            {"rel_start": [0.13, 0.27], "shape": [5, 6]},
            {"start": [1, 2], "rel_shape": [0.5, 0.6]},
            {"start": [1, 2], "rel_end": [0.5, 0.6]},
            {"start": [1, 2]},
            {"end": [5, 6]},
            {"rel_shape": [0.4, 0.4]},
            {"start": 1, "end": 4, "axes": 0},
            {"start": [1], "end": [4], "axis_names": "H"},
            {"start": [1, 2, 0], "end": [5, 6, 2], "axes": [0, 1, 2]},
            {"start": [1, 0], "end": [4, 2], "axes": [-3, -1]},
            {"start": [3, 2], "end": [3, 6]},
            {"start": [-2, 3], "end": [7, 13], "out_of_bounds_policy": "pad", "fill_values": [7.9, 8.0, 9.0]},
            {"start": [2, 3], "end": [7, 9], "dtype": "types.FLOAT"},
        )
    )
}
CROP |= {
    f"slice-{p}": _case("slice", IMAGE, "HWC", None, start=[-30, 3], end=[40, 30], out_of_bounds_policy=p)
    for p in _POLICIES
}
CROP |= {
    "slice-1d": _case("slice", "float32:21", "", None, start=[3], end=[9], axes=[0]),
    "slice-2d": _case("slice", "int64:8x9", "", None, start=[3, 2], shape=[4, 5]),
    "slice-names": _case("slice", "uint8:4x5x6", "ABC", None, start=[1, 2], end=[3, 4], axis_names="CA"),
    "slice-float": (
        "slice",
        [[IMAGE], ["float32=0.1,0.24"], ["float32=0.55,0.4"]],
        ["HWC", "", ""],
        {},
        {},
    ),
    "slice-absolute": (
        "slice",
        [[IMAGE], ["float32=1.5,2.5"], ["float32=5.5,4.5"]],
        ["HWC", "", ""],
        {"normalized_anchor": False, "normalized_shape": False},
        {},
    ),
    "slice-half": (
        "slice",
        [[IMAGE], ["float32=0.2,0.3"], ["float32=5,4"]],
        ["HWC", "", ""],
        {"normalized_shape": False},
        {},
    ),
    "slice-integers": ("slice", [[IMAGE], ["int32=3,2"], ["int32=5,4"]], ["HWC", "", ""], {}, {}),
    "slice-per-sample": _case(
        "slice",
        _THREE,
        "HWC",
        {"start": ["int32=1,2", "int32=0,3", "int32=2,0"], "shape": ["int32=2,2", "int32=3,2", "int32=4,3"]},
    ),
    "slice-per-sample-axes": _case("slice", _THREE, "HWC", {"axes": ["int32=0", "int32=1", "int32=2"]}, start=1, end=2),
}

_MEAN, _STD = [20.0, 60.0, 100.0], [30.0, 55.0, 71.0]
CMN: dict[str, Case] = {
    f"cmn-{i}": _case("crop_mirror_normalize", IMAGE, "HWC", None, **kwargs)
    for i, kwargs in enumerate(
        (
            {},
            {"mirror": 1},
            {"mirror": 2, "crop": [4.0, 5.0], "crop_pos_x": 0.1},
            {"mean": _MEAN, "std": _STD},
            {"mean": _MEAN, "std": _STD, "mirror": 1, "crop": [6.0, 16.0]},
            {"mean": [20.0], "std": _STD, "scale": 3.0, "shift": 7.0},
            {"mean": _MEAN, "std": [0.5]},
            {"std": [0.0, 1.0, 1.0]},
            {"output_layout": "HWC", "mean": _MEAN, "std": _STD, "mirror": 1},
            {"output_layout": "CWH", "mean": _MEAN},
            {"output_layout": "WHC", "crop": [4.0, 5.0], "mirror": 1},
            {"output_layout": "", "crop": [4.0, 5.0]},
            {"dtype": "types.UINT8", "mean": _MEAN, "std": _STD, "scale": 64.0, "shift": 128.0},
            {"dtype": "types.INT8", "mean": _MEAN, "std": _STD, "scale": 100.0},
            {"dtype": "types.FLOAT16", "mean": _MEAN, "std": _STD},
            {"pad_output": True},
            {"pad_output": True, "fill_values": [7.0]},
            {"pad_output": True, "fill_values": [7.0], "out_of_bounds_policy": "pad", "crop": [13.0, 5.0]},
            {
                "pad_output": True,
                "fill_values": [7.0, 8.0, 9.0],
                "out_of_bounds_policy": "pad",
                "crop": [4.0, 19.0],
                "mean": _MEAN,
                "std": _STD,
                "output_layout": "HWC",
            },
            {
                "fill_values": [1.7, 2.0, 3.0],
                "out_of_bounds_policy": "pad",
                "crop": [13.0, 19.0],
                "mean": _MEAN,
                "crop_pos_x": 0.3,
                "mirror": 1,
                "dtype": "types.UINT8",
            },
            {"out_of_bounds_policy": "trim_to_shape", "crop": [13.0, 9.0], "mirror": 1},
            {"crop": [6.0, 12.0], "crop_pos_x": 0.7, "crop_pos_y": 0.3, "rounding": "truncate"},
        )
    )
}
CMN |= {
    f"cmn-{layout}": _case(
        "crop_mirror_normalize",
        f"uint8:{shape}",
        layout,
        None,
        output_layout=target,
        mirror=1,
        crop=[2.0, 4.0, 3.0],
        mean=_MEAN[: int(shape.split("x")[layout.index("C")])],
        std=[20.0],
    )
    for layout, shape, target in (
        ("CHW", "3x9x14", "CHW"),
        ("CHW", "3x9x14", "HWC"),
        ("FHWC", "2x9x14x3", "FCHW"),
        ("FCHW", "2x3x9x14", "FHWC"),
        ("CFHW", "3x2x9x14", "FWHC"),
        ("DHWC", "5x6x7x2", "CDHW"),
        ("CDHW", "2x5x6x7", "CDHW"),
        ("FDHWC", "2x5x6x7x2", "FCDHW"),
    )
}
CMN |= {
    f"cmn-{dtype}": _case(
        "crop_mirror_normalize", f"{dtype}:9x14x3", "HWC", None, mean=_MEAN, std=_STD, mirror=1, crop=[7.0, 11.0]
    )
    for dtype in ("int16", "uint16", "int32", "float16", "float32")
}
CMN |= {
    f"cmn-{c}-channels": _case("crop_mirror_normalize", f"uint8:6x20x{c}", "HWC", None, mirror=1, mean=[9.0], std=[7.0])
    for c in (1, 2, 4, 5)
}
CMN |= {
    "cmn-per-sample": _case(
        "crop_mirror_normalize",
        _THREE,
        "HWC",
        {
            "mirror": ["int32=0", "int32=1", "int32=1"],
            "mean": ["float32=1,2,3", "float32=4,5,6", "float32=7,8,9"],
            "std": ["float32=2", "float32=3", "float32=4"],
            "crop_pos_x": ["float32=0", "float32=0.4", "float32=1"],
        },
        crop=[4.0, 5.0],
    ),
    "cmn-old-names": _case(
        "crop_mirror_normalize", IMAGE, "HWC", None, output_dtype="types.FLOAT16", image_type="types.RGB", mean=_MEAN
    ),
}

FLIP: dict[str, Case] = {
    f"flip-{h}{v}": _case("flip", IMAGE, "HWC", None, horizontal=h, vertical=v) for h in (0, 1) for v in (0, 1)
}
FLIP |= {
    f"flip-{layout}": _case("flip", f"int16:{shape}", layout, None, horizontal=1, vertical=1, depthwise=1)
    for layout, shape in LAYOUTS.items()
    if layout != "CFHW"
}
FLIP |= {
    f"flip-{dtype}": _case("flip", f"{dtype}:6x7x3", "HWC", None, vertical=1)
    for dtype in ("uint8", "uint16", "float32", "float64", "int64")
}
FLIP |= {
    "flip-default": _case("flip", IMAGE, "HWC"),
    "flip-no-layout": _case("flip", IMAGE, ""),
    "flip-depth": _case("flip", "uint8:5x6x7x2", "DHWC", None, horizontal=0, depthwise=1),
    "flip-per-sample": _case(
        "flip",
        _THREE,
        "HWC",
        {"horizontal": ["int32=0", "int32=1", "int32=1"], "vertical": ["int32=1", "int32=1", "int32=0"]},
    ),
}

FAMILIES = {"resize": RESIZE, "crop": CROP, "cmn": CMN, "flip": FLIP}
CASES = {name: case for family in FAMILIES.values() for name, case in family.items()}
