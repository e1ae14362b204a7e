"""CUDA kernels: the ``.cu`` files of this folder, compiled once for each device by CuPy's ``RawModule``.

A kernel is plain CUDA C++, so that the tests can compile the same text for the host: no textures, no inline PTX, no
CUB, no cooperative groups. A launch serves a whole batch. Its first parameter is a table with one row for each sample
(a struct that an aligned NumPy dtype mirrors), its second the number of rows; ``blockIdx.y`` picks the row and
``blockIdx.x`` the elements.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["FOLDER", "MAX_AXES", "Kernels", "files", "source", "type_code"]

FOLDER = Path(__file__).parent

#: Axes that the kernels for arrays of any shape understand, after axes that lie together are merged.
MAX_AXES = 6

#: As in common.cuh.
_CODES = {
    np.dtype(name): code
    for code, name in enumerate(("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "?"))
}

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)

OPTIONS = ("-std=c++17",)


def type_code(dtype: Any) -> int:
    """The number by which kernels know an element type.

    Raises:
        TypeError: kernels do not know it.
    """
    code = _CODES.get(np.dtype(dtype))
    if code is None:
        raise TypeError(f"there are no GPU kernels for elements of type {dtype}")
    return code


def files() -> list[str]:
    """Names of all kernel files."""
    return sorted(path.name for path in FOLDER.glob("*.cu"))


@cache
def source(name: str) -> str:
    """The text of a kernel file, with what it includes put in: the compiler's cache must see it change."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda match: source(match[1]), text)


class Kernels:
    """The kernels of one device, compiled when they are first asked for; not for use by two threads at a time."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self._modules: dict[tuple[str, str], Any] = {}
        self._functions: dict[tuple[str, str], Any] = {}

    def get(self, file: str, name: str) -> Any:
        """A kernel by its file and its name; a template's with its arguments, ``resize<float>``."""
        key = (file, name)
        function = self._functions.get(key)
        if function is None:
            expressions = (name,) if "<" in name else ()
            module = self._modules.get((file, name if expressions else ""))
            if module is None:
                module = self._xp.RawModule(code=source(file), options=OPTIONS, name_expressions=expressions or None)
                self._modules[file, name if expressions else ""] = module
            function = self._functions[key] = module.get_function(name)
        return function
