"""AutoAugment (arXiv:1805.09501): each sample gets one of a policy's sequences of augmentations."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali import fn
from adali.auto_aug import _published
from adali.auto_aug import augmentations as a
from adali.auto_aug._augmentation import Augmentation, check_kwargs
from adali.auto_aug._bins import draw_index, draw_sign, seeds, signed_bin
from adali.auto_aug._policy import Policy
from adali.auto_aug._select import select
from adali.auto_aug._suites import MaxTranslate, translations
from adali.auto_aug.rand_augment import non_monotonic
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.graph.spec import to_node
from adali.types import DALIInterpType

__all__ = [
    "apply_auto_augment",
    "auto_augment",
    "auto_augment_image_net",
    "get_image_net_policy",
    "get_reduced_cifar10_policy",
    "get_reduced_image_net_policy",
    "get_svhn_policy",
]

_BINS = 11


def auto_augment(
    data: DataNode,
    policy_name: str = "image_net",
    shape: DataNode | tuple[int, int] | None = None,
    fill_value: int | None = 128,
    interp_type: DALIInterpType | None = None,
    max_translate_abs: MaxTranslate = None,
    max_translate_rel: MaxTranslate = None,
    seed: int | None = None,
) -> DataNode:
    """Apply one of the published policies.

    Args:
        data: UINT8 images (HWC) or videos (FHWC).
        policy_name: "image_net", "reduced_image_net", "svhn" or "reduced_cifar10".
        shape: (height, width) of the images; with it translations are a share of it.
        fill_value: what shifted, sheared and rotated images are filled with; None for their border.
        interp_type: interpolation of these: INTERP_LINEAR (the default) or INTERP_NN.
        max_translate_abs: without ``shape``: largest shift in pixels, a number or (height, width); by default 250.
        max_translate_rel: with ``shape``: largest shift as a share of it; by default 1.
        seed: seed of what is drawn.

    Raises:
        ArgumentError: there is no such policy, the limit of a translation does not go with ``shape``, or one of them
            was given for "reduced_image_net", which has no translations.
    """
    makers = {
        "image_net": get_image_net_policy,
        "svhn": get_svhn_policy,
        "reduced_cifar10": get_reduced_cifar10_policy,
    }
    more: dict[str, Any] = {"fill_value": fill_value, "interp_type": interp_type}
    if policy_name == "reduced_image_net":
        of_translations = {
            "shape": shape,
            "max_translate_abs": max_translate_abs,
            "max_translate_rel": max_translate_rel,
        }
        for name, value in of_translations.items():
            if value is not None:
                raise ArgumentError(f"the policy 'reduced_image_net' has no translations: it has no use for '{name}'")
        policy = get_reduced_image_net_policy()
    elif policy_name in makers:
        policy = makers[policy_name](shape is not None, max_translate_abs, max_translate_rel)
        if shape is not None:
            more["shape"] = shape
    else:
        names = ", ".join(map(repr, ["image_net", "reduced_image_net", "svhn", "reduced_cifar10"]))
        raise ArgumentError(f"policy_name must be one of {names}, got {policy_name!r}")
    return apply_auto_augment(policy, data, seed, **more)


def auto_augment_image_net(
    data: DataNode,
    shape: DataNode | tuple[int, int] | None = None,
    fill_value: int | None = 128,
    interp_type: DALIInterpType | None = None,
    max_translate_abs: MaxTranslate = None,
    max_translate_rel: MaxTranslate = None,
    seed: int | None = None,
) -> DataNode:
    """:func:`auto_augment` with the policy "image_net"."""
    return auto_augment(data, "image_net", shape, fill_value, interp_type, max_translate_abs, max_translate_rel, seed)


def apply_auto_augment(policy: Policy, data: DataNode, seed: int | None = None, **kwargs: Any) -> DataNode:
    """Apply to each sample one sub-policy, drawn with equal probabilities: its steps in order, each with its own
    probability.

    Args:
        policy: the sub-policies.
        data: the samples.
        seed: seed of what is drawn.
        kwargs: more arguments for those augmentations that take them.

    Raises:
        ArgumentError: the policy is empty or none, or no augmentation takes an argument of ``kwargs``.
    """
    if not isinstance(policy, Policy):
        raise ArgumentError(f"policy must be a Policy (see core.Policy), got {policy!r}")
    if len(policy.sub_policies) == 0:
        raise ArgumentError(f"the policy '{policy.name}' has no sub-policies")
    check_kwargs(policy.augmentations.values(), kwargs, "apply_auto_augment")
    steps = max(len(sub) for sub in policy.sub_policies)
    if steps == 0:
        return data
    chosen_seed, applied_seed, sign_seed = seeds(seed, 3)
    chosen = draw_index(len(policy.sub_policies), chosen_seed)
    random = fn.random.uniform(range=[0.0, 1.0], shape=[steps], seed=applied_seed)
    signed = any(item.randomly_negate for item in policy.augmentations.values())
    signs = draw_sign(sign_seed, [steps]) if signed else None
    for i in range(steps):
        data = _step(policy, i, data, chosen, random[i], None if signs is None else signs[i], kwargs)
    return data


def _step(
    policy: Policy,
    number: int,
    data: DataNode,
    chosen: DataNode,
    random: DataNode,
    sign: DataNode | None,
    kwargs: dict[str, Any],
) -> DataNode:
    """Apply the step of this number where the chosen sub-policy has one and ``random`` is below its probability."""
    # Shorter sub-policies end in steps that are never applied.
    steps = [sub[number] if number < len(sub) else None for sub in policy.sub_policies]
    used = list(dict.fromkeys(step[0] for step in steps if step is not None))
    functions: list[Augmentation] = [a.identity, *used]
    which = [0 if step is None else functions.index(step[0], 1) for step in steps]
    # A random number may be rounded to 1, and a probability of 1 is certainty.
    probabilities = [0.0 if step is None else 2.0 if step[1] == 1 else float(step[1]) for step in steps]
    bins = [0 if step is None else step[2] or 0 for step in steps]
    index = to_node(np.array(which, np.int32))[chosen]
    if any(p < 1 for p in probabilities):
        index = index * (random < to_node(np.array(probabilities, np.float32))[chosen])
    magnitude_bin: Any = None
    if any(item.mag_range is not None for item in used):
        magnitude_bin = to_node(np.array(bins, np.int32))[chosen]
        if sign is not None:
            magnitude_bin = signed_bin(magnitude_bin, sign)
    return select(
        functions, index, data, magnitude_bin=magnitude_bin, num_magnitude_bins=policy.num_magnitude_bins, **kwargs
    )


def get_image_net_policy(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> Policy:
    """The policy found on ImageNet.

    Args:
        use_shape: whether translations are a share of the argument ``shape``.
        max_translate_abs: without ``use_shape``: largest shift in pixels, a number or (height, width); by default 250.
        max_translate_rel: with ``use_shape``: largest shift as a share of the shape; by default 1.

    Raises:
        ArgumentError: the limit does not go with ``use_shape``.
    """
    moves = translations(use_shape, 250, 1.0, max_translate_abs, max_translate_rel)
    return _policy("ImageNetPolicy", _published.IMAGE_NET, moves)


def get_reduced_cifar10_policy(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> Policy:
    """The policy found on a part of CIFAR-10; the arguments are those of :func:`get_image_net_policy`."""
    moves = translations(use_shape, 250, 1.0, max_translate_abs, max_translate_rel)
    return _policy("ReducedCifar10Policy", _published.REDUCED_CIFAR10, moves)


def get_svhn_policy(
    use_shape: bool = False, max_translate_abs: MaxTranslate = None, max_translate_rel: MaxTranslate = None
) -> Policy:
    """The policy found on SVHN; the arguments are those of :func:`get_image_net_policy`."""
    moves = translations(use_shape, 250, 1.0, max_translate_abs, max_translate_rel)
    return _policy("SvhnPolicy", _published.SVHN, moves)


def get_reduced_image_net_policy() -> Policy:
    """The policy found on a part of ImageNet; it has no translations."""
    return _policy("ReducedImageNetPolicy", _published.REDUCED_IMAGE_NET, [])


def _policy(name: str, text: str, moves: list[Augmentation]) -> Policy:
    """A published policy, with the given translations."""
    colours = non_monotonic([a.brightness, a.contrast, a.color, a.sharpness, a.posterize, a.solarize])
    others = [a.shear_x, a.shear_y, a.rotate, a.solarize_add, a.invert, a.equalize, a.auto_contrast]
    by_name = {item.name: item for item in (*moves, *colours, *others)}
    sub_policies = []
    for line in text.strip().splitlines():
        steps = [step.split() for step in line.split(",")]
        sub_policies.append([(by_name[s[0]], float(s[1]), int(s[2]) if len(s) > 2 else None) for s in steps])
    return Policy(name, _BINS, sub_policies)
