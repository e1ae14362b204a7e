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
# --- laplacian. int32 and floats: DALI adds in another order.
for _dtype in ("uint8", "int8", "uint16", "int16", "int32", "float32"):
    case(f"laplacian-{_dtype}", "laplacian", (noise(6, (9, 7, 2), _dtype), "HWC"), {"scale": 0.05})
for _name, _kwargs in {
    "5": {"window_size": 5},
    "no-smoothing": {"window_size": 5, "smoothing_size": 1},
    "normalized": {"window_size": [3, 7], "normalized_kernel": True},
    "axes": {"window_size": [3, 5], "smoothing_size": [5, 1], "scale": [0.1, 0.02]},
    "samples": {"scale": [np.float32(0.5), np.float32(0.1)], "window_size": [np.int32([3, 5]), np.int32([9, 3])]},
}.items():
    case(f"laplacian-{_name}", "laplacian", ([photo(), photo((8, 5, 3))], "HWC"), {**_kwargs, "dtype": "@FLOAT"})
for _layout, _shape in {"CHW": (2, 6, 7), "FHWC": (2, 6, 7, 2), "DHWC": (4, 6, 7, 1), "W": (9,)}.items():
    case(f"laplacian-layout-{_layout}", "laplacian", (noise(7, _shape, "int16"), _layout), {"normalized_kernel": True})
case("laplacian-row", "laplacian", (noise(7, (1, 9, 1)), "HWC"), {"window_size": 9, "normalized_kernel": True})
# --- filter
_window = (noise(8, (3, 5), "float32") / 5, "")
for _dtype in ("uint8", "uint16", "int16", "float32"):
    case(f"filter-{_dtype}", "filter", [(noise(9, (9, 7, 3), _dtype), "HWC"), _window], {})
for _border in ("reflect_101", "reflect_1001", "wrap", "clamp", "constant"):
    for _name, _shape in {"image": (9, 7, 2), "row": (1, 9, 1), "column": (9, 1, 1), "small": (2, 2, 3)}.items():
        _inputs = [(noise(10, _shape), "HWC"), (noise(8, (7, 8), "float32") / 20, "")]
        case(f"filter-{_border}-{_name}", "filter", _inputs, {"border": _border, "dtype": "@FLOAT"})
case("filter-fill", "filter", [(photo(), "HWC"), _window, (np.uint8(200), "")], {"border": "constant"})
case("filter-anchor", "filter", [(photo(), "HWC"), _window], {"anchor": [0, 4]})
case("filter-anchor-sample", "filter", [(photo(), "HWC"), _window], {"anchor": [np.int32([2, -1])]})
case("filter-valid", "filter", [(photo(), "HWC"), _window], {"mode": "valid", "dtype": "@FLOAT"})
case("filter-planes", "filter", [(noise(9, (5, 6, 7)), "CHW"), _window], {})
case("filter-large", "filter", [(photo(), "HWC"), (noise(8, (15, 14), "float32") / 60, "")], {"dtype": "@FLOAT"})
_frames = noise(11, (3, 6, 7, 2))
case("filter-frames", "filter", [(_frames, "FHWC"), (noise(8, (3, 3, 2), "float32") / 3, "FHW")], {})
case("filter-to-frames", "filter", [(photo(), "HWC"), (noise(8, (2, 3, 2), "float32") / 3, "FHW")], {})
# --- equalize, jpeg_compression_distortion, clahe
for _layout, _shape in {
    "HW": (9, 7),
    "HWC": (9, 7, 5),
    "CHW": (2, 9, 7),
    "FHW": (2, 9, 7),
    "FCHW": (2, 3, 9, 7),
}.items():
    case(f"equalize-{_layout}", "equalize", (noise(12, _shape) // 3 + 20, _layout), {})
case("equalize-frames", "equalize", (np.stack([photo(), photo() // 2]), "FHWC"), {})
case("equalize-constant", "equalize", (np.full((4, 5, 1), 9, np.uint8), "HWC"), {})
case("equalize-no-layout", "equalize", (photo(), ""), {})
for _quality in (-3, 1, 20, 50, 95, 300):
    case(f"jpeg-{_quality}", "jpeg_compression_distortion", (photo(), "HWC"), {"quality": _quality})
case("jpeg-default", "jpeg_compression_distortion", ([photo(), photo((1, 9, 3)), photo((9, 1, 3))], "HWC"), {})
case("jpeg-frames", "jpeg_compression_distortion", (np.stack([photo(), photo()[::-1]]), "FHWC"), {"quality": 10})
_tiles = {"tiles_x": 4, "tiles_y": 3, "clip_limit": 2.0}
for _name, _kwargs in {"luma": {}, "channels": {"luma_only": False}, "strong": {"clip_limit": 40.0}}.items():
    case(f"clahe-{_name}", "clahe", ([photo((33, 42, 3)), photo()], "HWC"), {**_tiles, **_kwargs})
case("clahe-grey", "clahe", (photo((40, 33, 1)), "HWC"), _tiles)
case("clahe-bins", "clahe", (photo((40, 33, 1)), "HWC"), {**_tiles, "bins": 64})
case("clahe-unlimited", "clahe", (photo((40, 33, 1)), "HWC"), {**_tiles, "clip_limit": 0.0})
case("clahe-small", "clahe", (photo((2, 3, 3)), "HWC"), _tiles)
# --- debayer
_mosaic = photo((12, 14, 3))[..., 0].copy()
for _algorithm in ("bilinear_ocv", "edgeaware_ocv", "vng_ocv", "gray_ocv"):
    for _position in ((0, 0), (0, 1), (1, 0), (1, 1)):
        _kwargs = {"blue_position": list(_position), "algorithm": _algorithm}
        case(f"debayer-{_algorithm}-{_position[0]}{_position[1]}", "debayer", (_mosaic, "HW"), _kwargs)
case("debayer-uint16", "debayer", (noise(13, (8, 10, 1), "uint16"), "HWC"), {"blue_position": [0, 1]})
case("debayer-frames", "debayer", (noise(13, (2, 8, 10)), "FHW"), {"blue_position": [np.int32([1, 0])]})
case("debayer-small", "debayer", (noise(13, (2, 2)), ""), {"blue_position": [1, 1]})
