"""Damaged files of every format: no crash, no hang, no good sample lost, and errors that name the file; flat memory."""

from __future__ import annotations

import gc
import json
import logging
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.sync
from adali import types

FILES = pathlib.Path(__file__).parent.parent / "golden" / "files"

Graph = Callable[[pathlib.Path], Any]


def mutated(rng: np.random.Generator, data: bytes) -> bytes:
    """Bytes with one to three wounds."""
    found = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        if not found:
            break
        at = int(rng.integers(0, len(found)))
        # Headers are where harm can be done.
        if rng.random() < 0.5:
            at = int(rng.integers(0, min(len(found), 300)))
        kind = int(rng.integers(0, 6))
        if kind == 0:
            found[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            found[at] = int(rng.integers(0, 256))
        elif kind == 2:
            del found[at:]
        elif kind == 3:
            del found[at : at + int(rng.integers(1, 20))]
        elif kind == 4:
            found[at:at] = rng.bytes(int(rng.integers(1, 20)))
        else:
            found[at : at + 8] = bytes([int(rng.choice([0, 255]))]) * 8
    return bytes(found)


class Format:
    """A data set in a folder, of which one file is damaged.

    Args:
        source: folder below tests/golden/files to copy.
        victim: the file that is damaged.
        graph: makes the reader; its last output (the last value of it) tells the samples apart.
        good: numbers of the samples that do not lie in the victim.
        listing: whether the victim says what there is, so that a damaged one may be refused as a whole.
    """

    def __init__(self, source: str, victim: str, graph: Graph, good: set[int], listing: bool = False) -> None:
        self.source, self.victim, self.graph, self.good, self.listing = source, victim, graph, good, listing


def _coco(folder: pathlib.Path) -> Any:
    path = str(folder / "instances.json")
    return fn.readers.coco(file_root=str(folder), annotations_file=path, pixelwise_masks=True, image_ids=True)


def _nemo(folder: pathlib.Path) -> Any:
    return fn.readers.nemo_asr(manifest_filepaths=str(folder / "m.json"), read_text=False, read_idxs=True)


def _last(node: Any) -> Any:
    """The last pixel of the last frame."""
    return node[-1, -1, -1, -1]


def _videos(victim: str) -> Graph:
    """A reader of a damaged video between two good ones."""

    def graph(folder: pathlib.Path) -> Any:
        names = [str(folder / name) for name in ("vp8.webm", victim, "mjpeg_good.avi")]
        video, label, number = fn.experimental.readers.video(
            filenames=names, labels=[0, 1000, 2000], sequence_length=4, enable_frame_num=True
        )
        return [video, label + number]

    return graph


def _fed(folder: pathlib.Path) -> Any:
    files, labels = fn.readers.file(files=[str(folder / name) for name in ("vp8.webm", "hevc.mp4", "mjpeg_good.avi")])
    return [fn.decoders.video(files), labels]


#: Sequences of the good videos, see _videos.
_GOOD = {0, 4, 8, 12, 2000, 2004}

FORMATS = {
    **{f"video {v}": Format("video", v, _videos(v), _GOOD) for v in ("vp9.webm", "h264.mp4", "mjpeg.avi", "h264.ts")},
    "video decoded": Format("video", "hevc.mp4", _fed, {0, 2}),
    "numpy": Format(
        "numpy/many",
        "y/07.npy",
        lambda d: fn.readers.numpy(file_root=str(d), roi_start=[0, 0, 0], roi_end=[2, 2, 1]),
        set(range(14)) - {7},
    ),
    "numpy not mapped": Format(
        "numpy/many",
        "y/07.npy",
        lambda d: fn.readers.numpy(file_root=str(d), roi_start=[0, 0, 0], roi_end=[2, 2, 1], dont_use_mmap=True),
        set(range(14)) - {7},
    ),
    "numpy decoded": Format(
        "numpy/many",
        "y/07.npy",
        lambda d: fn.decoders.numpy(fn.readers.file(file_root=str(d), file_filters="*")[0]),
        set(range(14)) - {7},
    ),
    "fits": Format(
        "fits",
        "two.fits",
        lambda d: fn.experimental.readers.fits(file_root=str(d), file_filter="t[yw]*", dtypes=types.FLOAT64),
        set(),
    ),
    "sequence": Format(
        "sequence",
        "10/004.bmp",
        lambda d: _last(fn.readers.sequence(file_root=str(d), sequence_length=2)),
        {1, 2, 3, 6, 7, 8, *range(10, 16), 17, 18},
    ),
    "nemo sound": Format("nemo_asr", "05.flac", _nemo, set(range(12)) - {5}),
    "nemo manifest": Format("nemo_asr", "m.json", _nemo, set(), listing=True),
    "coco annotations": Format("coco", "instances.json", _coco, set(), listing=True),
    "coco saved": Format(
        "coco",
        "saved/offsets.dat",
        lambda d: fn.readers.coco(
            file_root=str(d), preprocessed_annotations=str(d / "saved"), polygon_masks=True, image_ids=True
        ),
        set(),
        listing=True,
    ),
    "parquet": Format(
        "parquet",
        "numbers.parquet",
        lambda d: fn.readers.parquet(file_root=str(d), columns=["list", "number"]),
        {100, 101},
    ),
}


class Squares:
    """A map-style data set."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> Any:
        return np.full((30, 40, 3), index, np.uint8)


def _named(folder: pathlib.Path) -> Any:
    """Files that are named by files."""
    for number, path in enumerate(sorted(folder.rglob("*.npy"))):
        (folder / f"{number}.name").write_text(str(path))
    names, _ = fn.readers.file(files=[str(path) for path in sorted(folder.glob("*.name"))])
    return fn.io.file.read(names)


#: With those that have no format of their own; their memory is watched.
ALL = {
    **FORMATS,
    "io.file.read": Format("numpy/many", "", _named, set()),
    "data set": Format("numpy/many", "", lambda d: fn.readers.dataset(dataset=Squares()), set()),
}


def prepared(name: str, folder: pathlib.Path) -> pathlib.Path:
    """A copy of the format's files, and what else it needs."""
    if name == "fits":
        pytest.importorskip("astropy", reason="astropy is in the extra fits")
    if name == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is in the extra parquet")
    if "coco" in name:
        pytest.importorskip("pycocotools", reason="pycocotools is in the extra coco")
    if "video" in name:
        pytest.importorskip("av", reason="PyAV is in the extra video")
    target = folder / name.replace(" ", "_")
    shutil.copytree(FILES / ALL[name].source, target)
    if "video" in name:
        shutil.copy(target / "mjpeg.avi", target / "mjpeg_good.avi")
    if name.startswith("nemo"):
        text = (target / "all.json").read_text(encoding="utf-8").replace("@/", f"{target}/")
        (target / "m.json").write_text(text, encoding="utf-8")
    if name == "coco saved":
        (target / "saved").mkdir()
        pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
        with pipe:
            more = {"save_preprocessed_annotations": True, "save_preprocessed_annotations_dir": str(target / "saved")}
            source = str(target / "instances.json")
            pipe.set_outputs(
                *fn.readers.coco(
                    file_root=str(target), annotations_file=source, polygon_masks=True, image_ids=True, **more
                )
            )
        pipe.build()
        pipe.close()
    if name == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"number": [100, 101], "list": [[1, 2], [3, 4]]}), target / "z.parquet")
    return target


