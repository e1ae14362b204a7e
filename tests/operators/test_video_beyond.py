"""Videos beyond what the real DALI can be asked on a CPU: codecs, older arguments, damage, files, feeding."""

from __future__ import annotations

import os
import pathlib
import shutil
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali import types
from adali.samplers import ShuffleSampler

av = pytest.importorskip("av", reason="PyAV is in the extra video")

from adali.kernels import video as kernel  # noqa: E402
from adali.operators.reader._open_videos import OpenVideos  # noqa: E402

FILES = pathlib.Path(__file__).parent.parent / "golden" / "files" / "video"
#: Videos that DALI decodes on the GPU only, and the number of their frames.
OTHERS = {
    "h264.mp4": 30,
    "h264.ts": 30,
    "h264.h264": 30,
    "h264_irregular.mkv": 20,
    "mpeg4.avi": 30,
    "hevc.mp4": 20,
}


def number(frame: Any) -> int:
    """The number that stands in a picture, see tests/golden/make_video_data.py."""
    side = frame.shape[1] // 8
    return sum(int(frame[side // 2, side * bit + side // 2].mean() > 128) << bit for bit in range(6))


def numbers(sequence: Any) -> list[int]:
    return [number(frame) for frame in np.asarray(sequence)]


def path(name: str) -> str:
    return str(FILES / name)


def pipeline(graph: Any, batch_size: int = 2, **options: Any) -> Any:
    options = {"num_threads": 2, "device_id": None, "seed": 3, **options}
    pipe = adali.sync.Pipeline(batch_size=batch_size, **options)
    with pipe:
        made = graph()
        pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
    return pipe


def samples(graph: Any, batch_size: int = 2, **options: Any) -> list[tuple[Any, ...]]:
    """One epoch, sample by sample."""
    pipe = pipeline(graph, batch_size, **options)
    found = [tuple(np.array(output.at(i)) for output in batch) for batch in pipe for i in range(len(batch[0]))]
    pipe.close()
    return found


# ---- codecs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OTHERS)
def test_any_frame_of_any_codec(name: str) -> None:
    with av.open(path(name)) as container:
        every = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(every) == OTHERS[name]
    index = kernel.read_index(path(name))
    assert len(index) == len(every)
    decoder = kernel.Decoder(path(name), index)
    whole = kernel.decode(decoder, range(len(every)), np.empty)
    assert numbers(whole) == list(range(len(every)))
    # PyAV's own conversion takes the nearest colour, so that pixels beside edges of colours differ.
    assert np.abs(whole.astype(int) - np.stack(every)).mean() < 4
    rng = np.random.default_rng(4)
    for _ in range(8):
        some = rng.integers(0, len(every), 5).tolist()
        np.testing.assert_array_equal(kernel.decode(decoder, some, np.empty), whole[some])
    decoder.close()
    pipe = pipeline(lambda: fn.decoders.video(types.Constant(data(name), device="cpu")), 1)
    np.testing.assert_array_equal(pipe.run()[0].at(0), whole)
    pipe.close()


def test_only_what_is_needed_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    original = kernel.Decoder._passed

    def passed(self: Any, frame: Any) -> None:
        original(self, frame)
        decoded.append(self.position - 1)

    monkeypatch.setattr(kernel.Decoder, "_passed", passed)
    index = kernel.read_index(path("vp9.webm"))
    assert index.keys.tolist() == [0, 12, 24]
    decoder = kernel.Decoder(path("vp9.webm"), index)
    for wanted, expected in (([26, 27], [24, 25, 26, 27]), ([28], [28]), ([14], [12, 13, 14]), ([25], [24, 25])):
        decoded.clear()
        kernel.decode(decoder, wanted, np.empty)
        assert decoded == expected
    decoder.close()


def test_workers_decode_no_frame_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequences that follow one another are decoded one after the other, where a key frame is far."""
    decoded = []
    original = kernel.Decoder._passed

    def passed(self: Any, frame: Any) -> None:
        original(self, frame)
        decoded.append(self.position - 1)

    taken = []
    take = OpenVideos.take

    def counted(*args: Any) -> Any:
        taken.append(args)
        return take(*args)

    monkeypatch.setattr(kernel.Decoder, "_passed", passed)
    monkeypatch.setattr(OpenVideos, "take", counted)
    names = [path("vp9.webm"), path("lagging.mp4")]
    found = samples(lambda: fn.readers.video(filenames=names, sequence_length=2), 8, num_threads=4)
    assert [numbers(video) for (video,) in found[:15]] == [[k, k + 1] for k in range(0, 30, 2)]
    assert len(taken) >= 15 + 11  # and what was read ahead of the second epoch
    assert len(decoded) <= 2 * len(taken)
    assert sorted(set(decoded)) == list(range(30))


def test_a_worker_does_not_wait_for_ever_for_samples_that_failed_before() -> None:
    videos = OpenVideos(Any)  # type: ignore[arg-type]
    index = kernel.read_index(path("vp9.webm"))
    for sample in (2, 4, 1):
        decoder = videos.take(path("vp9.webm"), index, 2 * sample, 2 * sample + 2, (0, sample))
        kernel.decode(decoder, [2 * sample, 2 * sample + 1], np.empty)
        videos.give(decoder, True)
    assert decoder.position == 4
    videos.close()


def test_ycbcr_is_what_rgb_comes_from() -> None:
    for name in ("vp9.webm", "mjpeg.avi"):
        args = {"filenames": [path(name)], "sequence_length": 4}
        (rgb, *_), (ycbcr, *_) = (
            samples(lambda a=a: fn.readers.video(**a)) for a in (args, {**args, "image_type": types.YCbCr})
        )
        y, cb, cr = (ycbcr[0][..., c].astype(float) for c in range(3))
        y = 1.164 * (y - 16)
        made = np.stack(
            [y + 1.596 * (cr - 128), y - 0.813 * (cr - 128) - 0.392 * (cb - 128), y + 2.017 * (cb - 128)], -1
        )
        assert np.abs(np.clip(made, 0, 255) - rgb[0]).max() < 5


# ---- arguments ---------------------------------------------------------------------------------------------------


def test_the_older_arguments(tmp_path: pathlib.Path) -> None:
    """readers.video and experimental.readers.video are one reader under different arguments."""
    names = [path("vp9.webm"), path("mjpeg.avi")]
    old = samples(
        lambda: fn.readers.video(
            filenames=names, labels=[], sequence_length=4, stride=2, pad_sequences=True, enable_frame_num="sequence",
            enable_timestamps=True, skip_vfr_check=True, additional_decode_surfaces=5, channels=3,
        )
    )  # fmt: skip
    new = samples(
        lambda: fn.experimental.readers.video(
            filenames=names, labels=[0, 1], sequence_length=4, stride=2, pad_mode="constant",
            enable_frame_num="sequence", enable_timestamps=True,
        )
    )  # fmt: skip
    assert len(old) == len(new) == 4 + 2
    for one, other in zip(old, new, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    assert old[-1][2].tolist() == [8, 10, -1, -1]
    args = {"filenames": names, "sequence_length": 5}
    bytes_ = samples(lambda: ops.VideoReader(**args)())
    floats = samples(lambda: fn.video_reader(**args, dtype=types.FLOAT))
    unit = samples(lambda: fn.readers.video(**args, dtype=types.FLOAT, normalized=True))
    for a, b, c in zip(bytes_, floats, unit, strict=True):
        assert b[0].dtype == c[0].dtype == np.float32
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_allclose(c[0], a[0] / 255, atol=1e-6)
    for wrong, message in (
        ({"channels": 1}, "channels must be 3"),
        ({"normalized": True}, "dtype FLOAT"),
        ({"dtype": types.INT16}, "UINT8 or FLOAT"),
        ({"image_type": types.GRAY}, "RGB or YCbCr"),
        ({"step": 0}, "step must not be 0"),
        ({"stride": 0}, "stride must be positive"),
        ({"sequence_length": 0}, "sequence_length must be positive"),
        ({"filenames": None, "file_root": str(tmp_path), "enable_timestamps": True}, "file_root gives labels only"),
    ):
        with pytest.raises(adali.ArgumentError, match=message):
            pipeline(lambda w=wrong: fn.readers.video(**{**args, **w})).build()


@pytest.mark.parametrize(
    ("line", "args", "wanted"),
    [
        ("1 3 7", {"file_list_frame_num": True}, [3, 4, 5, 6]),
        ("1 2.5 7.5", {"file_list_frame_num": True}, [3, 4, 5, 6]),
        ("1 -4", {"file_list_frame_num": True}, [7, 8, 9, 10]),
        ("1 1 -8", {"file_list_frame_num": True}, [1, 2]),
        ("1 0.1 0.3", {}, [3, 4, 5, 6]),
        ("1 0.1 0.3", {"file_list_include_preceding_frame": True}, [2, 3, 4, 5, 6, 7]),
        ("1 0.12 0.28", {}, [3, 4, 5, 6]),
        ("1 0.3 9", {}, [8, 9, 10]),
    ],
)
def test_parts_of_videos_in_lists(tmp_path: pathlib.Path, line: str, args: Any, wanted: list[int]) -> None:
    (tmp_path / "list.txt").write_text(f"{path('mjpeg.avi')} {line}\n")
    found = samples(
        lambda: fn.readers.video(
            file_list=str(tmp_path / "list.txt"),
            sequence_length=1,
            enable_frame_num=True,
            enable_timestamps=True,
            **args,
        )
    )
    assert [int(n[0]) for _, _, n, _ in found] == wanted
    assert [number(v[0]) for v, *_ in found] == wanted
    np.testing.assert_allclose([t[0] for *_, t in found], np.array(wanted) / 25)


def test_the_end_of_a_range_may_be_included(tmp_path: pathlib.Path) -> None:
    (tmp_path / "list.txt").write_text(f"{path('mjpeg.avi')} 1 2 5\n")
    for args, last in (({}, 4), ({"file_list_include_end": False}, 4), ({"file_list_include_end": True}, 5)):
        found = samples(
            lambda a=args: fn.experimental.readers.video(
                file_list=str(tmp_path / "list.txt"), file_list_format="frames", sequence_length=1, **a
            )
        )
        assert [number(v[0]) for v, _ in found] == list(range(2, last + 1))


@pytest.mark.parametrize(
    "line", ["x.avi", "x.avi 1 2 3 4", "x.avi one", "x.avi 1.5", "x.avi -1", "x.avi 1 nan", "x.avi 1 -0.5"]
)
def test_a_bad_line_is_named(tmp_path: pathlib.Path, line: str) -> None:
    (tmp_path / "list.txt").write_text(f"{path('mjpeg.avi')} 1\n{line}\n")
    with pytest.raises(adali.ArgumentError, match=r"line 2 of .*list\.txt"):
        pipeline(lambda: fn.readers.video(file_list=str(tmp_path / "list.txt"), sequence_length=1)).build()


def test_resized_sequences_are_those_of_resize() -> None:
    args = {"filenames": [path("vp8.webm"), path("h264.mp4")], "labels": [5, 6], "sequence_length": 3, "name": "r"}

    def size() -> Any:
        return fn.random.uniform(range=[8, 20], shape=[2], seed=5)

    for make, resize in (
        (lambda: {"size": [10, 12]}, {}),
        (lambda: {"resize_shorter": 13.0, "interp_type": types.INTERP_CUBIC}, {}),
        (lambda: {"size": size(), "antialias": False}, {"dtype": types.FLOAT}),
    ):
        both = []
        for graph in (
            lambda m=make, r=resize: list(fn.readers.video_resize(**args, **m(), **r)),
            lambda m=make, r=resize: [
                fn.resize((made := fn.readers.video(**args))[0], **m(), **r), made[1]
            ],
        ):  # fmt: skip
            both.append(samples(graph, 3))
        for one, other in zip(*both, strict=True):
            assert one[0].dtype == other[0].dtype
            np.testing.assert_array_equal(one[0], other[0])
            np.testing.assert_array_equal(one[1], other[1])
    (first, *_) = samples(lambda: fn.readers.video_resize(**args, size=[4, 4], dtype=types.FLOAT, normalized=True))
    assert 0 <= first[0].min() <= first[0].max() <= 1
    with pytest.raises(adali.ArgumentError, match="size of the output"):
        pipeline(lambda: fn.video_reader_resize(**args)).build()


# ---- order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shards", [1, 3, 8])
def test_shuffled_shards_are_the_whole(shards: int) -> None:
    def make(shard: int, **more: Any) -> Any:
        return lambda: fn.experimental.readers.video(
            filenames=[path("mjpeg.avi"), path("vp8.webm")], labels=[0, 100], sequence_length=2, enable_frame_num=True,
            num_shards=shards, shard_id=shard, prefetch_queue_depth=2, **more,
        )[1:]  # fmt: skip

    for more in ({"random_shuffle": True, "initial_fill": 5}, {"sampler": ShuffleSampler(seed=2)}):
        pipes = [pipeline(make(shard, **more), 3) for shard in range(shards)]
        orders = []
        for _ in range(3):
            found = [int(b[0].at(i)[0] + b[1].at(i)[0]) for p in pipes for b in p for i in range(len(b[0]))]
            assert sorted(found) == [0, 2, 4, 6, 8, *range(100, 116, 2)]
            orders.append(found)
        assert orders[0] != orders[1]
        for pipe in pipes:
            pipe.close()


# ---- files that are missing or damaged ---------------------------------------------------------------------------


def test_lazy_init() -> None:
    args = {"filenames": ["nowhere.mp4"], "sequence_length": 1}
    with pytest.raises(adali.ArgumentError, match=r"nowhere\.mp4"):
        pipeline(lambda: fn.experimental.readers.video(**args)).build()
    pipe = pipeline(lambda: fn.experimental.readers.video(**args, lazy_init=True))
    pipe.build()
    with pytest.raises(adali.AdaliError, match=r"nowhere\.mp4"):
        pipe.run()
    pipe.close()


@pytest.mark.parametrize("policy", ["raise", "skip", "replace"])
def test_a_bad_video_is_one_sample_that_fails(tmp_path: pathlib.Path, policy: str) -> None:
    good = path("mjpeg.avi")
    (tmp_path / "bad.mp4").write_bytes(b"nothing of use" * 20)
    names = [good, str(tmp_path / "bad.mp4"), str(tmp_path / "gone.mp4"), path("vp8.webm")]
    pipe = pipeline(lambda: fn.experimental.readers.video(filenames=names, sequence_length=4), 8, on_error=policy)
    if policy == "raise":
        with pytest.raises(adali.OperatorError, match=r"bad\.mp4|gone\.mp4") as caught:
            pipe.run()
        assert caught.value.source in names[1:3]
    else:
        (batch,) = next(iter(pipe))
        found = [numbers(batch.at(i)) for i in range(len(batch))]
        assert len(found) == (6 if policy == "skip" else 8)
        assert {f[0] for f in found} == {0, 4, 8, 12}
        assert {e.source for e in pipe.stats().errors} == set(names[1:3])
    pipe.close()


def test_a_damaged_frame_is_the_failure_of_its_sequence(tmp_path: pathlib.Path) -> None:
    data = bytearray((FILES / "vp9.webm").read_bytes())
    with av.open(path("vp9.webm")) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.size]
    data[places[26] : places[28]] = bytes(places[28] - places[26])
    (tmp_path / "bad.webm").write_bytes(data)
    name = str(tmp_path / "bad.webm")
    pipe = pipeline(lambda: fn.readers.video(filenames=[name], sequence_length=3), 16, on_error="skip")
    (batch,) = next(iter(pipe))
    found = [numbers(batch.at(i)) for i in range(len(batch))]
    assert found[:8] == [list(range(k, k + 3)) for k in range(0, 24, 3)]
    assert [e.source for e in pipe.stats().errors] == [name] * len(pipe.stats().errors)
    pipe.close()


def test_a_codec_that_nobody_knows(tmp_path: pathlib.Path) -> None:
    encoded = (FILES / "mjpeg.avi").read_bytes().replace(b"MJPG", b"XXXX")
    (tmp_path / "x.avi").write_bytes(encoded)
    with pytest.raises(adali.ArgumentError, match=r"x\.avi: there is no decoder"):
        pipeline(lambda: fn.readers.video(filenames=[str(tmp_path / "x.avi")], sequence_length=1)).build()


def test_what_is_no_video_in_a_folder_is_left_out(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("b/2.avi", "a/1.avi"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(path("mjpeg.avi"), tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("notes")
    found = samples(lambda: fn.readers.video(file_root=str(tmp_path), sequence_length=11))
    assert [int(label[0]) for _, label in found] == [0, 1]
    assert "notes.txt is no video" in caplog.text


def test_no_file_stays_open(tmp_path: pathlib.Path) -> None:
    names = []
    for k in range(40):
        names.append(str(tmp_path / f"{k}.avi"))
        shutil.copy(path("mjpeg.avi"), names[-1])

    def opened() -> int:
        targets = []
        for fd in os.listdir("/proc/self/fd"):
            try:
                targets.append(os.readlink(f"/proc/self/fd/{fd}"))
            except OSError:
                continue
        return sum(target.startswith(str(tmp_path)) for target in targets)

    if not os.path.exists("/proc/self/fd"):
        pytest.skip("open files are listed in /proc")
    pipe = pipeline(lambda: fn.readers.video(filenames=names, sequence_length=11), 4)
    for _ in pipe:
        assert opened() <= 34
    assert opened() > 0
    pipe.close()
    assert opened() == 0


def test_videos_in_a_store_are_those_on_disk() -> None:
    fsspec = pytest.importorskip("fsspec", reason="memory:// is a file system of fsspec")
    store = fsspec.filesystem("memory")
    names = ["h264.mp4", "vp9.webm", "mpeg4.avi"]
    for name in names:
        store.pipe_file(f"/adali-videos/a/{name}", (FILES / name).read_bytes())
    try:
        args = {"sequence_length": 5, "step": 7}
        wanted = samples(lambda: fn.experimental.readers.video(filenames=[path(n) for n in sorted(names)], **args))
        got = samples(lambda: fn.experimental.readers.video(file_root="memory://adali-videos", **args))
        assert len(got) == len(wanted) == 12
        for (video, _), (want,) in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(video, want)
    finally:
        store.rm("/adali-videos", recursive=True)


def test_lists_within_data_open_no_files() -> None:
    """An upload that is a list of files must not read those of the server."""
    text = f"ffconcat version 1.0\nfile {path('mjpeg.avi')}\n"
    pipe = pipeline(lambda: fn.decoders.video(types.Constant(np.frombuffer(text.encode(), np.uint8), device="cpu")))
    with pytest.raises(adali.OperatorError, match="no video"):
        pipe.run()
    pipe.close()


# ---- checkpoints and feeding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(0, 9, 2))
def test_a_reader_goes_on_from_a_checkpoint(cut: int) -> None:
    def make(**options: Any) -> Any:
        return pipeline(
            lambda: fn.readers.video(
                filenames=[path("mjpeg.avi"), path("h264.mp4")], sequence_length=3, random_shuffle=True
            ),
            enable_checkpointing=True,
            **options,
        )

    pipe = make()
    pipe.build()
    for _ in range(cut):
        pipe.run()
    checkpoint = pipe.checkpoint()
    wanted = [numbers(o.at(i)) for _ in range(6) for (o,) in [pipe.run()] for i in range(len(o))]
    pipe.close()
    again = make(checkpoint=checkpoint)
    assert [numbers(o.at(i)) for _ in range(6) for (o,) in [again.run()] for i in range(len(o))] == wanted
    again.close()


def feeding(**args: Any) -> Any:
    options = args.pop("options", {})
    pipe = pipeline(
        lambda: fn.experimental.inputs.video(name="v", **{"sequence_length": 4, **args}),
        prefetch_queue_depth=1,
        **options,
    )
    pipe.build()
    return pipe


def data(name: str) -> Any:
    return np.fromfile(path(name), np.uint8)


def shown(pipe: Any) -> list[list[int]]:
    (output,) = pipe.run()
    return [numbers(output.at(i)) for i in range(len(output))]


def test_feeding_videos() -> None:
    pipe = feeding(no_copy=True)
    assert pipe.input_feed_count("v") == 1
    pipe.feed_input("v", data("h264_irregular.mkv")[None])
    pipe.feed_input("v", [np.frombuffer(b"no video at all", np.uint8)])
    pipe.feed_input("v", [data("mjpeg.avi")])
    assert [shown(pipe) for _ in range(3)] == [
        [[0, 1, 2, 3], [4, 5, 6, 7]],
        [[8, 9, 10, 11], [12, 13, 14, 15]],
        [[16, 17, 18, 19]],
    ]
    with pytest.raises(adali.OperatorError, match="video 1 of those that were fed: this is no video"):
        pipe.run()
    assert shown(pipe) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert shown(pipe) == [[8, 9, 10]]
    with pytest.raises(adali.OperatorError, match="no data was fed"):
        pipe.run()
    for wrong in ([data("mjpeg.avi")] * 2, [data("mjpeg.avi").astype(np.int32)], data("mjpeg.avi")):
        with pytest.raises((TypeError, ValueError)):
            pipe.feed_input("v", wrong)
    pipe.close()


def test_a_blocking_input_waits_for_a_video() -> None:
    import threading

    pipe = feeding(blocking=True)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(shown(pipe)))
    thread.start()
    pipe.feed_input("v", [data("mjpeg.avi")])
    thread.join(30)
    assert found == [[[0, 1, 2, 3], [4, 5, 6, 7]]]
    pipe.close()


def test_feeding_goes_on_from_a_checkpoint() -> None:
    pipe = feeding(options={"enable_checkpointing": True})
    for name in ("mjpeg.avi", "vp8.webm"):
        pipe.feed_input("v", [data(name)])
    everything = []
    checkpoints = []
    for _ in range(5):
        checkpoints.append(pipe.checkpoint())
        everything.append(shown(pipe))
    pipe.close()
    for place, fed in ((1, ("mjpeg.avi", "vp8.webm")), (2, ("vp8.webm",)), (3, ("vp8.webm",))):
        again = feeding(options={"enable_checkpointing": True, "checkpoint": checkpoints[place]})
        for name in fed:
            again.feed_input("v", [data(name)])
        assert [shown(again) for _ in range(5 - place)] == everything[place:]
        again.close()
