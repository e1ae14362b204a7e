"""Makes geometry.npz: geometric operators on small pieces of photos, computed by the real DALI.

Run with the Python of an environment that has nvidia-dali and a folder of JPEG images:

    python make_geometry.py IMAGES                     # the golden file
    python make_geometry.py IMAGES OUT.npz COUNT SEED  # COUNT random cases on larger images, to compare by hand

``cases`` in the file is a list in JSON. Each has the ``fn`` name of the operator, its inputs (names of arrays, one a
sample, and a layout), constant arguments (``types.X`` stands for that member), argument inputs, and either the names of
the output arrays and their layout or ``"error": true`` where DALI refuses the call.
"""

import glob
import hashlib
import json
import math
import pathlib
import sys

import numpy as np
import nvidia.dali.fn as fn
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline


class Store:
    def __init__(self):
        self.arrays, self.names, self.cases = {}, {}, []

    def put(self, array):
        array = np.ascontiguousarray(array) if np.ndim(array) else np.asarray(array)
        key = hashlib.sha1(repr((array.shape, str(array.dtype))).encode() + array.tobytes()).digest()
        if key not in self.names:
            self.names[key] = f"a{len(self.names)}"
            self.arrays[self.names[key]] = array
        return self.names[key]

    def case(self, op, inputs=(), args=None, arg_inputs=None, error=False, name="", **tolerance):
        """inputs: (samples, layout) pairs; arg_inputs: name -> samples, or (samples, "F") for values of frames."""
        args, arg_inputs = (
            args or {},
            {k: v if isinstance(v, tuple) else (v, "") for k, v in (arg_inputs or {}).items()},
        )
        case = {
            "op": op,
            "name": name,
            "inputs": [([self.put(s) for s in samples], layout) for samples, layout in inputs],
            "args": args,
            "arg_inputs": {k: ([self.put(s) for s in v], f) for k, (v, f) in arg_inputs.items()},
            **tolerance,
        }
        try:
            outputs = run(op, inputs, args, arg_inputs)
        except (RuntimeError, ValueError, TypeError):
            if not error:
                raise
            case["error"] = True
        else:
            assert not error, f"DALI accepts {op} {name}"
            case["outputs"] = [([self.put(s) for s in samples], layout) for samples, layout in outputs]
        self.cases.append(case)

    def save(self, path):
        np.savez_compressed(path, cases=np.array(json.dumps(self.cases)), **self.arrays)


def value(v):
    if isinstance(v, str) and v.startswith("types."):
        return getattr(types, v[6:])
    return v


def run(op, inputs, args, arg_inputs):
    first = inputs[0][0] if inputs else next(iter(arg_inputs.values()))[0] if arg_inputs else [0]

    def source(samples, layout=None):
        samples = [np.array(s, order="C") for s in samples]
        return fn.external_source(source=lambda: samples, layout=layout or None)

    pipe = Pipeline(len(first), 1, None, seed=1)
    with pipe:
        nodes = [fn.per_frame(source(s)) if layout == "per_frame" else source(s, layout) for s, layout in inputs]
        named = {k: fn.per_frame(source(v)) if f else source(v) for k, (v, f) in arg_inputs.items()}
        call = fn
        for part in op.split("."):
            call = getattr(call, part)
        out = call(*nodes, **named, **{k: value(v) for k, v in args.items()})
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    pipe.build()
    return [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()]


def photos(folder):
    import cv2

    for path in sorted(glob.glob(f"{folder}/**/*.[jJ][pP]*[gG]", recursive=True)):
        image = cv2.imread(path)
        if image is not None and min(image.shape[:2]) >= 200:
            yield image[:, :, ::-1]


NN = {"interp_type": "types.INTERP_NN"}


def affine(angle, scale, tx, ty):
    c, s = math.cos(angle) * scale, math.sin(angle) * scale
    return [c, -s, tx, s * 1.1, c, ty]


