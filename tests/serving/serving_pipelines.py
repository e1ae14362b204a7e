"""Pipelines, images and a gate for the tests of serving."""

from __future__ import annotations

import asyncio
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np

from adali import Pipeline, fn, pipeline_def
from adali.serving import Service

IMAGES = Path(__file__).resolve().parents[2] / "adali" / "cli" / "images"


def jpegs() -> list[bytes]:
    """The package's photos."""
    return [p.read_bytes() for p in sorted(IMAGES.rglob("*.jpg"))]


def broken() -> bytes:
    """A JPEG that has a header and no end."""
    return jpegs()[0][:600]


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pipeline_def(batch_size=8, num_threads=2)
def thumbnails(size: int = 32) -> Any:
    images = fn.decoders.image(fn.external_source(name="images"))
    return fn.resize(images, size=(size, size), name="thumbnail")


@pipeline_def(batch_size=8, num_threads=2)
def doubled() -> Any:
    """Any numbers, doubled, and their negative."""
    x = fn.external_source(name="x")
    return x * 2, -x


class Gate:
    """A per-sample function that can be closed, remembers what went through and refuses what it is told to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.seen: list[int] = []

    def __call__(self, x: Any) -> Any:
        self.entered.set()
        assert self.open.wait(120)  # a whole module of tests may run meanwhile
        value = int(np.ravel(x)[0])
        self.seen.append(value)
        if value < 0:
            raise ValueError(f"{value} is negative")
        return x + 1

    def pipeline(self, batch_size: int = 4, **kwargs: Any) -> Pipeline:
        pipe = Pipeline(batch_size=batch_size, num_threads=1, prefetch_queue_depth=1, **kwargs)
        with pipe:
            pipe.set_outputs(fn.python_function(fn.external_source(name="x"), function=self))
        return pipe


def classified() -> Service:
    """Thumbnails, and their mean."""
    return Service(thumbnails(), model=lambda images: images.reshape(len(images), -1).mean(axis=1), max_wait=0.0)


def slow() -> Service:
    """Never answers."""

    async def wait(images: Any) -> Any:
        await asyncio.sleep(1000)

    return Service(thumbnails(), model=wait, warmup=False)


def number(value: int) -> Any:
    return np.array([value], np.int32)
