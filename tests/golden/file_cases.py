"""The cases of files.json: what is asked of the readers of single files, of DALI's and of adali's alike."""

from __future__ import annotations

import itertools
from typing import Any

Case = tuple[str, dict[str, Any]]

#: Arguments that are names below tests/golden/files.
PATHS = ("file_root", "files", "file_list", "annotations_file", "manifest_filepaths")
#: Arguments that are names of types.
TYPES = ("dtype", "dtypes", "image_type")

_NUMPY = {"file_root": "numpy/many"}
_KINDS = ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "scalar", "empty", "fortran", "c")
_SEQUENCE = {"file_root": "sequence"}
_NEMO = {"manifest_filepaths": ["nemo_asr/all.json"]}
_COCO = {"file_root": "coco", "annotations_file": "coco/instances.json"}
_POLYGONS = {"file_root": "coco", "annotations_file": "coco/polygons.json"}


def _numpy() -> list[Case]:
    found: list[Case] = [("numpy", {"files": [f"numpy/kinds/{kind}.npy"]}) for kind in _KINDS]
    found += [
        ("numpy", {"files": [f"numpy/kinds/{kind}.npy"]})
        for kind in ("complex", "text", "nothing", "../../reader_cases.py")
    ]
    tree = {"file_root": "numpy/tree"}
    found += [("numpy", {**tree, **args}) for args in (
        {}, {"file_filter": "*.NPY"}, {"file_filter": "[0-9].npy"}, {"file_filter": "*"}, {"file_filter": "*.zip"},
        {"files": ["numpy/tree/a/1.npy"], "file_list": "numpy/tree/list.txt"},
    )]  # fmt: skip
    found += [("numpy", {"file_list": f"numpy/tree/{name}.txt"}) for name in ("list", "spaces", "empty", "none")]
    found += [("numpy", {"file_root": "numpy/tree/a", "file_list": "numpy/tree/list.txt"})]
    found += [("numpy", {}), ("numpy", {"files": []}), ("numpy", {"file_root": "numpy/none"})]
    regions: list[dict[str, Any]] = [
        {"roi_start": [1, 2, 3]},
        {"roi_start": [1], "roi_axes": [1]},
        {"roi_start": [1], "roi_axes": [-1]},
        {"roi_end": [1], "roi_axes": [0]},
        {"roi_shape": [1, 2, 3]},
        {"roi_start": [1, 1, 1], "roi_shape": [1, 2, 3]},
        {"roi_start": [1], "roi_end": [2]},
        {"roi_start": [1, 2], "roi_end": [3, 3], "roi_axes": [2, 0]},
        {"roi_axes": [0]},
        {"rel_roi_start": [0.5, 0.5, 0.5]},
        {"rel_roi_start": [0.3, 0.34, 0.1], "rel_roi_end": [0.8, 0.9, 0.7]},
        {"rel_roi_start": [0.25, 0.1, 0.3], "rel_roi_shape": [0.5, 0.37, 0.5]},
        {"rel_roi_start": [0.2, 0.13, 0.11], "rel_roi_shape": [0.5, 0.25, 0.3]},
        {"roi_start": [0, 1, 2], "rel_roi_shape": [0.5, 0.4, 0.3]},
        {"roi_start": [0, 1, 2], "rel_roi_end": [1.0, 1.0, 0.9]},
        {"roi_start": [-1, 0, 0], "roi_end": [3, 4, 5]},
        {"roi_start": [-1, 0, 2], "roi_end": [4, 4, 9], "out_of_bounds_policy": "pad", "fill_value": 7.5},
        {"roi_start": [-1, 0, 2], "roi_end": [4, 4, 9], "out_of_bounds_policy": "trim_to_shape"},
        {"roi_start": [5, 0, 0], "roi_end": [6, 2, 2], "out_of_bounds_policy": "trim_to_shape"},
        {"roi_start": [5, 0, 0], "roi_end": [6, 2, 2], "out_of_bounds_policy": "pad", "fill_value": 2.5},
        {"rel_roi_start": [-0.5, 0.0, 0.0], "out_of_bounds_policy": "pad"},
        {"rel_roi_shape": [1.5, 1.0, 1.1], "out_of_bounds_policy": "pad", "fill_value": -1.0},
        {"roi_start": [1, 1, 1], "roi_end": [0, 2, 2]},
        {"roi_start": [1, 1, 1], "roi_end": [1, 2, 2]},
        {"roi_start": [1, 1]},
        {"roi_axes": [0, 0], "roi_start": [1, 1]},
        {"roi_axes": [5], "roi_start": [1]},
        {"roi_start": [0, 0, 0], "rel_roi_start": [0.0, 0.0, 0.0]},
        {"roi_end": [1, 1, 1], "roi_shape": [1, 1, 1]},
        {"rel_roi_end": [1.0, 1.0, 1.0], "roi_shape": [1, 1, 1]},
        {"out_of_bounds_policy": "nonsense"},
        {"roi_shape": [-1, 2, 2]},
        {"cache_header_information": True},
        {"dont_use_mmap": True, "roi_start": [1, 1, 1]},
        {"use_o_direct": True},
    ]
    for region, order in itertools.product(regions, ("c", "fortran")):
        found.append(("numpy", {"files": [f"numpy/kinds/{order}.npy"], **region}))
    integers = {"files": ["numpy/kinds/i2.npy"], "roi_start": [-1, 0], "roi_end": [3, 3], "out_of_bounds_policy": "pad"}
    found += [("numpy", {**integers, "fill_value": value}) for value in (2.5, -3.5, 1e6)]
    return found


