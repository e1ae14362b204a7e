"""How the numba kernels of this package are compiled.

Every kernel is compiled for explicit types when its module is imported, cached on disk, and releases the GIL.
Modules that import this one are themselves imported at the first use of a kernel, never with `adali.kernels`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_njit: Any = numba.njit


def kernel(*signatures: str) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function now for `signatures`, or at its first call if there is none; the GIL is released.

    Arithmetic is exact (no fast-math) and integer division by zero is not checked.
    """

    def compile_(function: Callable[..., Any]) -> Any:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        try:
            return _njit(list(signatures) or None, cache=True, **options)(function)
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            # No folder can be written (a read-only container without a home): compile in every process.
            return _njit(list(signatures) or None, **options)(function)

    return compile_
