"""The operators of videos give what the real DALI gives, and what PyAV decodes where DALI needs a GPU.

The files were written by FFmpeg's encoders: tests/golden/make_video_data.py.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.sync
from adali import types

av = pytest.importorskip("av", reason="PyAV is in the extra video")

GOLDEN_FOLDER = pathlib.Path(__file__).parent.parent / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "video.json").read_text())
FILES = GOLDEN_FOLDER / "files" / "video"
ORACLE = os.environ.get("ADALI_ORACLE_PYTHON")
#: Largest difference of a pixel. With PyAV 18 there is none; other versions of FFmpeg may round in other ways.
TOLERANCE = 2

sys.path.insert(0, str(GOLDEN_FOLDER))
import video_run  # noqa: E402

sys.path.pop(0)


@pytest.fixture
def runner(tmp_path: pathlib.Path) -> Any:
    return video_run.Runner(adali.sync.Pipeline, fn, types, tmp_path)


def name_of(value: Any) -> str:
    return json.dumps(value)[:100] if isinstance(value, dict) else value if isinstance(value, str) else ""


def check(got: Any, wanted: Any) -> None:
    """Compare outputs as ``video_run.described`` has them."""
    assert got[:3] == wanted[:3]
    if isinstance(wanted[3], str):
        mine, theirs = (text.partition("/") for text in (got[3], wanted[3]))
        assert mine[2] == theirs[2], "other frames"
        pixels = [np.frombuffer(bytes.fromhex(p[0]), np.uint8).astype(int) for p in (mine, theirs)]
        np.testing.assert_allclose(*pixels, atol=TOLERANCE)
    else:
        np.testing.assert_allclose(got[3], wanted[3], atol=1e-9)


def check_all(got: Any, wanted: Any) -> None:
    assert len(got) == len(wanted)
    for row, expected in zip(got, wanted, strict=True):
        assert len(row) == len(expected)
        for output, want in zip(row, expected, strict=True):
            check(output, want)


@pytest.mark.parametrize(("args", "expected"), GOLDEN["readers"], ids=name_of)
def test_sequences_are_dalis(runner: Any, args: dict[str, Any], expected: Any) -> None:
    if expected is None:
        with pytest.raises(adali.AdaliError):
            runner.sequences(args)
    else:
        check_all(runner.sequences(args), expected)


@pytest.mark.parametrize(("args", "batches", "meta"), GOLDEN["epochs"], ids=name_of)
def test_shards_padding_and_epochs_are_dalis(runner: Any, args: dict[str, Any], batches: Any, meta: Any) -> None:
    assert runner.numbers(args) == [batches, meta]


@pytest.mark.parametrize(("name", "args", "expected"), GOLDEN["decoders"], ids=name_of)
def test_decoded_videos_are_dalis(runner: Any, name: str, args: dict[str, Any], expected: Any) -> None:
    if expected is None:
        with pytest.raises(adali.AdaliError):
            runner.decoded(name, args)
    else:
        check(runner.decoded(name, args), expected)


@pytest.mark.parametrize(("names", "batch", "args", "expected"), GOLDEN["inputs"], ids=name_of)
def test_videos_that_are_fed_are_dalis(
    runner: Any, names: Any, batch: int, args: dict[str, Any], expected: Any
) -> None:
    if expected is None:
        with pytest.raises(adali.AdaliError):
            runner.fed(names, batch, args)
    else:
        check_all(runner.fed(names, batch, args), expected)


@pytest.mark.skipif(not ORACLE, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali")
@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_golden_file_is_what_the_real_dali_gives(tmp_path: pathlib.Path) -> None:
    assert ORACLE is not None
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(
        [ORACLE, "make_video.py", str(tmp_path / "video.json")],
        check=True, capture_output=True, cwd=GOLDEN_FOLDER, env={**environment, "DALI_DISABLE_NVML": "1"},
    )  # fmt: skip
    assert json.loads((tmp_path / "video.json").read_text()) == GOLDEN