def delivered(pipe: Any) -> list[int]:
    found = []
    for batch in pipe:
        output = batch[-1] if isinstance(batch, tuple) else batch
        for i in range(len(output)):
            values = np.asarray(output.at(i)).reshape(-1)
            found.append(int(values[0]) if values.size else -1)
    return found


def made(name: str, folder: pathlib.Path, on_error: str, batch_size: int = 3) -> Any:
    pipe = adali.sync.Pipeline(batch_size=batch_size, num_threads=2, device_id=None, on_error=on_error)
    with pipe:
        nodes = ALL[name].graph(folder)
        pipe.set_outputs(*(nodes if isinstance(nodes, (list, tuple)) else [nodes]))
    return pipe


def wound(name: str, folder: pathlib.Path, count: int, seed: int) -> tuple[int, int]:
    """Damage the victim again and again; returns how often nothing was noticed, and how often all was refused."""
    rng = np.random.default_rng(seed)
    form = FORMATS[name]
    victims = [folder / form.victim]
    if name == "coco saved":
        victims = sorted((folder / "saved").iterdir())
    whole = {victim: victim.read_bytes() for victim in victims}
    pipe = made(name, folder, "raise")
    every = sorted(delivered(pipe))
    pipe.close()
    unnoticed = refused = 0
    for turn in range(count):
        victim = victims[turn % len(victims)]
        victim.write_bytes(mutated(rng, whole[victim]))
        on_error = ("skip", "raise", "replace")[turn % 3]
        pipe = made(name, folder, on_error)
        refusal: adali.AdaliError | None = None
        found: list[int] = []
        try:
            found = sorted(delivered(pipe))
        except adali.AdaliError as e:
            refusal = e
        finally:
            pipe.close()
            victim.write_bytes(whole[victim])
        if isinstance(refusal, adali.ArgumentError):
            refused += 1
            assert form.listing or name == "parquet", refusal
            assert str(folder) in str(refusal)
        elif isinstance(refusal, adali.OperatorError):
            # In a small data set, all samples of a batch may be in the damaged file.
            assert on_error != "skip" or not form.good, refusal
            assert refusal.source is not None, refusal
        else:
            assert refusal is None, refusal
            unnoticed += found == every
            # A container of videos that is damaged may show its frames at more times than before.
            assert len(found) <= len(every) + 3 or "video" in name
            if on_error == "skip":
                # The number in a damaged sample may have become that of another one.
                assert form.good <= set(found), turn
                assert form.listing or len(found) <= len(every) or "video" in name, turn
                assert name != "fits" or len(found) >= len(every) - 1
    return unnoticed, refused


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    log = logging.getLogger("adali")
    before, log.level = log.level, logging.ERROR
    yield
    log.setLevel(before)


