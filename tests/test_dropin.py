"""Scripts written for nvidia.dali, run on adali; each in a process of its own, where nothing was imported before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMAGES = Path(__file__).parent.parent / "adali" / "cli" / "images"

SCRIPT = """
import sys
import nvidia.dali.fn as fn
import nvidia.dali.types as types
from nvidia.dali import pipeline_def, ops
from nvidia.dali.pipeline import Pipeline

class Old(Pipeline):
    def __init__(self, folder):
        super().__init__(4, 2, None, seed=1)
        self.input = ops.FileReader(file_root=folder)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.resize = ops.Resize(resize_x=32, resize_y=32)

    def define_graph(self):
        jpegs, labels = self.input()
        return self.resize(self.decode(jpegs)), labels

@pipeline_def(batch_size=4, num_threads=2, device_id=None)
def new(folder):
    jpegs, labels = fn.readers.file(file_root=folder)
    return fn.resize(fn.decoders.image(jpegs), size=[32, 32]), labels

old, modern = Old(sys.argv[1]), new(sys.argv[1])
old.build()
a, b = old.run(), modern.run()
assert (a[0].as_array() == b[0].as_array()).all()
print(a[0].as_array().shape, a[1].as_array().ravel().tolist(), __name__, sys.argv[2:])
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "adali.dropin", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_an_unmodified_script_runs(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = run(str(script), str(IMAGES), "--flag")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(4, 32, 32, 3) [0, 0, 0, 0] __main__ ['--flag']"


def test_submodules_can_be_imported(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import nvidia.dali.auto_aug.rand_augment\n"
        "from nvidia.dali.auto_aug import auto_augment\n"
        "from nvidia.dali.auto_aug.core import augmentation\n"
        "import nvidia.dali.fn.readers as readers\n"
        "from nvidia.dali.fn.random import uniform\n"
        "print(nvidia.dali.auto_aug.rand_augment.rand_augment.__module__, auto_augment.auto_augment.__name__)\n"
    )
    done = run(str(script))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "adali.auto_aug.rand_augment auto_augment"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from nvidia.dali import fn\nprint(1)\nfn.readers.nothing_like_this()\n")
    done = run(str(script))
    assert done.returncode != 0
    assert "NotImplementedError: adali does not have nvidia.dali.fn.readers.nothing_like_this" in done.stderr


def test_the_report_lists_what_is_missing_without_running(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import nvidia.dali.fn as fn\nfrom nvidia.dali.plugin.mxnet import X\nprint('ran')\n"
        "fn.resize(1)\nfn.nothing.at.all\n"
    )
    done = run("--report", str(script))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{script}:2: nvidia.dali.plugin.mxnet.X",
        f"{script}:5: nvidia.dali.fn.nothing",
        "2 names that adali lacks",
    ]
    script.write_text(SCRIPT)
    assert run("--report", str(script)).stdout == "adali has everything this script names\n"
