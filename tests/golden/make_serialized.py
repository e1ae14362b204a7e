"""Writes serialized.json: pipelines serialized by the real DALI, what they compute, and the types of all arguments.

Run it under a Python that has nvidia-dali (CPU is enough): ``python make_serialized.py``. It imports nothing of adali.
"""

from __future__ import annotations

import _thread
import base64
import json
import os
import warnings

import numpy as np
from nvidia.dali import OperatorConcurrency, Pipeline, StreamPolicy, fn, ops, types
from nvidia.dali import backend as b
from nvidia.dali.pipeline import pipeline_def

warnings.simplefilter("ignore")

# Run from text with a name of its own: DALI writes the file names of the user's call stack into the message.
PIPELINES = """
def train():
    jpegs, labels = fn.readers.file(file_root="data/images", random_shuffle=True, initial_fill=21, name="Reader")
    images = fn.decoders.image_random_crop(jpegs, random_area=[0.1, 1.0], num_attempts=7)
    images = fn.resize(images, size=[224, 224], interp_type=types.INTERP_TRIANGULAR)
    mirror = fn.random.coin_flip(probability=0.3)
    images = fn.crop_mirror_normalize(images, mirror=mirror, mean=[123.5, 116.25, 103.0], std=[58.4, 57.1, 57.4],
                                      dtype=types.FLOAT, output_layout="CHW")
    return images, labels, labels

def validation():
    jpegs, labels = fn.readers.file(files=["data/a.jpg", "data/\\u00e9.jpg"], labels=[3, 4], pad_last_batch=True)
    images = fn.decoders.image(jpegs, output_type=types.GRAY)
    images = fn.resize(images, resize_shorter=fn.random.uniform(range=(100, 200)), interp_type=types.INTERP_CUBIC)
    return fn.crop_mirror_normalize(images, crop=(64, 64), mean=[0.0], std=[255.0], output_layout="HWC"), labels

def old_classes():
    jpegs, labels = ops.FileReader(file_root="data/images", shard_id=1, num_shards=3)(name="Reader")
    images = ops.ImageDecoder(device="cpu", output_type=types.RGB)(jpegs)
    images = ops.Resize(device="cpu", resize_x=224, resize_y=224)(images)
    uniform = ops.Uniform(range=(0.0, 1.0))
    images = ops.CropMirrorNormalize(device="cpu", crop=(224, 224), mean=[0.485 * 255], std=[255.0])(
        images, crop_pos_x=uniform(), crop_pos_y=uniform(), mirror=ops.CoinFlip()())
    return images, labels

def arithmetic():
    x = fn.external_source(name="x")
    y = types.Constant(np.float32([[1, 2, 3]]), device="cpu")
    return x + 1, x * 2.5 - y, (x > 2) & (x <= 4), -x // 2, x / types.Constant(3).uint8(), y[0, 1:], x[:, ::2]

def sources():
    a = fn.external_source(name="x", dtype=types.INT32, ndim=2, layout="HW")
    b = fn.external_source(name="other")
    return fn.cast(a, dtype=types.FLOAT16), b

def repeating():
    return fn.external_source(name="x", repeat_last=True, blocking=True)

def random():
    return (
        fn.random.uniform(values=[1.0, 2.0], shape=[2, 3], dtype=types.INT32),
        fn.random.uniform(range=[0, 1], shape=()),
        fn.random.coin_flip(preserve=True, seed=7, bytes_per_sample_hint=100),
        fn.random.normal(fn.random.uniform(range=[0.0, 0.1], shape=[4]), stddev=2.0, mean=0.1),
        fn.random.choice([1, 2, 3], p=[0.1, 0.2, 0.7], name="two words"),
    )

def constants():
    return (
        types.Constant(3, device="cpu"),
        types.Constant(np.float32([[1, 2], [3, 4]]), layout="HW", device="cpu"),
        types.Constant(True, device="cpu"),
        types.Constant(np.uint8([1, 2]), device="cpu"),
        types.Constant(0.1, device="cpu"),
        types.Constant(-7, device="cpu"),
    )

def kept():
    fn.random.coin_flip(preserve=True, name="kept")
    return fn.random.uniform(range=(1, 2))

def device():
    jpegs, labels = fn.readers.file(file_root="data/images")
    images = fn.decoders.image(jpegs, device="mixed")
    images = fn.crop_mirror_normalize(images, crop=(64, 64), mirror=fn.random.coin_flip())
    return images, labels.gpu(), labels, labels.gpu()

def sets():
    a, b = fn.random.uniform(shape=[4, 4, 3]), fn.random.uniform(shape=[4, 4, 3])
    return fn.resize([a, b], size=[2, 2])

def matrix():
    x = fn.external_source(name="x", layout="HW")
    return fn.warp_affine(x, matrix=np.float32([[1, 0, 1], [0, 1, 0]]), fill_value=0, interp_type=types.INTERP_NN)

def no_seed():
    return fn.random.uniform()

def plain_settings():
    return fn.random.uniform()

def two_depths():
    return fn.random.uniform()

def output_types():
    return fn.random.uniform()

def output_layouts():
    return types.Constant(np.uint8([[1]]), layout="HW", device="cpu"), fn.random.uniform()

def static_executor():
    return fn.random.uniform()

def forced_dynamic():
    return fn.random.uniform()

def policies():
    return fn.random.uniform()
"""

