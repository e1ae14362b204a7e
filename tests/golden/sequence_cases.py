"""Cases of sequences: operators that take them, for each layout, with arguments for all, for samples and for frames.

A case is (operator, inputs, layouts, keyword arguments, argument inputs), as in image_cases.py; an argument input whose
name begins with "/" holds one value for each frame and goes through ``fn.per_frame``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from image_cases import Case

#: Frames of the two sequences of a batch.
FRAMES = (2, 3)
#: Extents in pixels: height, width.
PLANE = (6, 9)


def sequences(layout: str, dtype: str = "uint8") -> list[str]:
    """Names of a batch's samples, each with another number of frames."""
    extents = {"H": PLANE[0], "W": PLANE[1], "C": 3, "D": 2}
    return [f"{dtype}:" + "x".join(str(extents.get(c, count)) for c in layout) for count in FRAMES]


def named(values: Any, kind: str = "f") -> str:
    """The name of an argument's value: its values, and its shape."""
    array = np.asarray(values, {"i": np.int32, "f": np.float32}[kind])
    return f"{array.dtype}=" + ",".join(repr(float(v)) for v in array.ravel()) + ";" + "x".join(map(str, array.shape))


Values = dict[str, Sequence[Any]]
_MATRICES = [
    [[1.0, 0.2, -1.5], [-0.1, 0.9, 1.0]],
    [[0.8, 0.0, 2.5], [0.3, 1.1, -2.0]],
    [[-1.0, 0.0, 13.5], [0.0, 1.0, 0.0]],
    [[1.2, -0.3, 1.0], [0.1, 0.7, 1.5]],
    [[0.5, 0.0, 4.0], [0.0, 0.5, 3.0]],
]
_ANGLES = [10.0, -35.0, 90.0, 200.0, 61.5]
_POSITIONS = [0.0, 0.25, 1.0, 0.6, 0.4]
_FLAGS = [1, 0, 1, 1, 0]

