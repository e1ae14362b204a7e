"""What the lists of augmentations have in common: translations with a limit, exclusion by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from adali.auto_aug import augmentations as a
from adali.auto_aug._augmentation import Augmentation
from adali.errors import ArgumentError

__all__ = ["MaxTranslate", "excluded_from", "options", "translations"]

#: A limit, for both axes or for (height, width).
MaxTranslate: TypeAlias = "float | tuple[float, float] | None"


def translations(
    use_shape: bool,
    default_abs: float,
    default_rel: float,
    max_translate_abs: MaxTranslate,
    max_translate_rel: MaxTranslate,
) -> list[Augmentation]:
    """Translations along x and y with the given limit: in pixels, or with ``use_shape`` as a share of the shape.

    Raises:
        ArgumentError: the limit of the other kind was given, or one that is neither a number nor a pair.
    """
    if use_shape:
        if max_translate_abs is not None:
            raise ArgumentError("max_translate_abs is for translations without shapes; use max_translate_rel")
        name, limit, x, y = "max_translate_rel", max_translate_rel, a.translate_x, a.translate_y
    else:
        if max_translate_rel is not None:
            raise ArgumentError("max_translate_rel is for translations with shapes; use max_translate_abs")
        name, limit, x, y = "max_translate_abs", max_translate_abs, a.translate_x_no_shape, a.translate_y_no_shape
    if limit is None:
        limit = default_rel if use_shape else default_abs
    pair = limit if isinstance(limit, (list, tuple)) else (limit, limit)
    if len(pair) != 2 or not all(isinstance(v, (int, float)) for v in pair):
        raise ArgumentError(f"{name} must be a number or (height, width), got {limit!r}")
    height, width = pair
    return [x.augmentation(mag_range=(0, width)), y.augmentation(mag_range=(0, height))]


def excluded_from(suite: list[Augmentation], excluded: Sequence[str] | None, what: str) -> list[Augmentation]:
    """The suite without the augmentations of these names.

    Raises:
        ArgumentError: there is none of such a name.
    """
    names = [item.name for item in suite]
    excluded = [excluded] if isinstance(excluded, str) else list(excluded or ())
    for name in excluded:
        if name not in names:
            raise ArgumentError(f"excluded: {what} has no augmentation '{name}'; it has {', '.join(sorted(names))}")
    return [item for item in suite if item.name not in excluded]


def options(augmentations: Sequence[Augmentation], **kwargs: Any) -> dict[str, Any]:
    """Those of the arguments that some augmentation takes: which do depends on what was excluded."""
    return {key: value for key, value in kwargs.items() if any(key in item._accepted for item in augmentations)}
