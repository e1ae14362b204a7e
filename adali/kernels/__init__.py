"""CPU primitives on NumPy arrays: decode, resample, crop-mirror-normalize.

Nothing here knows about pipelines. Every function works on one sample, may be called from several threads at
once, releases the GIL while it computes, and takes its temporary memory from `adali.kernels.scratch`. Importing
this package is cheap: numba and the codecs are loaded at the first call that needs them, or by `warm_up()`.
"""

from __future__ import annotations

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load the image codecs and all compiled kernels now, so that no worker thread does it within a sample.

    Takes some tenths of a second from numba's cache on disk, and seconds where that is empty (the first time on
    a machine). Calling it again, or from several threads, costs nothing.
    """
    import importlib

    from adali.kernels import imagecodec

    imagecodec.backend_name()
    for name in ("_weights", "_resize_u8", "_resize_f32", "_resize_any", "_nearest", "_normalize"):
        importlib.import_module(f"adali.kernels.{name}")
