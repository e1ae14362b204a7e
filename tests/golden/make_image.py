"""Make image.npz: what the real DALI computes for the cases of image_cases.py. Run it with DALI's Python.

Keys: "CASE#OUTPUT#SAMPLE", and "layout" with "CASE#OUTPUT=LAYOUT" for each output.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from image_cases import CASES, Case, sample
from nvidia.dali import Pipeline, fn, types


def value(v: Any) -> Any:
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def run(case: Case) -> list[tuple[list[Any], str]]:
    op, inputs, layouts, kwargs, arguments = case
    pipe = Pipeline(batch_size=len(inputs[0]), num_threads=1, device_id=None, prefetch_queue_depth=1)

    def node(names: list[str], layout: str = "") -> Any:
        batch = [sample(n) for n in names]
        return fn.external_source(source=lambda: batch, layout=layout or None)

    with pipe:
        given = {k: node(v) for k, v in arguments.items()} | {k: value(v) for k, v in kwargs.items()}
        out = getattr(fn, op)(*[node(n, lay) for n, lay in zip(inputs, layouts, strict=True)], **given)
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    pipe.build()
    return [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()]


arrays, layouts = {}, []
for name, case in CASES.items():
    for k, (samples, layout) in enumerate(run(case)):
        layouts.append(f"{name}#{k}={layout}")
        for i, array in enumerate(samples):
            arrays[f"{name}#{k}#{i}"] = array
np.savez_compressed(pathlib.Path(__file__).with_name("image.npz"), layout=np.array(layouts), **arrays)
print(len(CASES), "cases")
