"""A run that is killed at any iteration and started again gives, all in all, what an uninterrupted one gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import adali

SCRIPT = Path(adali.__file__).parents[1] / "examples" / "checkpoints.py"


def start(folder: Path, name: str, steps: int, threads: int, depth: int, every: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(folder / f"{name}.state"), "--log", str(folder / f"{name}.log")]
    options = ["--steps", str(steps), "--threads", str(threads), "--depth", str(depth), "--every", str(every)]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)


def killed_and_resumed(folder: Path, cuts: int, seed: int) -> None:
    chance = random.Random(seed)
    places = sorted(chance.sample(range(1, 3 * cuts + 1), cuts))
    steps = places[-1] + 4
    with start(folder, "whole", steps, 2, 2) as whole:
        assert whole.wait() == 0
    wanted = (folder / "whole.log").read_text().splitlines()
    assert len(wanted) == steps
    assert len(set(wanted)) == steps

    for place in places:
        with start(folder, "cut", steps, chance.randint(1, 3), chance.randint(1, 5), chance.randint(1, 3)) as run:
            assert run.stdout is not None
            for line in run.stdout:
                if line.startswith(f"{place} "):
                    os.kill(run.pid, signal.SIGKILL)
                    break
            else:
                pytest.fail(f"step {place} never came")
            run.stdout.read()
        assert run.returncode == -signal.SIGKILL
    with start(folder, "cut", steps, 1, 4) as run:
        assert run.wait() == 0

    # What was done after the last checkpoint before a kill was done again, and must have come out the same.
    lines = (folder / "cut.log").read_text().splitlines()
    by_step = {int(line.split()[0]): line for line in lines}
    assert [by_step[k + 1] for k in range(steps)] == wanted
    assert set(lines) == set(wanted)
    assert len(lines) > steps or cuts < 5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_four_kills(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 4, 1)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.timeout(900)
def test_twenty_kills(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 20, 2)