CONDITIONAL = """
@pipeline_def(batch_size=3, num_threads=2, device_id=None, seed=1, enable_conditionals=True)
def conditional():
    flag = fn.random.coin_flip(dtype=types.BOOL, probability=1.0)
    x = fn.external_source(name="x")
    if flag and not fn.reductions.sum(x) < 0:
        x = x * 2
    else:
        x = x + 1
    return x
"""

SETTINGS = {
    "no_seed": {"seed": None},
    "plain_settings": {
        "exec_pipelined": False,
        "exec_async": False,
        "prefetch_queue_depth": 5,
        "bytes_per_sample": 333,
        "set_affinity": True,
    },
    "two_depths": {"prefetch_queue_depth": {"cpu_size": 3, "gpu_size": 1}},
    "output_types": {"output_dtype": types.FLOAT, "output_ndim": 0},
    "output_layouts": {"output_dtype": [types.UINT8, None], "output_ndim": [None, 0], "output_layout": ["HW", None]},
    "static_executor": {"exec_dynamic": False},
    "forced_dynamic": {"exec_dynamic": True, "exec_async": False},
    "policies": {"stream_policy": StreamPolicy.SINGLE, "concurrency": OperatorConcurrency.FULL},
}

#: Pipelines whose outputs do not depend on random numbers or files; both sides feed `x` and `other` the same way.
DETERMINISTIC = ("arithmetic", "sources", "constants", "conditional")


def feed(iteration: int) -> np.ndarray:
    """What goes into every external source: a batch of 3."""
    return (np.arange(3 * 2 * 3, dtype=np.int32) + iteration).reshape(3, 2, 3)


BUILD = """
def build(settings, made, done):
    for name in settings:
        pipe = Pipeline(**{"batch_size": 3, "num_threads": 2, "device_id": None, "seed": 1, **settings[name]})
        with pipe:
            out = globals()[name]()
            pipe.set_outputs(*(out if isinstance(out, (tuple, list)) else (out,)))
        made[name] = pipe.serialize()
    made["conditional"] = conditional().serialize()
    done.release()
"""


def make() -> dict[str, bytes]:
    """Name -> message."""
    scope = {"fn": fn, "ops": ops, "types": types, "np": np, "pipeline_def": pipeline_def, "Pipeline": Pipeline}
    exec(compile(PIPELINES, "pipelines.py", "exec"), scope)
    exec(compile(BUILD, "pipelines.py", "exec"), scope)
    names = [line[4:].split("(")[0] for line in PIPELINES.splitlines() if line.startswith("def ")]
    made: dict[str, bytes] = {}
    # Conditionals are rewritten from the source, which must be in a file.
    with open("conditional_tmp.py", "w") as file:
        file.write(CONDITIONAL)
    try:
        exec(compile(CONDITIONAL, "conditional_tmp.py", "exec"), scope)
        # A bare thread has no frames of this file or the standard library below, whose paths are this machine's.
        done = _thread.allocate_lock()
        done.acquire()
        _thread.start_new_thread(scope["build"], ({n: SETTINGS.get(n, {}) for n in names}, made, done))
        assert done.acquire(timeout=60)
    finally:
        os.remove("conditional_tmp.py")
    return made