def warps(s, photo):
    a, b = photo[100:125, 90:122], photo[50:73, 130:156]
    pair = [(([a, b]), "HWC")]
    m = affine(0.4, 0.8, 3.3, -4.7)
    s.case("warp_affine", pair, {"matrix": m}, name="border")
    s.case("warp_affine", pair, {"matrix": m, "fill_value": 40.6}, name="fill")
    s.case("warp_affine", pair, {"matrix": m, "fill_value": -300.0, "inverse_map": False}, name="inverse")
    s.case("warp_affine", pair, {"matrix": m, "size": [20.5, 33.4], **NN}, name="nearest")
    s.case("warp_affine", pair, {"matrix": m, "dtype": "types.FLOAT", "fill_value": 0.5}, name="to float")
    s.case("warp_affine", pair, {"matrix": m, "dtype": "types.FLOAT", "fill_value": 0.5, **NN}, name="nearest float")
    small = photo[60:75, 80:101]
    for dtype in ("int16", "int32", "float32"):
        data = (small.astype(dtype) - 90) * 3
        s.case("warp_affine", [([data], "HWC")], {"matrix": m, "fill_value": 7.5}, name=dtype)
    for out in ("UINT8", "INT16", "INT32"):
        data = small.astype(np.float32) * 1.7 - 90
        s.case("warp_affine", [([data], "HWC")], {"matrix": m, "dtype": f"types.{out}"}, name=f"float to {out}")
    for dtype in ("int8", "uint16", "float64"):
        s.case("warp_affine", [([small.astype(dtype)], "HWC")], {"matrix": m}, name=dtype, error=True)
    for shape in ((1, 30), (30, 1), (1, 1), (2, 2)):
        for fill in ({}, {"fill_value": 9.0}):
            case = [([a[: shape[0], : shape[1]]], "HWC")]
            s.case(
                "warp_affine", case, {"matrix": [0.7, 0.2, -1, -0.3, 0.5, 0.3], "size": [9, 8], **fill}, name=str(shape)
            )
    for channels in (1, 2, 4, 5):
        data = np.concatenate([a, a[::-1]], 2)[:14, :15, :channels]
        s.case("warp_affine", [([data], "HWC")], {"matrix": m}, name=f"{channels} channels")
    frames = np.stack([a[:12, :16], b[:12, :16], a[10:22, 5:21]])
    two = np.stack([a[:12, :16], b[:12, :16]])
    own = [np.float32(affine(0.1 * i, 1, i, 0)).reshape(2, 3) for i in range(5)]
    s.case("warp_affine", [([frames, two], "FHWC")], {"matrix": m}, name="sequence")
    s.case("warp_affine", [([frames, two], "")], {"matrix": m}, name="sequence without layout")
    per_frame = ([np.stack(own[:3]), np.stack(own[3:])], "F")
    s.case("warp_affine", [([frames, two], "FHWC")], {}, {"matrix": per_frame}, name="matrix per frame")
    s.case("warp_affine", [([frames, two], "FHWC"), (per_frame[0], "per_frame")], {}, name="matrix input per frame")
    s.case("warp_affine", [([frames], "FHWC")], {}, {"matrix": ([np.stack(own[:2])], "F")}, name="frames", error=True)
    s.case("warp_affine", pair, {}, {"matrix": own[:2], "size": [np.float32([9, 14.5])] * 2}, name="per sample")
    s.case("warp_affine", [*pair, (own[2:4], "")], {"inverse_map": False}, name="matrix input")
    s.case("warp_affine", pair, {}, {"matrix": [o.reshape(6) for o in own[:2]]}, name="flat matrix", error=True)
    s.case("warp_affine", pair, {"matrix": m, "size": [5]}, name="size", error=True)
    s.case("warp_affine", pair, {"matrix": m, "size": [0, 5]}, name="size 0", error=True)
    s.case("warp_affine", pair, {"matrix": m[:5]}, name="5 values", error=True)
    s.case("warp_affine", pair, {}, name="no matrix", error=True)
    s.case("warp_affine", pair, {"matrix": m, "interp_type": "types.INTERP_CUBIC"}, name="cubic", error=True)
    s.case("warp_affine", pair, {"matrix": [1, 0, 0, 0, 0, 0], "inverse_map": False}, name="singular", error=True)
    s.case("warp_affine", [([a.transpose(2, 0, 1)], "CHW")], {"matrix": m}, name="CHW", error=True)
    volume = np.stack([photo[i * 9 : i * 9 + 7, 40:49, :2] for i in range(5)])
    m3 = [0.913, 0.217, -0.107, 0.531, -0.223, 0.817, 0.109, 1.03, 0.113, 0.057, 0.719, 0.641]
    for dtype in ("uint8", "int16", "float32"):
        for extra in ({}, {"fill_value": 30.0}, NN, {**NN, "fill_value": 30.0}):
            s.case("warp_affine", [([volume.astype(dtype)], "DHWC")], {"matrix": m3, **extra}, name=f"{dtype} volume")
    s.case(
        "warp_affine", [([np.stack([volume, volume[::-1]])], "FDHWC")], {"matrix": m3, "size": [3, 4, 5]}, name="FDHWC"
    )


