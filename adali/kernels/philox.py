"""Counter-based random numbers: a pure function of (key, iteration, sample).

NumPy's Philox4x64-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC'11) maps a 128-bit key and a
256-bit counter to four 64-bit words. Here the key names the operator (derived from the seed) and the counter's upper
words name the iteration and, for per-sample streams, the sample; so a value does not depend on the order in which, or
the thread on which, anything was computed.
"""

from __future__ import annotations

import threading
from typing import Any, cast

import numpy as np
import numpy.typing as npt

__all__ = ["derive_key", "sample_generator", "uniform53", "words"]

Key = tuple[int, int]

_MASK = (1 << 64) - 1
# The fourth counter word keeps the two uses of one key apart.
_BATCH, _SAMPLE = 0, 1
_local = threading.local()


def derive_key(seed: int, *path: int) -> Key:
    """A 128-bit key from a seed and a path of integers (operator number, stream number).

    Distinct inputs give statistically independent keys (``numpy.random.SeedSequence``).
    """
    sequence = np.random.SeedSequence([seed & _MASK, *(p & _MASK for p in path)])
    k = sequence.generate_state(2, np.uint64)
    return int(k[0]), int(k[1])


def words(key: Key, iteration: int, samples: int, per_sample: int) -> npt.NDArray[np.uint64]:
    """Random words for a batch, shape (samples, per_sample), uint64, uniform over all values."""
    bits = _positioned(key, (0, 0, iteration, _BATCH))
    raw = bits.random_raw(samples * per_sample)
    return np.asarray(raw, dtype=np.uint64).reshape(samples, per_sample)


def uniform53(raw: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Words as float64 in [0, 1), with 53 random bits."""
    values: npt.NDArray[np.float64] = (raw >> np.uint64(11)) * 2.0**-53
    return values


def sample_generator(key: Key, iteration: int, sample: int) -> np.random.Generator:
    """A NumPy Generator for one sample; valid until the same thread asks for the next one."""
    bits = _positioned(key, (0, sample, iteration, _SAMPLE))
    generator: np.random.Generator | None = getattr(_local, "generator", None)
    if generator is None:
        generator = _local.generator = np.random.Generator(bits)
    return generator


def _positioned(key: Key, counter: tuple[int, int, int, int]) -> np.random.Philox:
    # Setting the state of a thread's own generator is several times cheaper than making a new one.
    bits: np.random.Philox | None = getattr(_local, "bits", None)
    if bits is None:
        bits = _local.bits = np.random.Philox(0)
        _local.state = cast(Any, bits.state)
    state: dict[str, Any] = _local.state
    state["state"]["counter"][:] = counter
    state["state"]["key"][:] = key
    state["buffer_pos"] = 4
    state["has_uint32"] = 0
    bits.state = cast(Any, state)
    return bits
