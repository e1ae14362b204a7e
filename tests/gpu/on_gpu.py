"""Runs pipelines written for the CPU on the emulated device: every operator that has a GPU kernel is made there."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import adali.graph.spec
from adali.data import device_module
from adali.engine.cuda import CudaDevice
from adali.engine.device import set_device_factory
from adali.graph.graph import is_transfer
from adali.graph.node import DataNode
from adali.graph.schema import registry
from adali.operators.gpu import has_gpu_kernel

TESTS = Path(__file__).parent.parent

#: Whether the tests run against the real CuPy, on a device (examples/benchmarks/gpu.py).
REAL = os.environ.get("ADALI_TEST_DEVICE") == "real"

#: Operators that ran on the device meanwhile.
made: set[str] = set()


def moved(original: Callable[..., list[DataNode]], but: Collection[str] = ()) -> Callable[..., list[DataNode]]:
    """``call_operator``, but operators go to the device, their inputs before and their outputs back after them."""

    def call(op: str, inputs: Any, kwargs: Any, **rest: Any) -> list[DataNode]:
        schema, cls = registry[op]
        if kwargs.get("device") not in (None, "cpu") or "gpu" not in schema.devices or not has_gpu_kernel(cls):
            return original(op, inputs, kwargs, **rest)
        if schema.name in but:
            return original(op, inputs, kwargs, **rest)
        outputs = original(op, inputs, {**kwargs, "device": "gpu"}, **rest)
        if outputs and is_transfer(outputs[0].source):
            return original(op, inputs, kwargs, **rest)
        made.add(schema.name)
        return [original("Copy", [node], {"device": "cpu"})[0] for node in outputs]

    return call


@contextmanager
def everything_on_gpu(but: Collection[str] = ()) -> Iterator[set[str]]:
    """Pipelines that are defined meanwhile run on the device, without the operators that ``but`` names.

    Yields:
        the names of the operators that did.
    """
    original = adali.graph.spec.call_operator
    patched = moved(original, but)
    modules = [m for m in list(sys.modules.values()) if getattr(m, "call_operator", None) is original]
    modules = [m for m in modules if m.__name__ != "adali.operators.generic.constant"]
    for module in modules:
        module.call_operator = patched  # type: ignore[attr-defined]
    set_device_factory(lambda device_id, num_threads: CudaDevice(device_module(), 0))
    made.clear()
    try:
        yield made
    finally:
        set_device_factory(None)
        for module in modules:
            module.call_operator = original  # type: ignore[attr-defined]


def test_module(name: str) -> ModuleType:
    """A module of tests/operators."""
    known = sys.modules.get(f"on_gpu_{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"on_gpu_{name}", TESTS / "operators" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


test_module.__test__ = False  # type: ignore[attr-defined]
