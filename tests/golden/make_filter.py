"""Outputs of the real DALI for tests/operators/test_filter.py: ``python make_filter.py`` writes filter.npz."""

from pathlib import Path

import numpy as np
from filter_cases import CASES
from nvidia.dali import fn, pipeline_def, types


def repeated(value):
    return lambda: value


def argument(value):
    if isinstance(value, str) and value.startswith("@"):
        return getattr(types, value[1:])
    if isinstance(value, list) and isinstance(value[0], np.ndarray):
        return fn.external_source(repeated(value))
    return value


def main():
    store = {}
    for name, (op, inputs, kwargs, _) in CASES.items():

        @pipeline_def(batch_size=len(inputs[0][0]), num_threads=1, device_id=None)
        def pipe(op=op, inputs=inputs, kwargs=kwargs):
            nodes = [fn.external_source(repeated(x), **({"layout": layout} if layout else {})) for x, layout in inputs]
            return getattr(fn, op)(*nodes, **{k: argument(v) for k, v in kwargs.items()})

        p = pipe()
        p.build()
        (out,) = p.run()
        for i in range(len(inputs[0][0])):
            store[f"{name}/{i}"] = np.array(out.at(i))
    np.savez_compressed(Path(__file__).parent / "filter.npz", **store)


if __name__ == "__main__":
    main()
