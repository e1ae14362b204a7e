"""The command: demo, bench, graph, their pictures and their errors."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from adali import __version__
from adali.cli import IMAGES, bench, graph, main, make_images, make_parser, progress, sheet, training

CLASSES = ["cities", "flowers", "fractals", "mountains", "planets", "sea"]


# ---- the images of the package --------------------------------------------------------------------------------------


def orientation(data: bytes) -> int:
    """EXIF orientation of a JPEG whose first segment is the one that make_images writes; 1 without."""
    if data[2:4] != b"\xff\xe1":
        return 1
    assert data[6:12] == b"Exif\0\0"
    return int(struct.unpack_from("<H", data, 12 + 8 + 2 + 8)[0])


def test_sample_images() -> None:
    files = sorted(p for p in IMAGES.rglob("*") if p.is_file())
    assert 24 <= len(files) <= 32
    assert sum(p.stat().st_size for p in files) < 1_200_000
    assert sorted({p.parent.name for p in files}) == CLASSES
    assert {p.suffix for p in files} == {".jpg", ".png"}
    turned = []
    for path in files:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        assert 200 <= min(image.shape[:2]) <= max(image.shape[:2]) <= 640
        if path.suffix == ".jpg":
            turned.append(orientation(path.read_bytes()))
    assert set(turned) == {1, 3, 6, 8}


def test_images_are_stored_turned_and_shown_upright() -> None:
    upright = np.zeros((40, 20, 3), np.float32)
    upright[:10, :, 0] = 1.0  # red on top
    rng = np.random.default_rng(0)
    for value in make_images.STORED:
        data = make_images.encode(upright, "jpg", value, rng)
        assert orientation(data) == value
        shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert shown.shape == (40, 20, 3)
        assert shown[2, 10, 2] > 200
        assert shown[30, 10, 2] < 60


@pytest.mark.parametrize("name", make_images.SCENES)
def test_scenes_paint_something(name: str) -> None:
    image = make_images.SCENES[name](72, 96, np.random.default_rng(1))
    assert image.shape == (72, 96, 3)
    assert np.isfinite(image).all()
    assert np.clip(image, 0, 1).std() > 0.08


# ---- demo -----------------------------------------------------------------------------------------------------------


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "new" / "folder"
    assert main(["demo", "--epochs", "2", "--batch-size", "6", "--num-threads", "1", "--output", str(output)]) == 0
    out = capsys.readouterr().out
    assert "30 images in 6 classes from the package: 2 epochs in batches of 6, 1 worker thread" in out
    assert re.search(r"100%  epoch 2/2 +\d+ images/s  \d+ ahead  0 errors", out)
    assert str(output / "batch.png") in out
    picture = cv2.imread(str(output / "batch.png"))
    assert picture.shape[0] > 500
    assert picture.shape[1] > 700
    svg = ElementTree.parse(output / "graph.svg").getroot()
    text = " ".join(svg.itertext())
    for name in ("readers.file", "decoders.image_random_crop", "resize", "crop_mirror_normalize", "random.coin_flip"):
        assert name in text


def test_demo_skips_and_lists_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "photos" / "only"
    folder.mkdir(parents=True)
    for i in range(6):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((50, 60, 3), 40 * i, np.uint8))
    for i in range(7):
        (folder / f"bad{i}.jpg").write_text("no picture")
    assert main(["demo", str(tmp_path / "photos"), "--output", str(tmp_path / "out"), "--batch-size", "3"]) == 0
    out = capsys.readouterr().out
    assert "13 images in 1 class from" in out
    # The next epoch may have begun when this one ends, and have met some of them again.
    assert int(re.search(r"(\d+) errors", out)[1]) >= 7  # type: ignore[index]
    assert int(re.search(r"(\d+) samples could not be used", out)[1]) >= 7  # type: ignore[index]
    assert re.search(r"bad\d\.jpg: \w", out)
    assert "and 2 more" in out


def folder_with(tmp_path: Path, *names: str) -> str:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not a picture")
    return str(tmp_path)


@pytest.mark.parametrize("command", ["demo", "bench"])
@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no images in"),
        (["a/readme.txt"], "no images in .*expected one sub-folder for each class"),
        (["a.jpg", "b.jpg"], "holds 2 images, but not in sub-folders"),
    ],
)
def test_folders_without_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, names: list[str], message: str
) -> None:
    assert main([command, folder_with(tmp_path, *names)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"adali {command}: ")
    assert re.search(message, error)
    assert "Traceback" not in error


def test_folders_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["demo", str(tmp_path / "file")]) == 1
    assert "is a file" in capsys.readouterr().err


def test_demo_where_nothing_can_be_decoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_with(tmp_path / "in", "a/1.jpg", "a/2.jpg")
    assert main(["demo", folder, "--output", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "none of the 2 images could be decoded" in error
    assert ".jpg" in error.partition("first error")[2]


def test_demo_that_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["demo", "--output", str(tmp_path / "file" / "sub")]) == 1
    assert "cannot write to" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["demo", "--batch-size", "0"], ["demo", "--epochs", "many"], ["graph", "a:b"]]
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: adali" in capsys.readouterr().err


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "bench", interrupt)
    assert main(["bench"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_help_is_light_and_the_module_runs() -> None:
    code = "import sys\nfrom adali.cli import make_parser\nmake_parser()\nprint('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    result = subprocess.run([sys.executable, "-m", "adali", "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == f"adali {__version__}\n"
    assert {"demo", "bench", "graph"} <= set(re.findall(r"\w+", make_parser().format_help()))


# ---- bench ----------------------------------------------------------------------------------------------------------


def test_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--images", "60", "--batch-size", "10", "--num-threads", "1"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"60 images in [\d.]+ s: \d+ images/s, [\d.]+ CPU-seconds per 1000 images", out)
    for line in (
        r"^reader +\d+ +\d+ % +\d+ % +\d+ %$",
        r"^cpu +\d+ +\d+ % +\d+ % +\d+ %$",
        r"^decode +decoders__ImageRandomCrop +[\d.]+ +[\d.]+ %$",
        r"^resize +Resize +([\d.]+|in next) +[\d.]+ %$",
        r"^normalize +CropMirrorNormalize +[\d.]+ +[\d.]+ %$",
        r"^reader->cpu +\d+ +[\d.]+ +\d+$",
        r"^bottleneck: \w+",
    ):
        assert re.search(line, out, re.MULTILINE), line


@pytest.mark.parametrize("pipeline", ["training", "validation"])
def test_bench_json(capsys: pytest.CaptureFixture[str], pipeline: str) -> None:
    assert main(["bench", "--images", "40", "--batch-size", "8", "--pipeline", pipeline, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["pipeline"] == pipeline
    assert data["images"] == data["delivered"] * 8 == 40
    assert data["images_per_second"] == pytest.approx(data["images"] / data["seconds"])
    assert data["cpu_seconds_per_1000_images"] == pytest.approx(1000 * data["cpu_seconds"] / 40)
    assert data["bottleneck"] in ("reader", "cpu", "consumer")
    operators = {o["name"]: o for o in data["operators"]}
    # Other batches are under way when the clock starts and when it stops, but not more than the queues hold.
    assert 16 <= operators["resize"]["samples"] <= 72
    assert operators["decode"]["busy_s"] > 0
    assert operators["normalize"]["busy_s"] > 0
    assert [s["name"] for s in data["stages"]] == ["reader", "cpu"]


def test_since_counts_what_happened_between() -> None:
    from adali.engine.stats import OperatorStats, PipelineStats, QueueStats, StageStats

    def snapshot(k: int) -> PipelineStats:
        return PipelineStats(
            iterations=5 * k,
            delivered=4 * k,
            consumer_wait_s=0.5 * k,
            skipped=k,
            stages=[StageStats("cpu", 5 * k, 2.0 * k, 1.0 * k, 0.25 * k, k)],
            operators=[OperatorStats("b", "Cast", 0.0, 10 * k), OperatorStats("a", "Copy", 1.5 * k, 10 * k)],
            queues=[QueueStats("reader->cpu", 2, 1, 2, 1.5)],
        )

    between = bench.since(snapshot(1), snapshot(3))
    assert (between.iterations, between.delivered, between.consumer_wait_s, between.skipped) == (10, 8, 1.0, 2)
    assert between.stages == [StageStats("cpu", 10, 4.0, 2.0, 0.5, 2)]
    assert between.operators == [OperatorStats("b", "Cast", 0.0, 20), OperatorStats("a", "Copy", 3.0, 20)]
    assert between.queues == snapshot(3).queues
    report = bench.report(bench.Measurement(100, 4.0, 2.0, between), num_threads=2)
    assert "100 images in 4.00 s: 25 images/s, 20.00 CPU-seconds per 1000 images" in report
    assert "cpu         10    100 %             50 %            12 %" in report
    assert "bottleneck: the cpu stage, above all a (Copy), on 2 threads" in report
    assert re.search(r"^b +Cast +in next +0\.0 %$", report, re.MULTILINE)
    assert re.search(r"^a +Copy +150000\.0 +100\.0 %$", report, re.MULTILINE)
    assert "in next: computed in one go" in report
    assert "2 samples could not be used" in report


# ---- graph ----------------------------------------------------------------------------------------------------------

MODULE = """
from adali import Pipeline, fn, pipeline_def
from adali.sync import Pipeline as Blocking

