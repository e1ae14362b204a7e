"""Operators on sequences against the real DALI: layouts with frames, arguments for samples and for frames."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, types

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from image_cases import sample  # noqa: E402
from sequence_cases import CASES  # noqa: E402

sys.path.pop(0)
with np.load(GOLDEN / "sequence.npz") as file:
    ARRAYS = dict(file)
LAYOUTS = dict(entry.split("=") for entry in ARRAYS["layout"].tolist())
REFUSED = set(ARRAYS["refused"].tolist())


def value(v: Any) -> Any:
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def run(name: str) -> list[tuple[list[Any], str]]:
    op, inputs, layouts, kwargs, arguments = CASES[name]

    def node(names: list[str], layout: str = "") -> Any:
        batch = [sample(n) for n in names]
        return fn.external_source(source=lambda: batch, layout=layout or None)

    with adali.sync.Pipeline(batch_size=len(inputs[0]), num_threads=2, device_id=None, seed=1) as pipe:
        given = {k: value(v) for k, v in kwargs.items()}
        for k, v in arguments.items():
            given[k.lstrip("/")] = fn.per_frame(node(v)) if k.startswith("/") else node(v)
        call: Any = fn
        for part in op.split("."):
            call = getattr(call, part)
        out = call(*[node(n, lay) for n, lay in zip(inputs, layouts, strict=True)], **given)
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    try:
        pipe.build()
        return [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()]
    finally:
        pipe.close()


@pytest.mark.parametrize("name", sorted(set(CASES) - REFUSED))
def test_equals_dali(name: str) -> None:
    for k, (samples, layout) in enumerate(run(name)):
        assert layout == LAYOUTS[f"{name}#{k}"]
        for i, got in enumerate(samples):
            want = ARRAYS[f"{name}#{k}#{i}"]
            assert got.dtype == want.dtype
            assert got.shape == want.shape
            if not want.size:
                continue
            difference = np.abs(got.astype(float) - want.astype(float))
            if want.dtype == np.uint8:
                # Lossy compression and interpolation may round otherwise; all else agrees to one.
                assert difference.max() <= (6 if CASES[name][0].startswith("jpeg") else 2)
                assert difference.mean() <= 0.5
            elif want.dtype.kind == "f":
                assert difference.max() <= (1e-3 if want.dtype == np.float16 else 1e-4) * max(1.0, np.abs(want).max())
            else:
                assert not difference.any()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_dali_refuses_is_refused(name: str) -> None:
    with pytest.raises((ValueError, TypeError, adali.errors.AdaliError)):
        run(name)
