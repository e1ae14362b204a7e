"""Power spectra of windows on the device: plans of the transforms, and the launch for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.data import TensorListGPU
from adali.kernels.audio import factors
from adali.operators.gpu import BLOCK, GpuContext, addresses, struct

__all__ = ["SPECTRA_KERNELS", "Windows", "spectra"]

SPECTRA_KERNELS = (("spectra.cu", "spectra"),)

_COMPLEX = 8
_POINTERS = ("window", "roots", "turns", "chirp", "filter")
_PLACES = ("windows", "inner", "in_outer", "in_inner", "in_step", "out_outer", "out_inner", "out_step", "hop")
_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    *((name, "p") for name in _POINTERS),
    *((name, "i8") for name in (*_PLACES, "offset", "samples")),
    *((name, "i4") for name in ("length", "nfft", "size", "padded", "reflect", "stages")),
    ("radices", "i4", 32),
)

#: Windows that a block transforms together, at most.
_GROUP = 64
#: Bytes of shared memory for a block: several blocks find place on a multiprocessor.
_SHARED, _SHARED_AT_MOST = 36 << 10, 48 << 10
#: Bytes for what shared memory cannot hold, for all blocks.
_SCRATCH = 128 << 20


@dataclass(frozen=True)
class Windows:
    """The windows of one sample; the fields are those of the kernel's row.

    Attributes:
        windows: how many there are.
        in_step: elements from one sample of a window to the next.
        out_step: elements from one bin to the next.
        inner: windows that lie side by side, the others behind them.
        in_outer, in_inner, out_outer, out_inner: elements between neighbouring windows.
        hop, offset: window i begins at sample i * hop - offset.
        samples: that there are.
        length: of a window; it is filled up with zeros.
        reflect: whether samples beyond the ends are mirrored, not silent.
    """

    windows: int
    inner: int
    in_outer: int
    in_inner: int
    in_step: int
    out_outer: int
    out_inner: int
    out_step: int
    hop: int
    offset: int
    samples: int
    length: int
    reflect: bool = False


class Plan:
    """How transforms of one length are computed.

    A real transform of even length is a complex one of half of it. A complex one whose length has prime factors above 7
    is a convolution (Bluestein), made by transforms of a power of two.

    Attributes:
        size: length of the complex transform.
        padded: length of the transform that the kernel computes.
        radices: its stages.
        tables: roots, turns, chirp and filter (see the kernel), one behind the other.
        starts: where they begin, in complex numbers; None for those that are not used.
    """

    def __init__(self, nfft: int) -> None:
        self.size = nfft if nfft % 2 else nfft // 2
        self.radices, rest = factors(self.size)
        direct = rest == 1
        self.padded = self.size if direct else 1 << (2 * self.size - 2).bit_length()
        if not direct:
            self.radices, _ = factors(self.padded)
        parts = [_roots(np.arange(self.padded), self.padded), _roots(np.arange(nfft // 2 + 1), nfft)]
        if not direct:
            n = np.arange(self.size)
            chirp = _roots(n * n, 2 * self.size)
            around = np.zeros(self.padded, np.complex128)
            around[: self.size] = chirp.conj()
            around[self.padded - self.size + 1 :] = chirp[:0:-1].conj()
            parts += [chirp, np.fft.fft(around) / self.padded]
        starts = np.cumsum([0, *(p.size for p in parts)]).tolist()
        self.starts = [start if k < len(parts) else None for k, start in enumerate([*starts[:-1], None, None][:4])]
        self.tables = np.concatenate(parts).astype(np.complex64)


def _roots(index: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """exp(-2 pi i index / length)."""
    angle: npt.NDArray[Any] = -2 * np.pi / length * (index % length)
    return np.asarray(np.exp(1j * angle))


@lru_cache(maxsize=64)
def plan(nfft: int) -> Plan:
    """The plan for a length; the latest are kept."""
    return Plan(nfft)


def spectra(
    ctx: GpuContext,
    batch: TensorListGPU,
    out: TensorListGPU,
    rows: Sequence[Windows],
    lengths: Sequence[int],
    weights: npt.NDArray[np.float32] | None,
    root: bool,
) -> None:
    """Transform all windows of a batch in one launch.

    Args:
        ctx: where.
        batch: float32 samples.
        out: float32.
        rows: the windows of each sample.
        lengths: of the transform, for each sample.
        weights: of a window's samples; None if all are 1.
        root: magnitudes, in place of their squares.
    """
    table = np.zeros(len(rows), _ROW)
    table["in"], table["out"] = addresses(batch), addresses(out)
    used = [] if weights is None else [ctx.constant("window", lambda: weights)]
    window = int(used[0].data.ptr) if used else 0
    tables = {}
    for nfft in set(lengths):
        constant = ctx.constant(("spectrum", nfft), lambda nfft=nfft: plan(nfft).tables)  # type: ignore[misc]
        tables[nfft] = int(constant.data.ptr)
        used.append(constant)
    for row, windows, nfft in zip(table, rows, lengths, strict=True):
        p = plan(nfft)
        for name, value in vars(windows).items():
            row[name] = value
        starts = [0 if start is None else tables[nfft] + _COMPLEX * start for start in p.starts]
        for name, pointer in zip(_POINTERS, [window, *starts], strict=True):
            row[name] = pointer
        row["nfft"], row["size"], row["padded"], row["stages"] = nfft, p.size, p.padded, len(p.radices)
        row["radices"][: len(p.radices)] = p.radices
    most = int(table["windows"].max(initial=0))
    if not most:
        return
    stride = int(table["padded"].max()) + 1  # an odd one, mostly: neighbouring windows lie in different banks
    one = 2 * stride * _COMPLEX
    group = 1
    while group < min(_GROUP, most) and 2 * group * one <= _SHARED:
        group *= 2
    blocks, scratch = -(-most // group), None
    if one > _SHARED_AT_MOST:
        blocks = max(1, min(blocks, _SCRATCH // (one * len(table))))
        scratch = ctx.xp.empty((blocks * min(len(table), 65535) * one,), np.uint8)
    ctx.launch(
        "spectra.cu",
        "spectra",
        table,
        np.int32(group),
        np.int32(stride),
        np.uint64(0) if scratch is None else scratch,
        np.int32(root),
        elements=most,
        block=BLOCK,
        blocks=blocks,
        shared=0 if scratch is not None else group * one,
        reads=[batch, *used],
        writes=[out, *([] if scratch is None else [scratch])],
    )
