"""Makes math.json: the expressions of math_cases.py, computed by the real DALI.

Run with the Python of an environment that has nvidia-dali: ``python make_math.py``. A refused expression is null; the
others are a list of outputs, each a type, a layout, and for each sample its shape and values.
"""

import json
import os
import pathlib
import sys
import types as python_types

import math_cases
import numpy as np
import nvidia.dali as dali
import nvidia.dali.fn as fn
import nvidia.dali.math as dmath
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline


def source(samples, layout):
    return fn.external_source(source=lambda: samples, batch=True, layout=layout)


def evaluate(text):
    """The outputs of one expression."""
    pipe = Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1)
    with pipe:
        used = {n: source(*v) for n, v in math_cases.INPUTS.items() if f"x.{n}" in text}
        scope = {"fn": fn, "types": types, "math": dmath, "np": np, "newaxis": dali.newaxis}
        outputs = eval(text, scope, {"x": python_types.SimpleNamespace(**used)})
        pipe.set_outputs(*(outputs if isinstance(outputs, (list, tuple)) else [outputs]))
    pipe.build()
    return [
        {
            "dtype": output.dtype.name,
            "layout": output.layout(),
            "samples": [[list(output.at(i).shape), output.at(i).reshape(-1).tolist()] for i in range(len(output))],
        }
        for output in pipe.run()
    ]


def guarded(text):
    """The same in a process of its own: some refused expressions end the process instead of raising."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            result = json.dumps(evaluate(text))
        except Exception as e:
            print(text, "->", " ".join(str(e).split())[-150:], file=sys.stderr)
            result = "null"
        os.write(write, result.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(data or b"null")


def main() -> None:
    results = {text: guarded(text) for text in math_cases.CASES}
    lines = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in results.items()]
    pathlib.Path(__file__).with_name("math.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(results), "cases,", sum(v is None for v in results.values()), "refused")


if __name__ == "__main__":
    main()
