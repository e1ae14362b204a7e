"""Policy: what AutoAugment chooses from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeAlias

from adali.auto_aug._augmentation import Augmentation
from adali.auto_aug._bins import check_count, is_integer
from adali.errors import ArgumentError

__all__ = ["Policy"]

Step: TypeAlias = "tuple[Augmentation, float, int | None]"


class Policy:
    """Sequences of augmentations, of which each sample gets one, as in AutoAugment (arXiv:1805.09501).

    Attributes:
        name: name, for people.
        num_magnitude_bins: into how many the ranges of magnitudes are divided.
        sub_policies: the sequences, of (augmentation, probability of applying it, magnitude bin). The bin is None for
            augmentations without magnitudes.
        augmentations: all augmentations by name. Where different ones have the same name, all are numbered.
    """

    augmentations: dict[str, Augmentation]

    def __init__(self, name: str, num_magnitude_bins: int, sub_policies: Sequence[Sequence[Step]]) -> None:
        """Check and keep the sequences.

        Raises:
            ArgumentError: a step is no such triple, a probability is not from 0 to 1, or a bin is missing or out of
                range.
        """
        self.name = name
        self.num_magnitude_bins = check_count("num_magnitude_bins", num_magnitude_bins, 1)
        for sub_policy in sub_policies:
            if not isinstance(sub_policy, (list, tuple)):
                raise ArgumentError(f"Policy '{name}': a sub-policy is a sequence of steps, got {sub_policy!r}")
            for step in sub_policy:
                self._check(step)
        different = dict.fromkeys(step[0] for sub in sub_policies for step in sub)
        if len({a.name for a in different}) < len(different):
            renamed = {a: a.augmentation(name=f"{i}__{a.name}") for i, a in enumerate(different)}
        else:
            renamed = {a: a for a in different}
        self.augmentations = {a.name: a for a in renamed.values()}
        self.sub_policies: tuple[tuple[Step, ...], ...] = tuple(
            tuple((renamed[a], probability, magnitude) for a, probability, magnitude in sub) for sub in sub_policies
        )

    def __repr__(self) -> str:
        steps = "".join(f"\n\t{[(a.name, p, m) for a, p, m in sub]}," for sub in self.sub_policies)
        return f"Policy(name={self.name!r}, num_magnitude_bins={self.num_magnitude_bins}, sub_policies=[{steps}])"

    def _check(self, step: Any) -> None:
        if not isinstance(step, (list, tuple)) or len(step) != 3:
            raise ArgumentError(
                f"Policy '{self.name}': a step is (augmentation, probability, magnitude bin), got {step!r}"
            )
        item, probability, magnitude = step
        if not isinstance(item, Augmentation):
            raise ArgumentError(
                f"Policy '{self.name}': the first of a step must be an augmentation (see core.augmentation), "
                f"got {item!r}"
            )
        where = f"Policy '{self.name}', augmentation '{item.name}'"
        if not isinstance(probability, Real) or not 0 <= float(probability) <= 1:
            raise ArgumentError(f"{where}: a probability is a number from 0 to 1, got {probability!r}")
        if item.mag_range is None:
            if magnitude is not None:
                warnings.warn(f"{where}: has no magnitudes, so bin {magnitude!r} has no effect", stacklevel=4)
        elif not is_integer(magnitude) or not 0 <= magnitude < self.num_magnitude_bins:
            raise ArgumentError(
                f"{where}: the magnitude bin must be an integer from 0 to {self.num_magnitude_bins - 1}, "
                f"got {magnitude!r}"
            )
        if probability == 0:
            warnings.warn(f"{where}: never applied, as its probability is 0", stacklevel=4)
