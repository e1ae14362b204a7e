"""Runs cases of video_cases.py, on the real DALI or on adali: whoever calls says which modules."""

from __future__ import annotations

import pathlib
import shutil
from typing import Any

import numpy as np
from video_cases import BATCH, EPOCH_SIZE

__all__ = ["ROOT", "Runner"]

ROOT = pathlib.Path(__file__).parent / "files" / "video"
#: How many values of a sequence are kept.
KEPT = 36


class Runner:
    """Runs cases.

    Args:
        pipeline: the class Pipeline.
        fn, types: the modules.
        scratch: an empty folder; file lists and a tree of classes are written there.
    """

    def __init__(self, pipeline: Any, fn: Any, types: Any, scratch: pathlib.Path) -> None:
        self.pipeline, self.fn, self.types, self.scratch = pipeline, fn, types, scratch
        for name, source in {
            "a/0.avi": "mjpeg.avi",
            "a/deep/9.avi": "mjpeg.avi",
            "b/1.webm": "vp8.webm",
            "b/10.avi": "mjpeg.avi",
            "beside.avi": "mjpeg.avi",
        }.items():
            (scratch / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, scratch / "tree" / name)
        (scratch / "tree" / "empty").mkdir()
        (scratch / "tree" / "b" / "notes.txt").write_text("no video")

    def converted(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a case, with paths and types in place of their names."""
        args = dict(args)
        if "filenames" in args:
            args["filenames"] = [str(ROOT / name) for name in args["filenames"]]
        if "file_root" in args:
            args["file_root"] = str(self.scratch / args["file_root"])
        if "list" in args:
            path = self.scratch / "list.txt"
            path.write_text(args.pop("list").replace("@", str(ROOT)))
            args["file_list"] = str(path)
        if "image_type" in args:
            args["image_type"] = getattr(self.types, args["image_type"])
        return args

    def reader(self, args: dict[str, Any], batch: int = 1, **options: Any) -> Any:
        """A pipeline of one reader."""
        pipe = self.pipeline(batch_size=batch, num_threads=2, device_id=None, seed=1, **options)
        with pipe:
            made = self.fn.experimental.readers.video(name="reader", **self.converted(args))
            pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
        pipe.build()
        return pipe

    def sequences(self, args: dict[str, Any]) -> list[Any]:
        """For each sequence of an epoch its outputs."""
        pipe = self.reader(args)
        return [
            [described(np.array(o.at(0)), o.layout()) for o in pipe.run()]
            for _ in range(pipe.reader_meta("reader")["epoch_size"])
        ]

    def numbers(self, args: dict[str, Any]) -> list[Any]:
        """Which sequences are in each batch, over three epochs, and the meta data."""
        pipe = self.reader(args, BATCH)
        largest = -(-EPOCH_SIZE // args["num_shards"])
        batches = []
        for _ in range(3 * -(-largest // BATCH) + 1):
            _, labels, frames = pipe.run()
            batches.append([int(np.array(labels.at(i))[0] + np.array(frames.at(i))[0]) for i in range(len(labels))])
        return [batches, pipe.reader_meta("reader")]

    def decoded(self, name: str, args: dict[str, Any]) -> list[Any]:
        """What a file holds, decoded from memory."""
        pipe = self.pipeline(batch_size=1, num_threads=2, device_id=None, seed=1)
        with pipe:
            encoded = self.types.Constant(np.fromfile(ROOT / name, np.uint8), device="cpu")
            pipe.set_outputs(self.fn.decoders.video(encoded, **args))
        pipe.build()
        (output,) = pipe.run()
        return described(np.array(output.at(0)), output.layout())

    def fed(self, names: list[str], batch: int, args: dict[str, Any]) -> list[Any]:
        """The batches of videos that are fed."""
        pipe = self.pipeline(batch_size=batch, num_threads=2, device_id=None, seed=1)
        with pipe:
            pipe.set_outputs(self.fn.experimental.inputs.video(name="input", **args))
        pipe.build()
        frames = 0
        for name in names:
            pipe.feed_input("input", [np.fromfile(ROOT / name, np.uint8)])
            frames += {"mjpeg.avi": 11, "vp8.webm": 17, "vp9.webm": 30, "odd.webm": 13, "lagging.mp4": 23}.get(name, 1)
        batches = []
        while frames > 0:
            (output,) = pipe.run()
            batches.append([described(np.array(output.at(i)), output.layout()) for i in range(len(output))])
            whole = sum(np.array(output.at(i)).any(axis=(1, 2, 3)).sum() for i in range(len(output)))
            frames -= int(whole)
            assert whole
        return batches


def described(array: Any, layout: str) -> list[Any]:
    """[type, shape, layout, values]: of pixels some, evenly spread, in hexadecimal; of other outputs all."""
    head = [str(array.dtype), list(array.shape), layout]
    if array.dtype != np.uint8:
        return [*head, array.reshape(-1).tolist()]
    # The middle of each block with a bit of the frame's number, and pixels that move through the frames.
    flat = array.reshape(-1)
    if not flat.size:
        return [*head, ""]
    places = np.linspace(0, flat.size - 1, min(KEPT, flat.size)).astype(int)
    side = array.shape[2] // 8
    bits = array[:, side // 2, side // 2 : 6 * side : side, 1].reshape(-1)
    return [*head, flat[places].tobytes().hex() + "/" + (bits > 128).astype(np.uint8).tobytes().hex()[1::2]]