@pytest.mark.parametrize("name", FORMATS)
def test_damage_does_no_harm(name: str, tmp_path: pathlib.Path) -> None:
    unnoticed, refused = wound(name, prepared(name, tmp_path), 20, seed=1)
    assert unnoticed + refused < 20, "some damage must be noticed, and some be the failure of a sample"


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", FORMATS)
def test_two_thousand_wounds(name: str, tmp_path: pathlib.Path) -> None:
    print(name, wound(name, prepared(name, tmp_path), 2000, seed=2))


def test_lines_beside_a_damaged_one_are_read(tmp_path: pathlib.Path) -> None:
    folder = prepared("nemo manifest", tmp_path)
    lines = (folder / "m.json").read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace(":", ";")
    (folder / "m.json").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(adali.ArgumentError, match=r"line 5 of the manifest .*m\.json"):
        made("nemo manifest", folder, "raise").build()
    pipe = made("nemo manifest", folder, "skip")
    assert delivered(pipe) == list(range(11))
    pipe.close()


def test_a_damaged_parquet_footer_costs_its_file_only(tmp_path: pathlib.Path) -> None:
    folder = prepared("parquet", tmp_path)
    (folder / "numbers.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(adali.ArgumentError, match=r"numbers\.parquet"):
        made("parquet", folder, "raise").build()
    pipe = made("parquet", folder, "skip")
    assert delivered(pipe) == [100, 101]
    pipe.close()


# ---- memory ------------------------------------------------------------------------------------------------------


def resident() -> int:
    """Resident memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def soak(name: str, folder: pathlib.Path, epochs: int) -> float:
    """How much larger the process is after so many epochs than after a quarter of them."""
    pipe = made(name, folder, "raise", batch_size=4)
    sizes = []
    for epoch in range(epochs):
        delivered(pipe)
        if epoch in (epochs // 4, epochs - 1):
            gc.collect()
            sizes.append(resident())
    pipe.close()
    return sizes[1] / sizes[0]


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", [name for name in ALL if name != "nemo manifest"])
def test_memory_is_flat(name: str, tmp_path: pathlib.Path) -> None:
    assert soak(name, prepared(name, tmp_path), 12) < 1.05


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", [name for name in ALL if name != "nemo manifest"])
def test_memory_is_flat_over_200_epochs(name: str, tmp_path: pathlib.Path) -> None:
    ratio = soak(name, prepared(name, tmp_path), 200)
    print(f"{name}: {ratio:.4f}")
    assert ratio < 1.05


def test_coco_json_of_other_shapes(tmp_path: pathlib.Path) -> None:
    for root in ([], 5, {"images": 5}, {"images": [], "annotations": {}, "categories": []}, {"images": [None]}):
        (tmp_path / "a.json").write_text(json.dumps(root))
        pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
        with pipe:
            pipe.set_outputs(*fn.readers.coco(file_root=str(tmp_path), annotations_file=str(tmp_path / "a.json")))
        with pytest.raises(adali.ArgumentError, match=r"a\.json"):
            pipe.build()
