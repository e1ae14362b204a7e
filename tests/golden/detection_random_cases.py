"""Cases of the random operators with few outcomes: name -> (fn name, input, arguments)."""

import numpy as np

# Diagonal neighbours at the upper left; objects of three classes; an L whose box is larger than its area.
LABELS = np.zeros((8, 8), np.int32)
LABELS[0, 0] = LABELS[1, 1] = 1
LABELS[0, 3:8] = 2
LABELS[3:5, 0:2] = 2
LABELS[5, 5:8] = LABELS[5:8, 7] = 2
LABELS[7, 0:2] = 3
LABELS[4, 4] = 1

VOLUME = np.zeros((3, 3, 3), np.uint8)
VOLUME[0, 0, 0] = VOLUME[1, 1, 1] = VOLUME[2, 2, 1] = VOLUME[0, 2, 2] = VOLUME[1, 2, 2] = 1

BOX, PIXEL = "segmentation.random_object_bbox", "segmentation.random_mask_pixel"
DRAWS = 4000
CASES = {
    "pixel-any": (PIXEL, VOLUME, {}),
    "pixel-foreground": (PIXEL, VOLUME, {"foreground": 1}),
    "pixel-threshold": (PIXEL, LABELS, {"foreground": 1, "threshold": 2.0}),
    "pixel-float": (PIXEL, LABELS.astype(np.float32) / 4, {"foreground": 1, "threshold": 0.5}),
    "pixel-value": (PIXEL, LABELS, {"foreground": 1, "value": 1}),
    "pixel-none": (PIXEL, VOLUME, {"foreground": 1, "value": 9}),
    "object": (BOX, LABELS, {}),
    "object-3d": (BOX, VOLUME, {"format": "box"}),
    "object-ends": (BOX, LABELS, {"format": "start_end", "ignore_class": True}),
    "object-class": (BOX, LABELS, {"format": "box", "output_class": True, "foreground_prob": 0.25}),
    "object-classes": (BOX, LABELS, {"classes": [1, 3, 7], "output_class": True}),
    "object-weights": (BOX, LABELS, {"class_weights": [1.0, 3.0], "output_class": True}),
    "object-classes-weights": (BOX, LABELS, {"classes": [3, 7, 2], "class_weights": [1.0, 5.0, 2.0]}),
    "object-background": (BOX, LABELS, {"background": 2, "output_class": True}),
    "object-zero-is-a-class": (BOX, LABELS, {"classes": [0, 1], "output_class": True, "foreground_prob": 0.5}),
    "object-largest": (BOX, LABELS, {"k_largest": 1}),
    "object-two-largest": (BOX, LABELS, {"k_largest": 2, "ignore_class": True, "cache_objects": True}),
    "object-threshold": (BOX, LABELS, {"threshold": [2, 1], "k_largest": 1}),
    "object-threshold-all": (BOX, LABELS, {"threshold": [2, 2]}),
    "object-too-large-threshold": (BOX, LABELS, {"threshold": [9, 9], "output_class": True}),
}
