"""Writes conditional.json: what the real DALI computes for the pipelines of conditional_cases.py.

Run it under a Python that has nvidia-dali (CPU is enough): ``python make_conditional.py``. It imports nothing of adali.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from conditional_cases import CASES
from nvidia.dali import fn, pipeline_def

BATCH = 4
ITERATIONS = 2


@pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, enable_conditionals=True)
def build(case):
    x = fn.external_source(lambda i: np.int32(i.idx_in_epoch), batch=False)
    even = fn.external_source(lambda i: np.array(i.idx_in_epoch % 2 == 0), batch=False)
    return case(fn, x, even)


def results(case):
    pipe = build(case)
    pipe.build()
    runs = []
    for _ in range(ITERATIONS):
        outputs = pipe.run()
        samples = [[np.array(t) for t in o] for o in outputs]
        runs.append([{"dtype": s[0].dtype.name, "samples": [a.tolist() for a in s]} for s in samples])
    return runs


if __name__ == "__main__":
    golden = {case.__name__: results(case) for case in CASES}
    Path(__file__).with_name("conditional.json").write_text(json.dumps(golden) + "\n")
