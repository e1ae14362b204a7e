"""experimental.readers.fits: images from FITS files."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from adali.extras import needed
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.gpu import GpuContext
from adali.operators.reader.listed import ListedReader, listed_args
from adali.types import to_numpy_type

__all__ = ["FitsReader"]

# The filters of warnings belong to the whole process.
_WARNINGS = threading.Lock()


def _outputs(args: Mapping[str, Any]) -> int:
    return len(args.get("hdu_indices") or (2,))


@operator(
    "experimental__readers__Fits",
    args=(
        *listed_args("*.fits"),
        Arg(
            "dtypes",
            ArgKind.DTYPES,
            None,
            "Types of the outputs; values are rounded and clamped to integers. By default those of the images.",
        ),
        Arg("hdu_indices", ArgKind.INTS, (2,), "Numbers of the HDUs to read, counted from 1; each is one output."),
    ),
    num_outputs=_outputs,
    devices=("cpu", "gpu"),
    random=True,
)
class FitsReader(ListedReader):
    """Reads images from FITS files, one output for each of ``hdu_indices``.

    The files are found as in readers.numpy. The shape of an output is that of the image, the last axis being NAXIS1,
    the one that changes fastest in the file. Scaling (BZERO, BSCALE) is applied, compressed images are expanded. The
    work is done by astropy, which the extra ``fits`` installs. With ``device="gpu"`` the host does it, too, and copies
    batches from pinned memory on the pipeline's stream. (DALI reads with GPUDirect Storage.)

    A file that cannot be read, is cut off or has no image in one of the HDUs is the failure of its sample.
    """

    def setup(self) -> None:
        self.indices = self.args["hdu_indices"]
        if not self.indices or min(self.indices) < 1:
            raise self.error(f"hdu_indices are counted from 1, got {list(self.indices)}")
        types = self.args["dtypes"]
        if types is not None and len(types) != len(self.indices):
            raise self.error(f"there are {len(self.indices)} hdu_indices but {len(types)} dtypes")
        self.types = [None if types is None else np.dtype(to_numpy_type(types[k])) for k in range(len(self.indices))]
        self._fits = needed("astropy.io.fits", "readers.fits", "adali[fits]", self.error)
        exceptions = needed("astropy.utils.exceptions", "readers.fits", "adali[fits]", self.error)
        self._warning = exceptions.AstropyWarning
        super().setup()

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        made = tuple(ctx.to_device(batch) for batch in inputs)
        return made[0] if len(made) == 1 else made

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        data = self.files.read(self.path(index))
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=".*truncated.*", category=self._warning)
            try:
                with self._fits.open(io.BytesIO(data.data), memmap=False) as units:
                    images = [self._image(units, number) for number in self.indices]
            except (OSError, ValueError):
                raise
            except Exception as e:  # astropy lets many kinds out on damaged files
                raise ValueError(f"cannot read the FITS file: {type(e).__name__}: {e}") from e
        outputs = [
            image if dtype is None or image.dtype == dtype else convert(image, dtype)
            for image, dtype in zip(images, self.types, strict=True)
        ]
        return tuple(outputs), self._names[index]

    def _image(self, units: Any, number: int) -> Array:
        try:
            unit = units[number - 1]
        except IndexError:
            raise ValueError(f"the file has only {len(units)} HDUs, but number {number} is wanted") from None
        if not getattr(unit, "is_image", False):
            raise ValueError(f"HDU {number} is no image, but a {type(unit).__name__}")
        image = unit.data
        if image is None:
            raise ValueError(f"HDU {number} has no data")
        native = image.dtype.newbyteorder("=")
        if native.kind not in "iufb" or native.itemsize > 8:
            raise ValueError(f"HDU {number} has elements of the type {native}")
        return np.ascontiguousarray(image, native)
