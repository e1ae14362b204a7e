"""The cases of readers.json: what is asked of the readers of containers, of DALI's and of adali's alike."""

from __future__ import annotations

import itertools
from typing import Any

#: Names of files stand for paths below tests/golden/readers. A feature is [kind, shape, type, default].
FEATURES: dict[str, Any] = {
    "number": ["fixed", [1], "int64", -1],
    "four": ["fixed", [2, 2], "int64", 0],
    "many": ["var", None, "int64", 0],
    "three": ["var", None, "float32", 0.0],
    "image": ["fixed", [], "string", ""],
}
_TF = {"path": ["a.tfrecord", "b.tfrecord", "c.tfrecord"]}
_TF["index_path"] = [f"{p}.idx" for p in _TF["path"]]
_WDS = {"paths": ["a.tar", "b.tar", "c.tar"]}
_INDEXED = {**_WDS, "index_paths": [f"{p}.idx" for p in _WDS["paths"]]}
_REC = {"path": ["a.rec", "b.rec", "c.rec"], "index_path": ["all.idx"]}
_CAFFE = {"path": ["caffe_a", "caffe_b"]}
_CAFFE2 = {"path": ["caffe2_single"]}

Case = tuple[str, dict[str, Any]]


def _one_tfrecord() -> list[Case]:
    files = {"path": "a.tfrecord", "index_path": "a.tfrecord.idx"}
    features: list[tuple[str, list[Any]]] = [
        ("number", ["fixed", [], "int64", -1]),
        ("four", ["fixed", [4], "int64", -1]),
        ("four", ["fixed", [1, 2, 2], "int64", -1]),
        ("four", ["fixed", [3], "int64", -1]),
        ("four", ["var", [2], "int64", -1]),
        ("four", ["var", [3], "int64", -1]),
        ("four", ["var", [2, 2], "int64", -1]),
        ("four", ["var", [], "int64", -1]),
        ("four", ["var", None, "int64", -1]),
        ("three", ["fixed", [3], "float32", 0.5]),
        ("three", ["fixed", [3, 1], "float32", 0.5]),
        ("three", ["var", [3], "float32", 0.5]),
        ("image", ["fixed", [1], "string", ""]),
        ("image", ["fixed", [2], "string", ""]),
        ("image", ["var", None, "string", ""]),
        ("two", ["fixed", [], "string", ""]),
        ("two", ["fixed", [2], "string", ""]),
        ("nothing", ["fixed", [], "string", ""]),
    ]
    return [("tfrecord", {**files, "features": {name: feature}}) for name, feature in features]


def _webdatasets() -> list[Case]:
    found: list[Case] = []
    for archive, indexed in itertools.product(("odd.tar", "plain.tar", "pax.tar"), (False, True)):
        if archive == "odd.tar" and indexed:
            continue
        files = {"paths": archive, **({"index_paths": f"{archive}.idx"} if indexed else {})}
        for ext, behavior in itertools.product(
            (["txt"], ["jpg", "txt"], ["jpg;jpeg;JPG", "txt"], ["seg.png;png"], ["png"], ["nothing"], [""], [".txt"]),
            ("", "empty", "skip", "error"),
        ):
            found.append(("webdataset", {**files, "ext": ext, "missing_component_behavior": behavior}))
        for ext in (["JPG", "txt"], ["TXT"], ["jpg;jpeg", "txt;seg.png"]):
            for sensitive in (False, True):
                args = {"ext": ext, "case_sensitive_extensions": sensitive, "missing_component_behavior": "skip"}
                found.append(("webdataset", {**files, **args}))
    odd: list[dict[str, Any]] = [
        {"ext": ["txt", "txt"]},
        {"ext": ["txt;jpg", "jpg"]},
        {"ext": ["txt", "jpg"], "missing_component_behavior": "Skip"},
        {"ext": ["txt", "jpg"], "missing_component_behavior": "nonsense"},
        {"ext": ["txt; jpg"]},
        {"ext": ["txt;"]},
        {"ext": ["nothing; jpg"]},
        {"ext": ["nothing;jpg "]},
        {"ext": []},
    ]
    found += [("webdataset", {"paths": "odd.tar", **args}) for args in odd]
    found.append(("webdataset", {"paths": "long.tar", "index_paths": "long.tar.idx", "ext": ["jpg", "txt"]}))
    for dtypes in (["FLOAT"], ["INT16", "FLOAT"], ["INT32", "UINT8"], ["INT64", "UINT8"], ["UINT8"], ["INT8", "BOOL"]):
        ext = ["left.bin"] if len(dtypes) == 1 else ["left.bin", "cls"]
        found.append(("webdataset", {"paths": "a.tar", "ext": ext, "dtypes": dtypes}))
    found.append(("webdataset", {"paths": ["a.tar", "b.tar"], "index_paths": ["a.tar.idx"], "ext": ["cls"]}))
    found.append(("webdataset", {"paths": "a.tar", "ext": ["json", "cls"], "missing_component_behavior": "error"}))
    found.append(("webdataset", {"paths": "a.tar", "ext": ["bin"]}))
    return found


