"""Distribution of the real DALI's ssd_random_crop: ``python make_ssd_random_crop.py`` writes ssd_random_crop.json."""

import itertools
import json
from pathlib import Path

import numpy as np
from nvidia.dali import fn
from nvidia.dali.pipeline import Pipeline

BATCH, RUNS = 500, 8
CASES = {
    "two": [[0.1, 0.1, 0.6, 0.7], [0.5, 0.5, 0.9, 0.95]],
    "one": [[0.3, 0.3, 0.6, 0.6]],
    "three": [[0.05, 0.05, 0.2, 0.2], [0.7, 0.7, 0.95, 0.95], [0.4, 0.3, 0.6, 0.8]],
}


def main():
    rows, columns = np.mgrid[0:200, 0:300]
    image = np.stack([rows, columns % 256, columns // 256], -1).astype(np.uint8)
    result = {}
    for name, boxes in CASES.items():
        for attempts in (1, 5):
            box = np.float32(boxes)
            pipe = Pipeline(batch_size=BATCH, num_threads=2, device_id=None, seed=3)
            with pipe:
                i = fn.external_source(lambda: [image] * BATCH, layout="HWC")
                b = fn.external_source(itertools.repeat([box] * BATCH))
                n = fn.external_source(itertools.repeat([np.arange(len(boxes), dtype=np.int32)] * BATCH))
                pipe.set_outputs(*fn.ssd_random_crop(i, b, n, num_attempts=attempts))
            pipe.build()
            draws = []
            for _ in range(RUNS):
                images, _, labels = pipe.run()
                for k in range(BATCH):
                    part = np.array(images.at(k))
                    corner = part[0, 0].astype(int)
                    draws.append([*part.shape[:2], corner[0], corner[1] + 256 * corner[2], len(np.array(labels.at(k)))])
            columns_of = np.sort(np.array(draws), 0)[:: len(draws) // 400]
            result[f"{name}-{attempts}"] = columns_of.T.tolist()
    (Path(__file__).parent / "ssd_random_crop.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
