"""Operators on any data, arithmetic, subscripts and reductions against the results of the real DALI."""

from __future__ import annotations

import importlib.util
import json
import pathlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import adali.math
import adali.sync
from adali import fn, types
from adali.errors import AdaliError

#: Expressions that DALI refuses although its documentation allows them.
ALLOWED = ("fn.cat(x.bare, x.grid, axis_name='C')",)

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = _module("math_cases")
EXPECTED: dict[str, Any] = json.loads((GOLDEN / "math.json").read_text())


def _source(samples: list[Any], layout: str | None) -> Any:
    return fn.external_source(source=lambda: samples, batch=True, layout=layout)


def evaluate(text: str, num_threads: int = 1) -> list[Any]:
    """The outputs of an expression in a pipeline with a batch of two samples."""
    with adali.sync.Pipeline(batch_size=2, num_threads=num_threads, device_id=None, seed=1) as pipe:
        used = {}
        for name, (samples, layout) in CASES.INPUTS.items():
            if f"x.{name}" in text:
                used[name] = _source(samples, layout)
        scope = {"fn": fn, "types": types, "math": adali.math, "np": np, "newaxis": adali.newaxis}
        outputs = eval(text, scope, {"x": SimpleNamespace(**used)})
        pipe.set_outputs(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    try:
        pipe.build()
        return list(pipe.run())
    finally:
        pipe.close()


@pytest.mark.parametrize("text", CASES.CASES)
def test_as_the_oracle(text: str) -> None:
    expected = EXPECTED[text]
    if text in ALLOWED:
        assert expected is None
        assert evaluate(text)
        return
    if expected is None:
        with pytest.raises((AdaliError, TypeError, ValueError, OverflowError, IndexError)):
            evaluate(text)
        return
    outputs = evaluate(text)
    assert len(outputs) == len(expected)
    for output, wanted in zip(outputs, expected, strict=True):
        assert output.dtype.name == wanted["dtype"]
        assert output.layout() == wanted["layout"]
        assert [list(shape) for shape in output.shape()] == [shape for shape, _ in wanted["samples"]]
        for index, (_, values) in enumerate(wanted["samples"]):
            sample = output.at(index).reshape(-1)
            if sample.dtype.kind == "f":
                np.testing.assert_allclose(sample, np.array(values, float), rtol=1e-5, atol=1e-6)
            else:
                assert sample.tolist() == values


def test_the_golden_file_is_complete() -> None:
    assert list(EXPECTED) == CASES.CASES
