"""Make sequence.npz: what the real DALI computes for the cases of sequence_cases.py. Run it with DALI's Python.

Keys: "CASE#OUTPUT#SAMPLE"; "layout" with "CASE#OUTPUT=LAYOUT" for each output; "refused" with the cases DALI refuses.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
from image_cases import Case, sample
from nvidia.dali import Pipeline, fn, types
from sequence_cases import CASES


def value(v: Any) -> Any:
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def run(case: Case) -> list[tuple[list[Any], str]]:
    op, inputs, layouts, kwargs, arguments = case
    pipe = Pipeline(batch_size=len(inputs[0]), num_threads=1, device_id=None, prefetch_queue_depth=1)

    def node(names: list[str], layout: str = "") -> Any:
        batch = [sample(n) for n in names]
        return fn.external_source(source=lambda: batch, layout=layout or None)

    with pipe:
        given = {k: value(v) for k, v in kwargs.items()}
        for k, v in arguments.items():
            given[k.lstrip("/")] = fn.per_frame(node(v)) if k.startswith("/") else node(v)
        call = fn
        for part in op.split("."):
            call = getattr(call, part)
        out = call(*[node(n, lay) for n, lay in zip(inputs, layouts, strict=True)], **given)
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    pipe.build()
    return [([np.array(t.at(i)) for i in range(len(t))], t.layout()) for t in pipe.run()]


def main() -> None:
    arrays, layouts, refused = {}, [], []
    for name, case in CASES.items():
        try:
            outputs = run(case)
        except (RuntimeError, ValueError, TypeError) as e:
            refused.append(name)
            reasons = [line for line in str(e).splitlines() if line.startswith(("Assert", "[", "Error"))]
            print("refused by DALI:", name, *(reasons[-1:] or [e]))
            continue
        for k, (samples, layout) in enumerate(outputs):
            layouts.append(f"{name}#{k}={layout}")
            for i, array in enumerate(samples):
                arrays[f"{name}#{k}#{i}"] = array
    path = pathlib.Path(__file__).with_name("sequence.npz")
    np.savez_compressed(path, layout=np.array(layouts), refused=np.array(refused), **arrays)
    print(len(CASES), "cases")


if __name__ == "__main__":
    main()
