"""Boxes as in COCO: a crop that keeps objects, flipped boxes, anchors to be matched."""

import os

import numpy as np
import nvidia.dali.fn as fn
from nvidia.dali import pipeline_def

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")
images = sorted(
    os.path.join(path, name) for path, _, names in os.walk(folder) for name in names if name.endswith(".jpg")
)[:6]

# Left, top, width, height in units of the image, and the category, as in an annotation file.
annotations = [
    [(0.1, 0.2, 0.3, 0.4, 1), (0.5, 0.5, 0.4, 0.3, 7)],
    [(0.0, 0.0, 1.0, 1.0, 3)],
    [(0.25, 0.25, 0.5, 0.5, 2), (0.6, 0.1, 0.2, 0.2, 2), (0.05, 0.7, 0.3, 0.25, 9)],
]


def boxes_and_labels(info):
    found = annotations[info.idx_in_epoch % 3]
    ltrb = np.float32([(x, y, x + w, y + h) for x, y, w, h, _ in found])
    return ltrb, np.int32([category for *_, category in found])


anchors = []
for size in (0.3, 0.6):
    for y in (0.25, 0.75):
        for x in (0.25, 0.75):
            anchors += [x - size / 2, y - size / 2, x + size / 2, y + size / 2]


@pipeline_def(batch_size=3, num_threads=2, device_id=None, seed=5)
def detection_pipeline():
    encoded, _ = fn.readers.file(files=images, name="Reader")
    boxes, labels = fn.external_source(source=boxes_and_labels, num_outputs=2, batch=False)
    decoded = fn.decoders.image(encoded)

    # A flip is the same for pixels and boxes.
    flip = fn.external_source(source=lambda info: np.int32(info.idx_in_epoch % 2), batch=False)
    flipped = fn.bb_flip(boxes, ltrb=True, horizontal=flip)
    mirrored = fn.flip(fn.resize(decoded, size=[40, 60]), horizontal=flip)

    # The crop is drawn at random: what can be printed of it is what always holds.
    begin, extent, kept, kept_labels = fn.random_bbox_crop(
        boxes,
        labels,
        device="cpu",
        aspect_ratio=[0.5, 2.0],
        thresholds=[0.1, 0.3, 0.5],
        scaling=[0.5, 1.0],
        bbox_layout="xyXY",
        allow_no_crop=True,
        num_attempts=5,
    )
    cropped = fn.slice(decoded, begin, extent, normalized_anchor=True, normalized_shape=True)

    encoded_boxes, encoded_labels = fn.box_encoder(
        boxes, labels, criteria=0.3, anchors=anchors, offset=True, scale=1.0, stds=[0.1, 0.1, 0.2, 0.2]
    )
    return flipped, mirrored, begin, extent, kept, kept_labels, cropped, encoded_boxes, encoded_labels


pipe = detection_pipeline()
pipe.build()
for iteration in range(2):
    flipped, mirrored, begin, extent, kept, kept_labels, cropped, targets, classes = pipe.run()
    print("iteration", iteration, "boxes flipped:")
    for sample in flipped:
        print(" ", np.round(np.array(sample), 3).tolist())
    brightness = [np.array(image)[:, :30].mean() - np.array(image)[:, 30:].mean() for image in mirrored]
    print("  left half minus right half:", [round(float(b) / 5) for b in brightness])
    for k in range(3):
        box, size = np.array(begin[k]), np.array(extent[k])
        inside = bool((box >= 0).all() and (box + size <= 1.0001).all() and (size > 0).all())
        same = np.array(kept[k]).shape[0] == np.array(kept_labels[k]).shape[0] > 0
        in_crop = bool(((np.array(kept[k]) >= 0) & (np.array(kept[k]) <= 1)).all())
        print(
            "  crop",
            k,
            "inside:",
            inside,
            "labels fit:",
            bool(same),
            "boxes in crop:",
            in_crop,
            "channels:",
            np.array(cropped[k]).shape[2],
        )
    print("  classes of anchors:", np.array(classes.as_array()).tolist())
    print("  targets:", np.round(np.array(targets.as_array())[:, :3], 2).tolist())
