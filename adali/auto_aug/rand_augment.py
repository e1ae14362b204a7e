"""RandAugment (arXiv:1909.13719): some augmentations of equal probability, one after the other, of one magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adali.auto_aug import augmentations as a
from adali.auto_aug._augmentation import Augmentation, check_kwargs
from adali.auto_aug._bins import check_count, draw_index, draw_sign, is_integer, seeds, signed_bin
from adali.auto_aug._select import select
from adali.auto_aug._suites import MaxTranslate, excluded_from, options, translations
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.types import DALIInterpType

__all__ = ["apply_rand_augment", "get_rand_augment_non_monotonic_suite", "get_rand_augment_suite", "rand_augment"]


def rand_augment(
    data: DataNode,
    n: int,
    m: int,
    num_magnitude_bins: int = 31,
    shape: DataNode | tuple[int, int] | None = None,
    fill_value: int | None = 128,
    interp_type: DALIInterpType | None = None,
    max_translate_abs: MaxTranslate = None,
    max_translate_rel: MaxTranslate = None,
    seed: int | None = None,
    monotonic_mag: bool = True,
    excluded: list[str] | None = None,
) -> DataNode:
    """Apply ``n`` augmentations drawn from the suite to each sample, all of magnitude ``m``.

    Args:
        data: UINT8 images (HWC) or videos (FHWC).
        n: how many augmentations each sample gets, one after the other.
        m: magnitude bin, from 0 to ``num_magnitude_bins - 1``.
        num_magnitude_bins: into how many the ranges of magnitudes are divided.
        shape: (height, width) of the images; with it translations are a share of it.
        fill_value: what shifted, sheared and rotated images are filled with; None for their border.
        interp_type: interpolation of these: INTERP_LINEAR (the default) or INTERP_NN.
        max_translate_abs: without ``shape``: largest shift in pixels, a number or (height, width); by default 100.
        max_translate_rel: with ``shape``: largest shift as a share of it; by default 100/224.
        seed: seed of what is drawn.
        monotonic_mag: whether larger magnitudes always mean a larger change; see
            :func:`get_rand_augment_non_monotonic_suite`.
        excluded: names of augmentations to leave out.

    Raises:
        ArgumentError: a number is out of range, an excluded name is not in the suite, or the limit of a translation
            does not go with ``shape``.
    """
    make = get_rand_augment_suite if monotonic_mag else get_rand_augment_non_monotonic_suite
    suite = excluded_from(make(shape is not None, max_translate_abs, max_translate_rel), excluded, "the suite")
    given = {} if shape is None else {"shape": shape}
    more = options(suite, fill_value=fill_value, interp_type=interp_type, **given)
    return apply_rand_augment(suite, data, n, m, num_magnitude_bins, seed, **more)


def apply_rand_augment(
    augmentations: Sequence[Augmentation],
    data: DataNode,
    n: int,
    m: int,
    num_magnitude_bins: int = 31,
    seed: int | None = None,
    **kwargs: Any,
) -> DataNode:
    """Apply ``n`` augmentations drawn from a list to each sample, all of magnitude bin ``m``.

    Args:
        augmentations: what to draw from.
        data: the samples.
        n: how many augmentations each sample gets, one after the other; with 0 the data stays.
        m: magnitude bin, from 0 to ``num_magnitude_bins - 1``.
        num_magnitude_bins: into how many the ranges of magnitudes are divided.
        seed: seed of what is drawn.
        kwargs: more arguments for those augmentations that take them.

    Raises:
        ArgumentError: a number is out of range, the list is empty, or no augmentation takes an argument of ``kwargs``.
    """
    n = check_count("n", n, 0)
    num_magnitude_bins = check_count("num_magnitude_bins", num_magnitude_bins, 1)
    if not is_integer(m) or not 0 <= m < num_magnitude_bins:
        raise ArgumentError(f"m must be an integer from 0 to {num_magnitude_bins - 1}, got {m!r}")
    if n == 0:
        return data
    if len(augmentations) == 0:
        raise ArgumentError("apply_rand_augment needs at least one augmentation unless n is 0")
    check_kwargs(augmentations, kwargs, "apply_rand_augment")
    index_seed, sign_seed = seeds(seed, 2)
    indices = draw_index(len(augmentations), index_seed, [n])
    signs = draw_sign(sign_seed, [n]) if any(item.randomly_negate for item in augmentations) else None
    for i in range(n):
        magnitude_bin = m if signs is None else signed_bin(m, signs[i])
        data = select(
            augmentations,
            indices[i],
            data,
            magnitude_bin=magnitude_bin,
            num_magnitude_bins=num_magnitude_bins,
            **kwargs,
        )
    return data


def get_rand_augment_suite(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> list[Augmentation]:
    """The 14 augmentations of RandAugment; larger magnitudes mean a larger change.

    Args:
        use_shape: whether translations are a share of the argument ``shape``.
        max_translate_abs: without ``use_shape``: largest shift in pixels, a number or (height, width); by default 100.
        max_translate_rel: with ``use_shape``: largest shift as a share of the shape; by default 100/224.

    Raises:
        ArgumentError: the limit does not go with ``use_shape``.
    """
    return [
        *_geometry(use_shape, max_translate_abs, max_translate_rel),
        a.brightness,
        a.contrast,
        a.color,
        a.sharpness,
        a.posterize.augmentation(mag_range=(8, 4)),
        a.solarize,
        a.equalize,
        a.auto_contrast,
        a.identity,
    ]


def get_rand_augment_non_monotonic_suite(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> list[Augmentation]:
    """The augmentations of RandAugment with the magnitudes of AutoAugment.

    Brightness, contrast, color and sharpness have factors from 0.1 to 1.9 and change least in the middle; posterize and
    solarize change less with larger magnitudes. The arguments are those of :func:`get_rand_augment_suite`.
    """
    return [
        *_geometry(use_shape, max_translate_abs, max_translate_rel),
        *non_monotonic([a.brightness, a.contrast, a.color, a.sharpness, a.posterize, a.solarize]),
        a.equalize,
        a.auto_contrast,
        a.identity,
    ]


def _geometry(use_shape: bool, absolute: MaxTranslate, relative: MaxTranslate) -> list[Augmentation]:
    return [*translations(use_shape, 100, 100 / 224, absolute, relative), a.shear_x, a.shear_y, a.rotate]


def non_monotonic(augmentations: Sequence[Augmentation]) -> list[Augmentation]:
    """Colour augmentations with the magnitudes of AutoAugment's policies."""
    factors: dict[str, Any] = {"mag_range": (0.1, 1.9), "randomly_negate": False, "mag_to_param": None}
    changed = {
        a.brightness: factors,
        a.contrast: factors,
        a.color: factors,
        a.sharpness: {**factors, "mag_to_param": a.sharpness_kernel_shifted},
        a.posterize: {"mag_range": (0, 4)},
        a.solarize: {"mag_range": (0, 256)},
    }
    return [item.augmentation(**changed[item]) for item in augmentations]
