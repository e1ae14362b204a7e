"""The CPU operators' golden cases (outputs of the real DALI), computed by the GPU kernels on the emulated device.

All cases run with ``--long``; the normal suite takes some of each operator, evenly spread.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from on_gpu import everything_on_gpu, test_module

from adali.graph.frontend import names
from adali.graph.schema import registry, snake_case
from adali.operators.gpu import has_gpu_kernel

#: Cases of an operator in the normal suite.
FEW = int(os.environ.get("ADALI_GOLDEN_FEW", 40))


def _math(module: Any, given: dict[str, Any]) -> str:
    return given["text"].split("(")[0] if given["text"].startswith("fn.") else "arithmetic"


#: Modules of tests/operators: their test over golden cases, and the operator of a case ("" if that is not one).
GOLDEN: dict[str, tuple[str, Callable[[Any, dict[str, Any]], str]]] = {
    "test_cmn": ("test_equals_dali", lambda module, given: "crop_mirror_normalize"),
    "test_crop": ("test_equals_dali", lambda module, given: module.CROP[given["name"]][0]),
    "test_flip": ("test_equals_dali", lambda module, given: "flip"),
    "test_resize": ("test_equals_dali", lambda module, given: module.RESIZE[given["name"]][0]),
    "test_color": ("test_equals_dali", lambda module, given: module.CASES[given["name"]][0]),
    "test_filter": ("test_equals_dali", lambda module, given: module.CASES[given["name"]][0]),
    "test_sequences_golden": ("test_equals_dali", lambda module, given: module.CASES[given["name"]][0]),
    "test_geometry_golden": ("test_matches_dali", lambda module, given: given["case"]["op"]),
    "test_math_golden": ("test_as_the_oracle", _math),
    "test_audio_golden": ("test_agrees_with_dali", lambda module, given: module.CASES[given["number"]]["op"]),
    "test_detection": ("test_equals_dali", lambda module, given: module.CASES[given["name"]][0]),
}
#: Cases that end otherwise on a device, and why.
OTHERWISE = {
    "test_math_golden-x.grid // 0": "a kernel cannot raise: an integer divided by zero is 0",
    "test_math_golden-x.grid % 0": "a kernel cannot raise: an integer divided by zero is 0",
    "test_filter-clahe-bins": "bins count on the GPU only, in DALI too; the golden case is of its CPU operator",
}


def _on_device() -> set[str]:
    """What operators with a GPU kernel are called in the cases."""
    found = {"arithmetic"}
    for name, schema in names():
        if "gpu" in schema.devices and has_gpu_kernel(registry[name][1]):
            *modules, last = name.split("__")
            path = ".".join([*modules, snake_case(last)])
            found |= {name, schema.name, path, f"fn.{path}"}
    return found - {"fn.copy"}  # of a batch on the host, it is a transfer: test_transfers.py


def cases() -> list[Any]:
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    there = _on_device()
    for name, (function, operator_of) in GOLDEN.items():
        module = test_module(name)
        test = getattr(module, function)
        (mark,) = [m for m in test.pytestmark if m.name == "parametrize"]
        argument, values = mark.args[0], list(mark.args[1])
        assert isinstance(argument, str)
        ids = mark.kwargs.get("ids")
        for number, value in enumerate(values):
            value = value.values[0] if hasattr(value, "values") and not isinstance(value, dict) else value
            label = ids[number] if isinstance(ids, list) else value if isinstance(value, str) else number
            operator = operator_of(module, {argument: value})
            if operator in there:
                key = f"{name}-{label}"
                reason = OTHERWISE.get(key)
                marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
                groups[name, operator].append(pytest.param(test, {argument: value}, id=key, marks=marks))
    chosen = []
    for group in groups.values():
        every = -(-len(group) // FEW)
        for number, param in enumerate(group):
            marks = [*param.marks, *([] if number % every == 0 else [pytest.mark.long])]
            chosen.append(pytest.param(*param.values, id=param.id, marks=marks))
    return chosen


@pytest.mark.parametrize(("test", "given"), cases())
def test_golden_cases_on_the_device(test: Any, given: dict[str, Any], gpu: Any) -> None:
    with everything_on_gpu() as ran:
        test(**given)
    assert ran or given.get("text") == "+x.i8", "no operator ran on the device"
