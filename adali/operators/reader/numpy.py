"""readers.numpy: arrays from .npy files, whole or a region of them."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.kernels.npy import NpyHeader, array_of, check_size, header_size, parse_header
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.reader.container import open_container
from adali.operators.reader.listed import ListedReader, listed_args
from adali.operators.reader.numpy_region import Blocks
from adali.storage import Request, is_url, local_path
from adali.storage.transfer import ShortObjectError

__all__ = ["NumpyReader"]

_EACH = "one value for each axis of roi_axes (one value stands for all)"
_STARTS = ("roi_start", "rel_roi_start")
_ENDS = ("roi_end", "rel_roi_end", "roi_shape", "rel_roi_shape")
_POLICIES = ("error", "pad", "trim_to_shape")
#: What is read of a remote file to find the header: as much as NumPy's own headers take, but for large ones.
_HEAD = 128
_REMOTE_LOADS = 16

Values = Sequence[float]


class Region:
    """The region arguments of one reader, and what they mean for an array.

    Raises:
        ArgumentError: they contradict each other.
    """

    def __init__(self, op: Any) -> None:
        starts = [name for name in _STARTS if op.given(name)]
        ends = [name for name in _ENDS if op.given(name)]
        for names in (starts, ends):
            if len(names) > 1:
                raise op.error(f"{names[0]} and {names[1]} exclude each other")
        if op.args["out_of_bounds_policy"] not in _POLICIES:
            raise op.error(
                f"out_of_bounds_policy must be one of {', '.join(_POLICIES)}, got {op.args['out_of_bounds_policy']!r}"
            )
        self.start = starts[0] if starts else None
        self.end = ends[0] if ends else None
        self.axes: Sequence[int] = op.args["roi_axes"] or ()
        self.policy = op.args["out_of_bounds_policy"]
        self.fill = op.args["fill_value"]

    @property
    def whole(self) -> bool:
        """Whether the whole array is wanted."""
        return self.start is None and self.end is None

    def box(self, shape: Sequence[int], value: Callable[[str], Values]) -> list[tuple[int, int]]:
        """First position of the region and the one after its last, along each axis.

        Args:
            shape: of the array.
            value: the values of an argument by its name.

        Raises:
            ValueError: the arguments do not fit the array, or the region is outside and that is an error.
        """
        axes = [self._axis(a, len(shape)) for a in self.axes] or list(range(len(shape)))
        if len(set(axes)) < len(axes):
            raise ValueError(f"roi_axes must differ, got {list(self.axes)}")
        starts = self._values(self.start, value, len(axes))
        ends = self._values(self.end, value, len(axes))
        box = [(0, extent) for extent in shape]
        for k, axis in enumerate(axes):
            extent = shape[axis]
            low: float = 0
            if starts is not None:
                low = starts[k] * extent if self.start == "rel_roi_start" else starts[k]
            high: float = extent
            if ends is not None:
                high = ends[k] * extent if self.end in ("rel_roi_end", "rel_roi_shape") else ends[k]
                if self.end in ("roi_shape", "rel_roi_shape"):
                    high += low
            if not (math.isfinite(low) and math.isfinite(high)) or high < low:
                raise ValueError(f"the region ends before it starts along axis {axis}: from {low:g} to {high:g}")
            first, last = _round(low), _round(high)
            if self.policy == "trim_to_shape":
                first, last = min(max(first, 0), extent), min(max(last, 0), extent)
            elif self.policy == "error" and (first < 0 or last > extent):
                raise ValueError(
                    f"the region goes from {first} to {last} along axis {axis}, outside of the array's shape "
                    f'{tuple(shape)}; out_of_bounds_policy="pad" or "trim_to_shape" would allow it'
                )
            box[axis] = first, last
        return box

    @staticmethod
    def _axis(axis: int, ndim: int) -> int:
        if not -ndim <= axis < ndim:
            raise ValueError(f"axis {axis} of roi_axes is out of range for an array of {ndim} dimensions")
        return axis % ndim

    @staticmethod
    def _values(name: str | None, value: Callable[[str], Values], count: int) -> Values | None:
        if name is None:
            return None
        values = value(name)
        if len(values) == 1 and count != 1:
            return list(values) * count
        if len(values) != count:
            raise ValueError(f"{name} has {len(values)} values for {count} axes")
        return values

    def cut(
        self, array: Array, value: Callable[[str], Values], empty: Callable[[tuple[int, ...], Any], Array] = np.empty
    ) -> Array:
        """The region of an array, in memory of its own."""
        box = self.box(array.shape, value)

        def part(inside: Sequence[tuple[int, int]]) -> Array:
            found: Array = array[tuple(slice(low, high) for low, high in inside)]
            return found

        return self.placed(box, array.shape, array.dtype, part, empty)

    def placed(
        self,
        box: Sequence[tuple[int, int]],
        shape: Sequence[int],
        dtype: np.dtype[Any],
        part: Callable[[Sequence[tuple[int, int]]], Array],
        empty: Callable[[tuple[int, ...], Any], Array] = np.empty,
    ) -> Array:
        """A region whose inside comes from ``part``; what is outside of the array is filled."""
        out = empty(tuple(last - first for first, last in box), dtype)
        inside = [(max(first, 0), min(last, n)) for (first, last), n in zip(box, shape, strict=True)]
        if any(low >= high for low, high in inside):
            out[...] = _filling(self.fill, dtype)
            return out
        if any(place != limits for place, limits in zip(inside, box, strict=True)):
            out[...] = _filling(self.fill, dtype)
        target = tuple(slice(low - first, high - first) for (low, high), (first, _) in zip(inside, box, strict=True))
        out[target] = part(inside)
        return out


def _filling(value: float, dtype: np.dtype[Any]) -> Array:
    from adali.kernels.normalize import convert

    return convert(np.array([value], np.float32), dtype)


def _round(value: float) -> int:
    """To the next whole number, halves away from zero."""
    return value if isinstance(value, int) else int(math.copysign(math.floor(abs(value) + 0.5), value))


class _CutLater(SampleOperator):
    """Takes the region where its arguments are data of the graph: they come after the reader has read."""

    out_layout = ""

    def setup(self) -> None:
        self.region = Region(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        return self.region.cut(inputs[0], ctx.arg, ctx.empty)


@operator(
    "readers__Numpy",
    args=(
        *listed_args("*.npy"),
        Arg(
            "cache_header_information",
            ArgKind.BOOL,
            False,
            "Keep the header of each file in memory after it was first read.",
        ),
        Arg("fill_value", ArgKind.FLOAT, 0.0, 'What is outside of the array, with out_of_bounds_policy="pad".'),
        Arg(
            "out_of_bounds_policy",
            ArgKind.STR,
            "error",
            'What a region outside of the array does: "error" fails, "pad" fills with fill_value, "trim_to_shape" '
            "leaves out what is outside.",
        ),
        Arg("register_buffers", ArgKind.BOOL, True, "Concerns GPUs only; without effect."),
        Arg("rel_roi_end", ArgKind.FLOATS, None, f"End of the region as a fraction of the axis, {_EACH}.", tensor=True),
        Arg("rel_roi_shape", ArgKind.FLOATS, None, f"Size as a fraction of the axis, {_EACH}.", tensor=True),
        Arg("rel_roi_start", ArgKind.FLOATS, None, f"Start as a fraction of the axis, {_EACH}.", tensor=True),
        Arg(
            "roi_axes",
            ArgKind.INTS,
            (),
            "The axes that the region arguments are about; negative numbers count from the end. By default all.",
        ),
        Arg("roi_end", ArgKind.INTS, None, f"End of the region, {_EACH}.", tensor=True),
        Arg("roi_shape", ArgKind.INTS, None, f"Size of the region, {_EACH}.", tensor=True),
        Arg("roi_start", ArgKind.INTS, None, f"Start of the region, {_EACH}.", tensor=True),
        Arg(
            "use_o_direct",
            ArgKind.BOOL,
            False,
            "Read local files without the system's cache, which needs dont_use_mmap=True and a system and file system "
            "that can do it; where they cannot, every file fails and says so.",
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("NumpyReader",),
    random=True,
)
class NumpyReader(ListedReader):
    """Reads arrays from files in NumPy's format, whole or a region of each.

    The files are those of ``file_root`` and of its folders that match ``file_filter``, in the order of their names
    (byte by byte, files in ``file_root`` itself as ``./name``); those of ``file_list``; or ``files``. All of them may
    be URLs.

    Arrays in C and in Fortran order, of either byte order, and versions 1 to 3 of the format are read; elements are
    booleans, integers or floats. Where a region is given by constants, only what it needs of a file is read (of mapped
    files whole pages, of URLs ranges), and of a URL the header before it, unless it is known already. Ends are
    exclusive; fractions of an axis are rounded to the nearest position.

    With ``device="gpu"`` the host reads, and copies batches from pinned memory on the pipeline's stream. (DALI reads
    with GPUDirect Storage; ``register_buffers`` is about that.)

    A file that is none of NumPy's, or cut off, is the failure of its sample.
    """

    finish = _CutLater

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        if self.deferred:
            cut = ctx.each(lambda i: self.region.cut(batch._samples[i], ctx.sample(i).arg))
            batch = TensorListCPU._from_samples(cut, "", dtype=batch._dtype, source_info=batch._source_info)
        return ctx.to_device(batch)

    def setup(self) -> None:
        self.region = Region(self)
        if self.args["use_o_direct"] and not self.args["dont_use_mmap"]:
            raise self.error("use_o_direct needs dont_use_mmap=True")
        self._headers: dict[int, NpyHeader] = {}
        super().setup()

    @property
    def concurrency(self) -> int:
        # A region of a remote file is not known before the header has come: two round trips.
        return max(super().concurrency, _REMOTE_LOADS) if self.remote and self._partial else super().concurrency

    @property
    def _partial(self) -> bool:
        """Whether less than whole files is wanted, and how much is known when they are read."""
        return not (self.region.whole or self.deferred)

    def requests(self, index: int) -> Sequence[Request]:
        path = self.path(index)
        if not (is_url(path) and self._partial):
            return super().requests(index)
        header = self._headers.get(index)
        if header is None:
            return ((path, 0, _HEAD),)
        try:
            _, blocks = self._blocks(header)
        except ValueError:  # loading will say it
            return ()
        return [(path, start, stop) for start, stop in blocks.ranges] if blocks is not None else ()

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        later = self.deferred
        if self.spec.arg_inputs and not later:
            raise ValueError("a region that is data of the graph does not work here")
        path, args = self.path(index), self.args
        if self._partial and (is_url(path) or args["dont_use_mmap"]):
            return (self._load_part(index, path),), self._names[index]
        # A mapped file that shrinks kills the process when it is touched, so that maps are used briefly.
        mapped = (later or not self.region.whole) and not args["dont_use_mmap"] and not is_url(path)
        data = _map(local_path(path)) if mapped else self.files.read(path, direct=args["use_o_direct"])
        array = array_of(self._header(index, lambda: data), data)
        if later:
            return (array,), self._names[index]
        if not self.region.whole:
            array = self.region.cut(array, lambda name: args[name])
        return (np.ascontiguousarray(array).reshape(array.shape),), self._names[index]

    def _header(self, index: int, read: Callable[[], Array], keep: bool = False) -> NpyHeader:
        header = self._headers.get(index)
        if header is None:
            header = parse_header(read())
            if keep or self.args["cache_header_information"]:
                self._headers[index] = header
        return header

    def _blocks(self, header: NpyHeader) -> tuple[list[tuple[int, int]], Blocks | None]:
        """The region in an array, and what to read for it; nothing if it is empty or outside."""
        box = self.region.box(header.shape, lambda name: self.args[name])
        inside = [(max(first, 0), min(last, n)) for (first, last), n in zip(box, header.shape, strict=True)]
        empty = any(low >= high for low, high in inside)
        return box, None if empty else Blocks(header, inside)

    def _load_part(self, index: int, path: str) -> Array:
        """The region of a file that is not mapped, by reading no more than it needs."""
        if is_url(path):
            storage = self.files.storage

            def read(ranges: Sequence[tuple[int, int]]) -> Sequence[Array]:
                return storage.read_ranges([(path, start, stop) for start, stop in ranges])

            header = self._header(index, lambda: self._remote_head(path), keep=True)
        else:
            file = open_container(local_path(path), mapped=False, direct=self.args["use_o_direct"])

            def read(ranges: Sequence[tuple[int, int]]) -> Sequence[Array]:
                return [file.read(start, stop - start) for start, stop in ranges]

            def head() -> Array:
                size = min(file.size, _HEAD)
                return file.read(0, max(size, min(header_size(file.read(0, size)), file.size)))

            header = self._header(index, head)
            check_size(header, file.size)
        box, blocks = self._blocks(header)
        # Before memory is taken for what a damaged header promises.
        found = np.empty(0) if blocks is None else blocks.array(read(blocks.ranges))
        return self.region.placed(box, header.shape, header.dtype.newbyteorder("="), lambda inside: found)

    def _remote_head(self, path: str) -> Array:
        """The first bytes of an object, the header among them."""
        storage = self.files.storage
        try:
            head = storage.read_range(path, 0, _HEAD)
        except ShortObjectError:  # a small array
            return storage.read(path)
        size = header_size(head)
        return head if size <= len(head) else storage.read_range(path, 0, size)


def _map(path: str) -> Array:
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return np.empty(0, np.uint8)
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


_CutLater.schema = NumpyReader.schema
