"""Every example runs, and prints what it promises."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

EXPECTED = {
    "async_training.py": [r"epoch  1: 30 of 30 images, loss \d\.\d+", r"epoch 12: 30 of 30", r"48 batches"],
    "async_trainer.py": [
        r"epoch 5: loss \d\.\d+, accuracy 0\.\d+, checkpoint of 0\.2 MB stored",
        r"^[1-9]\d* steps ran while a checkpoint was stored or validated",
    ],
    "jax_training.py": [
        r"by hand +losses \d\.\d+ \d\.\d+ \d\.\d+ \d\.\d+",
        r"144 images of 3 classes; the curves differ by at most \de-(0[4-9]|1\d)",
    ],
    "pytorch_training.py": [
        r"DataLoader +losses \d\.\d+ \d\.\d+ \d\.\d+ \d\.\d+",
        r"144 images of 3 classes; the curves differ by at most (\de-(0[5-9]|1\d)|0e\+00)",
    ],
    "dali_script.py": [
        r"30 images in an epoch, by reader: \{'Reader': 30\}",
        r"batch 0: \(6, 3, 96, 96\) float32, .* labels \[0, 0, 0, 0, 0, 1\]",
        r"batch 4: .* labels \[4, 5, 5, 5, 5, 5\]",
    ],
    "serving_onnx.py": [
        r"^30 of 30 images classified right$",
        r"^30 samples in \d+ batches; the first is\n  cities +1\.00",
    ],
    "serving_client.py": [
        r"^HTTP: 24 images, classes (0 0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4 5 5 5 5)$",
        r"^gRPC: 24 images, classes (0 0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4 5 5 5 5)$",
        r"^HTTP: half an image: decoders__Image failed \(row 0\): JPEG",
        r"^gRPC: half an image: decoders__Image failed \(row 0\): JPEG",
        r"^the server ended with status 0$",
    ],
    "checkpoints.py": [r"^1 [0-9a-f]{8} \[\d, \d, \d, \d\]$", r"^12 [0-9a-f]{8} \["],
    "containers.py": [
        r"epoch 1: 23 images, by class \[4, 3, 4, 4, 4, 4\]",
        r"left out: no member of the archive begins there",
    ],
    "custom_source.py": [r"batch 1: from \[\(\d+, \d+\), .*\], grey \[10\. 11\. 12\. 13\.\]", r"^5 batches$"],
    "object_store.py": [r"^30 files below memory://photos$", r"^epoch 1: 30 images, the last batch began with \w+/\w+"],
    "faults.py": [
        r"raise +stopped after \d+ images: cities_2\.jpg, sample 1",
        r"decoders__Image, made at line \d+: return fn\.resize\(fn\.decoders\.image\(files\)",
        r"skip +delivered 28 images; could not use 2: cities_2\.jpg, sea_1\.jpg",
        r"replace +delivered 30 images; could not use 2: cities_2\.jpg, sea_1\.jpg",
    ],
}


def run(*command: str) -> str:
    """Standard output of a Python program; its warnings are errors, its failure fails the test."""
    result = subprocess.run(
        [sys.executable, "-W", "error", *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=50,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def test_every_example_is_listed_here() -> None:
    assert {p.name for p in EXAMPLES.glob("*.py")} == set(EXPECTED)


#: Examples that need more than adali itself, and what.
NEEDS = {"jax_training.py": "jax", "pytorch_training.py": "torch"}


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"needs {NEEDS[name]} (the extra of that name)")
    out = run(str(EXAMPLES / name))
    for pattern in EXPECTED[name]:
        assert re.search(pattern, out, re.MULTILINE), f"{pattern!r} is not in:\n{out}"


def test_training_learns() -> None:
    losses = [float(x) for x in re.findall(r"loss ([\d.]+)", run(str(EXAMPLES / "async_training.py")))]
    assert len(losses) == 12
    assert losses[-1] < losses[0]