BOTH = ("FHWC", "FCHW")
LAST = ("FHWC",)
#: (operator, layouts, arguments for all, values of arguments for five samples or frames).
OPERATORS: list[tuple[str, tuple[str, ...], dict[str, Any], Values]] = [
    (
        "brightness",
        LAST,
        {"brightness": 1.3},
        {"brightness": [0.5, 1.2, 1.0, 0.8, 2.0], "brightness_shift": _POSITIONS},
    ),
    (
        "contrast",
        LAST,
        {"contrast": 0.7},
        {"contrast": [0.5, 1.2, 1, 0.8, 2.0], "contrast_center": [9.0, 90, 50, 120, 0]},
    ),
    ("brightness_contrast", LAST, {"contrast": 0.7, "brightness": 0.9}, {"contrast": [0.5, 1.2, 1.0, 0.8, 2.0]}),
    ("hue", LAST, {"hue": 40.0}, {"hue": _ANGLES}),
    ("saturation", LAST, {"saturation": 0.4}, {"saturation": _POSITIONS}),
    (
        "hsv",
        LAST,
        {"hue": 40.0, "value": 0.8},
        {"hue": _ANGLES, "saturation": _POSITIONS, "value": [1, 0.5, 2, 1.2, 0.8]},
    ),
    ("color_twist", LAST, {"hue": 40.0, "contrast": 1.2}, {"hue": _ANGLES, "contrast": [1, 0.5, 2, 1.2, 0.8]}),
    (
        "color_space_conversion",
        LAST,
        {"image_type": "types.RGB", "output_type": "types.YCbCr"},
        {},
    ),
    ("crop", (*BOTH, "CFHW"), {"crop": [4.0, 6.0]}, {"crop_pos_x": _POSITIONS, "crop_w": [3.0, 8.0, 14.0, 5.0, 6.0]}),
    (
        "crop",
        BOTH,
        {"crop": [12.0, 6.0], "out_of_bounds_policy": "pad", "fill_values": [7.0]},
        {"crop_pos_y": _POSITIONS},
    ),
    (
        "crop_mirror_normalize",
        (*BOTH, "CFHW"),
        {"crop": [4.0, 6.0], "mean": [90.0, 80.0, 70.0], "std": [50.0, 60.0, 70.0], "output_layout": "="},
        {
            "mirror": _FLAGS,
            "crop_pos_x": _POSITIONS,
            "mean": [[1.0, 2, 3], [9, 9, 9], [0, 50, 0], [5, 5, 5], [2, 0, 2]],
        },
    ),
    ("crop_mirror_normalize", BOTH, {"output_layout": "FHWC", "dtype": "types.FLOAT16", "mirror": 1}, {}),
    ("crop_mirror_normalize", BOTH, {"output_layout": "FCHW", "pad_output": True, "mirror": 1}, {}),
    ("equalize", BOTH, {}, {}),
    ("flip", BOTH, {"horizontal": 1, "vertical": 1}, {"horizontal": _FLAGS, "vertical": _FLAGS[::-1]}),
    (
        "gaussian_blur",
        (*BOTH, "FHW"),
        {"sigma": 1.2},
        {"sigma": [0.5, 1.2, 0.9, 2.0, 0.7], "window_size": [3, 5, 7, 9, 3]},
    ),
    (
        "gaussian_blur",
        BOTH,
        {"sigma": [0.6, 1.5]},
        {"sigma": [[0.5, 1.2], [0.9, 2.0], [0.7, 0.7], [2.0, 0.6], [1.0, 3.0]]},
    ),
    (
        "laplacian",
        (*BOTH, "FHW"),
        {"window_size": 5},
        {"window_size": [3, 5, 7, 9, 3], "scale": [0.5, 1.0, 0.25, 0.1, 2.0]},
    ),
    (
        "laplacian",
        BOTH,
        {},
        {"smoothing_size": [3, 1, 5, 3, 7], "scale": [[0.5, 1], [1, 0.2], [0, 1], [1, 1], [0.3, 0.3]]},
    ),
    ("jpeg_compression_distortion", LAST, {"quality": 12}, {"quality": [5, 40, 95, 20, 60]}),
    ("normalize", (*BOTH, "FHW"), {}, {}),
    ("normalize", BOTH, {"scale": 2.0}, {"mean": [[[[[90.0]]]], [[[[60.0]]]], [[[[0.0]]]], [[[[5.0]]]], [[[[9.0]]]]]}),
    ("normalize", BOTH, {"axis_names": "HW", "ddof": 1}, {}),
    ("normalize", BOTH, {"axis_names": "FHW", "batch": True}, {}),
    ("normalize", BOTH, {"axis_names": "F"}, {}),
    (
        "random_resized_crop",
        BOTH,
        {"size": [6.0, 7.0], "random_area": [1.0, 1.0], "random_aspect_ratio": [1.5, 1.5]},
        {},
    ),
    (
        "resize",
        (*BOTH, "CFHW"),
        {"size": [5.0, 8.0]},
        {
            "resize_x": [7.0, 20.0, 14.0, 5.0, 9.0],
            "resize_shorter": [7.0, 20.0, 9.0, 5.0, 4.0],
            "size": [[5.0, 8.0], [9.0, 0.0], [12.0, 20.0], [4.0, 4.0], [9.0, 14.0]],
        },
    ),
    (
        "resize",
        BOTH,
        {"size": [5.0, 8.0], "roi_start": [1.0, 2.0], "roi_end": [8.0, 13.0]},
        {"roi_start": [[0.0, 3.0]] * 5},
    ),
    ("resize", LAST, {"resize_longer": 10.0, "interp_type": "types.INTERP_CUBIC", "save_attrs": True}, {}),
    ("resize_crop_mirror", BOTH, {"resize_shorter": 8.0, "crop": [6.0, 6.0]}, {"crop_pos_y": _POSITIONS}),
    ("fast_resize_crop_mirror", BOTH, {"resize_shorter": 8.0, "crop": [6.0, 6.0]}, {"crop_pos_x": _POSITIONS}),
    ("rotate", LAST, {"angle": 33.0}, {"angle": _ANGLES}),
    ("rotate", LAST, {"angle": 33.0, "keep_size": True, "fill_value": 9.0}, {"angle": _ANGLES}),
    ("rotate", LAST, {"angle": 20.0, "size": [7.0, 8.0]}, {"size": [[7.0, 8.0], [5, 5], [12, 3], [9, 14], [3, 20]]}),
    ("warp_affine", LAST, {"matrix": [1.0, 0.2, -1.5, -0.1, 0.9, 1.0], "fill_value": 9.0}, {"matrix": _MATRICES}),
    (
        "warp_affine",
        LAST,
        {"size": [6.0, 8.0], "inverse_map": False, "matrix": [1.0, 0.2, -1.5, -0.1, 0.9, 1.0]},
        {"matrix": _MATRICES},
    ),
    (
        "experimental.warp_perspective",
        BOTH,
        {"matrix": [1.0, 0.2, -1.5, -0.1, 0.9, 1.0, 0.01, 0.0, 1.0], "fill_value": [9.0]},
        {"matrix": [[*m, [0.01, -0.01, 1.0]] for m in _MATRICES]},
    ),
    (
        "slice",
        (*BOTH, "FHW"),
        {"axis_names": "WH", "start": [2, 1], "shape": [6, 4]},
        {"start": [[2, 1], [0, 0], [5, 5], [1, 2], [8, 3]]},
    ),
    (
        "slice",
        BOTH,
        {"axis_names": "F", "rel_start": [0.5], "rel_shape": [0.5]},
        {"rel_start": [[0.0], [0.5], [0.2], [0.4], [0.5]]},
    ),
    (
        "pad",
        (*BOTH, "FHW"),
        {"axis_names": "HW", "align": [8, 16], "fill_value": 3.0},
        {"shape": [[12, 15], [9, 14], [9, 30], [10, 10], [1, 20]]},
    ),
    ("pad", BOTH, {"axis_names": "F"}, {}),
    ("pad", BOTH, {"fill_value": 1.0}, {}),
    (
        "erase",
        BOTH,
        {"anchor": [2.0, 3.0], "shape": [4.0, 5.0], "axis_names": "HW"},
        {"anchor": [[2.0, 3.0], [0, 0], [5, 5], [1, 8], [-2, -2]]},
    ),
    ("erase", BOTH, {"anchor": [0.0, 2.0], "shape": [1.0, 5.0], "axis_names": "FW", "fill_value": [4.0]}, {}),
    ("cast", BOTH, {"dtype": "types.FLOAT"}, {}),
    ("transpose", BOTH, {"perm": [0, 3, 1, 2]}, {}),
    ("transpose", BOTH, {"perm": [1, 0, 3, 2], "transpose_layout": False}, {}),
    ("lookup_table", BOTH, {"keys": [1, 50, 90], "values": [7.0, 8.0, 9.0], "default_value": 3.0}, {}),
    ("reinterpret", BOTH, {"rel_shape": [1.0, -1.0]}, {}),
    ("expand_dims", BOTH, {"axes": [0], "new_axis_names": "D"}, {}),
    ("tensor_resize", BOTH, {"sizes": [6.0, 8.0], "axis_names": "HW"}, {}),
    ("sequence_rearrange", BOTH, {"new_order": [1, 0, 1]}, {}),
    ("reductions.mean", BOTH, {"axis_names": "F"}, {}),
    ("reductions.max", BOTH, {"axis_names": "HW"}, {}),
]

