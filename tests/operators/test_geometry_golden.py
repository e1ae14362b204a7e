"""Geometric operators against outputs of the real DALI (tests/golden/make_geometry.py)."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, types

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "geometry.npz"


def load(path: pathlib.Path = GOLDEN) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    with np.load(path) as file:
        arrays = {k: file[k] for k in file.files}
    return json.loads(str(arrays.pop("cases"))), arrays


CASES, ARRAYS = load()


def value(v: Any) -> Any:
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def run(case: dict[str, Any], arrays: dict[str, Any]) -> list[tuple[list[Any], str]]:
    def source(names: list[str], layout: str = "") -> Any:
        samples = [arrays[n] for n in names]
        node = fn.external_source(source=lambda: samples, layout=None if layout == "per_frame" else layout or None)
        return fn.per_frame(node) if layout == "per_frame" else node

    count = 1
    for names, _ in [*case["inputs"], *case["arg_inputs"].values()]:
        count = len(names)
    with adali.sync.Pipeline(batch_size=count, num_threads=2, device_id=None, seed=1) as pipe:
        inputs = [source(names, layout) for names, layout in case["inputs"]]
        named = {k: source(names, "per_frame" if f else "") for k, (names, f) in case["arg_inputs"].items()}
        call: Any = fn
        for part in case["op"].split("."):
            call = getattr(call, part)
        out = call(*inputs, **named, **{k: value(v) for k, v in case["args"].items()})
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    try:
        pipe.build()
        return [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()]
    finally:
        pipe.close()


def compare(got: Any, want: Any, case: dict[str, Any]) -> None:
    """Integers: at most 2 apart, 0.5 on average; floats: 1e-4 of the largest value (`atol` of the case, if it has one).

    Where a nearest neighbour is taken, the two may round a point on the edge of two pixels to different sides: up to
    0.2 % of the pixels may differ there (at least one, where the case says ``ties``).
    """
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if not want.size:
        return
    same = (got == want) | ((got != got) & (want != want))
    difference = np.abs(np.where(same, 0, got.astype(np.float64)) - np.where(same, 0, want.astype(np.float64)))
    if case["args"].get("interp_type") == "types.INTERP_NN" or case.get("ties"):
        assert (difference > 0).mean() <= 0.002
    elif want.dtype.kind == "f":
        finite = np.abs(want[np.isfinite(want)])
        scale = max(float(finite.max()), 1.0) if finite.size else 1.0
        assert difference.max() <= case.get("atol", 1e-4 * scale)
    else:
        assert difference.max() <= case.get("max", 2)
        assert difference.mean() <= 0.5


def check(case: dict[str, Any], arrays: dict[str, Any]) -> None:
    if case.get("error"):
        with pytest.raises((ValueError, TypeError, adali.errors.AdaliError)):
            run(case, arrays)
        return
    outputs = run(case, arrays)
    assert len(outputs) == len(case["outputs"])
    for (got, layout), (want, wanted_layout) in zip(outputs, case["outputs"], strict=True):
        if all(given for _, given in case["inputs"]):  # DALI names the axes of inputs without a layout
            assert layout == wanted_layout
        for g, w in zip(got, want, strict=True):
            compare(g, arrays[w], case)


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{c['op']}-{i}-{c['name']}".replace(" ", "_") for i, c in enumerate(CASES)]
)
def test_matches_dali(case: dict[str, Any]) -> None:
    check(case, ARRAYS)
