"""Automatic augmentations against the real DALI's results; what policies draw, by its distribution."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, types
from adali.auto_aug import augmentations, auto_augment, core, rand_augment, trivial_augment
from adali.errors import ArgumentError, GraphError, OperatorError
from adali.graph.node import DataNode

GOLDEN = np.load(Path(__file__).parent / "golden" / "auto_aug.npz")
CASES: list[dict[str, Any]] = json.loads(str(GOLDEN["cases"]))
TABLES: dict[str, Any] = json.loads(str(GOLDEN["tables"]))
BINS = 11
SUITES: dict[str, Callable[..., list[core.Augmentation]]] = {
    "rand": rand_augment.get_rand_augment_suite,
    "rand_non_monotonic": rand_augment.get_rand_augment_non_monotonic_suite,
    "trivial": trivial_augment.get_trivial_augment_wide_suite,
}
POLICIES: dict[str, Callable[..., core.Policy]] = {
    "image_net": auto_augment.get_image_net_policy,
    "reduced_cifar10": auto_augment.get_reduced_cifar10_policy,
    "svhn": auto_augment.get_svhn_policy,
    "reduced_image_net": auto_augment.get_reduced_image_net_policy,
}
#: Pixels of warps that lie on the edge between two values may round to either: the mean is what counts.
MEAN, LARGEST = 0.5, 2


def golden(kind: str) -> list[np.ndarray]:
    return [GOLDEN[name] for name in GOLDEN.files if name.startswith(kind)]


def run(
    define: Callable[[Any], Any],
    samples: Sequence[Any],
    layout: str = "HWC",
    *,
    conditionals: bool = False,
    seed: int = 5,
    threads: int = 2,
    batches: int = 1,
) -> list[np.ndarray]:
    """The first output's samples of some batches of a pipeline that gets ``samples`` each time."""
    many = [np.asarray(s) for s in samples]

    @adali.sync.pipeline_def(
        batch_size=len(many), num_threads=threads, device_id=None, seed=seed, enable_conditionals=conditionals
    )
    def pipe() -> Any:
        return define(fn.external_source(lambda: many, batch=True, layout=layout))

    with pipe() as made:
        made.build()
        found = []
        for _ in range(batches):
            (out,) = made.run()
            found += [np.array(out[i]) for i in range(len(many))]
        return found


def numbers(values: Sequence[Any]) -> DataNode:
    batch = [np.int32(v) for v in values]
    return fn.external_source(lambda: batch, batch=True)


# ---- single augmentations -----------------------------------------------------------------------------------------


def title(case: dict[str, Any]) -> str:
    more = [case.get("suite"), *case.get("kwargs", {})]
    return "-".join([case["name"], case["layout"], *(m for m in more if m)])


def of(case: dict[str, Any]) -> core.Augmentation:
    if not case.get("suite"):
        found: core.Augmentation = getattr(augmentations, case["name"])
        return found
    suite = SUITES[case["suite"]]("shape" in case.get("kwargs", {}))
    return next(a for a in suite if a.name == case["name"].removesuffix("_no_shape"))