def _sequence() -> list[Case]:
    found: list[Case] = []
    for length, step, stride in (
        (1, 1, 1),
        (3, 1, 1),
        (3, 2, 1),
        (2, 1, 3),
        (3, 4, 2),
        (9, 1, 1),
        (10, 1, 1),
        (0, 1, 1),
    ):
        found.append(("sequence", {**_SEQUENCE, "sequence_length": length, "step": step, "stride": stride}))
    kinds = [{**_SEQUENCE, "sequence_length": 2, "step": 5, "image_type": kind} for kind in ("RGB", "BGR", "GRAY")]
    found += [("sequence", args) for args in kinds]
    return [*found, ("sequence", {"file_root": "sequence/none", "sequence_length": 1})]


def _nemo() -> list[Case]:
    more: list[dict[str, Any]] = [
        {},
        {"read_idxs": True},
        {"read_text": False, "read_sample_rate": False},
        {"read_sample_rate": False, "read_idxs": True},
        {"max_duration": 2.0, "read_idxs": True},
        {"min_duration": 1.0, "read_idxs": True},
        {"min_duration": 0.5, "max_duration": 1.5, "read_idxs": True},
        {"downmix": False},
        {"dtype": "INT16"},
        {"dtype": "INT32"},
        {"dtype": "FLOAT16"},
        {"sample_rate": 8000.0},
        {"sample_rate": 12000.0, "quality": 0.0, "downmix": False},
    ]
    found: list[Case] = [("nemo_asr", {**_NEMO, **args}) for args in more]
    manifests = (["two"], ["two", "nested"], ["nothing"], ["missing"], ["behind"], ["none"])
    paths = [[f"nemo_asr/{name}.json" for name in names] for names in manifests]
    found += [("nemo_asr", {"manifest_filepaths": names, "read_idxs": True}) for names in paths]
    return found


def _coco() -> list[Case]:
    more: list[dict[str, Any]] = [
        {},
        {"ltrb": True},
        {"ratio": True},
        {"ltrb": True, "ratio": True, "image_ids": True},
        {"image_ids": True, "skip_empty": True},
        {"size_threshold": 5.0, "image_ids": True},
        {"size_threshold": 8.0, "skip_empty": True, "polygon_masks": True},
        {"include_iscrowd": False},
        {"include_iscrowd": False, "skip_empty": True, "image_ids": True},
        {"avoid_class_remapping": True},
        {"polygon_masks": True},
        {"polygon_masks": True, "ratio": True, "image_ids": True},
        {"masks": True},
        {"pixelwise_masks": True},
        {"pixelwise_masks": True, "include_iscrowd": False, "image_ids": True},
        {"pixelwise_masks": True, "avoid_class_remapping": True},
        {"pixelwise_masks": True, "size_threshold": 6.0, "ltrb": True},
        {"pixelwise_masks": True, "polygon_masks": True},
        {"images": ["12.jpg", "9.jpg", "12.jpg"], "image_ids": True},
        {"images": ["none.jpg", "9.jpg"], "image_ids": True},
        {"images": ["none.jpg"]},
        {"save_preprocessed_annotations": True},
    ]
    found: list[Case] = [("coco", {**_COCO, **args}) for args in more]
    found += [("coco", {**_POLYGONS, **args}) for args in ({"polygon_masks": True}, {"pixelwise_masks": True})]
    found += [("coco", {**_COCO, "annotations_file": f"coco/{name}.json"}) for name in ("bad", "none")]
    return [*found, ("coco", {"file_root": "coco"})]


#: One epoch, sample by sample.
SINGLE: list[Case] = [*_numpy(), *_sequence(), *_nemo(), *_coco()]

#: NumPy files that are read by io.file.read and decoded by decoders.numpy, and the type of the output.
DECODED: list[tuple[str, str | None]] = [
    (f"numpy/kinds/{kind}.npy", dtype)
    for kind in (*_KINDS[:-2], "c", "complex", "text", "none")
    for dtype in (None, "FLOAT", "INT8")
]

#: Arguments with which COCO annotations are saved, and read again.
SAVED: list[dict[str, Any]] = [
    {},
    {"image_ids": True},
    {"polygon_masks": True, "image_ids": True},
    {"pixelwise_masks": True},
    {"pixelwise_masks": True, "image_ids": True, "include_iscrowd": False, "ltrb": True},
    {"polygon_masks": True, "ratio": True, "skip_empty": True},
]

#: Readers whose epochs are compared.
EPOCHS: list[tuple[str, dict[str, Any], int]] = [
    ("numpy", _NUMPY, 14),
    ("sequence", {**_SEQUENCE, "sequence_length": 3}, 13),
    ("nemo_asr", {**_NEMO, "read_idxs": True, "read_text": False}, 12),
    ("coco", {**_COCO, "image_ids": True}, 13),
]
BATCH = 4


def epochs() -> list[tuple[str, dict[str, Any], int]]:
    """Every combination of shards, padding and sticking: reader, arguments, samples of a shard at most."""
    found = []
    for reader, files, size in EPOCHS:
        for shards, pad, stick in itertools.product((1, 3, 8), (False, True), (False, True)):
            for shard in range(shards):
                args = {"num_shards": shards, "shard_id": shard, "pad_last_batch": pad, "stick_to_shard": stick}
                found.append((reader, {**files, **args}, -(-size // shards)))
    return found


def shuffled() -> list[tuple[str, dict[str, Any], int]]:
    """The same with shuffling, by a window of samples and before each epoch."""
    orders: list[dict[str, Any]] = [{"random_shuffle": True, "initial_fill": 5}, {"shuffle_after_epoch": True}]
    found = []
    for order, (reader, args, size) in itertools.product(orders, epochs()):
        whole = "shuffle_after_epoch" in order
        if not (whole and (args["stick_to_shard"] or reader == "sequence")):  # both refuse; no such argument
            found.append((reader, {**args, **order}, size))
    return found
