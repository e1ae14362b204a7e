"""Cases of the colour operators: name -> (fn name, source image, layout, arguments; "@X" is types.X)."""

import numpy as np


def image(kind):
    """A small image: uint8 noise with a gradient, or made of it."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:13, 0:17]
    rgb = np.stack([x * 15, y * 19, (x + y) * 8], -1) + rng.integers(-40, 40, (13, 17, 3))
    u8 = np.clip(rgb, 0, 255).astype(np.uint8)
    return {
        "u8": u8,
        "row": u8[:1].copy(),
        "column": u8[:, :1].copy(),
        "f32": u8.astype(np.float32) / 255,
        "i16": (u8.astype(np.int16) - 128) * 200,
        "i32": (u8.astype(np.int32) - 128) * 7_000_000,
        "grey": u8[..., :1].copy(),
        "frames": np.stack([u8, u8[::-1], u8[:, ::-1]]),
    }[kind]


CASES = {}
for _name, _kwargs in {
    "brightness": {"brightness": 1.3, "brightness_shift": -0.1},
    "contrast": {"contrast": 0.6},
    "contrast_center": {"contrast": 1.7, "contrast_center": 90.0},
    "brightness_contrast": {"brightness": 0.8, "brightness_shift": 0.05, "contrast": 1.4},
    "hue": {"hue": 37.0},
    "saturation": {"saturation": 0.35},
    "hsv": {"hue": -80.0, "saturation": 1.8, "value": 0.9},
    "color_twist": {"hue": 120.0, "saturation": 0.7, "brightness": 1.2, "contrast": 0.8},
}.items():
    _op = _name.replace("_center", "")
    for _source in ("u8", "row", "column", "f32", "i16", "i32"):
        CASES[f"{_name}-{_source}"] = (_op, _source, "HWC", _kwargs)
    CASES[f"{_name}-float"] = (_op, "u8", "HWC", {**_kwargs, "dtype": "@FLOAT"})
    CASES[f"{_name}-i16-u8"] = (_op, "i16", "HWC", {**_kwargs, "dtype": "@UINT8"})
    CASES[f"{_name}-frames"] = (_op, "frames", "FHWC", _kwargs)
for _a in ("RGB", "BGR", "YCbCr", "GRAY"):
    for _b in ("RGB", "BGR", "YCbCr", "GRAY"):
        CASES[f"space-{_a}-{_b}"] = (
            "color_space_conversion",
            "grey" if _a == "GRAY" else "u8",
            "HWC",
            {"image_type": "@" + _a, "output_type": "@" + _b},
        )