@pytest.mark.parametrize("conditionals", [False, True], ids=["plain", "conditionals"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=[title(c) for c in CASES])
def test_augmentation_as_in_dali(number: int, conditionals: bool) -> None:
    case = CASES[number]
    kwargs = dict(case.get("kwargs", {}))
    if "interp_type" in kwargs:
        kwargs["interp_type"] = getattr(types, kwargs["interp_type"])
    augmentation = of(case)

    def define(data: DataNode) -> DataNode:
        if kwargs.get("shape") == "each":
            kwargs["shape"] = data.shape()[-3:-1]
        magnitude = core.signed_bin(numbers(case["bins"]), numbers(case["signs"]))
        return augmentation(data, magnitude_bin=magnitude, num_magnitude_bins=BINS, **kwargs)

    results = run(define, golden(case["samples"]), case["layout"], conditionals=conditionals)
    for i, result in enumerate(results):
        wanted = GOLDEN[f"o{number}_{i}"]
        assert result.shape == wanted.shape
        assert result.dtype == wanted.dtype
        difference = np.abs(result.astype(int) - wanted)
        assert difference.mean() <= MEAN
        assert difference.max() <= LARGEST


@pytest.mark.parametrize("name", ["rotate", "shear_y", "brightness", "sharpness", "posterize", "invert"])
def test_one_bin_for_all_is_one_of_each(name: str) -> None:
    augmentation = getattr(augmentations, name)
    photos = golden("photos")

    def signed(sign: int) -> list[np.ndarray]:
        magnitude = [4] * len(photos), [sign] * len(photos)
        return run(
            lambda d: augmentation(d, magnitude_bin=core.signed_bin(*map(numbers, magnitude)), num_magnitude_bins=BINS),
            photos,
        )

    either = signed(0), signed(1)
    drawn = run(lambda d: augmentation(d, magnitude_bin=4, num_magnitude_bins=BINS), photos, batches=6)
    found = set()
    for k, result in enumerate(drawn):
        matches = [s for s in (0, 1) if np.array_equal(result, either[s][k % len(photos)])]
        assert matches
        found.update(matches)
    assert found == {0, 1}


def test_magnitudes_and_names_as_in_dali() -> None:
    described = {n: described_as(a) for n, a in vars(augmentations).items() if isinstance(a, core.Augmentation)}
    assert described == TABLES["augmentations"]


def described_as(item: core.Augmentation) -> list[Any]:
    return [item.name, None if item.mag_range is None else [float(m) for m in item.mag_range], item.randomly_negate]


@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("use_shape", [False, True])
def test_suites_as_in_dali(name: str, use_shape: bool) -> None:
    assert [described_as(a) for a in SUITES[name](use_shape)] == TABLES["suites"][f"{name} {int(use_shape)}"]


@pytest.mark.parametrize("name", POLICIES)
def test_policies_as_in_dali(name: str) -> None:
    policy, wanted = POLICIES[name](), TABLES["policies"][name]
    assert policy.name == wanted["name"]
    assert policy.num_magnitude_bins == wanted["num_magnitude_bins"]
    assert [[[*described_as(a), p, b] for a, p, b in sub] for sub in policy.sub_policies] == wanted["sub_policies"]


# ---- the decorator ------------------------------------------------------------------------------------------------


@core.augmentation(mag_range=(0, 10), randomly_negate=True)
def add(data: DataNode, amount: DataNode, factor: int = 1) -> DataNode:
    return data + amount * factor


def test_settings_are_kept_or_replaced() -> None:
    other = add.augmentation(mag_range=(2, 4), name="plus")
    assert (other.name, other.mag_range, other.randomly_negate, other.op) == ("plus", (2, 4), True, add.op)
    assert (add.name, add.mag_range, add.param_device) == ("add", (0, 10), "cpu")
    assert add.augmentation(randomly_negate=None).randomly_negate is False
    assert "mag_range=(2, 4)" in repr(other)

    class Mine(core.Augmentation):
        pass

    assert type(add.augmentation(augmentation_cls=Mine)) is Mine
    assert type(core.augmentation(add.op, augmentation_cls=Mine)) is Mine


def test_given_magnitudes_and_arguments_for_the_function() -> None:
    exact = add.augmentation(mag_range=np.array([1.0, 10.0, 100.0]), randomly_negate=False)
    bins = [2, 0, 1]
    define = lambda d: exact(d, magnitude_bin=numbers(bins), factor=3, unused=1)  # noqa: E731
    assert [float(v) for v in run(define, np.float32([0, 1, 2]), "")] == [300, 4, 32]


def test_parameters_of_any_shape() -> None:
    @core.augmentation(mag_range=(0, 2), mag_to_param=lambda m: np.full((2, 2), m, np.float32))
    def scale(data: DataNode, matrix: DataNode) -> DataNode:
        return data * matrix

    results = run(lambda d: scale(d, magnitude_bin=numbers([1, 2]), num_magnitude_bins=3), np.float32([3, 5]), "")
    assert [r.tolist() for r in results] == [[[3, 3], [3, 3]], [[10, 10], [10, 10]]]


def test_conditions_on_nodes_inside_an_augmentation() -> None:
    @core.augmentation(mag_range=(0, 10))
    def clipped(data: DataNode, amount: DataNode) -> DataNode:
        if data > 5:
            data = data + amount
        return data

    twice = [clipped, clipped]
    define = lambda d: rand_augment.apply_rand_augment(twice, d, 1, 5, 11)  # noqa: E731
    results = run(define, np.float32([1, 9]), "", conditionals=True)
    assert float(results[0]) == 1
    assert float(results[1]) == 14


def test_a_policy_inside_a_condition() -> None:
    def define(data: DataNode) -> DataNode:
        if data > 5:
            data = rand_augment.apply_rand_augment([plus_one, plus_two], data, 1, 0)
        return data

    results = [int(v) for v in run(define, np.int32([1, 9] * 8), "", conditionals=True)]
    assert set(results[::2]) == {1}
    assert set(results[1::2]) == {10, 11}


def countdown(data: DataNode, times: int) -> DataNode:
    return countdown(data + 1, times - 1) if times else data


def test_a_function_that_calls_itself_is_rewritten() -> None:
    assert [int(v) for v in run(lambda d: countdown(d, 3), np.int32([4]), "", conditionals=True)] == [7]


# ---- the choice ---------------------------------------------------------------------------------------------------


@core.augmentation
def plus_one(data: DataNode, _: Any) -> DataNode:
    return data + 1


@core.augmentation
def plus_two(data: DataNode, _: Any) -> DataNode:
    return data + 2


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_only_what_is_chosen_runs(count: int) -> None:
    seen: dict[int, set[int]] = {k: set() for k in range(count)}

    def option(k: int) -> Callable[[DataNode], DataNode]:
        def compute(value: Any) -> Any:
            seen[k].add(int(value))
            return np.int32(int(value) * 10 + k)

        return lambda data: fn.python_function(data, function=compute)

    chosen = [i * 5 % count for i in range(12)]
    options = [option(k) for k in range(count)]
    results = run(lambda d: core.select(options, numbers(chosen), d), np.int32(range(12)), "")
    assert [int(v) for v in results] == [i * 10 + k for i, k in enumerate(chosen)]
    assert seen == {k: {i for i, c in enumerate(chosen) if c == k} for k in range(count)}


def expect(found: Sequence[Any], wanted: dict[Any, float]) -> None:
    """Chi-square test at about five standard deviations; seeds are fixed, so it does not fail by chance."""
    counts = Counter(found)
    assert set(counts) <= set(wanted)
    shares = {k: p for k, p in wanted.items() if p > 0}
    statistic = sum((counts[k] - p * len(found)) ** 2 / (p * len(found)) for k, p in shares.items())
    freedom = len(shares) - 1
    assert statistic < freedom + 5 * (2 * freedom) ** 0.5


def tagged(tag: int) -> core.Augmentation:
    """Appends a digit for itself and one for its signed magnitude to a number: 10 + tag, then 50 + magnitude."""

    @core.augmentation(mag_range=(0, 10), randomly_negate=True, mag_to_param=lambda m: np.int32(m), name=f"tag{tag}")
    def append(data: DataNode, magnitude: DataNode) -> DataNode:
        return (data * 100 + (10 + tag)) * 100 + (magnitude + 50)

    return append


def digits(value: Any) -> tuple[int, ...]:
    text = str(int(value))
    return tuple(int(text[i : i + 2]) for i in range(0, len(text), 2))


def start(count: int) -> np.ndarray:
    return np.zeros(count, np.int64)


def test_rand_augment_draws_each_pair_and_sign_alike() -> None:
    tags = [tagged(k) for k in range(3)]
    results = run(lambda d: rand_augment.apply_rand_augment(tags, d, 2, 7, 11, seed=3), start(200), "", batches=10)
    pairs = [(10 + i, 50 + s, 10 + j, 50 + t) for i in range(3) for j in range(3) for s in (7, -7) for t in (7, -7)]
    expect([digits(v) for v in results], dict.fromkeys(pairs, 1 / 36))


def test_trivial_augment_draws_each_magnitude_alike() -> None:
    tags = [tagged(k) for k in range(3)]
    define = lambda d: trivial_augment.apply_trivial_augment(tags, d, 6, seed=3)  # noqa: E731
    results = run(define, start(200), "", batches=10)
    wanted: dict[tuple[int, ...], float] = Counter()
    for k in range(3):
        for magnitude in (0, 2, 4, 6, 8, 10):
            for sign in (1, -1):
                wanted[(10 + k, 50 + sign * magnitude)] += 1 / 36
    expect([digits(v) for v in results], wanted)


def test_auto_augment_draws_sub_policies_and_applies_steps_with_their_probabilities() -> None:
    a, b, c = (tagged(k) for k in range(3))
    quiet = b.augmentation(randomly_negate=False)
    policy = core.Policy(
        "test", 11, [[(a, 0.25, 3), (c, 0.5, 10)], [(quiet, 1, 4)], [(quiet, 0.75, 1), (a, 1.0, 2)], []]
    )
    results = run(lambda d: auto_augment.apply_auto_augment(policy, d, seed=3), start(200), "", batches=15)
    first = {(): 0.75, (10, 53): 0.125, (10, 47): 0.125}
    second = {(): 0.5, (12, 60): 0.25, (12, 40): 0.25}
    wanted: dict[tuple[int, ...], float] = Counter()
    for x, p in first.items():
        for y, q in second.items():
            wanted[x + y] += p * q / 4
    wanted[(11, 54)] += 0.25
    for y in (52, 48):
        wanted[(11, 51, 10, y)] += 0.75 * 0.125
        wanted[(10, y)] += 0.25 * 0.125
    wanted[()] += 0.25
    expect([() if int(v) == 0 else digits(v) for v in results], wanted)


# ---- policies on images -------------------------------------------------------------------------------------------

APPLIED: dict[str, Callable[..., DataNode]] = {
    "auto_augment": auto_augment.auto_augment,
    "image_net": auto_augment.auto_augment_image_net,
    "svhn": lambda d, **k: auto_augment.auto_augment(d, "svhn", **k),
    "reduced_cifar10": lambda d, **k: auto_augment.auto_augment(d, "reduced_cifar10", **k),
    "reduced_image_net": lambda d, **k: auto_augment.auto_augment(d, "reduced_image_net", **k),
    "rand": lambda d, **k: rand_augment.rand_augment(d, 2, 17, **k),
    "rand_non_monotonic": lambda d, **k: rand_augment.rand_augment(d, 1, 17, monotonic_mag=False, **k),
    "trivial": trivial_augment.trivial_augment_wide,
}


def same(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", APPLIED)
@pytest.mark.parametrize("kind", ["photos", "videos"])
def test_policies_keep_shape_and_type_and_can_be_repeated(name: str, kind: str) -> None:
    apply = APPLIED[name]
    samples = golden(kind) * 2
    layout = "HWC" if kind == "photos" else "FHWC"
    first = run(lambda d: apply(d, seed=8), samples, layout, batches=4)
    assert [r.shape for r in first] == [s.shape for s in samples] * 4
    assert {r.dtype for r in first} == {np.dtype(np.uint8)}
    assert not same(first, [*samples] * 4)
    assert not same(first[: len(samples)], first[len(samples) : 2 * len(samples)])
    again = run(lambda d: apply(d, seed=8), samples, layout, batches=4, conditionals=True, threads=1, seed=6)
    assert same(first, again)
    assert not same(first, run(lambda d: apply(d, seed=9), samples, layout, batches=4))


def test_without_a_seed_the_pipelines_counts() -> None:
    photos = golden("photos")
    results = [run(rand, photos, seed=s, batches=4) for s in (1, 1, 2)]
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


def rand(data: DataNode) -> DataNode:
    return rand_augment.rand_augment(data, 2, 9)


@pytest.mark.parametrize("name", ["image_net", "svhn", "rand", "trivial"])
def test_policies_take_a_shape_for_each_sample(name: str) -> None:
    photos = golden("photos")
    results = run(lambda d: APPLIED[name](d, shape=d.shape()[:2], max_translate_rel=(0.2, 0.4)), photos, batches=3)
    assert [r.shape for r in results] == [p.shape for p in photos] * 3


def test_translations_of_the_whole_shape_leave_nothing() -> None:
    others = [a.name for a in SUITES["rand"]() if not a.name.startswith("translate")]
    images = [np.full((h, w, 3), 200, np.uint8) for h, w in ((8, 20), (30, 5), (1, 1))]

    def shifted(**kwargs: Any) -> list[np.ndarray]:
        return run(
            lambda d: rand_augment.rand_augment(d, 1, 30, fill_value=7, excluded=others, **kwargs), images, batches=4
        )

    def with_shapes(data: DataNode) -> DataNode:
        return rand_augment.rand_augment(
            data, 1, 30, shape=data.shape()[:2], fill_value=7, max_translate_rel=1, excluded=others
        )

    assert {int(v) for r in run(with_shapes, images, batches=4) for v in np.unique(r)} == {7}
    assert {int(v) for r in shifted() for v in np.unique(r)} == {7}  # 100 pixels
    assert {int(v) for r in shifted(max_translate_abs=0) for v in np.unique(r)} == {200}
    sideways = shifted(max_translate_abs=(0, 50))
    assert {int(v) for r in sideways for v in np.unique(r)} == {7, 200}
    assert all(len(np.unique(r)) == 1 for r in sideways)


def test_fill_and_interpolation_reach_the_warps() -> None:
    photos = golden("photos")
    results = [
        run(lambda d, o=options: rand_augment.rand_augment(d, 1, 30, seed=1, **o), photos, batches=4)  # type: ignore[misc]
        for options in ({}, {"fill_value": 0}, {"fill_value": None}, {"interp_type": types.INTERP_NN})
    ]
    assert all(not same(results[0], other) for other in results[1:])


def test_no_augmentation_leaves_the_data() -> None:
    photos = golden("photos")
    assert same(run(lambda d: rand_augment.rand_augment(d, 0, 3), photos), photos)
    empty = core.Policy("empty", 1, [[], []])
    assert same(run(lambda d: auto_augment.apply_auto_augment(empty, d), photos), photos)


def test_a_serialized_pipeline_augments_alike() -> None:
    photos = golden("photos")
    settings: dict[str, Any] = {"batch_size": len(photos), "num_threads": 2, "device_id": None, "seed": 5}

    def outputs(pipe: Any) -> list[np.ndarray]:
        pipe.build()
        pipe.feed_input("photos", photos, layout="HWC")
        found = [np.array(out[i]) for out in pipe.run() for i in range(len(photos))]
        pipe.close()
        return found

    @adali.sync.pipeline_def(**settings)
    def define() -> Any:
        data = fn.external_source(name="photos", layout="HWC")
        return auto_augment.auto_augment(data), rand(data)

    first = define()
    text = first.serialize()
    assert same(outputs(first), outputs(adali.sync.Pipeline.deserialize(text, **settings)))


@pytest.mark.asyncio
async def test_in_an_async_pipeline() -> None:
    photos = golden("photos")

    @adali.pipeline_def(batch_size=len(photos), num_threads=2, device_id=None, seed=5, enable_conditionals=True)
    def pipe() -> Any:
        return rand(fn.external_source(lambda: photos, batch=True, layout="HWC"))

    async with pipe() as made:
        (out,) = await made.run()
        found = [np.array(out[i]) for i in range(len(photos))]
    assert same(found, run(rand, photos))


# ---- policies as objects ------------------------------------------------------------------------------------------


def test_equal_names_are_numbered() -> None:
    wide = augmentations.shear_x.augmentation(mag_range=(0, 1))
    policy = core.Policy("p", 3, [[(augmentations.shear_x, 0.5, 1), (wide, 0.5, 2)], [(augmentations.invert, 1, None)]])
    assert list(policy.augmentations) == ["0__shear_x", "1__shear_x", "2__invert"]
    assert policy.augmentations["1__shear_x"].mag_range == (0, 1)
    assert "('1__shear_x', 0.5, 2)" in repr(policy)


def test_steps_without_effect_warn() -> None:
    with pytest.warns(UserWarning, match="bin 2 has no effect"):
        core.Policy("p", 3, [[(augmentations.invert, 1, 2)]])
    with pytest.warns(UserWarning, match="never applied"):
        core.Policy("p", 3, [[(augmentations.invert, 0, None)]])


# ---- errors -------------------------------------------------------------------------------------------------------

a = augmentations
STEPS: list[tuple[Any, str]] = [
    ([[(a.shear_x, 0.3, 3)]], "bin must be an integer from 0 to 2, got 3"),
    ([[(a.shear_x, 0.3, None)]], "bin must be an integer from 0 to 2, got None"),
    ([[(a.shear_x, 0.3, 1.0)]], "got 1.0"),
    ([[(a.shear_x, 1.3, 2)]], "from 0 to 1, got 1.3"),
    ([[(a.shear_x, "a", 2)]], "from 0 to 1, got 'a'"),
    ([[(a.shear_x, 0.3)]], "a step is"),
    ([(a.shear_x, 0.3, 2)], "a step is"),
    ([3], "a sub-policy is"),
    ([[(abs, 0.3, 2)]], "must be an augmentation"),
]


@pytest.mark.parametrize(("sub_policies", "message"), STEPS, ids=[m for _, m in STEPS])
def test_bad_policies(sub_policies: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        core.Policy("p", 3, sub_policies)
    with pytest.raises(ArgumentError, match="num_magnitude_bins must be an integer of at least 1, got 0"):
        core.Policy("p", 0, [])


def returns_two(data: DataNode, _: Any) -> Any:
    return data, data


CALLS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda d: rand_augment.rand_augment(d, -1, 3), "n must be an integer of at least 0, got -1"),
    (lambda d: rand_augment.rand_augment(d, 1.5, 3), "n must be an integer of at least 0, got 1.5"),
    (lambda d: rand_augment.rand_augment(d, 2, 31), "m must be an integer from 0 to 30, got 31"),
    (lambda d: rand_augment.rand_augment(d, 2, 3.0), "m must be an integer from 0 to 30, got 3.0"),
    (lambda d: rand_augment.rand_augment(d, 1, 0, num_magnitude_bins=0), "num_magnitude_bins must be"),
    (lambda d: rand_augment.rand_augment(d, 1, 1, excluded=["foo"]), "no augmentation 'foo'; it has auto_contrast"),
    (lambda d: rand_augment.rand_augment(d, 1, 1, seed=1.5), "seed must be an integer"),
    (lambda d: rand_augment.rand_augment(d, 1, 1, max_translate_rel=1), "max_translate_rel is for translations with"),
    (lambda d: rand_augment.rand_augment(d, 1, 1, shape=(1, 2, 3)), "shape must be"),
    (lambda d: trivial_augment.trivial_augment_wide(d, shape=(2, 2), max_translate_abs=1), "max_translate_abs is for"),
    (lambda d: trivial_augment.trivial_augment_wide(d, max_translate_abs=(1, 2, 3)), "a number or .height, width."),
    (lambda d: rand_augment.apply_rand_augment([], d, 1, 1), "at least one augmentation"),
    (lambda d: rand_augment.apply_rand_augment([a.shear_x], d, 1, 1, foo=3), "'foo', which none"),
    (lambda d: rand_augment.apply_rand_augment([a.translate_x], d, 1, 1), "'translate_x' needs .* 'shape'"),
    (lambda d: rand_augment.apply_rand_augment([abs], d, 1, 1), "takes augmentations"),
    (lambda d: trivial_augment.apply_trivial_augment([], d), "at least one augmentation"),
    (lambda d: trivial_augment.apply_trivial_augment([a.rotate], d, 2.0), "num_magnitude_bins must be"),
    (lambda d: auto_augment.auto_augment(d, "foo"), "policy_name must be one of 'image_net'"),
    (lambda d: auto_augment.auto_augment(d, "reduced_image_net", shape=(2, 2)), "no use for 'shape'"),
    (lambda d: auto_augment.auto_augment(d, "reduced_image_net", max_translate_abs=2), "no use for 'max_trans"),
    (lambda d: auto_augment.apply_auto_augment(core.Policy("e", 3, []), d), "'e' has no sub-policies"),
    (lambda d: auto_augment.apply_auto_augment([], d), "must be a Policy"),
    (lambda d: a.rotate(d, num_magnitude_bins=3), "needs the argument 'magnitude_bin'"),
    (lambda d: a.rotate(d, magnitude_bin=3), "needs the argument 'num_magnitude_bins'"),
    (lambda d: a.rotate(d, magnitude_bin=11, num_magnitude_bins=11), "from 0 to 10, got 11"),
    (lambda d: a.rotate(d, magnitude_bin=3.0, num_magnitude_bins=11), "must be an integer or a DataNode"),
    (lambda d: a.translate_x(d, magnitude_bin=3, num_magnitude_bins=11), "needs the argument.* 'shape'"),
    (lambda d: a.posterize(d, magnitude_bin=True, num_magnitude_bins=11), "must be an integer from 0 to 10, got True"),
    (lambda d: add.augmentation(mag_range=(0, 1, 2))(d, magnitude_bin=1, num_magnitude_bins=3), "must be a pair"),
    (lambda d: add.augmentation(mag_range=np.ones(2))(d, magnitude_bin=1, num_magnitude_bins=3), "which are not"),
    (
        lambda d: add.augmentation(mag_to_param=lambda m: [1] * int(m))(d, magnitude_bin=numbers([1]),
                                                                      num_magnitude_bins=3),
        "one type and shape",
    ),
    (lambda d: add.augmentation(mag_to_param=lambda m: "a")(d, magnitude_bin=1, num_magnitude_bins=3), "numbers of"),
    (lambda d: a.posterize.augmentation(mag_range=(0, 9))(d, magnitude_bin=1, num_magnitude_bins=2), "0 to 8 bits"),
    (lambda d: a.solarize_add.augmentation(mag_range=(0, 128))(d, magnitude_bin=1, num_magnitude_bins=2), "0 to 127"),
    (lambda d: core.signed_bin(1, 1), "random_sign must be a DataNode"),
    (lambda d: core.signed_bin(1, d, seed=1), "no use where random_sign"),
    (lambda d: core.select([], d, d), "at least one function"),
    (lambda d: core.select([a.invert], 1, d), "selected_op_idx must be a DataNode"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), CALLS, ids=[m for _, m in CALLS])
def test_bad_arguments(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        run(call, [np.zeros((2, 2, 3), np.uint8)])


def test_bad_functions() -> None:
    with pytest.raises(ArgumentError, match="takes 1 positional"):
        core.augmentation(lambda data: data)
    with pytest.raises(ArgumentError, match="made of a function, got 3"):
        core.augmentation(3)  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="'add' is an augmentation already"):
        core.augmentation(add)
    with pytest.raises(ArgumentError, match="param_device must be"):
        add.augmentation(param_device="x")
    pair = core.augmentation(returns_two)
    with pytest.raises(GraphError, match="'returns_two' must return one DataNode"):
        run(lambda d: rand_augment.apply_rand_augment([plus_one, pair], d, 1, 1), [np.int32(1)], "")


def test_a_bin_out_of_range_is_an_error_of_the_sample() -> None:
    with pytest.raises(OperatorError, match="out of range"):
        run(lambda d: a.posterize(d, magnitude_bin=numbers([11]), num_magnitude_bins=11), [np.zeros((2, 2, 3), "u1")])
