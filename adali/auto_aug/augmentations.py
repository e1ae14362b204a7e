"""The augmentations that AutoAugment, RandAugment and TrivialAugment choose from.

Each is for UINT8 images (HWC, RGB) and videos (FHWC). ``fill_value`` is what a shifted, sheared or rotated image is
filled with, None for its border; ``interp_type`` is INTERP_LINEAR (the default) or INTERP_NN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adali import fn
from adali.auto_aug._augmentation import augmentation
from adali.auto_aug._select import local_constant
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.graph.spec import call_operator
from adali.types import DALIDataType, DALIInterpType, ScalarConstant

__all__ = [
    "auto_contrast",
    "brightness",
    "color",
    "contrast",
    "equalize",
    "identity",
    "invert",
    "poster_mask_uint8",
    "posterize",
    "rotate",
    "sharpness",
    "sharpness_kernel",
    "sharpness_kernel_shifted",
    "shear_x",
    "shear_y",
    "shift_enhance_range",
    "solarize",
    "solarize_add",
    "solarize_add_shift",
    "translate_x",
    "translate_x_no_shape",
    "translate_y",
    "translate_y_no_shape",
    "warp_x_param",
    "warp_y_param",
]

#: Shares of red, green and blue in the brightness of a colour (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MAX = ScalarConstant(255, DALIDataType.UINT8)


# ---- parameters of magnitudes -------------------------------------------------------------------------------------


def warp_x_param(magnitude: float) -> list[float]:
    """A change along the width only."""
    return [magnitude, 0]


def warp_y_param(magnitude: float) -> list[float]:
    """A change along the height only."""
    return [0, magnitude]


def shift_enhance_range(magnitude: float) -> float:
    """A factor of which 1 changes nothing, from a magnitude of which 0 does."""
    return 1 + magnitude


def sharpness_kernel(magnitude: float) -> npt.NDArray[np.float32]:
    """Window of 3x3 that sharpens (magnitude above 0), smooths (below 0) or changes nothing (0).

    It goes on a line from the image through its smoothed version, whose window has a centre of 5/13 and else 1/13.
    """
    smooth = np.full((3, 3), 1 / 13)
    smooth[1, 1] = 5 / 13
    same = np.zeros((3, 3))
    same[1, 1] = 1
    return np.asarray(smooth + (1 + magnitude) * (same - smooth), np.float32)


def sharpness_kernel_shifted(magnitude: float) -> npt.NDArray[np.float32]:
    """The same for magnitudes of which 1 changes nothing."""
    return sharpness_kernel(magnitude - 1)


def poster_mask_uint8(magnitude: float) -> npt.NDArray[np.uint8]:
    """Mask of the bits to keep: the highest ones, as many as the rounded magnitude (halves to even), but one at least.

    Raises:
        ArgumentError: more than 8 or less than 0 bits.
    """
    bits = round(float(magnitude))
    if not 0 <= bits <= 8:
        raise ArgumentError(f"posterize keeps 0 to 8 bits, got the magnitude {magnitude}")
    return np.array(256 - (1 << (8 - max(bits, 1))), np.uint8)


def solarize_add_shift(shift: float) -> npt.NDArray[np.uint8]:
    """What to add to dark pixels, rounded down.

    Raises:
        ArgumentError: not from 0 to 127.
    """
    if not 0 <= int(shift) < 128:
        raise ArgumentError(f"solarize_add shifts by 0 to 127, got the magnitude {shift}")
    return np.array(int(shift), np.uint8)


# ---- geometry -----------------------------------------------------------------------------------------------------


@augmentation(mag_range=(0, 0.3), randomly_negate=True, mag_to_param=warp_x_param)
def shear_x(
    data: DataNode, shear: DataNode, fill_value: float | None = 128, interp_type: DALIInterpType | None = None
) -> DataNode:
    """Shift each row by a share of its distance from the upper border; up to 0.3 either way."""
    return _warp(data, fn.transforms.shear(shear=shear), fill_value, interp_type)


@augmentation(mag_range=(0, 0.3), randomly_negate=True, mag_to_param=warp_y_param)
def shear_y(
    data: DataNode, shear: DataNode, fill_value: float | None = 128, interp_type: DALIInterpType | None = None
) -> DataNode:
    """Shift each column by a share of its distance from the left border; up to 0.3 either way."""
    return _warp(data, fn.transforms.shear(shear=shear), fill_value, interp_type)


@augmentation(mag_range=(0.0, 1.0), randomly_negate=True, mag_to_param=warp_x_param)
def translate_x(
    data: DataNode,
    rel_offset: DataNode,
    shape: DataNode | Sequence[float],
    fill_value: float | None = 128,
    interp_type: DALIInterpType | None = None,
) -> DataNode:
    """Shift to the side, by up to the whole width; ``shape`` is (height, width)."""
    offset = rel_offset * _extent(shape, 1)
    return _warp(data, fn.transforms.translation(offset=offset), fill_value, interp_type)


@augmentation(mag_range=(0, 250), randomly_negate=True, mag_to_param=warp_x_param, name="translate_x")
def translate_x_no_shape(
    data: DataNode, offset: DataNode, fill_value: float | None = 128, interp_type: DALIInterpType | None = None
) -> DataNode:
    """Shift to the side, by up to 250 pixels."""
    return _warp(data, fn.transforms.translation(offset=offset), fill_value, interp_type)


@augmentation(mag_range=(0.0, 1.0), randomly_negate=True, mag_to_param=warp_y_param)
def translate_y(
    data: DataNode,
    rel_offset: DataNode,
    shape: DataNode | Sequence[float],
    fill_value: float | None = 128,
    interp_type: DALIInterpType | None = None,
) -> DataNode:
    """Shift up or down, by up to the whole height; ``shape`` is (height, width)."""
    offset = rel_offset * _extent(shape, 0)
    return _warp(data, fn.transforms.translation(offset=offset), fill_value, interp_type)


@augmentation(mag_range=(0, 250), randomly_negate=True, mag_to_param=warp_y_param, name="translate_y")
def translate_y_no_shape(
    data: DataNode, offset: DataNode, fill_value: float | None = 128, interp_type: DALIInterpType | None = None
) -> DataNode:
    """Shift up or down, by up to 250 pixels."""
    return _warp(data, fn.transforms.translation(offset=offset), fill_value, interp_type)


@augmentation(mag_range=(0, 30), randomly_negate=True)
def rotate(
    data: DataNode,
    angle: DataNode,
    fill_value: float | None = 128,
    interp_type: DALIInterpType | None = None,
    rotate_keep_size: bool = True,
) -> DataNode:
    """Rotate about the centre, by up to 30 degrees; the size stays unless ``rotate_keep_size`` is False."""
    return fn.rotate(
        data, angle=angle, fill_value=fill_value, keep_size=rotate_keep_size, **_interpolation(interp_type)
    )


# ---- colours ------------------------------------------------------------------------------------------------------


@augmentation(mag_range=(0, 0.9), randomly_negate=True, mag_to_param=shift_enhance_range)
def brightness(data: DataNode, parameter: DataNode) -> DataNode:
    """Multiply by a factor from 0.1 to 1.9."""
    return fn.brightness(data, brightness=parameter)


@augmentation(mag_range=(0, 0.9), randomly_negate=True, mag_to_param=shift_enhance_range)
def contrast(data: DataNode, parameter: DataNode) -> DataNode:
    """Multiply the distance from the mean brightness by a factor from 0.1 to 1.9; frames have a mean each."""
    mean = fn.reductions.mean(data, axis_names="HW", keep_dims=True)
    center = fn.reductions.sum(mean * local_constant(LUMA), axis_names="C", keep_dims=True)
    return fn.cast_like((data - center) * parameter + center, data)


@augmentation(mag_range=(0, 0.9), randomly_negate=True, mag_to_param=shift_enhance_range)
def color(data: DataNode, parameter: DataNode) -> DataNode:
    """Multiply the saturation by a factor from 0.1 to 1.9."""
    return fn.saturation(data, saturation=parameter)


@augmentation(mag_range=(0, 0.9), randomly_negate=True, mag_to_param=sharpness_kernel, param_device="auto")
def sharpness(data: DataNode, kernel: DataNode) -> DataNode:
    """Sharpen or smooth with a window of 3x3; the border is mirrored."""
    return fn.filter(data, kernel)


@augmentation(mag_range=(0, 4), mag_to_param=poster_mask_uint8, param_device="auto")
def posterize(data: DataNode, mask: DataNode) -> DataNode:
    """Keep the highest bits only."""
    return data & mask


@augmentation(mag_range=(256, 0), param_device="auto")
def solarize(data: DataNode, threshold: DataNode) -> DataNode:
    """Invert values that are not below a threshold."""
    return data ^ ((data >= threshold) * _MAX)


@augmentation(mag_range=(0, 110), mag_to_param=solarize_add_shift, param_device="auto")
def solarize_add(data: DataNode, shift: DataNode) -> DataNode:
    """Add up to 110 to values below 128."""
    return data + (data < 128) * shift


@augmentation
def invert(data: DataNode, _: Any) -> DataNode:
    """Subtract from 255."""
    return data ^ _MAX


@augmentation
def equalize(data: DataNode, _: Any) -> DataNode:
    """Make all values about as frequent, in each channel."""
    return call_operator("Equalize", [data], {})[0]


@augmentation
def auto_contrast(data: DataNode, _: Any) -> DataNode:
    """Stretch each channel to the range from 0 to 255; frames by themselves. One of a single value stays."""
    low = fn.reductions.min(data, axis_names="HW", keep_dims=True)
    spread = fn.reductions.max(data, axis_names="HW", keep_dims=True) - low
    varies = spread > 0
    scale = 255.0 / (spread + (spread == 0) * _MAX) * varies + (spread == 0)
    return fn.cast_like((data - low * varies) * scale, data)


@augmentation
def identity(data: DataNode, _: Any) -> DataNode:
    """Nothing."""
    return data


# ---- helpers ------------------------------------------------------------------------------------------------------


def _warp(data: DataNode, matrix: DataNode, fill_value: float | None, interp_type: DALIInterpType | None) -> DataNode:
    return fn.warp_affine(data, matrix=matrix, fill_value=fill_value, inverse_map=False, **_interpolation(interp_type))


def _interpolation(interp_type: DALIInterpType | None) -> dict[str, Any]:
    return {} if interp_type is None else {"interp_type": interp_type}


def _extent(shape: DataNode | Sequence[float], axis: int) -> DataNode | float:
    if isinstance(shape, DataNode):
        return shape[axis]
    if len(shape) != 2:
        raise ArgumentError(f"shape must be (height, width), got {shape!r}")
    return float(shape[axis])
