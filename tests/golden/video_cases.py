"""The cases of video.json: what is asked of the operators of videos, of DALI's and of adali's alike."""

from __future__ import annotations

import itertools
from typing import Any

Args = dict[str, Any]

#: What the real DALI decodes on the CPU.
FILES = ("vp9.webm", "vp8.webm", "mjpeg.avi", "lagging.mp4", "odd.webm", "irregular.webm", "late.webm", "bt709.webm")

_M = {"filenames": ["mjpeg.avi"]}
_BOTH = {"enable_frame_num": "sequence", "enable_timestamps": True}
_FRAMES = {"file_list_format": "frames", "enable_frame_num": "sequence", "pad_mode": "constant", "sequence_length": 9}
_TIMES = {"enable_frame_num": "sequence", "pad_mode": "constant", "sequence_length": 9}
_MODES = ("none", "constant", "edge", "repeat", "reflect_1001", "symmetric", "reflect_101", "reflect")


def _readers() -> list[Args]:
    found: list[Args] = [{"filenames": [name], "sequence_length": 5, **_BOTH} for name in FILES]
    found += [{**_M, **args} for args in (
        {"sequence_length": 12},
        {"sequence_length": 3, "step": 2, "stride": 2},
        {"sequence_length": 3, "step": 4, "enable_frame_num": "scalar"},
        {"sequence_length": 3, "step": -5},
        {"sequence_length": 2, "stride": 5, "step": 1, "enable_frame_num": "sequence"},
        {"sequence_length": 15, "pad_mode": "constant", "fill_value": [255, 7, 0], **_BOTH},
        {"sequence_length": 15, "pad_mode": "constant", "fill_value": [1, 2]},
        {"sequence_length": 15, "pad_mode": "constant", "fill_value": [300]},
        {"sequence_length": 4, "pad_mode": "nonsense"},
        {"sequence_length": 5, "image_type": "GRAY"},
        {"sequence_length": 5, "image_type": "BGR"},
        {"sequence_length": 3, "labels": [4], "enable_frame_num": True},
        {"sequence_length": 3, "labels": [4], "enable_frame_num": False},
        {"sequence_length": 3, "labels": [4, 5]},
        {"sequence_length": 3, "labels": []},
        {"sequence_length": 3, "enable_frame_num": "nonsense"},
        {"sequence_length": 3, "file_root": "tree"},
        *({"sequence_length": n, "uniform_sample": True, "enable_frame_num": "sequence"} for n in (1, 5, 15)),
    )]  # fmt: skip
    for mode in _MODES:
        found.append({**_M, "sequence_length": 4, "stride": 2, "pad_mode": mode, **_BOTH})
        found.append({**_M, "sequence_length": 30, "pad_mode": mode, "enable_frame_num": "sequence"})
    found += [{"file_root": "tree", "sequence_length": 8, **more} for more in ({}, _BOTH)]
    found += [{"file_root": "nowhere", "sequence_length": 8}, {"file_root": "tree/a", "sequence_length": 8}]
    found += [{"sequence_length": 3}, {"filenames": ["none.avi"], "sequence_length": 3}]
    found += [{"filenames": ["mjpeg.avi", "vp8.webm"], "labels": [7, 3], "sequence_length": 5, **_BOTH}]
    lists = [
        "@/mjpeg.avi 3 2 5", "@/mjpeg.avi 3 -5 -2", "@/mjpeg.avi 3 7 11", "@/mjpeg.avi 3 7 15", "@/mjpeg.avi 3 0 -1",
        "@/mjpeg.avi 3 4 4\n@/vp8.webm 1 2 3", "@/mjpeg.avi 3 2.5 5.5", "@/mjpeg.avi 3 5 2\n@/vp8.webm 1 0 4",
        "  @/mjpeg.avi   3  1  4 \n\n@/vp8.webm 0",
    ]  # fmt: skip
    found += [{**_FRAMES, "list": text} for text in lists]
    found += [{**_FRAMES, "list": lists[2], "pad_mode": mode} for mode in _MODES]
    found += [{**_FRAMES, "list": lists[0], "sequence_length": 2, "enable_timestamps": True}]
    found += [{**_FRAMES, "list": text, "uniform_sample": True, "sequence_length": 4} for text in lists[:3]]
    for rounding in ("start_down_end_up", "start_up_end_down", "all_up", "all_down", "nonsense"):
        found.append(
            {**_TIMES, "list": "@/irregular.webm 4 0.2 0.4\n@/vp9.webm 2 0.05 0.23", "file_list_rounding": rounding}
        )
        found.append({**_FRAMES, "list": "@/irregular.webm 4 2.5 5.5", "file_list_rounding": rounding})
    for text in ("@/mjpeg.avi\n", "\n", "@/mjpeg.avi -4"):
        found.append({**_TIMES, "list": text})
    return [*found, {**_FRAMES, "list": lists[0], "file_list_format": "nonsense"}]


