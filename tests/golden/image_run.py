"""Runs a case of image_cases.py through a pipeline of adali."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from image_cases import Case, sample

import adali.sync
from adali import fn, types

GOLDEN = pathlib.Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """The arrays of a golden file."""
    with np.load(GOLDEN / name) as file:
        return {k: file[k] for k in file.files}


def value(v: Any) -> Any:
    """A keyword argument as the user writes it."""
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def run_arrays(
    op: str,
    inputs: list[list[Any]],
    layouts: list[str],
    kwargs: dict[str, Any],
    arguments: dict[str, list[Any]] | None = None,
    *,
    iterations: int = 1,
    seed: int = 1,
) -> Any:
    """Outputs of an operator as (samples, layout); a list of those for each of several iterations."""

    def node(batch: list[Any], layout: str = "") -> Any:
        return fn.external_source(source=lambda: batch, layout=layout or None)

    pipe = adali.sync.Pipeline(batch_size=len(inputs[0]), num_threads=1, device_id=None, seed=seed)
    try:
        with pipe:
            call: Any = fn
            for part in op.split("."):
                call = getattr(call, part)
            given = {k: node(v) for k, v in (arguments or {}).items()} | {k: value(v) for k, v in kwargs.items()}
            out = call(*[node(b, layout) for b, layout in zip(inputs, layouts, strict=True)], **given)
            pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
        pipe.build()
        results = [
            [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()] for _ in range(iterations)
        ]
    finally:
        pipe.close()
    return results[0] if iterations == 1 else results


def run_case(case: Case) -> list[tuple[list[Any], str]]:
    """Outputs of a case: (samples, layout) each."""
    op, inputs, layouts, kwargs, arguments = case
    return run_arrays(
        op,
        [[sample(n) for n in names] for names in inputs],
        layouts,
        kwargs,
        {k: [sample(n) for n in v] for k, v in arguments.items()},
    )


def check_case(name: str, case: Case, golden: dict[str, Any], atol: float = 0, mean: float | None = None) -> None:
    """Run a case and compare shapes, types, layouts and values; ``mean`` limits the mean difference."""
    layouts = dict(entry.split("=") for entry in golden["layout"])
    for k, (samples, layout) in enumerate(run_case(case)):
        expected = layouts[f"{name}#{k}"]
        # The layout of an input without one is known only at run time; DALI guesses it, adali leaves it open.
        assert layout == expected or (case[2][0] == "" and layout == "")
        for i, got in enumerate(samples):
            want = golden[f"{name}#{k}#{i}"]
            assert got.dtype == want.dtype
            assert got.shape == want.shape
            if not atol:
                np.testing.assert_array_equal(got, want)
                continue
            np.testing.assert_allclose(got.astype(np.float64), want.astype(np.float64), rtol=1e-5, atol=atol)
            if mean is not None and got.size:
                assert np.abs(got.astype(np.float64) - want).mean() <= mean
