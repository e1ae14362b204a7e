"""Cases of the filters: name -> (fn name, inputs, arguments, tolerance of floats).

An input is a list of samples with a layout. An argument "@X" is types.X; a list of arrays is one value a sample.
"""

import numpy as np

RELATIVE = 1e-4


def noise(seed, shape, dtype="uint8"):
    """Reproducible values over a good part of the type's range."""
    kind = np.dtype(dtype)
    values = np.random.default_rng(seed).random(shape)
    if kind.kind == "f":
        return (values * 2 - 0.7).astype(kind)
    limits = np.iinfo(kind)
    low, high = max(limits.min, -(10**6)), min(limits.max, 10**6)
    return np.floor(low + values * (high - low + 1)).astype(kind)


def photo(shape=(19, 23, 3)):
    """Something smooth with noise on it, uint8."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    base = np.stack([x * 9, y * 11, (x + y) * 6], -1)[..., : shape[2]]
    return np.clip(base + np.random.default_rng(5).integers(-40, 40, shape), 0, 255).astype(np.uint8)


CASES = {}


def case(name, op, inputs, kwargs, tolerance=RELATIVE):
    if not isinstance(inputs, list):
        inputs = [inputs]
    CASES[name] = (op, [(x if isinstance(x, list) else [x], layout) for x, layout in inputs], kwargs, tolerance)


# --- gaussian_blur. float16 is looser: DALI rounds between the axes, adali does not.
for _dtype in ("uint8", "int8", "uint16", "int16", "int32", "float32", "float64"):
    case(f"blur-{_dtype}", "gaussian_blur", (noise(1, (9, 7, 3), _dtype), "HWC"), {"sigma": 1.2})
case("blur-float16", "gaussian_blur", (noise(1, (9, 7, 3), "float16"), "HWC"), {"sigma": 1.2}, 2e-3)
case("blur-to-float", "gaussian_blur", (photo(), "HWC"), {"sigma": 0.7, "dtype": "@FLOAT"})
for _name, _shape in {"row": (1, 9, 3), "column": (9, 1, 3), "pixel": (1, 1, 3), "small": (3, 2, 1)}.items():
    case(f"blur-{_name}", "gaussian_blur", (noise(2, _shape), "HWC"), {"window_size": 11})
for _layout, _shape in {
    "HW": (6, 7),
    "CHW": (2, 6, 7),
    "FHWC": (3, 6, 7, 2),
    "FCHW": (3, 2, 6, 7),
    "DHWC": (4, 6, 7, 2),
    "CDHW": (2, 4, 6, 7),
    "W": (9,),
    "": (4, 6, 7),
}.items():
    case(f"blur-layout-{_layout}", "gaussian_blur", (noise(3, _shape), _layout), {"sigma": 0.9})
case("blur-axes", "gaussian_blur", (photo(), "HWC"), {"sigma": [0.5, 2.5]})
case("blur-windows", "gaussian_blur", (photo(), "HWC"), {"window_size": [3, 9]})
case("blur-both", "gaussian_blur", (photo(), "HWC"), {"window_size": [3, 0], "sigma": [0.0, 1.5]})
case(
    "blur-samples",
    "gaussian_blur",
    ([photo(), photo((8, 5, 3))], "HWC"),
    {"sigma": [np.float32([0.6, 2.0]), np.float32([1.6, 1.0])]},
)
# --- normalize
_two = [photo(), photo((8, 5, 3))]
_same = [photo((6, 7, 3)), photo((9, 7, 3))]
_means = [np.float32([[[100, 90, 80]]]), np.float32([[[60, 70, 80]]])]
for _name, _kwargs in {
    "all": {},
    "axes": {"axes": [0, 1]},
    "names": {"axis_names": "WC"},
    "one-axis": {"axes": [1], "ddof": 1},
    "nothing": {"axis_names": ""},
    "batch": {"batch": True, "axes": [0, 1]},
    "batch-all": {"batch": True, "ddof": 2, "epsilon": 3.0},
    "batch-mean": {"batch": True, "mean": 90.0, "axes": [0, 1]},
    "batch-stddev": {"batch": True, "stddev": 20.0, "epsilon": 9.0},
    "mean": {"mean": 90.0, "scale": 3.0, "shift": -1.0},
    "stddev": {"stddev": 20.0, "axes": [0, 1]},
    "both": {"mean": 90.0, "stddev": 30.0, "scale": 2.0, "shift": 1.0},
    "means": {"mean": _means},
    "deviations": {"stddev": _means, "epsilon": 200.0, "axes": [0, 1]},
    "arrays": {"mean": _means, "stddev": _means, "dtype": "@INT16", "scale": 1000.0},
    "uint8": {"dtype": "@UINT8", "scale": 64.0, "shift": 128.0},
    "ddof-too-large": {"ddof": 5000, "shift": 2.0},
}.items():
    case(f"normalize-{_name}", "normalize", (_two, "HWC"), _kwargs)
case("normalize-batch-axis", "normalize", (_same, "HWC"), {"batch": True, "axes": [0]})
case("normalize-constant", "normalize", (np.full((3, 4, 1), 7, np.uint8), "HWC"), {"shift": 3.0})
for _dtype in ("int8", "uint16", "int16", "int32", "float32"):
    case(f"normalize-{_dtype}", "normalize", (noise(4, (5, 6, 3), _dtype), "HWC"), {"axes": [0, 1]})
case("normalize-vector", "normalize", (noise(4, (50,), "float32"), ""), {})
case("normalize-frames", "normalize", (noise(4, (2, 5, 6, 3)), "FHWC"), {"axis_names": "HW"})