def _decoders() -> list[tuple[str, Args]]:
    found: list[tuple[str, Args]] = [(name, {}) for name in FILES]
    found += [(name, {"frames": [9, 3, 3, 1]}) for name in FILES[:-1]]
    more: list[Args] = [
        {"start_frame": 3},
        {"end_frame": 4},
        {"start_frame": 3, "end_frame": 9, "stride": 2},
        {"sequence_length": 4},
        {"start_frame": 1, "sequence_length": 4, "stride": 2},
        {"frames": [3, 20]},
        {"frames": [3, -1]},
        {"start_frame": 14},
        {"start_frame": -2},
        {"start_frame": -2, "sequence_length": 4, "pad_mode": "none"},
        {"start_frame": -2, "sequence_length": 4, "pad_mode": "edge"},
        {"start_frame": 5, "end_frame": 3},
        {"sequence_length": 0},
        {"sequence_length": -1},
        {"sequence_length": 3, "end_frame": 5},
        {"frames": [1], "start_frame": 2},
        {"frames": [1], "stride": 2},
        {"build_index": False, "frames": [5, 2, 9]},
        {"build_index": False, "start_frame": 3, "sequence_length": 12},
        {"sequence_length": 15, "fill_value": [1, 2]},
        {"sequence_length": 15, "fill_value": [300]},
        {"sequence_length": 13, "fill_value": [9, 8, 7]},
        {"sequence_length": 1, "affine": False},
    ]
    for mode in (*_MODES, "nonsense"):
        more += [
            {"frames": [3, 12, 15, 40], "pad_mode": mode, "fill_value": [9]},
            {"frames": [-1, -3], "pad_mode": mode},
        ]
        more += [{"sequence_length": 15, "pad_mode": mode}, {"start_frame": 8, "end_frame": 14, "pad_mode": mode}]
    return [*found, *(("mjpeg.avi", args) for args in more), ("../numpy/kinds/c.npy", {})]


#: experimental.readers.video: arguments. ``list`` is the text of a file list, ``@`` being the folder.
READERS = _readers()
#: decoders.video: a file, and arguments.
DECODERS = _decoders()
#: experimental.inputs.video: files that are fed, batch size, arguments.
INPUTS: list[tuple[list[str], int, Args]] = [
    (["mjpeg.avi", "vp8.webm"], 3, {"sequence_length": 3}),
    (["mjpeg.avi", "vp8.webm"], 3, {"sequence_length": 3, "last_sequence_policy": "pad"}),
    (["vp9.webm", "odd.webm", "mjpeg.avi"], 2, {"sequence_length": 4}),
    (["lagging.mp4"], 30, {"sequence_length": 1}),
    (["mjpeg.avi"], 2, {"sequence_length": 11}),
    (["mjpeg.avi"], 2, {"sequence_length": 12, "last_sequence_policy": "pad"}),
    (["mjpeg.avi"], 2, {"sequence_length": 3, "last_sequence_policy": "nonsense"}),
    (["../numpy/kinds/c.npy"], 2, {"sequence_length": 3}),
]

#: The data of the epochs, 13 sequences.
EPOCH_ARGS: Args = {
    "filenames": ["mjpeg.avi", "vp8.webm", "vp9.webm"],
    "labels": [0, 100, 200],
    "sequence_length": 2,
    "stride": 2,
    "enable_frame_num": "scalar",
}
EPOCH_SIZE = 2 + 4 + 7
BATCH = 4


def epochs() -> list[Args]:
    """Every combination of shards, padding and sticking."""
    found = []
    for shards, pad, stick in itertools.product((1, 3, 8), (False, True), (False, True)):
        for shard in range(shards):
            args = {"num_shards": shards, "shard_id": shard, "pad_last_batch": pad, "stick_to_shard": stick}
            found.append({**EPOCH_ARGS, **args})
    return found
