"""A classifier behind a pipeline: the pipeline decodes and resizes, ONNX Runtime classifies, each in its own batches.

    python examples/serving_onnx.py                                    # in this process
    cd examples && adali serve serving_onnx:classifier                 # or over HTTP and gRPC; the page is at /

The model is made here, from the package's images: one linear layer on thumbnails of 8 x 8 pixels.
"""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

import adali
from adali import fn, pipeline_def
from adali.serving import Model, Service

IMAGES = Path(adali.__file__).parent / "cli" / "images"
CLASSES = sorted(p.name for p in IMAGES.iterdir() if p.is_dir())
FILES = [(p, CLASSES.index(p.parent.name)) for p in sorted(IMAGES.rglob("*.*")) if p.suffix in (".jpg", ".png")]


@pipeline_def(batch_size=16, num_threads=2)
def prepare():
    """Encoded images become thumbnails with values from -1 to 1."""
    images = fn.decoders.image(fn.external_source(name="images"))
    small = fn.resize(images, size=(8, 8))
    return fn.crop_mirror_normalize(small, mean=[127.5] * 3, std=[127.5] * 3, name="thumbnails")


async def thumbnails() -> np.ndarray:
    """What the pipeline makes of the package's images: a service without a model."""
    async with Service(prepare()) as service:
        return np.stack(await asyncio.gather(*(service(path.read_bytes()) for path, _ in FILES)))


def make_model() -> bytes:
    """Least squares from thumbnails to classes, as an ONNX model: Flatten, Gemm, Softmax."""
    inputs = asyncio.run(thumbnails()).reshape(len(FILES), -1)
    targets = 8.0 * np.eye(len(CLASSES), dtype=np.float32)[[label for _, label in FILES]]
    # The ridge keeps the many weights of few images small.
    weights = inputs.T @ np.linalg.solve(inputs @ inputs.T + 1.0 * np.eye(len(FILES)), targets)
    nodes = [
        helper.make_node("Flatten", ["thumbnails"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("thumbnails", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(CLASSES)])],
        [onnx.numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@functools.cache
def session() -> onnxruntime.InferenceSession:
    """The model, loaded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(make_model(), options, providers=["CPUExecutionProvider"])


def classifier() -> Service:
    """The service that `adali serve serving_onnx:classifier` runs."""
    runtime = session()
    model = Model(lambda batch: runtime.run(None, {"thumbnails": batch}), max_batch=16, outputs=["probabilities"])
    return Service(prepare(), model=model, max_wait=0.005, deadline=5.0)


async def main() -> None:
    async with classifier() as service:
        answers = await asyncio.gather(*(service(path.read_bytes()) for path, _ in FILES))
        right = sum(int(np.argmax(a)) == label for a, (_, label) in zip(answers, FILES, strict=True))
        stats = service.snapshot()
    print(f"{right} of {len(FILES)} images classified right")
    print(f"{stats['samples']} samples in {stats['batches']} batches; the first is")
    for name, probability in sorted(zip(CLASSES, answers[0], strict=True), key=lambda pair: -pair[1]):
        print(f"  {name:10} {probability:.2f}")


if __name__ == "__main__":
    # Before asyncio.run, since making the model runs a pipeline on a loop of its own.
    session()
    asyncio.run(main())
