"""Outputs of the real DALI for tests/operators/test_detection*.py.

``python make_detection.py`` writes detection.npz and, for the random operators, how often each outcome came,
detection_random.json, and quantiles of the windows, detection_crop.json.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from detection_cases import CASES
from detection_crop_cases import CASES as CROPS
from detection_crop_cases import DRAWS as CROP_DRAWS
from detection_random_cases import CASES as RANDOM
from detection_random_cases import DRAWS
from nvidia.dali import fn, pipeline_def


def run(op, inputs, kwargs, seed=1, iterations=1):
    """Outputs of DALI: one list an iteration of one list an output of one array a sample."""
    function = fn
    for part in op.split("."):
        function = getattr(function, part)

    def source(batch):
        return fn.external_source(lambda: batch)

    @pipeline_def(batch_size=len(inputs[0]), num_threads=1, device_id=None, seed=seed)
    def pipe():
        per_sample = {k for k, v in kwargs.items() if isinstance(v, list) and isinstance(v[0], np.ndarray)}
        arguments = {k: source(v) if k in per_sample else v for k, v in kwargs.items()}
        out = function(*map(source, inputs), **arguments)
        return tuple(out) if isinstance(out, (list, tuple)) else out

    p = pipe()
    p.build()
    return [[[np.array(o.at(i)) for i in range(len(inputs[0]))] for o in p.run()] for _ in range(iterations)]


def main():
    store = {}
    for name, (op, inputs, kwargs) in CASES.items():
        for k, output in enumerate(run(op, inputs, kwargs)[0]):
            store.update({f"{name}/{k}/{i}": sample for i, sample in enumerate(output)})
    np.savez_compressed(Path(__file__).parent / "detection.npz", **store)
    outcomes = {}
    for name, (op, data, kwargs) in RANDOM.items():
        outputs = run(op, [[data] * DRAWS], kwargs)[0]
        counts = Counter(str([o[i].tolist() for o in outputs]) for i in range(DRAWS))
        outcomes[name] = dict(sorted(counts.items()))
    (Path(__file__).parent / "detection_random.json").write_text(json.dumps(outcomes, indent=0) + "\n")
    crops = {}
    for name, (boxes, kwargs) in CROPS.items():
        anchors, shapes, kept = run("random_bbox_crop", [[boxes] * CROP_DRAWS], kwargs)[0]
        values = np.hstack([np.stack(anchors), np.stack(shapes)])
        crops[name] = {
            "quantiles": np.quantile(values, np.linspace(0, 1, 41), axis=0, method="lower").round(5).T.tolist(),
            "whole": float((np.stack(shapes) == 1).all(1).mean()),
            "kept": np.bincount([len(b) for b in kept], minlength=3).tolist(),
        }
    (Path(__file__).parent / "detection_crop.json").write_text(json.dumps(crops) + "\n")


if __name__ == "__main__":
    main()
