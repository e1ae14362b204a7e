"""Automatic augmentation: AutoAugment, RandAugment and TrivialAugment, and the augmentations they choose from.

Each sample gets augmentations of its own, and only those run for it.
"""

from adali.auto_aug import augmentations, auto_augment, core, rand_augment, trivial_augment

__all__ = ["augmentations", "auto_augment", "core", "rand_augment", "trivial_augment"]