CASES: dict[str, Case] = {}


def _add(name: str, op: str, layout: str, kwargs: dict[str, Any], arguments: dict[str, list[Any]]) -> None:
    while name in CASES:
        name += "'"
    CASES[name] = (op, [sequences(layout)], [layout], kwargs, arguments)


#: Arguments that may have one value for each frame; DALI refuses that for all others.
PER_FRAME = {
    *("brightness", "brightness_shift", "contrast", "contrast_center", "hue", "saturation", "value", "angle", "matrix"),
    *("sigma", "window_size", "scale", "smoothing_size"),
}

for _op, _layouts, _kwargs, _arguments in OPERATORS:
    for _layout in _layouts:
        _constant = {k: _layout if v == "=" else v for k, v in _kwargs.items()}
        _add(f"{_op}-{_layout}", _op, _layout, _constant, {})
        if _layout == "CFHW":
            continue
        for _argument, _values in _arguments.items():
            # What says the same in another way.
            _others = {"crop_w": ["crop"], "resize_x": ["size"], "resize_shorter": ["size"]}.get(_argument, [])
            _rest = {k: v for k, v in _constant.items() if k not in (_argument, *_others)}
            if _argument == "crop_w":
                _rest["crop_h"] = 4.0
            _kind = np.asarray(_values).dtype.kind
            _name = f"{_op}-{_layout}-{_argument}"
            _add(_name, _op, _layout, _rest, {_argument: [named(v, _kind) for v in _values[:2]]})
            if _argument in PER_FRAME or _name in ("crop-FHWC-crop_pos_x", "flip-FHWC-horizontal", "resize-FHWC-size"):
                _frames = [named(_values[:2], _kind), named(_values[2:], _kind)]
                _add(f"{_name}-frames", _op, _layout, _rest, {"/" + _argument: _frames})

_MATRIX = [named(_MATRICES[:2]), named(_MATRICES[2:])]
CASES |= {
    # What is not a sequence has no frames, and the numbers of frames must agree.
    "not-a-sequence": ("hue", [["uint8:9x14x3"] * 2], ["HWC"], {}, {"/hue": [named([3.0]), named([90.0])]}),
    "one-frame": ("hue", [["uint8:1x9x14x3"]], ["FHWC"], {}, {"/hue": [named([30.0])]}),
    "no-frames": ("hue", [["uint8:0x9x14x3", "uint8:2x9x14x3"]], ["FHWC"], {"hue": 20.0}, {}),
    "fewer-frames": ("hue", [sequences("FHWC")], ["FHWC"], {}, {"/hue": [named([3.0]), named([1.0, 2, 3])]}),
    "two-arguments": (
        "gaussian_blur",
        [sequences("FHWC")],
        ["FHWC"],
        {},
        {"/sigma": [named([1.0, 2]), named([1.0, 0.5, 3])], "window_size": [named(3, "i"), named(5, "i")]},
    ),
    # The size that all frames get is even or odd as most of them need it.
    "rotate-parity": (
        "rotate",
        [["uint8:2x6x9x1", "uint8:5x6x9x1", "uint8:3x5x7x1"]],
        ["FHWC"],
        {},
        {"/angle": [named([200.0, 61.5]), named([20.0, 60, 80, 45, 10]), named([90.0, 60, 5])]},
    ),
    "rotate-volumes": (
        "rotate",
        [["uint8:2x3x4x5x1", "uint8:3x5x4x3x1"]],
        ["FDHWC"],
        {"axis": [1.0, 0.3, -0.2]},
        {"/angle": [named([200.0, 61.5]), named([20.0, 60, 80])]},
    ),
    # Points have frames too, and the matrix for each.
    "coord_transform": ("coord_transform", [["float32:2x5x2", "float32:3x4x2"]], ["F**"], {}, {"/MT": _MATRIX}),
}
