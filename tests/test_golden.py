"""Every operator is compared with the real DALI, or says what else checks it."""

from __future__ import annotations

import ast
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


accounts = index.shown()


@pytest.mark.parametrize("name", OPERATORS)
def test_every_argument_is_used_by_a_golden_case_or_a_test_or_has_a_reason(name: str) -> None:
    current = [a.name for a in registry[name][0].by_name.values() if a.deprecated is None]
    unknown = [argument for argument in current if (name, argument) not in accounts]
    assert not unknown, "add golden cases, or a change to tests/operators/test_arguments.py"


def test_the_tests_that_show_effects_exist() -> None:
    root = Path(__file__).parent.parent
    functions: dict[str, set[str]] = {}
    for test in {t for t in accounts.values() if "::" in t}:
        file, _, name = test.partition("::")
        if file not in functions:
            tree = ast.parse((root / file).read_text(encoding="utf-8"))
            functions[file] = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
        assert name in functions[file], test


def test_what_is_accounted_for_exists() -> None:
    for name, argument in index.NO_EFFECT_OF:
        assert argument in registry[name][0].by_name
    for name, tests in index.SHOWN.items():
        assert set(tests) - {"*"} <= set(registry[name][0].by_name), name
    every = {a for n in OPERATORS for a in registry[n][0].by_name}
    assert set(index.NO_EFFECT) <= every


def test_the_table_is_current() -> None:
    assert index.PAGE.read_text(encoding="utf-8") == index.page(), "run `python tests/golden_index.py`"
