"""CPU primitives on NumPy arrays: decode, resample, crop-mirror-normalize.

Nothing here knows about pipelines.  Every function works on one sample, may be called from several threads at
once, releases the GIL while it computes, and takes its temporary memory from `adali.kernels.scratch`.
Importing this package is cheap: numba and the codecs are loaded at the first call that needs them, or by
`warm_up()`.
"""

from __future__ import annotations
