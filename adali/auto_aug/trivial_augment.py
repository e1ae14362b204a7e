"""TrivialAugment (arXiv:2103.10158): one augmentation a sample, of any magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adali.auto_aug import augmentations as a
from adali.auto_aug._augmentation import Augmentation, check_kwargs
from adali.auto_aug._bins import check_count, draw_index, draw_sign, seeds, signed_bin
from adali.auto_aug._select import select
from adali.auto_aug._suites import MaxTranslate, excluded_from, options, translations
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.types import DALIInterpType

__all__ = ["apply_trivial_augment", "get_trivial_augment_wide_suite", "trivial_augment_wide"]


def trivial_augment_wide(
    data: DataNode,
    num_magnitude_bins: int = 31,
    shape: DataNode | tuple[int, int] | None = None,
    fill_value: int | None = 128,
    interp_type: DALIInterpType | None = None,
    max_translate_abs: MaxTranslate = None,
    max_translate_rel: MaxTranslate = None,
    seed: int | None = None,
    excluded: list[str] | None = None,
) -> DataNode:
    """Apply one augmentation to each sample, drawn from the wide suite, of a magnitude drawn as well.

    Args:
        data: UINT8 images (HWC) or videos (FHWC).
        num_magnitude_bins: into how many the ranges of magnitudes are divided.
        shape: (height, width) of the images; with it translations are a share of it.
        fill_value: what shifted, sheared and rotated images are filled with; None for their border.
        interp_type: interpolation of these: INTERP_LINEAR (the default) or INTERP_NN.
        max_translate_abs: without ``shape``: largest shift in pixels, a number or (height, width); by default 32.
        max_translate_rel: with ``shape``: largest shift as a share of it; by default 1.
        seed: seed of what is drawn.
        excluded: names of augmentations to leave out.

    Raises:
        ArgumentError: a number is out of range, an excluded name is not in the suite, or the limit of a translation
            does not go with ``shape``.
    """
    suite = get_trivial_augment_wide_suite(shape is not None, max_translate_abs, max_translate_rel)
    suite = excluded_from(suite, excluded, "the suite")
    given = {} if shape is None else {"shape": shape}
    more = options(suite, fill_value=fill_value, interp_type=interp_type, **given)
    return apply_trivial_augment(suite, data, num_magnitude_bins, seed, **more)


def apply_trivial_augment(
    augmentations: Sequence[Augmentation],
    data: DataNode,
    num_magnitude_bins: int = 31,
    seed: int | None = None,
    **kwargs: Any,
) -> DataNode:
    """Apply one augmentation to each sample, drawn from a list, of a magnitude bin drawn as well.

    Args:
        augmentations: what to draw from.
        data: the samples.
        num_magnitude_bins: into how many the ranges of magnitudes are divided.
        seed: seed of what is drawn.
        kwargs: more arguments for those augmentations that take them.

    Raises:
        ArgumentError: there are no bins, the list is empty, or no augmentation takes an argument of ``kwargs``.
    """
    num_magnitude_bins = check_count("num_magnitude_bins", num_magnitude_bins, 1)
    if len(augmentations) == 0:
        raise ArgumentError("apply_trivial_augment needs at least one augmentation")
    check_kwargs(augmentations, kwargs, "apply_trivial_augment")
    index_seed, bin_seed, sign_seed = seeds(seed, 3)
    magnitude_bin: Any = None
    if any(item.mag_range is not None for item in augmentations):
        magnitude_bin = draw_index(num_magnitude_bins, bin_seed)
        if any(item.randomly_negate for item in augmentations):
            magnitude_bin = signed_bin(magnitude_bin, draw_sign(sign_seed))
    return select(
        augmentations,
        draw_index(len(augmentations), index_seed),
        data,
        magnitude_bin=magnitude_bin,
        num_magnitude_bins=num_magnitude_bins,
        **kwargs,
    )


def get_trivial_augment_wide_suite(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> list[Augmentation]:
    """The 14 augmentations of the wide space of TrivialAugment.

    Args:
        use_shape: whether translations are a share of the argument ``shape``.
        max_translate_abs: without ``use_shape``: largest shift in pixels, a number or (height, width); by default 32.
        max_translate_rel: with ``use_shape``: largest shift as a share of the shape; by default 1.

    Raises:
        ArgumentError: the limit does not go with ``use_shape``.
    """
    enhance = [a.brightness, a.contrast, a.color, a.sharpness]
    return [
        *translations(use_shape, 32, 1.0, max_translate_abs, max_translate_rel),
        a.shear_x.augmentation(mag_range=(0, 0.99)),
        a.shear_y.augmentation(mag_range=(0, 0.99)),
        a.rotate.augmentation(mag_range=(0, 135)),
        *(item.augmentation(mag_range=(0.01, 0.99)) for item in enhance),
        a.posterize.augmentation(mag_range=(8, 2)),
        a.solarize,
        a.equalize,
        a.auto_contrast,
        a.identity,
    ]