def rotations(s, photo):
    a, b = photo[100:124, 90:115], photo[50:71, 130:147]
    pair = [(([a, b]), "HWC")]
    for angle in (90.0, 137.5):
        s.case("rotate", pair, {"angle": angle}, name=f"{angle}")
    s.case("rotate", pair, {"angle": 25.0, "fill_value": 99.5}, name="fill")
    s.case("rotate", pair, {"angle": 25.0, "keep_size": True, **NN}, name="keep size, nearest")
    s.case("rotate", pair, {"angle": 25.0, "keep_size": True, "size": [11, 13]}, name="size")
    s.case("rotate", pair, {"dtype": "types.FLOAT"}, {"angle": [np.float32(12), np.float32(-100)]}, name="per sample")
    for shape in ((1, 30), (30, 1), (1, 1)):
        s.case("rotate", [([a[: shape[0], : shape[1]]], "HWC")], {"angle": 20.0, "fill_value": 3.0}, name=str(shape))
    frames = np.stack([a[:12, :16], b[:12, :16], a[10:22, 5:21]])
    s.case("rotate", [([frames], "FHWC")], {"angle": 33.0}, name="sequence")
    s.case("rotate", [([frames], "FHWC")], {}, {"angle": ([np.float32([5, 60, 90])], "F")}, name="angle per frame")
    s.case("rotate", [([frames[0]], "HWC")], {}, {"angle": ([np.float32([5, 60])], "F")}, name="frames", error=True)
    volume = np.stack([photo[i * 9 : i * 9 + 7, 40:49, :2] for i in range(5)])
    s.case("rotate", [([volume], "DHWC")], {"angle": 40.0, "axis": [1, 2, 3]}, name="volume")
    s.case("rotate", [([volume], "DHWC")], {"angle": 40.0, "axis": [0, 0, 2], "fill_value": 1.0}, name="volume z")
    s.case(
        "rotate", [([volume], "DHWC")], {"angle": 40.0, "axis": [1, 2, 3], "keep_size": True}, name="volume keep size"
    )
    s.case("rotate", [([volume], "DHWC")], {"angle": 40.0}, name="no axis", error=True)
    s.case("rotate", [([volume], "DHWC")], {"angle": 40.0, "axis": [1, 2]}, name="short axis", error=True)
    both = np.stack([volume, volume[::-1]])
    axes = ([np.float32([[0, 0, 1], [0, 1, 0]])], "F")
    s.case("rotate", [([both], "FDHWC")], {"angle": 30.0}, {"axis": axes}, name="axis per frame")


def displacements(s, photo):
    a, b = photo[100:117, 90:110], photo[50:71, 130:145]
    pair = [(([a, b]), "HWC")]
    lin = {"interp_type": "types.INTERP_LINEAR"}
    for data in (a, a.astype(np.float32), a[:1], a[:, :1], a[:9, :9, :1]):
        for extra in ({}, {**lin, "fill_value": 77.6}):
            s.case("water", [([data], "HWC")], extra, ties=not extra)
            s.case("sphere", [([data], "HWC")], extra, ties=not extra)
    wave = {"ampl_x": 3.0, "ampl_y": 5.0, "freq_x": 0.3, "freq_y": 0.2, "phase_x": 0.4, "phase_y": 1.7}
    s.case("water", pair, {**wave, **lin})
    for op in ("water", "sphere"):
        s.case(op, pair, {}, {"mask": [np.int32(0), np.int32(1)]}, ties=True)
        s.case(op, [([a.astype(np.int16)], "HWC")], error=True)
        s.case(op, pair, {"interp_type": "types.INTERP_CUBIC"}, error=True)
        s.case(op, [([a.transpose(2, 0, 1)], "CHW")], error=True)
    grid = {"tile": 9, "ratio": 0.37, "angle": 0.4, "shift_x": 2.7, "shift_y": -14.3}
    for data in (a, a.astype(np.int16), a.astype(np.int32), a.astype(np.float32), a[:1], a[:, :1]):
        s.case("grid_mask", [([data], "")], grid)
    s.case("grid_mask", pair, {"tile": 10})
    s.case(
        "grid_mask",
        pair,
        {},
        {
            k: [np.array(v), np.array(v)]
            for k, v in {k: np.float32(v) if k != "tile" else np.int32(v) for k, v in grid.items()}.items()
        },
    )
    s.case("grid_mask", pair, {"tile": 0}, error=True)
    s.case("grid_mask", [([a.astype(np.uint16)], "HWC")], {"tile": 7}, error=True)