def fields(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """Number, content and encoding of each field of a message; only varints and lengths occur at these levels."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            value |= (data[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 128:
                return value, at

    found, at = [], 0
    while at < len(data):
        tag, end = varint(at)
        value, end = varint(end)
        start, end = (end, end + value) if tag & 7 == 2 else (at, end)
        found.append((tag >> 3, data[start:end], data[at:end]))
        at = end
    return found


def length(number: int, content: bytes) -> bytes:
    """The encoding of a field that has a length."""
    size, encoded = len(content), b""
    while size > 127:
        size, encoded = size >> 7, encoded + bytes([size & 127 | 128])
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + content


def without_own_paths(data: bytes) -> bytes:
    """The message without the call stacks that show where DALI is installed on this machine."""
    result = b""
    for number, content, encoding in fields(data):
        if number == 5 and b"site-packages" in content:
            kept = [e for n, c, e in fields(content) if n != 4 or b"_origin_stack" not in c]
            encoding = length(5, b"".join(kept))
        result += encoding
    return result


def outputs(data: bytes) -> list[list[dict[str, object]]]:
    """Outputs of two iterations, sample by sample."""
    pipe = Pipeline.deserialize(data)
    pipe.build()
    result = []
    inputs = [n for n in ("x", "other") if has_input(pipe, n)]
    for iteration in range(2):
        for name in inputs:
            pipe.feed_input(name, list(feed(iteration)))
        out = pipe.run()
        result.append(
            [
                {
                    "dtype": str(np.asarray(o[0]).dtype),
                    "layout": o.layout(),
                    "samples": [np.asarray(s).tolist() for s in o],
                }
                for o in out
            ]
        )
    return result


def has_input(pipe: Pipeline, name: str) -> bool:
    """Whether the pipeline has an external source of that name."""
    try:
        pipe.input_feed_count(name)
    except RuntimeError:
        return False
    return True


WIRE = {"STRING": "string", "TENSOR_LAYOUT": "string", "FLOAT": "float", "BOOL": "bool", "PYTHON_OBJECT": "object"}


def schemas() -> dict[str, object]:
    """Schema name -> devices, and for each argument its type in a message, "[]" for a vector, "?" for per sample."""
    found = {}
    for name in sorted({*b.RegisteredCPUOps(), *b.RegisteredGPUOps(), *b.RegisteredMixedOps()}):
        schema = b.TryGetSchema(name)
        if schema is None or (schema.IsInternal() and not name.startswith("_")):
            continue
        args = {}
        for arg in sorted(schema.GetArgumentNames()):
            if schema.IsDeprecatedArg(arg):
                continue
            kind = schema.GetArgumentType(arg).name
            vector = kind.startswith("_")
            kind = kind.removeprefix("_").removesuffix("_VEC")
            args[arg] = WIRE.get(kind, "int64") + "[]" * vector + "?" * schema.IsTensorArgument(arg)
        devices = [
            d
            for d, names in (
                ("cpu", b.RegisteredCPUOps()),
                ("gpu", b.RegisteredGPUOps()),
                ("mixed", b.RegisteredMixedOps()),
            )
            if name in names
        ]
        found[name] = {"devices": devices, "args": args}
    return found


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    messages = {name: without_own_paths(data) for name, data in make().items()}
    document = {
        "pipelines": {
            name: {
                "message": base64.b64encode(data).decode(),
                **({"outputs": outputs(data)} if name in DETERMINISTIC else {}),
            }
            for name, data in messages.items()
        },
        "schemas": schemas(),
    }
    text = json.dumps(document, separators=(",", ":")).replace('},"', '},\n"')
    for name, data in messages.items():
        assert os.getcwd().encode() not in data, name
        assert b"site-packages" not in data, name
        assert b"/tmp" not in data, name
    with open("serialized.json", "w") as file:
        file.write(text + "\n")
    print(f"{len(messages)} pipelines, {len(document['schemas'])} schemas, {len(text)} bytes")