def _caffe2() -> list[Case]:
    found: list[Case] = [
        ("caffe2", {"path": "caffe2_single"}),
        ("caffe2", {"path": "caffe2_sparse", "label_type": 1, "num_labels": 6}),
        ("caffe2", {"path": "caffe2_sparse", "label_type": 1}),
        ("caffe2", {"path": "caffe2_dense", "label_type": 2, "num_labels": 3}),
        ("caffe2", {"path": "caffe2_dense", "label_type": 2}),
        ("caffe2", {"path": "caffe2_weighted", "label_type": 3, "num_labels": 6}),
        ("caffe2", {"path": "caffe2_none", "label_type": 4}),
        ("caffe2", {"path": "caffe2_boxes", "bbox": True}),
        ("caffe2", {"path": "caffe2_labels_only", "image_available": False}),
        ("caffe2", {"path": "caffe2_extra", "additional_inputs": 2}),
        ("caffe2", {"path": "caffe2_extra", "additional_inputs": 1, "bbox": True}),
        ("caffe2", {"path": "caffe2_extra_boxes", "additional_inputs": 1, "bbox": True}),
        ("caffe2", {"path": "caffe2_sparse_boxes", "label_type": 1, "num_labels": 6}),
        ("caffe2", {"path": "caffe2_weighted_boxes", "label_type": 3, "num_labels": 6, "additional_inputs": 1}),
        ("caffe2", {"path": "caffe2_raw"}),
        ("caffe2", {"path": "caffe2_gray"}),
        ("caffe2", {"path": "caffe2_single", "label_type": 5}),
        ("caffe2", {"path": "caffe2_single", "label_type": -1}),
    ]
    return found


#: One epoch, sample by sample.
SINGLE: list[Case] = [
    ("tfrecord", {**_TF, "features": FEATURES}),
    *_one_tfrecord(),
    ("tfrecord", {**_TF, "features": FEATURES, "dont_use_mmap": True}),
    ("tfrecord", {**_TF, "features": FEATURES, "dont_use_mmap": True, "use_o_direct": True}),
    ("tfrecord", {**_TF, "features": FEATURES, "use_o_direct": True}),
    ("tfrecord", {**_TF, "features": {}}),
    ("tfrecord", {"path": _TF["path"], "index_path": "a.tfrecord.idx", "features": FEATURES}),
    ("webdataset", {**_WDS, "ext": ["cls", "left.bin", "json"]}),
    ("webdataset", {**_INDEXED, "ext": ["json", "cls"], "missing_component_behavior": "skip"}),
    ("webdataset", {**_INDEXED, "ext": ["left.bin"], "dont_use_mmap": True}),
    *_webdatasets(),
    ("mxnet", _REC),
    ("mxnet", {**_REC, "dont_use_mmap": True}),
    ("mxnet", {"path": "odd.rec", "index_path": "odd.idx"}),
    ("mxnet", {"path": "split.rec", "index_path": "split.idx"}),
    ("mxnet", {"path": "a.rec", "index_path": "reversed.idx"}),
    ("mxnet", {"path": "a.rec", "index_path": "some.idx"}),
    ("caffe", _CAFFE),
    ("caffe", {"path": "caffe_raw"}),
    ("caffe", {"path": "caffe_large"}),
    ("caffe", {"path": "caffe_a", "label_available": False}),
    ("caffe", {"path": "caffe_a", "image_available": False}),
    ("caffe", {"path": "caffe_a", "image_available": False, "label_available": False}),
    *_caffe2(),
]

#: Readers whose epochs are compared, with the output that holds the number of the sample.
_EPOCHS: list[tuple[str, dict[str, Any]]] = [
    ("tfrecord", {**_TF, "features": {"number": FEATURES["number"]}}),
    ("webdataset", {**_WDS, "ext": ["cls"]}),
    ("mxnet", _REC),
    ("caffe", _CAFFE),
    ("caffe2", _CAFFE2),
]
BATCH = 4


def epochs() -> list[tuple[str, dict[str, Any], int]]:
    """Every combination of shards, padding, sticking and shuffling: reader, arguments, samples to a shard at most."""
    found = []
    for reader, files in _EPOCHS:
        size = 14 if reader in ("tfrecord", "webdataset") else 12
        orders: list[dict[str, Any]] = [{}, {"random_shuffle": True, "initial_fill": 5}]
        if "caffe" not in reader:
            orders += [{"shuffle_after_epoch": True}, {"shuffle_after_epoch": True, **orders[1]}]
        for order, shards, pad, stick in itertools.product(orders, (1, 3, 8), (False, True), (False, True)):
            for shard in range(shards):
                args = {"num_shards": shards, "shard_id": shard, "pad_last_batch": pad, "stick_to_shard": stick}
                if stick and order.get("shuffle_after_epoch"):
                    continue  # both refuse
                found.append((reader, {**files, **order, **args}, -(-size // shards)))
    return found
