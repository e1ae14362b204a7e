"""Every member of the reference, and every public one of today's DALI, exists with its argument names."""

from __future__ import annotations

import inspect

import pytest

import adali
from adali import backend

# Arguments the reference names; a positional-only one without a name is "_" and may be called anything.
PROPERTY = None
TENSOR: dict[str, list[str] | None] = {
    "dtype": PROPERTY,
    "layout": [],
    "shape": [],
    "squeeze": ["dim"],
    "ndim": [],
    "data_ptr": [],
    "as_cpu": [],
    "get_property": ["_"],
    "set_layout": ["_"],
    "reinterpret": ["new_type"],
    "source_info": [],
    "__dlpack__": ["stream", "max_version", "dl_device", "copy"],
    "__dlpack_device__": [],
    "_make_copy": [],
    "_set_stream": ["_"],
}
TENSOR_LIST: dict[str, list[str] | None] = {
    "dtype": PROPERTY,
    "layout": [],
    "shape": [],
    "ndim": [],
    "at": ["_"],
    "as_cpu": [],
    "as_tensor": [],
    "as_reshaped_tensor": ["_"],
    "is_dense_tensor": [],
    "data_ptr": [],
    "set_layout": ["_"],
    "reinterpret": ["new_type"],
    "reset": [],
    "broadcast": ["_", "_"],
    "__getitem__": ["i"],
    "__len__": [],
    "_make_copy": [],
    "_set_stream": ["_"],
}
ON_DEVICE: dict[str, list[str] | None] = {
    "copy_to_external": ["ptr", "cuda_stream", "non_blocking", "use_copy_kernel"],
    "device_id": [],
    "stream": PROPERTY,
}
REFERENCE: dict[str, dict[str, list[str] | None]] = {
    "TensorCPU": {
        **TENSOR,
        "__init__": ["b", "layout", "is_pinned", "object"],
        "__array_interface__": PROPERTY,
        "copy_to_external": ["ptr"],
        "_as_gpu": [],
    },
    "TensorListCPU": {
        **TENSOR_LIST,
        "__init__": ["b", "layout", "is_pinned", "contiguous", "object", "tl", "list_of_tensors"],
        "as_array": [],
        "copy_to_external": ["_"],
        "from_dlpack_list": ["list_of_objects", "layout", "contiguous"],
        "_as_gpu": [],
    },
    "TensorGPU": {
        **TENSOR,
        **ON_DEVICE,
        "__init__": ["object", "layout", "device_id", "stream"],
        "__cuda_array_interface__": PROPERTY,
    },
    "TensorListGPU": {
        **TENSOR_LIST,
        **ON_DEVICE,
        "__init__": [
            "object",
            "layout",
            "device_id",
            "contiguous",
            "stream",
            "tl",
            "list_of_tensors",
        ],
        "from_dlpack_list": ["list_of_objects", "layout", "stream", "contiguous"],
    },
}
MEMBERS = [(cls, name) for cls, members in REFERENCE.items() for name in members]


@pytest.mark.parametrize(("cls", "name"), MEMBERS)
def test_member(cls: str, name: str) -> None:
    expected = REFERENCE[cls][name]
    member = inspect.getattr_static(getattr(backend, cls), name)
    if expected is PROPERTY:
        assert isinstance(member, property)
        assert name.startswith("__") or inspect.getdoc(member)
        return
    function = member.__func__ if isinstance(member, staticmethod) else member
    parameters = list(inspect.signature(function).parameters)
    if not isinstance(member, staticmethod):
        assert parameters.pop(0) == "self"
    assert len(parameters) == len(expected)
    for actual, wanted in zip(parameters, expected, strict=True):
        assert wanted in ("_", actual)
    if not name.startswith("_"):
        assert inspect.getdoc(member)


DEFAULTS = {
    ("TensorCPU", "__init__"): {"layout": None, "is_pinned": False},
    ("TensorCPU", "squeeze"): {"dim": None},
    ("TensorListCPU", "__init__"): {"layout": None, "contiguous": True},
    ("TensorListCPU", "from_dlpack_list"): {"layout": None, "contiguous": False},
    ("TensorGPU", "__init__"): {"layout": None, "device_id": -1, "stream": None},
    ("TensorGPU", "copy_to_external"): {"cuda_stream": None, "non_blocking": False, "use_copy_kernel": False},
    ("TensorListGPU", "__init__"): {"layout": None, "device_id": -1, "contiguous": True, "stream": None},
    ("TensorListGPU", "from_dlpack_list"): {"layout": None, "stream": None, "contiguous": False},
}


@pytest.mark.parametrize(("cls", "name"), DEFAULTS)
def test_defaults(cls: str, name: str) -> None:
    parameters = inspect.signature(getattr(getattr(backend, cls), name)).parameters
    wanted = DEFAULTS[cls, name]
    assert {key: parameters[key].default for key in wanted} == wanted


def test_backend_exports_the_containers() -> None:
    assert set(backend.__all__) == set(REFERENCE)
    assert inspect.getdoc(adali.backend)
    for name in REFERENCE:
        assert inspect.getdoc(getattr(backend, name))
