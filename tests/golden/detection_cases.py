"""Cases of the deterministic detection operators: name -> (fn name, batches of inputs, arguments).

An argument that is a list of arrays is an argument input, one array a sample.
"""

import numpy as np

rng = np.random.default_rng(5)
CASES = {}


def boxes(count, sizes=False):
    """Boxes (left, top, right, bottom), or (x, y, width, height), within the unit square."""
    b = np.sort(rng.random((count, 2, 2)), axis=1).reshape(count, 4).astype(np.float32)
    if sizes:
        b[:, 2:] -= b[:, :2]
    return b


def batch(sizes=False):
    """Three samples; the middle one has no box every other time."""
    return [boxes(int(n), sizes) for n in (rng.integers(1, 7), rng.integers(0, 2) * 3, rng.integers(1, 7))]


def each(draw, dtype):
    """One value a sample."""
    return [np.array(draw(), dtype) for _ in range(3)]


for i in range(4):
    ltrb = bool(i % 2)
    flips = {"horizontal": each(lambda: rng.integers(2), np.int32), "vertical": each(lambda: rng.integers(2), np.int32)}
    CASES[f"flip-{i}"] = ("bb_flip", [batch(not ltrb)], {"ltrb": ltrb, **flips} if i else {})
    CASES[f"paste-{i}"] = (
        "bbox_paste",
        [batch(not ltrb)],
        {
            "ltrb": ltrb,
            "ratio": each(lambda: rng.uniform(1, 3), np.float32),
            "paste_x": each(rng.random, np.float32),
            "paste_y": 0.25 * i,
        },
    )

for i in range(24):
    sizes = i % 2 == 1
    shapes = each(lambda: rng.integers(20, 300, 2), np.int32)
    kwargs = {
        # At odd multiples of 45 degrees it hangs on rounding which way a box lies.
        "angle": each(lambda: rng.choice([rng.uniform(-200, 400), rng.integers(-4, 5) * 90]), np.float32),
        "input_shape": shapes if i % 5 else [int(e) for e in shapes[0]],
        "mode": ("expand", "fixed", "halfway")[i % 3],
        "bbox_layout": "xyWH" if sizes else "xyXY",
        "remove_threshold": (0.0, 0.1, 0.5, 0.9)[i % 7 % 4],
    }
    inputs = [batch(sizes)]
    if i % 4 == 0:
        kwargs["keep_size"] = True
    elif i % 4 == 1:
        kwargs["size"] = each(lambda: rng.uniform(20, 300, 2), np.float32)
    if i % 3 == 1:
        kwargs["shape_layout"] = "WH"
    if i % 5 == 3:
        kwargs["bbox_normalized"] = False
        inputs = [[b * np.float32(150) for b in inputs[0]]]
    if i % 2:
        inputs.append([np.arange(len(b), dtype=np.int32) + 1 for b in inputs[0]])
    CASES[f"rotate-{i}"] = ("bbox_rotate", inputs, kwargs)

_own = np.random.default_rng(45)  # so that the other cases stay as they are


def _tilted(count: int) -> np.ndarray:
    middle, extent = _own.uniform(0.35, 0.65, (count, 2)), _own.uniform(0.02, 0.2, (count, 2))
    return np.concatenate([middle - extent / 2, middle + extent / 2], 1).astype(np.float32)


# Here rounding decides which way a box lies.
for i, _angle in enumerate((45.0, 135.0, -45.0, 225.0, 45.0, -135.0)):
    kwargs = {
        "angle": _angle,
        "input_shape": [[100, 100], [90, 160]][i % 2],
        "mode": ("fixed", "halfway")[i // 2 % 2],
        "keep_size": i < 4,
    }
    CASES[f"rotate-tie-{i}"] = ("bbox_rotate", [[_tilted(60)]], kwargs)

for i in range(8):
    b, anchors = batch(), boxes(60)
    if i % 2:  # many equal overlaps
        b = [np.round(s * 4) / 4 + np.array([0, 0, 0.25, 0.25], np.float32) for s in b]
        anchors = np.round(anchors * 4) / 4 + np.array([0, 0, 0.25, 0.25], np.float32)
    kwargs = {"anchors": anchors.ravel().tolist(), "criteria": (0.5, 0.25, 0.0)[i % 3], "offset": i > 1}
    if i > 4:
        kwargs |= {"scale": 200.0, "means": [0.5, -0.25, 0.125, 1.0], "stds": [0.5, 0.25, 2.0, 0.125]}
    CASES[f"encode-{i}"] = ("box_encoder", [b, [rng.integers(1, 80, len(s)).astype(np.int32) for s in b]], kwargs)

for i in range(6):
    masks, polygons, vertices = [], [], []
    for _ in range(3):
        count = int(rng.integers(1, 6))
        lengths = rng.integers(3, 6, count)
        ends = np.cumsum(lengths)
        ids = rng.permutation(20)[:count]
        rows = np.stack([ids, ends - lengths, ends], 1).astype(np.int32)[rng.permutation(count)]
        if i == 4:  # two polygons of one mask
            rows[0, 0] = rows[-1, 0]
        polygons.append(rows)
        vertices.append((rng.random((int(ends[-1]) + 1, 2)) * 100).astype((np.float32, np.uint8, np.float64)[i % 3]))
        masks.append(rng.permutation(np.unique(rows[:, 0]))[: int(rng.integers(0, count + 1))].astype(np.int32))
    CASES[f"select-{i}"] = ("segmentation.select_masks", [masks, polygons, vertices], {"reindex_masks": bool(i % 2)})
