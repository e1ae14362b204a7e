"""Pipelines on a local Ray cluster; in a process of its own, since Ray leaves threads and warnings behind."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NEEDS_RAY = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray (the extra 'ray')")


@NEEDS_RAY
@pytest.mark.timeout(300)
def test_a_cluster_with_two_workers_loses_nothing_when_one_is_killed(tmp_path: Path) -> None:
    run(tmp_path, "test_kill", "test_error")


@NEEDS_RAY
@pytest.mark.long
@pytest.mark.timeout(300)
def test_order_backpressure_and_ray_data(tmp_path: Path) -> None:
    wanted = ["test_ordered", "test_unordered_and_async", "test_backpressure"]
    if importlib.util.find_spec("pandas"):  # Ray Data needs it
        wanted.append("test_map_batches")
    run(tmp_path, *wanted)


def run(tmp_path: Path, *wanted: str) -> None:
    result = subprocess.run(
        [sys.executable, str(HERE / "ray_scenarios.py"), str(tmp_path), *wanted],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE.parent.parent}{os.pathsep}{HERE}", "RAY_DEDUP_LOGS": "1"},
        timeout=280,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines() if line.endswith(" passed")] == list(wanted)


@NEEDS_RAY
def test_arguments_that_make_no_sense() -> None:
    code = """
from adali.errors import ArgumentError
from adali.plugin.ray import RayPipeline, map_batches

def make(shard_id, num_shards): ...

for arguments, message in (
    ((make, 0), "must be positive"),
    ((make, 1, "rank"), "rank must be"),
    ((lambda: None, 2), "must take shard_id and num_shards"),
):
    try:
        RayPipeline(*arguments[:2], **({"rank": 1} if len(arguments) > 2 else {}))
    except ArgumentError as e:
        assert message in str(e), e
    else:
        raise AssertionError(message)
try:
    map_batches(None, make, inputs=[], outputs=[], on_error="skip")
except ArgumentError as e:
    assert "cannot leave rows out" in str(e)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)})
