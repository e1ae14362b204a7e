"""Tests of CPU operators without golden cases (NumPy and OpenCV are their references), on the emulated device.

All cases run with ``--long``; the normal suite takes some of each test, evenly spread.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from on_gpu import everything_on_gpu, test_module

#: Cases of a test in the normal suite.
FEW = 8

#: Modules of tests/operators, and their tests of operators that have a GPU kernel.
TESTS = {
    "test_gpu_only": (
        "test_morphology",
        "test_morphology_defaults_are_those_of_opencv",
        "test_morphology_arguments_for_samples_and_frames",
        "test_morphology_errors",
        "test_median_blur",
        "test_median_blur_of_sequences_and_sizes_for_samples",
        "test_remap",
        "test_remap_of_sequences",
        "test_jitter_is_uniform_within_its_bounds",
        "test_jitter_nearest_takes_pixels_of_the_image",
        "test_jitter_mask_seed_and_errors",
    ),
    "test_filter": (
        "test_normalize_of_a_batch_needs_equal_extents",
        "test_filters_that_do_not_fit_are_refused",
        "test_filter_of_volumes_and_lines",
    ),
    "test_filter_noise": (
        "test_gaussian_noise_of_integers_is_rounded_and_clamped",
        "test_shot_noise_default_and_special_factors",
        "test_salt_and_pepper_values_and_layouts",
        "test_arguments_per_sample",
        "test_what_does_not_fit_is_refused",
    ),
    "test_geometry": (
        "test_multi_paste_of_sequences",
        "test_paste_refuses_wrong_channels",
        "test_erase_leaves_its_input_alone",
        "test_interpolations_of_displacements",
    ),
}


def cases() -> list[Any]:
    chosen = []
    for module, names in TESTS.items():
        for name in names:
            test = getattr(test_module(module), name)
            axes: list[list[dict[str, Any]]] = []
            for mark in getattr(test, "pytestmark", ()):
                arguments, values = mark.args[:2]
                keys = [a.strip() for a in arguments.split(",")] if isinstance(arguments, str) else list(arguments)
                axes.append([dict(zip(keys, v if len(keys) > 1 else [v], strict=True)) for v in values])
            every = [{k: v for part in parts for k, v in part.items()} for parts in itertools.product(*axes)]
            step = -(-len(every) // FEW)
            for number, given in enumerate(every):
                # An odd step takes values of every argument.
                marks = [] if number % (step | 1) == 0 else [pytest.mark.long]
                chosen.append(pytest.param(test, given, id=f"{name}-{number}", marks=marks))
    return chosen


@pytest.mark.parametrize(("test", "given"), cases())
def test_on_the_device(test: Any, given: dict[str, Any], gpu: Any) -> None:
    # An argument must come from fn.per_frame itself, not from a copy of what it made.
    with everything_on_gpu(but=("PerFrame",)) as ran:
        test(**given)
    assert ran, "no operator ran on the device"
