"""Expressions: arithmetic, comparisons, bits, broadcasting, mathematics, reductions, slices, shapes."""

import numpy as np
from nvidia.dali import Pipeline, fn, math, newaxis, pipeline_def, types

batch = [np.arange(6, dtype=np.float32).reshape(2, 3) * (k + 1) for k in range(3)]
numbers = [np.array([k + 1, -k, 2 * k], dtype=np.int32) for k in range(3)]


@pipeline_def(batch_size=3, num_threads=2, device_id=None)
def expressions():
    x = fn.external_source(source=lambda: batch, layout="HW")
    n = fn.external_source(source=lambda: numbers)
    named = {
        "x + 1": x + 1,
        "x / 2 - n": x / 2 - n,
        "n // 2": n // 2,
        "n * 2.5": n * 2.5,
        "-n": -n,
        "n & 1 | 4": n & 1 | 4,
        "n ^ 3": n ^ 3,
        "x > 2": x > 2,
        "(n >= 0) * x": (n >= 0) * x,
        "n == n[0]": n == n[0],
        "n + uint8(200)": n + types.Constant(200).uint8(),
        "true division": n / types.Constant(4).int16(),
        "sqrt": math.sqrt(x),
        "clamp": math.clamp(n, 0, 2),
        "max": math.max(x, 2.5),
        "pow": x**2,
        "floor(x / 4)": math.floor(x / 4),
        "atan2": math.atan2(x, types.Constant(np.float32([1, 2, 3]))),
        "row": x[0],
        "column": x[:, 1],
        "every other": x[:, ::2],
        "by node": x[n[0] - n[0], -1],
        "new axis": n[:, newaxis],
        "sum": fn.reductions.sum(x, axes=[0]),
        "mean": fn.reductions.mean(x, axis_names="HW"),
        "std_dev": fn.reductions.std_dev(x, fn.reductions.mean(x)),
        "min of n": fn.reductions.min(n),
        "shape": x.shape(),
        "cat": fn.cat(x, x * 10, axis=1),
        "stack": fn.stack(n, -n),
        "pad": fn.pad(n, shape=[5], axes=[0], fill_value=7),
        "one_hot": fn.one_hot(n[0], num_classes=4),
        "transpose": fn.transpose(x, perm=[1, 0]),
        "reshape": fn.reshape(x, shape=[3, -1], layout="AB"),
        "lookup": fn.lookup_table(n[2], keys=[0, 2, 4], values=[5.5, 6.5, 7.5]),
        "full": fn.full_like(n, 3),
        "constant": types.Constant([1.5, 2.5]),
    }
    expressions.names = list(named)
    return tuple(named.values())


pipe = expressions()
outputs = pipe.run()
for name, output in zip(expressions.names, outputs):
    print("%-14s %-20s %s" % (name, output.dtype, output.layout()))
    for k in range(len(output)):
        print("   ", np.round(np.array(output[k]).astype(np.float64), 4).tolist())

for mistake in ("node + 'text'", "bool(node)", "node[0.5]", "iter(node)"):
    try:
        with Pipeline(batch_size=1, num_threads=1, device_id=None):
            node = fn.external_source(name="node")
            eval(mistake)
    except TypeError as error:
        print(mistake, "->", type(error).__name__)
