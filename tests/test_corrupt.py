"""Corrupt input through a whole pipeline: ``raise`` names the file, ``skip`` and ``replace`` lose no good sample."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
import adali.sync
from adali import fn

HERE = Path(__file__).parent
IMAGES = HERE.parent / "adali" / "cli" / "images"
CORRUPT = HERE.parent.parent / "shared" / "data" / "formats" / "corrupt"
GOOD = sorted(IMAGES.rglob("*.jpg"))[:6]


def pipeline(cls: Any, files: list[str], on_error: str, batch_size: int = 3) -> Any:
    pipe = cls(batch_size=batch_size, num_threads=2, device_id=None, on_error=on_error)
    with pipe:
        encoded, labels = fn.readers.file(files=files, labels=list(range(len(files))), name="reader")
        images = fn.resize(fn.decoders.image(encoded), size=[16, 16])
        pipe.set_outputs(images, labels)
    return pipe


def bad_files(folder: Path) -> dict[str, Path]:
    whole = GOOD[0].read_bytes()
    files = {}
    for k in range(20):
        path = folder / f"cut_{k:02}.jpg"
        path.write_bytes(whole[: len(whole) * k // 20])
        files[path.stem] = path
    for name, data in {"empty": b"", "text": b"this is no image\n" * 50, "noise": bytes(range(256)) * 40}.items():
        files[name] = folder / f"{name}.jpg"
        files[name].write_bytes(data)
    return files


NAMES = [f"cut_{k:02}" for k in range(20)] + ["empty", "text", "noise"]

# The files that DALI's collection calls corrupt, which the real DALI 2.4 decodes all the same: size and mean it gives.
TOLERATED = {
    "bmp/1.bmp": ((24, 31, 3), 133.526882),
    "bmp/2.bmp": ((31, 23, 3), 133.002338),
    "bmp/3.bmp": ((40, 28, 3), 168.023214),
    "bmp/4.bmp": ((23, 30, 3), 94.812077),
    "jpeg/1.jpg": ((188, 250, 3), 133.444695),
    "jpeg/2.jpg": ((125, 94, 3), 133.396851),
    "jpeg/3.jpg": ((160, 114, 3), 167.848209),
    "jpeg/4.jpg": ((90, 120, 3), 94.408027),
}


@pytest.mark.parametrize("on_error", ["raise", "skip", "replace"])
@pytest.mark.parametrize("name", TOLERATED)
def test_what_dali_tolerates_is_decoded_as_dali_does(name: str, on_error: str) -> None:
    if not CORRUPT.is_dir():
        pytest.skip("the corrupt files of ../shared are not in this checkout")
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None, on_error=on_error)
    with pipe:
        encoded, _ = fn.readers.file(files=[str(CORRUPT / name)])
        pipe.set_outputs(fn.decoders.image(encoded))
    (images,) = pipe.run()
    assert images.at(0).shape == TOLERATED[name][0]
    assert images.at(0).mean() == pytest.approx(TOLERATED[name][1], abs=1e-4)
    assert pipe.stats().skipped == 0
    pipe.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.asyncio
async def test_raise_names_operator_line_sample_and_file(name: str, tmp_path: Path) -> None:
    bad = bad_files(tmp_path)[name]
    files = [str(GOOD[0]), str(bad), *map(str, GOOD[1:5])]
    async with pipeline(adali.Pipeline, files, "raise") as pipe:
        with pytest.raises(adali.OperatorError) as caught:
            await pipe.run()
        error = caught.value
        assert error.source == str(bad)
        assert str(bad) in str(error)
        assert error.sample == 1
        assert error.iteration == 0
        assert error.operator == "decoders__Image"
        assert error.line is not None
        assert error.line.filename == __file__
        assert "decoders.image" in error.line.text
        assert isinstance(error.__cause__, ValueError)
        await pipe.reset()
        _, labels = await pipe.run()
        assert labels.as_array().reshape(-1).tolist() == [3, 4, 5], "the next batch is whole"


@pytest.mark.parametrize("name", NAMES)
def test_skip_delivers_every_good_sample_once(name: str, tmp_path: Path) -> None:
    bad = bad_files(tmp_path)[name]
    files = [str(GOOD[0]), str(bad), *map(str, GOOD[1:])]
    pipe = pipeline(adali.sync.Pipeline, files, "skip")
    for epoch in (1, 2):
        seen = [int(x) for _, labels in pipe for x in labels.as_array().reshape(-1)]
        assert seen == [0, 3, 2, 4, 5, 6], "the bad sample's place is refilled by the next sample"
        stats = pipe.stats()
        assert stats.skipped >= epoch
        assert {e.source for e in stats.errors} == {str(bad)}
    pipe.close()


@pytest.mark.parametrize("name", NAMES[::4])
def test_replace_keeps_the_batch_whole(name: str, tmp_path: Path) -> None:
    bad = bad_files(tmp_path)[name]
    files = [str(GOOD[0]), str(bad), *map(str, GOOD[1:5])]
    pipe = pipeline(adali.sync.Pipeline, files, "replace")
    batches = [(i.as_array().copy(), la.as_array().reshape(-1).tolist()) for i, la in pipe]
    assert [la for _, la in batches] == [[0, 0, 2], [3, 4, 5]]
    np.testing.assert_array_equal(batches[0][0][0], batches[0][0][1])
    assert pipe.stats().skipped >= 1
    pipe.close()


@pytest.mark.parametrize("on_error", ["raise", "skip", "replace"])
def test_a_file_that_vanishes(on_error: str, tmp_path: Path) -> None:
    files = [str(shutil.copy(p, tmp_path)) for p in GOOD]
    pipe = pipeline(adali.sync.Pipeline, files, on_error)
    pipe.build()
    os.remove(files[1])
    if on_error == "raise":
        with pytest.raises(adali.OperatorError, match=r"readers__File(.|\n)*" + Path(files[1]).name):
            pipe.run()
        assert pipe.run()[1].as_array().reshape(-1).tolist() == [3, 4, 5]
    else:
        expected = [0, 2, 3, 4, 5] if on_error == "skip" else [0, 0, 2, 3, 4, 5]
        assert sorted(int(x) for _, la in pipe for x in la.as_array().reshape(-1)) == expected
        assert pipe.stats().errors[0].source == files[1]
    pipe.close()


@pytest.mark.parametrize("on_error", ["skip", "replace"])
def test_nothing_but_bad_files_is_an_error_and_no_endless_loop(on_error: str, tmp_path: Path) -> None:
    files = []
    for k in range(4):
        path = tmp_path / f"{k}.jpg"
        path.write_bytes(b"nothing")
        files.append(str(path))
    pipe = pipeline(adali.sync.Pipeline, files, on_error)
    with pytest.raises(adali.OperatorError, match="decoders__Image"):
        pipe.run()
    pipe.close()


def test_one_reader_of_two_with_nothing_but_bad_files_is_an_error_and_no_endless_loop(tmp_path: Path) -> None:
    """Every one of its epochs ends with a batch in which nothing is left."""
    good = [tmp_path / f"{k}" for k in range(4)]
    for path in good:
        path.write_bytes(b"data")
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=None, on_error="skip")
    with pipe:
        bad, _ = fn.readers.file(files=[str(tmp_path / "missing")], pad_last_batch=True)
        pipe.set_outputs(bad, *fn.readers.file(files=[str(path) for path in good]))
    for _ in range(3):  # and what comes after the error is found anew
        with pytest.raises(adali.errors.OperatorError, match="missing"):
            pipe.run()
    assert list(pipe) == []
    pipe.close()


def test_a_directory_without_images(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.md").write_text("no image")
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(*fn.readers.file(file_root=str(tmp_path)))
    with pytest.raises(ValueError, match=str(tmp_path)):
        pipe.build()
