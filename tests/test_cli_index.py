"""``adali index``: its files are those of DALI's own scripts, byte for byte, and readers of both take them."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adali.cli import main

FILES = Path(__file__).parent / "golden" / "readers"


def copied(tmp_path: Path, *names: str) -> list[str]:
    for name in names:
        shutil.copy(FILES / name, tmp_path / name)
    return [str(tmp_path / name) for name in names]


@pytest.mark.parametrize("name", ["a.tfrecord", "b.tfrecord", "c.tfrecord", "a.tar", "b.tar", "c.tar", "pax.tar"])
def test_index_files_are_those_of_dalis_scripts(tmp_path: Path, name: str) -> None:
    output = tmp_path / "x.idx"
    assert main(["index", str(FILES / name), "-o", str(output)]) == 0
    assert output.read_bytes() == (FILES / f"{name}.idx").read_bytes()


@pytest.mark.parametrize("name", ["odd.tar", "plain.tar", "long.tar"])
def test_and_only_the_places_of_files_with_long_names_differ(tmp_path: Path, name: str) -> None:
    """There wds2idx gives the place of the name, see test_record_readers.py."""
    output = tmp_path / "x.idx"
    assert main(["index", str(FILES / name), "-o", str(output)]) == 0
    mine, theirs = output.read_text(), (FILES / f"{name}.idx").read_text()
    places = re.compile(r"\d+ (\d+ ddd)")
    assert places.sub(r"\1", mine) == places.sub(r"\1", theirs)


@pytest.mark.parametrize("name", ["a", "b", "c", "odd", "split"])
def test_recordio(tmp_path: Path, name: str) -> None:
    (path,) = copied(tmp_path, f"{name}.rec")
    assert main(["index", path]) == 0
    assert (tmp_path / f"{name}.idx").read_text() == (FILES / f"{name}.idx").read_text()


@pytest.mark.skipif("ADALI_ORACLE_PYTHON" not in os.environ, reason="ADALI_ORACLE_PYTHON is not set")
@pytest.mark.parametrize(("name", "script"), [("c.tfrecord", "tfrecord2idx"), ("c.tar", "wds2idx")])
def test_dalis_scripts_write_the_same_now(tmp_path: Path, name: str, script: str) -> None:
    tool = Path(os.environ["ADALI_ORACLE_PYTHON"]).parent / script
    if not tool.exists():
        pytest.skip(f"the oracle has no {script}")
    subprocess.run([tool, FILES / name, tmp_path / "theirs"], check=True, capture_output=True)
    assert main(["index", str(FILES / name), "-o", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_several_files_at_once_with_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = copied(tmp_path, "a.tfrecord", "b.tar", "c.rec")
    assert main(["index", *paths]) == 0
    assert {p.name for p in tmp_path.glob("*.idx")} == {"a.idx", "b.idx", "c.idx"}
    out, err = capsys.readouterr()
    assert (out, err) == ("12 samples in 3 files\n", "")


def test_the_bar_moves_with_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("adali.cli.progress.REDRAW_S", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["index", *copied(tmp_path, "a.tfrecord", "c.tfrecord")]) == 0
    shown = [int(p) for p in re.findall(r"(\d+)%", sys.stderr.getvalue())]  # type: ignore[attr-defined]
    assert shown == sorted(shown)
    assert shown[-1] == 100
    assert len(set(shown)) > 5


@pytest.mark.parametrize(("name", "kind"), [("a.tfrecord", "tfrecord"), ("a.tar", "tar"), ("a.rec", "rec")])
def test_the_format_is_known_by_the_first_bytes(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "train-00000-of-00001"
    shutil.copy(FILES / name, path)
    assert main(["index", str(path)]) == 0
    assert path.with_suffix(".idx").exists(), kind


@pytest.mark.parametrize("name", ["a.tfrecord", "a.tar", "a.rec"])
@pytest.mark.parametrize("skip", [False, True])
def test_damage_is_told_and_gives_an_index_only_if_asked(
    tmp_path: Path, name: str, skip: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = copied(tmp_path, name)
    data = bytearray(Path(path).read_bytes())
    place = {"a.tfrecord": 188 + 3, "a.tar": 2048 + 7, "a.rec": 44 + 1}[name]
    data[place] ^= 0x55
    Path(path).write_bytes(data)
    status = main(["index", path, *(["--skip-damaged"] if skip else [])])
    target = Path(path).with_suffix(".idx")
    assert status == (0 if skip else 1)
    assert target.exists() == skip
    err = capsys.readouterr().err
    assert f"{path}: no " in err
    if skip:
        whole = (FILES / ("a.idx" if name == "a.rec" else f"{name}.idx")).read_text().splitlines()
        lines = target.read_text().splitlines()
        assert len(lines) in (len(whole) - 1, len(whole))  # of a.tar's sample, the other files are left


def test_checksums_of_data_are_compared_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = copied(tmp_path, "a.tfrecord")
    data = bytearray(Path(path).read_bytes())
    data[188 + 40] ^= 1
    Path(path).write_bytes(data)
    assert main(["index", path]) == 0
    assert main(["index", "--verify", path]) == 1
    assert "the record at byte 188" in capsys.readouterr().err


def test_what_cannot_be_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*arguments: str) -> str:
        assert main(["index", *arguments]) == 1
        return capsys.readouterr().err

    paths = copied(tmp_path, "a.tfrecord", "a.tar")
    assert "several files" in told(*paths, "-o", str(tmp_path / "x"))
    assert "would be the index of several files" in told(*paths)
    assert "nowhere.tar" in told(str(tmp_path / "nowhere.tar"))
    (tmp_path / "letter").write_text("hello, this is no container of anything at all")
    assert "say --format" in told(str(tmp_path / "letter"))
    assert "cannot write" in told(paths[0], "-o", str(tmp_path / "no" / "folder"))
    assert not list(tmp_path.glob("*.part"))
