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
