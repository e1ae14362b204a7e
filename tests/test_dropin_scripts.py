"""Scripts written for the real DALI print under adali what they print there.

What they print there is in golden/dropin, made by ``make_dropin.py``. Where ADALI_ORACLE_PYTHON names a Python that has
nvidia-dali, they also run there now.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "examples" / "dropin"
EXPECTED = Path(__file__).parent / "golden" / "dropin"
PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")
#: What some of them import besides DALI.
NEEDS = {"pytorch_iterator": "torch"}

NAMES = [
    "arithmetic",
    "audio",
    "augmentation",
    "conditionals",
    "debug_mode",
    "detection",
    "external_source",
    "file_reader",
    "old_classes",
    "parallel_source",
    "pytorch_iterator",
    "serialization",
]


def printed(folder: Path, *command: str) -> str:
    """Standard output of a program that ends well; it runs in an empty folder."""
    environment = {k: v for k, v in os.environ.items() if command[0] == sys.executable or not k.startswith("PYTHON")}
    environment["PYTHONPATH"] = str(Path(__file__).parent.parent) if command[0] == sys.executable else ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def expected(name: str) -> str:
    return (EXPECTED / f"{name}.txt").read_text()


def test_every_script_is_tested() -> None:
    assert sorted(path.stem for path in SCRIPTS.glob("*.py")) == NAMES
    assert sorted(path.stem for path in EXPECTED.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_same_output_as_under_dali(name: str, tmp_path: Path) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    out = printed(tmp_path, sys.executable, "-m", "adali.dropin", str(SCRIPTS / f"{name}.py"))
    assert out == expected(name)
    assert len(out.splitlines()) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_the_report_finds_nothing(name: str) -> None:
    from adali.dropin import missing

    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    assert missing((SCRIPTS / f"{name}.py").read_text(), name) == []


@pytest.mark.skipif(not PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali")
@pytest.mark.parametrize("name", NAMES)
def test_the_real_dali_prints_it(name: str, tmp_path: Path) -> None:
    assert PYTHON is not None
    if name in NEEDS and subprocess.run([PYTHON, "-c", f"import {NEEDS[name]}"], capture_output=True).returncode:
        pytest.skip(f"{NEEDS[name]} is not installed there")
    assert printed(tmp_path, PYTHON, str(SCRIPTS / f"{name}.py")) == expected(name)
