"""Every operator is compared with the real DALI, or says what else checks it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import adali.operators  # noqa: F401  (fills the registry)
from adali.graph.schema import registry


def load() -> Any:
    spec = importlib.util.spec_from_file_location("golden_index", Path(__file__).parent / "golden_index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


index = load()
counts = index.count()
OPERATORS = sorted(n for n in registry if not n.startswith("Test"))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_golden_cases_or_a_reason(name: str) -> None:
    assert counts[name] or index.reason(name)


def test_the_table_is_current() -> None:
    assert index.PAGE.read_text(encoding="utf-8") == index.page(), "run `python tests/golden_index.py`"
