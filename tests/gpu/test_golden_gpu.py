"""The CPU operators' golden cases (outputs of the real DALI), computed by the GPU kernels on the emulated device."""

from __future__ import annotations

from typing import Any

import pytest
from on_gpu import everything_on_gpu, test_module

#: Modules of tests/operators and their tests over golden cases.
GOLDEN = {
    "test_cmn": ["test_equals_dali"],
    "test_crop": ["test_equals_dali"],
    "test_flip": ["test_equals_dali"],
    "test_resize": ["test_equals_dali"],
    "test_color": ["test_equals_dali"],
    "test_filter": ["test_equals_dali"],
    "test_geometry_golden": ["test_matches_dali"],
    "test_math_golden": ["test_as_the_oracle"],
    "test_audio_golden": ["test_agrees_with_dali"],
    "test_detection": ["test_equals_dali"],
}


#: Cases that end otherwise on a device, and why.
OTHERWISE = {
    "test_math_golden-x.grid // 0": "a kernel cannot raise: an integer divided by zero is 0",
    "test_math_golden-x.grid % 0": "a kernel cannot raise: an integer divided by zero is 0",
}


def cases() -> list[Any]:
    found = []
    for name, functions in GOLDEN.items():
        module = test_module(name)
        for function in functions:
            test = getattr(module, function, None)
            if test is None:
                raise AssertionError(f"{name} has no {function}")
            (mark,) = [m for m in test.pytestmark if m.name == "parametrize"]
            names = [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0]
            ids = mark.kwargs.get("ids")
            for number, values in enumerate(mark.args[1]):
                values = getattr(values, "values", values) if not isinstance(values, dict) else values
                given = dict(zip(names, values if len(names) > 1 else [values], strict=True))
                label = ids[number] if isinstance(ids, list) else str(values) if isinstance(values, str) else number
                key = f"{name}-{label}"
                reason = OTHERWISE.get(key)
                marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
                found.append(pytest.param(test, given, id=key, marks=marks))
    return found


@pytest.mark.parametrize(("test", "given"), cases())
def test_golden_cases_on_the_device(test: Any, given: dict[str, Any], gpu: Any) -> None:
    with everything_on_gpu() as ran:
        test(**given)
    if not ran:
        pytest.skip("no operator of this case has a GPU kernel")
