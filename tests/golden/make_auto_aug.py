"""Makes auto_aug.npz: automatic augmentations on small pieces of photos, and policies and suites, from the real DALI.

Run with the Python of an environment that has nvidia-dali and a folder of JPEG images:

    python make_auto_aug.py IMAGES

``cases`` in the file is a list in JSON. Each has the name of an augmentation, optionally the suite it is taken from,
the names of the input arrays, magnitude bins and signs (1 negates), one a sample, and the names of the output arrays.
``tables`` in JSON holds what the policies and suites consist of.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import nvidia.dali.fn as fn
import nvidia.dali.types as types
from nvidia.dali import pipeline_def
from nvidia.dali.auto_aug import augmentations, auto_augment, core, rand_augment, trivial_augment

warnings.simplefilter("ignore")
BINS = 11
SIZES = [(36, 48), (29, 41), (24, 25), (1, 17), (13, 2)]
SUITES = {
    "rand": rand_augment.get_rand_augment_suite,
    "rand_non_monotonic": rand_augment.get_rand_augment_non_monotonic_suite,
    "trivial": trivial_augment.get_trivial_augment_wide_suite,
}
POLICIES = {
    "image_net": auto_augment.get_image_net_policy,
    "reduced_cifar10": auto_augment.get_reduced_cifar10_policy,
    "svhn": auto_augment.get_svhn_policy,
    "reduced_image_net": auto_augment.get_reduced_image_net_policy,
}
WARPS = ("shear_x", "shear_y", "translate_x_no_shape", "translate_y_no_shape", "rotate")
PLAIN = ["invert", "equalize", "auto_contrast", "identity"]
COLOR = ["brightness", "contrast", "color", "sharpness", "posterize", "solarize", "solarize_add"]


def photos(folder):
    """Small versions of photos, cut to SIZES."""
    files = sorted(str(p) for p in pathlib.Path(folder).rglob("*.JPEG"))[: len(SIZES)]

    @pipeline_def(batch_size=len(SIZES), num_threads=1, device_id=None)
    def pipe():
        data, _ = fn.readers.file(files=files)
        return fn.resize(fn.decoders.image(data), resize_shorter=64.0)

    p = pipe()
    (out,) = p.run()
    return [np.ascontiguousarray(out.at(i)[5 : 5 + h, 9 : 9 + w]) for i, (h, w) in enumerate(SIZES)]


def find(name, suite, use_shape):
    if suite is None:
        return getattr(augmentations, name)
    return next(a for a in SUITES[suite](use_shape) if a.name == name)


def run(case, samples):
    kwargs = dict(case.get("kwargs", {}))
    if "interp_type" in kwargs:
        kwargs["interp_type"] = getattr(types, kwargs["interp_type"])
    layout = case["layout"]
    augmentation = find(case["name"], case.get("suite"), "shape" in kwargs)

    @pipeline_def(batch_size=len(samples), num_threads=1, device_id=None, enable_conditionals=True)
    def pipe():
        data = fn.external_source(lambda: samples, layout=layout, batch=True)
        bins = fn.external_source(lambda: [np.int32(b) for b in case["bins"]], batch=True)
        signs = fn.external_source(lambda: [np.int32(s) for s in case["signs"]], batch=True)
        if kwargs.get("shape") == "each":
            kwargs["shape"] = data.shape()[-3:-1]
        return augmentation(data, magnitude_bin=core.signed_bin(bins, signs), num_magnitude_bins=BINS, **kwargs)

    p = pipe()
    (out,) = p.run()
    return [np.array(out.at(i)) for i in range(len(samples))]


def cases():
    rng = np.random.default_rng(7)

    def case(name, samples="photos", **more):
        count = 5 if samples == "photos" else 2
        bins = [int(b) for b in rng.permutation([10, 0, 7, 4, 9, 2])[:count]]
        bins[0] = int(rng.integers(5, 11))
        signs = [int(s) for s in rng.integers(0, 2, count)]
        layout = "HWC" if samples == "photos" else "FHWC"
        return {"name": name, "samples": samples, "bins": bins, "signs": signs, "layout": layout, **more}

    for name in WARPS:
        yield case(name, suite=None if "translate" not in name else "trivial")
    for name in ("shear_x", "rotate"):
        yield case(name, kwargs={"fill_value": None, "interp_type": "INTERP_NN"})
    for name in ("translate_x", "translate_y"):
        yield case(name, kwargs={"shape": "each", "fill_value": 3})
    yield case("translate_x", kwargs={"shape": [30, 20]})
    yield case("translate_y", suite="rand", kwargs={"shape": "each"})
    yield case("shear_y", kwargs={"fill_value": 0})
    for name in (*PLAIN, *COLOR):
        yield case(name)
    for name in ("rotate", "shear_x", "sharpness", "posterize", "solarize", "brightness", "contrast"):
        yield case(name, suite="trivial" if name != "brightness" else "rand_non_monotonic")
    yield case("sharpness", suite="rand_non_monotonic")
    for name in (*WARPS, *PLAIN, *COLOR):
        yield case(name, samples="videos", suite=None if "translate" not in name else "trivial")
    yield case("translate_x", samples="videos", kwargs={"shape": "each"})


def described(augmentation):
    mag_range = augmentation.mag_range
    return [augmentation.name, mag_range and [float(m) for m in mag_range], bool(augmentation.randomly_negate)]


def tables():
    policies = {}
    for name, make in POLICIES.items():
        policy = make()
        policies[name] = {
            "name": policy.name,
            "num_magnitude_bins": policy.num_magnitude_bins,
            "sub_policies": [[[*described(a), p, b] for a, p, b in sub] for sub in policy.sub_policies],
        }
    suites = {f"{n} {s}": [described(a) for a in make(bool(s))] for n, make in SUITES.items() for s in (0, 1)}
    single = {
        n: described(a)
        for n, a in sorted(vars(augmentations).items())
        if isinstance(a, core._augmentation.Augmentation)
    }
    return {"policies": policies, "suites": suites, "augmentations": single}


def main():
    images = photos(sys.argv[1])
    images[3][..., 0] = 0  # channels of a single value, which auto_contrast has nothing to stretch in
    images[4][..., 2] = 77
    samples = {"photos": images, "videos": [np.stack([i[:15, :19], i[9:24, 6:25]]) for i in images[:2]]}
    arrays = {f"{kind}{i}": s for kind, group in samples.items() for i, s in enumerate(group)}
    done = []
    for number, case in enumerate(cases()):
        try:
            out = run(
                {**case, "name": case["name"].removesuffix("_no_shape") if case.get("suite") else case["name"]},
                samples[case["samples"]],
            )
        except Exception as e:
            print("refused:", case["name"], case["layout"], str(e)[:200])
            raise
        arrays.update({f"o{number}_{i}": o for i, o in enumerate(out)})
        done.append(case)
    target = pathlib.Path(__file__).with_name("auto_aug.npz")
    np.savez_compressed(target, cases=json.dumps(done), tables=json.dumps(tables()), **arrays)
    print(f"{len(done)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