def perspectives(s, photo):
    a, b = photo[100:117, 90:111], photo[50:69, 130:145]
    m = [0.9, 0.3, -2.0, -0.3, 0.9, 4.0, 0.001, 0.002, 1.0]
    op = "experimental.warp_perspective"
    for border in ("constant", "replicate", "reflect", "reflect_101", "wrap"):
        s.case(op, [([a, b], "HWC")], {"matrix": m, "border_mode": border, "fill_value": [3.0, 50.0, 200.0]})
    s.case(op, [([a, b], "HWC")], {"matrix": m, "inverse_map": False, "pixel_origin": "center", "size": [20.5, 13.0]})
    s.case(op, [([a], "HWC")], {"matrix": m, "interp_type": "types.INTERP_CUBIC", "fill_value": [9.0]})
    for dtype in ("uint16", "int16", "float32"):
        s.case(op, [([a.astype(dtype)], "HWC")], {"matrix": m, **NN})
        s.case(op, [([a[:12].astype(dtype)], "HWC")], {"matrix": m, "border_mode": "replicate"})
    s.case(op, [([a[..., 0]], "HW")], {"matrix": m})
    s.case(op, [([a.transpose(2, 0, 1)], "CHW")], {"matrix": m, "fill_value": [50.0]})
    s.case(op, [([a.transpose(2, 0, 1)], "CHW")], {"matrix": m, "fill_value": [3.0, 50.0, 200.0]}, error=True)
    both = np.stack([a, a[::-1]])
    mats = np.float32([m, [1, 0.1, 2, 0.2, 1, 3, 0, 0, 1]]).reshape(2, 3, 3)
    s.case(op, [([both], "FHWC")], {}, {"matrix": ([mats], "F")})
    s.case(op, [([both.transpose(0, 3, 1, 2)], "FCHW")], {"matrix": m})
    s.case(op, [([a, b], "HWC"), ([mats[0], mats[1]], "")], {})
    s.case(op, [([a, b], "HWC")], {}, {"matrix": [mats[0], mats[1]]})
    s.case(op, [([a], "HWC")], {}, error=True)
    s.case(op, [([a], "HWC")], {"matrix": m[:6]}, error=True)
    s.case(op, [([a], "HWC")], {"matrix": m, "border_mode": "edge"}, error=True)
    s.case(op, [([a], "HWC")], {"matrix": m, "interp_type": "types.INTERP_LANCZOS3"}, error=True)
    s.case(op, [([a], "HWC")], {"matrix": m, "fill_value": [1.0, 2.0]}, error=True)
    s.case(op, [([a.astype(np.int32)], "HWC")], {"matrix": m}, error=True)


