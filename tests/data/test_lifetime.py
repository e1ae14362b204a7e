"""Memory lives exactly as long as anything that shows it, whatever happens to the containers."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adali.backend import TensorCPU, TensorListCPU

VIEWS_OF_A_TENSOR: dict[str, Callable[[TensorCPU], Any]] = {
    "asarray": np.asarray,
    "from_dlpack": np.from_dlpack,
    "array method": lambda t: t.__array__(),
    "buffer method": lambda t: t.__buffer__(0),
    "capsule": lambda t: t.__dlpack__(),
    "tensor": TensorCPU,
}
if sys.version_info >= (3, 12):
    VIEWS_OF_A_TENSOR["memoryview"] = memoryview  # type: ignore[assignment]

VIEWS_OF_A_LIST: dict[str, Callable[[TensorListCPU], Any]] = {
    "at": lambda tl: tl.at(0),
    "item": lambda tl: tl[0],
    "as_array": lambda tl: tl.as_array(),
    "as_tensor": lambda tl: tl.as_tensor(),
    "as_reshaped_tensor": lambda tl: tl.as_reshaped_tensor([6]),
    "asarray": np.asarray,
    "list": TensorListCPU,
    "array of item": lambda tl: np.asarray(tl[0]),
    "capsule of tensor": lambda tl: tl.as_tensor().__dlpack__(),
}


def new_memory() -> tuple[np.ndarray, weakref.ref[np.ndarray]]:
    memory = np.arange(6, dtype=np.int32).reshape(2, 3).copy()
    return memory, weakref.ref(memory)


def content(view: Any) -> list[int]:
    """The first numbers that a view shows, by whatever way it can be read."""
    if type(view).__name__ == "PyCapsule":
        view = TensorCPU(view)
    if isinstance(view, TensorListCPU):
        view = view.as_array()
    return list(np.asarray(view).reshape(-1)[:3])


@pytest.mark.parametrize("name", VIEWS_OF_A_TENSOR)
def test_a_view_keeps_the_memory_of_a_tensor(name: str) -> None:
    memory, alive = new_memory()
    tensor = TensorCPU(memory)
    view = VIEWS_OF_A_TENSOR[name](tensor)
    del memory, tensor
    gc.collect()
    assert alive() is not None
    assert content(view) == [0, 1, 2]
    del view
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("name", VIEWS_OF_A_LIST)
@pytest.mark.parametrize("end", ["deleted", "reset"])
def test_a_view_keeps_the_memory_of_a_list(name: str, end: str) -> None:
    memory, alive = new_memory()
    tl = TensorListCPU._from_samples(list(memory), slab=memory)
    view = VIEWS_OF_A_LIST[name](tl)
    del memory
    if end == "reset":
        tl.reset()
    else:
        del tl
    gc.collect()
    assert alive() is not None
    assert content(view) == [0, 1, 2]
    del view
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.squeeze(),
        lambda t: t.reinterpret(TensorCPU(np.zeros(1, np.uint32)).dtype),
        lambda t: t.set_layout("AB"),
    ],
)
def test_changing_a_tensor_in_place_leaves_its_views_valid(change: Callable[[TensorCPU], Any]) -> None:
    memory, alive = new_memory()
    tensor = TensorCPU(memory[:1])
    views = [np.asarray(tensor), np.from_dlpack(tensor)]
    del memory
    change(tensor)
    del tensor
    gc.collect()
    assert alive() is not None
    assert [content(view) for view in views] == [[0, 1, 2]] * 2


def test_packing_lets_go_of_the_scattered_samples() -> None:
    scattered = [np.zeros(3), np.ones(3)]
    alive = [weakref.ref(sample) for sample in scattered]
    tl = TensorListCPU._from_samples(list(scattered))
    kept = tl.at(0)
    del scattered
    tl.as_tensor()
    gc.collect()
    assert [ref() is not None for ref in alive] == [True, False]  # the first one has a view
    assert kept.tolist() == [0, 0, 0]


def test_a_capsule_nobody_consumes_frees_the_memory() -> None:
    memory, alive = new_memory()
    capsule = TensorCPU(memory).__dlpack__(max_version=(1, 0))
    del memory
    gc.collect()
    assert alive() is not None
    del capsule
    gc.collect()
    assert alive() is None


def test_foreign_owners_are_kept_too() -> None:
    class Owner:
        def __init__(self) -> None:
            self.memory = np.arange(3)

        @property
        def __array_interface__(self) -> dict[str, Any]:
            return self.memory.__array_interface__

    owner = Owner()
    alive = weakref.ref(owner)
    view = np.asarray(TensorListCPU(owner)[1])
    del owner
    gc.collect()
    assert alive() is not None
    assert view == 1
    del view
    gc.collect()
    assert alive() is None


def test_containers_can_be_weakly_referenced() -> None:
    for container in (TensorCPU(np.zeros(3)), TensorListCPU(np.zeros(3))):
        assert weakref.ref(container)() is container
