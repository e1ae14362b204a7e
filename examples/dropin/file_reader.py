"""Reading a folder in shards, with pipeline_def; what is known of the reader; outputs shared and released by hand."""

import os

import numpy as np
from nvidia.dali import fn, pipeline_def, types

image_dir = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")


@pipeline_def
def image_pipeline(shard_id, num_shards, pad):
    jpegs, labels = fn.readers.file(
        file_root=image_dir,
        shard_id=shard_id,
        num_shards=num_shards,
        pad_last_batch=pad,
        stick_to_shard=True,
        name="Reader",
        file_filters=["*.jpg"],
    )
    images = fn.decoders.image(jpegs, device="cpu", output_type=types.RGB)
    thumbnails = fn.resize(images, resize_x=32, resize_y=24, interp_type=types.INTERP_LINEAR)
    return images, thumbnails, labels, jpegs.property("source_info") if hasattr(jpegs, "property") else labels


def names(source_info):
    return [os.path.basename(bytes(np.array(s)).decode()) for s in source_info]


for shard in range(2):
    pipe = image_pipeline(shard, 2, True, batch_size=4, num_threads=2, device_id=None, seed=42)
    pipe.build()
    meta = pipe.reader_meta("Reader")
    print("shard", shard, {key: meta[key] for key in sorted(meta)})
    for _ in range(3):
        images, thumbnails, labels, info = pipe.run()
        print(names(info), np.array(labels.as_array()).ravel().tolist())
        print(
            "  dense:", images.is_dense_tensor(), thumbnails.is_dense_tensor(), [tuple(s) for s in thumbnails.shape()]
        )
        print("  brightness:", [round(float(np.array(t).mean()) / 10) for t in thumbnails])

# The scheduled API, as the plugins of frameworks use it.
pipe = image_pipeline(0, 1, False, batch_size=8, num_threads=2, device_id=None, prefetch_queue_depth=3)
pipe.build()
pipe.schedule_run()
for i in range(4):
    images, thumbnails, labels, info = pipe.share_outputs()
    print("batch", i, len(images), labels.as_array().ravel().tolist(), "empty:", pipe.empty())
    pipe.release_outputs()
    pipe.schedule_run()
try:
    pipe.run()
except RuntimeError as error:
    print("RuntimeError:", "Mixing" in str(error))