def transforms(s, photo):
    m = [np.float32([[1, 2, 3], [4, 5, 6]]), np.float32([[0.5, -2, 1], [1, 0.25, -6]])]
    m3 = [np.float32([[1, 2, 3, 1], [4, 5, 6, 2], [-1, 2, 0.5, 3]])]
    i = [(m, "")]
    f = [([np.stack(m), np.stack(m[::-1])], "per_frame")]

    def vec(*v):
        return [np.float32(x) for x in v]

    for op, given, per_sample, frames in (
        (
            "translation",
            {"offset": [1.5, 2]},
            {"offset": vec([1, 2], [3, 4])},
            {"offset": vec([[1, 2], [3, 4]], [[5, 6], [7, 8]])},
        ),
        (
            "scale",
            {"scale": [2, 3], "center": [10, 20]},
            {"scale": vec([2, 3], [4, 5])},
            {"center": vec([[1, 2], [3, 4]], [[5, 6], [7, 8]])},
        ),
        ("rotation", {"angle": 30.0, "center": [10, 20]}, {"angle": vec(20, 70)}, {"angle": vec([10, 90], [20, -50])}),
        (
            "shear",
            {"shear": [0.5, -2], "center": [1, 2]},
            {"angles": vec([10, 20], [30, 40])},
            {"shear": vec([[1, 2], [3, 4]], [[5, 6], [7, 8]])},
        ),
        (
            "crop",
            {"from_start": [1, 9], "from_end": [5, 7], "to_end": [4, 3]},
            {"to_start": vec([5, 6], [7, 8])},
            {"to_start": vec([[1, 2], [3, 4]], [[5, 6], [7, 8]])},
        ),
    ):
        name = f"transforms.{op}"
        rest = {"scale": [2, 3]} if op == "scale" else {}
        marked = {k: (v, "F") for k, v in frames.items()}
        s.case(name, [], given, name="alone")
        s.case(name, i, given, name="applied")
        s.case(name, i, {**given, "reverse_order": True}, name="reversed")
        s.case(name, [], {}, per_sample, name="per sample")
        s.case(name, [], rest, marked, name="per frame")
        s.case(name, f, rest, marked, name="frames, applied")
        s.case(name, f, given, name="applied to frames")
        s.case(name, i, rest, marked, name="frames, applied to one")
        s.case(name, [(m3, "")], given, name="dimensions", error=True)
        s.case(name, [([x.astype(np.float64) for x in m], "")], given, name="float64", error=True)
    t = "transforms."
    s.case(t + "scale", [], {"scale": 2.0, "ndim": 3})
    s.case(t + "scale", i, {"scale": 2.0})
    s.case(t + "scale", [], {"scale": 2.0, "center": [1, 2]}, error=True)
    s.case(t + "scale", [], {"scale": [2, 3], "center": [10]})
    s.case(t + "rotation", [(m3, "")], {"angle": 50.0, "axis": [1, 2, 3], "center": [4, 5, 6]})
    s.case(t + "rotation", [], {"angle": 30.0, "axis": [0, 0, 0]})
    s.case(t + "rotation", [], {"angle": 30.0, "center": [1, 2, 3]}, error=True)
    s.case(t + "shear", [(m3, "")], {"shear": [1, 2, 3, 4, 5, 6], "center": [1, 2, 3]})
    s.case(t + "shear", [], {"shear": [1, 2, 3]}, error=True)
    s.case(t + "shear", [], {}, error=True)
    s.case(t + "shear", [], {"shear": [1, 2], "angles": [1, 2]}, error=True)
    s.case(t + "crop", [], {})
    s.case(
        t + "crop",
        [],
        {"from_start": [5, 2], "from_end": [1, 7], "to_start": [3, 40], "to_end": [10, 30], "absolute": True},
    )
    s.case(t + "crop", [], {"from_start": [5, 2], "from_end": [5, 7]})
    s.case(t + "crop", [], {"from_start": [5, 2], "from_end": [5, 7, 8]}, error=True)
    s.case(t + "combine", [(m, ""), (m[::-1], ""), (m, "")])
    s.case(t + "combine", [(m, ""), (m[::-1], "")], {"reverse_order": True})
    s.case(t + "combine", [f[0], (m, "")])
    s.case(t + "combine", [(m, ""), f[0]], {"reverse_order": True})
    s.case(t + "combine", [(m[:1], ""), (m3, "")], error=True)
    s.case("transform_translation", i, {"offset": [1, 2]})