pipe = Blocking(batch_size=2, num_threads=1)
with pipe:
    pipe.set_outputs(fn.copy(fn.constant(idata=[1, 2], name="numbers")))

@pipeline_def(batch_size=2, num_threads=1)
def made(count, layout="C"):
    return tuple(fn.constant(idata=[k], layout=layout, name=f"n{k}") for k in range(count))

class Defined(Pipeline):
    def define_graph(self):
        return fn.constant(fdata=[0.5], name="half")

class Empty(Pipeline):
    pass

number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "my_pipelines.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_pipelines", raising=False)
    return "my_pipelines"


def test_graph_as_svg_and_dot(module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", f"{module}:pipe", "-o", "g.svg"]) == 0
    assert capsys.readouterr().out == "g.svg\n"
    assert "numbers" in " ".join(ElementTree.parse(tmp_path / "g.svg").getroot().itertext())
    assert main(["graph", f"{module}:pipe", "-o", "g.dot"]) == 0
    assert main(["graph", f"{module}:pipe", "-o", "full.dot", "--tensors", "--ids", "--no-colors"]) == 0
    plain, full = (tmp_path / "g.dot").read_text(), (tmp_path / "full.dot").read_text()
    assert plain.startswith("digraph")
    assert "color=" in plain
    assert "shape=box" not in plain
    assert "color=" not in full
    assert "shape=box" in full


def test_graph_of_a_factory_and_a_class(module: str, tmp_path: Path) -> None:
    assert main(["graph", f"{module}:made", "--arg", "count=3", "--arg", "layout=HW", "-o", "g.dot"]) == 0
    text = (tmp_path / "g.dot").read_text()
    assert all(name in text for name in ("n0", "n1", "n2"))
    assert main(["graph", f"{module}:Defined", "-o", "h.dot"]) == 0
    assert "half" in (tmp_path / "h.dot").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{m}:nothing", "-o", "g.svg"], "has no 'nothing'"),
        (["{m}", "-o", "g.svg"], "expected MODULE:NAME"),
        (["no_such_module_here:pipe", "-o", "g.svg"], "no module 'no_such_module_here'"),
        (["{m}:number", "-o", "g.svg"], "is a int, not a pipeline"),
        (["{m}:made", "-o", "g.svg"], "cannot be made into a pipeline"),
        (["{m}:made", "--arg", "count", "-o", "g.svg"], "--arg takes KEY=VALUE"),
        (["{m}:pipe", "--arg", "a=1", "-o", "g.svg"], "takes no --arg"),
        (["{m}:Empty", "-o", "g.svg"], "has no valid graph"),
        (["{m}:pipe", "-o", "g.png"], "must end in .svg or .dot"),
        (["{m}:pipe", "-o", "missing/g.svg"], "cannot write"),
    ],
)
def test_graph_errors(module: str, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["graph", *(a.replace("{m}", module) for a in arguments)]) == 1
    assert message in capsys.readouterr().err


