"""Cases of random_bbox_crop: name -> (boxes, arguments)."""

import numpy as np

NONE = np.zeros((0, 4), np.float32)
NOTHING = np.zeros((0, 6), np.float32)
ONE = np.array([[0.2, 0.2, 0.6, 0.6]], np.float32)
TWO = np.array([[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9]], np.float32)
SOLID = np.array([[0.1, 0.1, 0.1, 0.5, 0.5, 0.5], [0.4, 0.4, 0.3, 0.8, 0.9, 1.0]], np.float32)
DRAWS = 3000

CASES = {
    "square": (NONE, {"scaling": [0.3, 0.6]}),
    "ratios": (NONE, {"scaling": [0.1, 1.0], "aspect_ratio": [0.5, 2.0]}),
    "tall": (NONE, {"scaling": [0.3, 0.6], "aspect_ratio": [0.4, 0.4]}),
    "wide": (NONE, {"scaling": [0.3, 0.6], "aspect_ratio": [3.0, 3.0]}),
    "solid-one-ratio": (
        NOTHING,
        {"scaling": [0.25, 0.5], "aspect_ratio": [0.7, 0.7, 0.1, 10.0, 0.1, 10.0]},
    ),
    "solid-two-ratios": (
        NOTHING,
        {"scaling": [0.25, 0.5], "aspect_ratio": [0.7, 0.7, 1.3, 1.3, 0.1, 10.0]},
    ),
    "solid-three-ratios": (
        NOTHING,
        {"scaling": [0.25, 0.5], "aspect_ratio": [1.2, 1.2, 0.6, 0.6, 0.5, 0.5]},
    ),
    "ratio-of-pixels": (NONE, {"scaling": [0.3, 1.0], "aspect_ratio": [0.5, 2.0], "input_shape": [100, 50]}),
    "one-ratio-of-pixels": (
        NONE,
        {"scaling": [0.3, 0.6], "aspect_ratio": [0.5, 0.5], "input_shape": [30, 100], "shape_layout": "HW"},
    ),
    "larger-than-the-image": (NONE, {"scaling": [0.5, 1.5]}),
    "fixed": (TWO, {"crop_shape": [30, 25], "input_shape": [50, 40], "thresholds": [0.1], "total_num_attempts": 30}),
    "fixed-larger": (NONE, {"crop_shape": [80, 25], "input_shape": [50, 40]}),
    "solid": (SOLID, {"scaling": [0.3, 0.9], "aspect_ratio": [0.5, 2.0], "num_attempts": 3}),
    "prune": (
        TWO,
        {
            "scaling": [0.3, 1.0],
            "aspect_ratio": [0.5, 2.0],
            "thresholds": [0.0, 0.1, 0.3, 0.5, 0.7, 0.9],
            "num_attempts": 5,
            "bbox_prune_threshold": 0.3,
            "all_boxes_above_threshold": False,
            "allow_no_crop": True,
        },
    ),
}
for _type in ("iou", "overlap"):
    for _all in (True, False):
        _kwargs = {"threshold_type": _type, "all_boxes_above_threshold": _all, "aspect_ratio": [0.5, 2.0]}
        CASES[f"fallback-{_type}-{_all}"] = (
            TWO,
            {**_kwargs, "scaling": [0.2, 0.7], "thresholds": [1.0], "num_attempts": 3, "total_num_attempts": 6},
        )
        CASES[f"found-{_type}-{_all}"] = (
            TWO,
            {**_kwargs, "scaling": [0.2, 0.9], "thresholds": [0.05, 0.1], "num_attempts": 2, "allow_no_crop": True},
        )
for _, _kwargs in CASES.values():
    _kwargs |= {"quiet": True, "allow_no_crop": _kwargs.get("allow_no_crop", False)}