def coordinates(s, photo):
    points = [np.float32([[1, 2], [3, 4.5], [5, -6]]), np.float32([[0.5, 7]])]
    p, op = [(points, "")], "coord_transform"
    for args in (
        {},
        {"MT": [1, 2, 3, 4, 5, 6]},
        {"M": [1, 2, 3, 4, 5, 6]},
        {"M": 2.0},
        {"MT": 2.0},
        {"T": 2.0},
        {"T": [2, 3]},
        {"M": [1, 2, 3, 4], "T": [5, 6]},
    ):
        s.case(op, p, args)
    for args in ({"M": [1, 2, 3, 4], "T": [1, 2, 3]}, {"M": [1, 2, 3]}, {"M": 2.0, "MT": 3.0}, {"MT": [1, 2, 3, 4]}):
        s.case(op, p, args, error=True)
    mat = np.float32([[1, 2, -1], [3, 4, 5]])
    s.case(op, p, {}, {"MT": [mat, mat * 2]})
    s.case(op, p, {}, {"M": [mat[:, :2], mat[:, 1:]], "T": [mat[:, 0], mat[:, 1]]})
    s.case(op, p, {}, {"M": [np.float32(3), np.float32(4)]})
    s.case(op, p, {}, {"M": [np.float32([1, 2, 3, 4])] * 2}, error=True)
    frames = np.stack([points[0]] * 2)
    s.case(op, [([frames], "FAB")], {}, {"MT": ([np.stack([mat, -mat])], "F")})
    s.case(op, [([frames], "FAB")], {"M": 3.0}, {"T": ([np.float32([[1, 2], [3, 4]])], "F")})
    for dtype in ("UINT8", "UINT16", "INT16", "INT32"):
        data = [points[0].astype(dtype.lower())]
        s.case(op, [(data, "")], {"M": [1.5, 2, 3, -4.3]})
        s.case(op, [(data, "")], {"M": [1.5, 2, 3, -4.3], "dtype": f"types.{dtype}"})
    s.case(op, [([points[0].astype(np.int8)], "")], {"M": 2.0}, error=True)
    s.case(op, [([points[0][0]], "")], {"M": 2.0}, error=True)
    s.case(op, p, {"dtype": "types.INT32"}, error=True)
    s.case("coord_flip", p)
    s.case("coord_flip", p, {"layout": "yx", "center_x": 3.0})
    s.case("coord_flip", p, {"flip_x": 0, "flip_y": 1, "center_y": -3.0, "flip_z": 1})
    s.case("coord_flip", [([np.float32([[1, 2, 3]])], "")], {"flip_z": 1, "center_z": 7.0})
    s.case("coord_flip", [([np.float32([[1], [2]])], "")])
    s.case(
        "coord_flip",
        p,
        {},
        {
            "flip_x": [np.int32(0), np.int32(1)],
            "center_y": [np.float32(3), np.float32(4)],
            "flip_y": [np.int32(1), np.int32(1)],
        },
    )
    s.case("coord_flip", p, {"layout": "xyz"})
    s.case("coord_flip", p, {"layout": "xx"}, error=True)
    s.case("coord_flip", [([points[0][0]], "")], error=True)
    s.case("coord_flip", [([points[0].astype(np.int32)], "")], error=True)
    s.case("coord_flip", [([np.ones((3, 4), np.float32)], "")], error=True)