def test_an_error_inside_the_users_module_is_not_hidden(module: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import a_module_that_is_missing")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_missing"):
        graph.load("broken:pipe", [])


# ---- the parts ------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    bar = progress.Progress(200, stream)
    bar.update(50, "fast")
    bar.update(60, "too soon to be drawn")
    bar.finish(200, "done")
    lines = stream.getvalue().split("\r")[1:]
    assert len(lines) == 2
    assert " 25%  fast" in lines[0]
    assert lines[0].count("━") == 8
    assert lines[1].count("━") == 32
    assert "100%  done" in lines[1]
    assert lines[1].endswith("\n")
    assert "\x1b[36m" not in stream.getvalue()


def test_progress_in_a_log_is_plain_lines() -> None:
    stream = io.StringIO()
    bar = progress.Progress(100, stream)
    bar.update(1, "hidden, since a log needs a line only now and then")
    bar.finish(100, "done")
    assert stream.getvalue() == " 100%  done\n"


def test_progress_of_nothing() -> None:
    stream = io.StringIO()
    progress.Progress(0, stream).finish(0, "")
    assert "100%" in stream.getvalue()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 12, 15, 24])
def test_contact_sheet(count: int) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    images = np.stack([np.full((60, 80, 3), colours[i % 3], np.uint8) for i in range(count)])
    picture = sheet.contact_sheet(images, [f"name {i}" for i in range(count)], "A title", "and a line")
    assert picture.dtype == np.uint8
    # Every image is there, in its full size but for the round corners.
    for k, colour in enumerate(colours):
        wanted = len(range(k, count, 3))
        found = int((picture == colour).all(-1).sum())
        assert wanted * 4700 <= found <= wanted * 4800
    columns = sheet._columns(count)
    assert -(-count // columns) * columns - count < columns
    title = picture[10:80, 30:]
    assert (title.min(-1) < 120).any(), "something is written on top"


def test_long_and_foreign_names_fit(capsys: pytest.CaptureFixture[str]) -> None:
    images = np.zeros((2, 50, 50, 3), np.uint8)
    picture = sheet.contact_sheet(images, ["x" * 300, "Städte"], "t" * 500)
    assert picture.shape[1] < 400


def test_denormalize_undoes_normalising() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    mean, std = np.asarray(training.MEAN, np.float32), np.asarray(training.STD, np.float32)
    normalised = ((pixels - mean) / std).transpose(0, 3, 1, 2).astype(np.float32)
    np.testing.assert_array_equal(sheet.denormalize(normalised, training.MEAN, training.STD), pixels)


def test_threads() -> None:
    assert training.threads(3) == 3
    assert training.threads(None) >= 1
