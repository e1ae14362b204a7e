"""docs/gpu-results.md lists every operator, and what is missing on the GPU stands in docs/missing_operators.md."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def script() -> Any:
    spec = importlib.util.spec_from_file_location("gpu_benchmark", ROOT / "examples" / "benchmarks" / "gpu.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their types
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    module = script()
    text = module.PAGE.read_text(encoding="utf-8")
    for name, has in module.operators():
        assert f"| `{name}` | {'yes' if has else 'no'} |" in text, "run python examples/benchmarks/gpu.py --page"
    if module.NOT_RUN in text:
        figures = [(name, goal, module.NOT_RUN) for name, goal in module.FIGURES]
        assert text == module.page(module.NOT_RUN, figures, module.NOT_RUN)


def test_what_has_no_gpu_kernel_is_listed_as_missing() -> None:
    text = (ROOT / "docs" / "missing_operators.md").read_text(encoding="utf-8")
    missing = [name for name, has in script().operators() if not has]
    assert [name for name in missing if f"`{name}`" not in text] == []


def test_all_figures_can_be_measured(gpu: Any) -> None:
    """A dry run on the emulated device: its figures mean nothing."""
    module = script()
    rows, status = module.measure(gpu, module.photos(module.SAMPLES)[:6], module.DRY)
    assert [name for name, _, _ in rows] == [name for name, _ in module.FIGURES]
    assert all(result for _, _, result in rows)
    assert all(microseconds > 0 for microseconds in module.host_cost(repeat=10))
    text = module.page("an emulated device", rows, status)
    assert "% of" in text
    assert module.NOT_RUN not in text