def pastes(s, photo):
    a, b = photo[100:109, 90:101], photo[50:57, 130:138]
    pair = [([a, b], "HWC")]
    colour = {"fill_value": [3, -2, 300]}
    for ratio in (1.0, 1.3, 2.7):
        s.case("paste", pair, {"ratio": ratio, **colour})
    s.case("paste", pair, {"ratio": 1.4, "paste_x": 0.3, "paste_y": 0.85, "min_canvas_size": 14.7, **colour})
    s.case("paste", [([a[..., :1]], "HWC")], {"ratio": 1.4, "paste_x": 1.0, "fill_value": [7], "n_channels": 1})
    per_sample = {
        k: [np.float32(u), np.float32(v)]
        for k, u, v in (("ratio", 1.2, 1.9), ("paste_x", 0.1, 0.9), ("paste_y", 0.2, 0.6), ("min_canvas_size", 0, 20))
    }
    s.case("paste", pair, {"fill_value": [9]}, per_sample)
    s.case("paste", pair, {"ratio": 0.9, **colour}, error=True)
    s.case("paste", pair, {"ratio": 1.9, "paste_x": 1.1, **colour}, error=True)
    s.case("paste", [([a.astype(np.float32)], "HWC")], {"ratio": 2.0, **colour}, error=True)
    boxes = [np.float32([[0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]]), np.zeros((0, 4), np.float32)]
    for args in ({"ratio": 2.0}, {"ratio": 1.5, "ltrb": True, "paste_x": 0.2, "paste_y": 0.9}):
        s.case("bbox_paste", [(boxes, "")], args)
    s.case("bbox_paste", [(boxes, "")], {}, {k: v for k, v in per_sample.items() if k != "min_canvas_size"})
    s.case("bbox_paste", [([np.ones((2, 5), np.float32)], "")], {"ratio": 2.0}, error=True)
    s.case("bbox_paste", [([np.ones((2, 4))], "")], {"ratio": 2.0}, error=True)

    def i32(*rows):
        return [np.int32(r) for r in rows]

    op, small = "multi_paste", photo[20:27, 30:38]
    size = {"output_size": [14, 16]}
    at = {"out_anchors": i32([[0, 0], [3, 5]], [[7, 2], [1, 1]])}
    one, two = ([a[:7, :8], small], "HWC"), ([b, a[1:8, 2:10]], "HWC")
    s.case(op, [one, two], size, at)
    s.case(
        op,
        [one, two],
        {**size, "dtype": "types.FLOAT"},
        {
            **at,
            "shapes": i32([[2, 3], [4, 4]], [[1, 1], [0, 2]]),
            "in_anchors": i32([[1, 2], [0, 3]], [[5, 1], [6, 0]]),
        },
    )
    s.case(op, [one, two])
    s.case(op, [one], {}, {"in_ids": i32([0, 1], [1]), "output_size": i32([9, 9], [7, 8])})
    rel = {
        "in_anchors_rel": [np.float32([[0.2, 0.13]])] * 2,
        "out_anchors_rel": [np.float32([[0.3, 0.5]])] * 2,
        "shapes_rel": [np.float32([[0.5, 0.3]]), np.float32([[0.21, 0.37]])],
    }
    s.case(op, [one], {}, rel)
    for dtype in (np.int16, np.int32, np.float32):
        data = [([(a.astype(dtype) - 100) * dtype(3.5)], "HWC")]
        s.case(op, data, {"output_size": [10, 12], "dtype": "types.UINT8"})
        s.case(op, data, {"output_size": [10, 12]})
    s.case(op, [one], size, {"out_anchors": i32([[8, 2]], [[8, 1]])}, error=True)
    s.case(op, [one], size, {"out_anchors": i32([[-1, 2]], [[0, 1]])}, error=True)
    s.case(op, [one], {}, {"in_ids": i32([0], [2])}, error=True)
    s.case(op, [one, two], {}, {"in_ids": i32([0], [1])}, error=True)
    s.case(op, [pair[0]], error=True)
    s.case(op, [one, two], size, {"out_anchors": i32([[0, 0]], [[1, 2]])}, error=True)
    s.case(op, [([a.astype(np.uint16)], "HWC")], error=True)
    s.case(op, [one], {"dtype": "types.UINT16"}, error=True)


def erasures(s, photo):
    a, b = photo[100:109, 90:101], photo[50:57, 130:138]
    pair, op = [([a, b], "HWC")], "erase"
    for args in (
        {"anchor": [0.5, 1.5], "shape": [1.5, 2.5], "fill_value": [3.7]},
        {"anchor": [-3, 6], "shape": [5, 50], "fill_value": [1, -5, 300]},
        {"anchor": [0.3, 0.27], "shape": [0.4, 0.31], "normalized": True, "fill_value": [99]},
        {"anchor": [0.3, 0.3], "shape": [2, 3], "normalized_anchor": True},
        {"anchor": [2, 3], "shape": [0.4, 0.3], "normalized_shape": True},
        {"anchor": [3, 4], "shape": [3, 4.5], "centered_anchor": True},
        {"anchor": [0, 0, 4, 5], "shape": [2, 1, 1, 2]},
        {"anchor": [0, 3], "shape": [1, 2], "axis_names": "W"},
        {"anchor": [2, 1], "shape": [1, 2], "axes": [1, 0]},
        {"anchor": [1], "shape": [1], "axes": [2]},
        {"shape": [2, 2]},
        {"anchor": [4, 4], "shape": [-2, 2]},
        {},
    ):
        s.case(op, pair, args)
    region = {"anchor": [1, 2], "shape": [3, 2]}
    for dtype in ("int8", "uint16", "int16", "int32", "uint32", "int64", "uint64", "float16", "float32"):
        s.case(op, [([b.astype(dtype)], "HWC")], {**region, "fill_value": [77.0]})
    s.case(op, [([b.transpose(2, 0, 1)], "CHW")], {**region, "fill_value": [7, 8, 9]})
    s.case(op, [([np.stack([b, b])], "FHWC")], {"anchor": [1], "shape": [1], "axis_names": "F"})
    f32 = np.float32
    s.case(
        op,
        pair,
        {},
        {
            "anchor": [f32([1, 1]), f32([2, 3])],
            "shape": [f32([2, 3]), f32([1, 1])],
            "fill_value": [f32([7, 8, 9]), f32([1, 2, 3])],
        },
    )
    for args in (
        {"anchor": [0, 1, 2], "shape": [1, 1, 1]},
        {"anchor": [0, 1], "shape": [1, 1, 1, 1]},
        {"anchor": [1, 1]},
        {**region, "fill_value": [1, 2]},
        {**region, "axis_names": "DH"},
        {**region, "normalized": True, "normalized_anchor": True},
    ):
        s.case(op, pair, args, error=True)
    s.case(op, [([b.astype(np.float64)], "HWC")], region, error=True)
    s.case(op, [([b[..., 0]], "HW")], {**region, "fill_value": [1, 2, 3]}, error=True)


