"""Outputs of the real DALI for tests/operators/test_color.py: ``python make_color.py`` writes color.npz beside it."""

from pathlib import Path

import numpy as np
from color_cases import CASES, image
from nvidia.dali import fn, pipeline_def, types


def main():
    store = {}
    for name, (op, source, layout, kwargs) in CASES.items():
        data = image(source)
        arguments = {
            k: getattr(types, v[1:]) if isinstance(v, str) and v.startswith("@") else v for k, v in kwargs.items()
        }

        @pipeline_def(batch_size=1, num_threads=1, device_id=None)
        def pipe(op=op, data=data, layout=layout, arguments=arguments):
            return getattr(fn, op)(fn.external_source(lambda: [data], layout=layout), **arguments)

        p = pipe()
        p.build()
        try:
            store[name] = np.array(p.run()[0].at(0))
        except RuntimeError as e:
            print("refused by DALI:", name, str(e).split("encountered:")[-1].strip().splitlines()[0])
    np.savez_compressed(Path(__file__).parent / "color.npz", **store)


if __name__ == "__main__":
    main()
