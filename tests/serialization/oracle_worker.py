"""Runs under a Python that has nvidia-dali, for test_oracle.py; imports nothing of adali.

``oracle_worker.py FOLDER``: for each ``NAME.job.npz`` there, writes ``NAME.out.npz``. A job holds either ``message``,
a serialized pipeline, or ``code``, whose function ``define()`` returns the outputs of one, and in ``feed/SOURCE`` the
batches of its inputs (iteration first, then sample). The result holds ``message``, ``out/ITERATION/OUTPUT/SAMPLE`` and
``layout/OUTPUT``, or ``error``.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from nvidia.dali import Pipeline, fn, types

warnings.simplefilter("ignore")
ITERATIONS = 2


def run(job: Any) -> dict[str, Any]:
    """The result of one job."""
    if "code" in job:
        scope: dict[str, Any] = {"fn": fn, "types": types, "np": np}
        exec(str(job["code"]), scope)
        made = Pipeline(batch_size=3, num_threads=2, device_id=None, seed=1)
        with made:
            made.set_outputs(*scope["define"]())
        message = made.serialize()
    else:
        message = job["message"].tobytes()
    pipe = Pipeline.deserialize(message)
    pipe.build()
    for iteration in range(ITERATIONS):
        for key in job:
            if key.startswith("feed/"):
                pipe.feed_input(key[5:], list(job[key][iteration]))
    result: dict[str, Any] = {"message": np.frombuffer(message, np.uint8)}
    for iteration in range(ITERATIONS):
        for index, batch in enumerate(pipe.run()):
            result[f"layout/{index}"] = np.asarray(batch.layout())
            for sample in range(len(batch)):
                result[f"out/{iteration}/{index}/{sample}"] = np.asarray(batch[sample])
    return result


def main(folder: Path) -> None:
    """Do all jobs of the folder."""
    for path in sorted(folder.glob("*.job.npz")):
        try:
            with np.load(path) as job:
                result = run(job)
        except Exception as e:
            result = {"error": np.asarray(f"{type(e).__name__}: {e}")}
        np.savez(path.with_name(path.name.replace(".job.", ".out.")), **result)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