def sequences(s, photo):
    data, op = [np.arange(12).reshape(3, 2, 2), np.arange(20).reshape(5, 2, 2)], "sequence_rearrange"
    s.case(op, [(data, "FHW")], {"new_order": [2, 0, 0, 1]})
    s.case(op, [(data, "")], {}, {"new_order": [np.int32([1, 1]), np.int32([4])]})
    s.case(op, [(data, "HWC")], {"new_order": [0]}, error=True)
    for order in ([5], [-1], []):
        s.case(op, [(data, "")], {"new_order": order}, error=True)
    s.case(op, [([np.arange(4)], "")], {"new_order": [1]}, error=True)
    s.case("per_frame", [(data, "")])
    s.case("per_frame", [(data, "FHW")])
    s.case("per_frame", [(data, "HWC")], {"replace": True})
    s.case("per_frame", [(data, "HWC")], error=True)


def random_cases(s, images, count, seed):
    rng = np.random.default_rng(seed)
    images = [next(images) for _ in range(6)]
    for _ in range(count):
        image = images[rng.integers(len(images))]
        h, w = rng.integers(1, min(image.shape[0], 400)), rng.integers(1, min(image.shape[1], 500))
        y, x = rng.integers(0, image.shape[0] - h + 1), rng.integers(0, image.shape[1] - w + 1)
        piece = image[y : y + h, x : x + w]
        batch = [([piece], "HWC")]
        common = [{}, {"fill_value": float(rng.uniform(0, 255))}, NN, {"dtype": "types.FLOAT"}][rng.integers(4)]
        m = affine(rng.uniform(-4, 4), rng.uniform(0.3, 3), rng.uniform(-50, 90), rng.uniform(-50, 90))
        s.case("warp_affine", batch, {"matrix": m, **common}, name="random")
        s.case("rotate", batch, {"angle": float(rng.uniform(-400, 400)), **common}, name="random")
        common = [{}, {"interp_type": "types.INTERP_LINEAR", "fill_value": float(rng.uniform(0, 255))}][rng.integers(2)]
        s.case("sphere", batch, common, name="random", ties=not common)
        wave = {k: float(rng.uniform(0, 9)) for k in ("ampl_x", "ampl_y", "phase_x", "phase_y")}
        s.case("water", batch, {**common, **wave, "freq_x": float(rng.uniform(0, 0.2))}, name="random", ties=not common)
        grid = {k: float(rng.uniform(-90, 90)) for k in ("angle", "shift_x", "shift_y")}
        grid = {**grid, "tile": int(rng.integers(1, 90)), "ratio": float(rng.uniform(0, 1))}
        s.case("grid_mask", batch, grid, name="random", ties=True)


def main():
    images = photos(sys.argv[1])
    store = Store()
    if len(sys.argv) > 2:
        random_cases(store, images, int(sys.argv[3]), int(sys.argv[4]))
        store.save(sys.argv[2])
        return
    photo = next(images)
    for part in PARTS:
        part(store, photo)
    store.save(pathlib.Path(__file__).with_name("geometry.npz"))


PARTS = [warps, rotations, displacements, perspectives, transforms, coordinates, pastes, erasures, sequences]

if __name__ == "__main__":
    main()
