"""What automatic augmentations are made of: the decorator, signed magnitudes, the choice of one of many, policies."""

from adali.auto_aug._augmentation import Augmentation, augmentation
from adali.auto_aug._bins import SignedMagnitudeBin, signed_bin
from adali.auto_aug._policy import Policy
from adali.auto_aug._select import select

__all__ = ["Augmentation", "Policy", "SignedMagnitudeBin", "augmentation", "select", "signed_bin"]
