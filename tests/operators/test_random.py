"""Random operators: distributions, and that a number depends on nothing but seed, operator, iteration and sample.

Distributions are tested by Kolmogorov and Smirnov's statistic with a fixed seed, against the threshold that a right
generator exceeds once in a million runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn, ops, types
from adali.errors import AdaliError, ArgumentError

MILLIONTH = math.sqrt(-0.5 * math.log(1e-6 / 2))


def run(
    graph: Callable[[], Any], batch_size: int = 4, iterations: int = 1, num_threads: int = 1, seed: int = 7
) -> list[list[Any]]:
    """For each iteration the outputs, as lists of arrays."""
    with adali.sync.Pipeline(batch_size=batch_size, num_threads=num_threads, device_id=None, seed=seed) as pipe:
        outputs = graph()
        pipe.set_outputs(*(outputs if isinstance(outputs, tuple) else (outputs,)))
    try:
        pipe.build()
        return [[[o.at(i).copy() for i in range(len(o))] for o in pipe.run()] for _ in range(iterations)]
    finally:
        pipe.close()


def draw(graph: Callable[[], Any], **kwargs: Any) -> np.ndarray:
    """All numbers of one output of some batches, in one array."""
    return np.concatenate([s.reshape(-1) for (batch,) in run(graph, **kwargs) for s in batch])


def distance(values: np.ndarray, cdf: Callable[[np.ndarray], np.ndarray]) -> float:
    """Kolmogorov and Smirnov's statistic, scaled by the root of the number of values."""
    x = np.sort(values.astype(np.float64))
    n = len(x)
    theory = cdf(x)
    steps = np.arange(n + 1) / n
    return float(max((theory - steps[:-1]).max(), (steps[1:] - theory).max()) * math.sqrt(n))


def normal_cdf(mean: float, stddev: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.array([0.5 * math.erfc((mean - v) / (stddev * math.sqrt(2))) for v in x])


def numbers(size: int) -> Any:
    """A feed of one sample with ``size`` elements, to take the shape of."""
    return fn.external_source(source=lambda: [np.zeros(size, np.float32)] * 4, batch=True)


DRAWN = {
    "constant shape": {"shape": [5000]},
    "scalars of many batches": {},
    "shape of an input": {"like": 5000},
}


@pytest.mark.parametrize("how", DRAWN)
@pytest.mark.parametrize(
    ("make", "cdf"),
    [
        (lambda *a, **k: fn.random.uniform(*a, range=(2.0, 5.0), **k), lambda x: np.clip((x - 2) / 3, 0, 1)),
        (lambda *a, **k: fn.random.normal(*a, mean=3.0, stddev=2.0, **k), normal_cdf(3, 2)),
        (lambda *a, **k: fn.random.beta(*a, alpha=1.0, beta=3.0, **k), lambda x: 1 - (1 - x) ** 3),
        (lambda *a, **k: fn.random.beta(*a, alpha=2.0, beta=1.0, **k), lambda x: x**2),
    ],
    ids=["uniform", "normal", "beta 1 3", "beta 2 1"],
)
def test_distribution(make: Callable[..., Any], cdf: Callable[[np.ndarray], np.ndarray], how: str) -> None:
    settings = DRAWN[how]
    if how == "scalars of many batches":
        values = draw(make, batch_size=500, iterations=8)
    elif "like" in settings:
        values = draw(lambda: make(numbers(settings["like"])))
    else:
        values = draw(lambda: make(**settings))
    assert len(values) >= 4000
    assert distance(values, cdf) < MILLIONTH


def test_the_statistic_notices_a_wrong_distribution() -> None:
    values = draw(lambda: fn.random.normal(mean=3.1, stddev=2.0, shape=[5000]), batch_size=4)
    assert distance(values, normal_cdf(3, 2)) > MILLIONTH


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.93])
def test_coins(probability: float) -> None:
    values = draw(lambda: fn.random.coin_flip(probability=probability), batch_size=1000, iterations=5)
    assert values.dtype == np.int32
    assert set(np.unique(values)) == {0, 1}
    deviation = (values.sum() - 5000 * probability) / math.sqrt(5000 * probability * (1 - probability))
    assert abs(deviation) < 5


def chi_square(values: np.ndarray, choices: Any, probabilities: Any) -> float:
    """The statistic, less its mean, in standard deviations."""
    counts = np.array([(values == c).sum() for c in choices])
    assert counts.sum() == len(values)
    wanted = len(values) * np.asarray(probabilities)
    freedom = len(choices) - 1
    return float((((counts - wanted) ** 2 / wanted).sum() - freedom) / math.sqrt(2 * freedom))


def test_values_are_equally_likely() -> None:
    choices = [1.0, 2.5, 7.0, -1.0, 9.0]
    values = draw(lambda: fn.random.uniform(values=choices), batch_size=1000, iterations=5)
    assert chi_square(values, choices, [0.2] * 5) < 6


def test_choice_follows_its_probabilities() -> None:
    p = [0.5, 0.25, 0.2, 0.05]
    values = draw(lambda: fn.random.choice([10, 20, 30, 40], p=p, shape=[1000]), batch_size=5)
    assert chi_square(values, [10, 20, 30, 40], p) < 6
    values = draw(lambda: fn.random.choice(6, shape=[1000]), batch_size=5)
    assert chi_square(values, range(6), [1 / 6] * 6) < 6


def test_choice_of_slices_and_of_a_scalar_a_sample() -> None:
    table = np.arange(12, dtype=np.int16).reshape(4, 3)
    (rows,) = run(lambda: fn.random.choice(table, shape=[50]))[0]
    for sample in rows:
        assert sample.shape == (50, 3)
        assert {tuple(r) for r in sample} <= {tuple(r) for r in table}
    assert len({tuple(r) for r in rows[0]}) == 4


def test_uniform_stays_below_its_end() -> None:
    """Rounding to float32 must not reach the open end of the range."""
    values = draw(lambda: fn.random.uniform(range=(16777216.0, 16777218.0), shape=[2000]))
    assert set(values) == {16777216.0}
    values = draw(lambda: fn.random.uniform(range=(0.0, 4.0), shape=[4000], dtype=types.INT32))
    assert set(values) == {0, 1, 2, 3, 4}
    assert 0.5 * 4000 < (values == 1).sum() < 0.6 * 8000


def test_integers_are_rounded_and_clamped() -> None:
    values = draw(lambda: fn.random.normal(mean=250.0, stddev=20.0, shape=[1000], dtype=types.UINT8))
    assert values.dtype == np.uint8
    assert values.max() == 255
    assert values.min() > 100


EVERY = {
    "uniform": lambda: fn.random.uniform(),
    "uniform values": lambda: fn.random.uniform(values=[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "uniform shape": lambda: fn.random.uniform(shape=[3, 2]),
    "uniform range a sample": lambda: fn.random.uniform(range=fn.stack(fn.random.uniform(), 2.0 + fn.random.uniform())),
    "normal": lambda: fn.random.normal(),
    "normal shape": lambda: fn.random.normal(shape=[3, 2]),
    "normal parameters": lambda: fn.random.normal(mean=fn.random.uniform(), stddev=fn.random.uniform(), shape=[2]),
    "coin_flip": lambda: fn.random.coin_flip(shape=[20]),
    "beta": lambda: fn.random.beta(),
    "beta parameters": lambda: fn.random.beta(alpha=1.0 + fn.random.coin_flip(), shape=[2]),
    "choice": lambda: fn.random.choice(1000),
    "shape a sample": lambda: fn.random.normal(shape=fn.random.uniform(range=(1, 5), dtype=types.INT32, shape=[2])),
}


def same(a: Any, b: Any) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", EVERY)
def test_numbers_depend_on_seed_and_position_only(name: str) -> None:
    graph = EVERY[name]
    first = run(graph, batch_size=6, iterations=3)
    again = run(graph, batch_size=6, iterations=3, num_threads=3)
    for (a,), (b,) in zip(first, again, strict=True):
        assert same(a, b)
    # A sample does not know how many others there are.
    for (a,), (b,) in zip(first, run(graph, batch_size=3, iterations=3), strict=True):
        assert same(a[:3], b)
    flat = [np.concatenate([s.reshape(-1) for s in batch]) for (batch,) in first]
    other = [np.concatenate([s.reshape(-1) for s in b]) for (b,) in run(graph, batch_size=6, iterations=3, seed=8)]
    for x, y in ((flat[0], flat[1]), (flat[1], flat[2]), (flat[0], other[0])):
        assert x.shape != y.shape or not np.array_equal(x, y)


def test_operators_of_one_graph_differ_and_a_seed_of_their_own_holds() -> None:
    def graph() -> Any:
        return (
            fn.random.uniform(),
            fn.random.uniform(),
            fn.random.uniform(seed=5),
            fn.random.uniform(seed=5),
        )

    (a, b, c, d) = run(graph)[0]
    assert not same(a, b)
    assert same(c, d)
    assert same(c, run(graph, seed=99)[0][2])


def test_a_sample_does_not_depend_on_the_shapes_of_others() -> None:
    def graph(sizes: list[int]) -> Any:
        like = fn.external_source(source=lambda: [np.zeros(n) for n in sizes], batch=True)
        return fn.random.normal(like, seed=3)

    (one,) = run(lambda: graph([2, 3, 4, 5]))[0]
    (two,) = run(lambda: graph([9, 3, 1, 5]))[0]
    assert same([one[1], one[3]], [two[1], two[3]])


def test_permutations() -> None:
    def graph() -> Any:
        return (
            fn.batch_permutation(seed=1),
            fn.batch_permutation(seed=2, no_fixed_points=True),
            fn.batch_permutation(seed=3, allow_repetitions=True),
            fn.batch_permutation(seed=4, allow_repetitions=True, no_fixed_points=True),
        )

    repeated = False
    for plain, moved, drawn, both in run(graph, batch_size=7, iterations=20):
        assert sorted(map(int, plain)) == sorted(map(int, moved)) == list(range(7))
        assert all(int(v) != i for i, v in enumerate(moved))
        assert all(int(v) != i for i, v in enumerate(both))
        assert all(0 <= int(v) < 7 for v in (*drawn, *both))
        repeated = repeated or len(set(map(int, drawn))) < 7
    assert repeated
    assert [int(v[0]) for v in run(graph, batch_size=1)[0]] == [0, 0, 0, 0]


def test_drawing_all_derangements() -> None:
    seen = {
        tuple(map(int, batch))
        for (batch,) in run(lambda: fn.batch_permutation(no_fixed_points=True), batch_size=3, iterations=40)
    }
    assert seen == {(1, 2, 0), (2, 0, 1)}


@pytest.mark.parametrize(
    ("legacy", "modern"),
    [
        (lambda: ops.CoinFlip(probability=0.3, seed=1)(), lambda: fn.random.coin_flip(probability=0.3, seed=1)),
        (lambda: ops.Uniform(range=(0.0, 3.0), seed=1)(), lambda: fn.random.uniform(range=(0.0, 3.0), seed=1)),
        (lambda: ops.NormalDistribution(mean=3.0, seed=1)(), lambda: fn.random.normal(mean=3.0, seed=1)),
        (lambda: fn.uniform(seed=1), lambda: ops.random.Uniform(seed=1)()),
    ],
)
def test_legacy_names(legacy: Callable[[], Any], modern: Callable[[], Any]) -> None:
    assert same(run(legacy)[0][0], run(modern)[0][0])


def test_bad_arguments_fail_when_built() -> None:
    for graph, message in (
        (lambda: fn.random.uniform(range=(3.0, 1.0)), "min < max"),
        (lambda: fn.random.uniform(values=[]), "empty"),
        (lambda: fn.random.coin_flip(dtype=types.FLOAT), "dtype FLOAT is not supported"),
        (lambda: fn.random.normal(shape=[-1]), "negative"),
        (lambda: fn.random.normal(numbers(3), shape=[1]), "not both"),
    ):
        with pytest.raises(ArgumentError, match=message):
            run(graph)


def test_bad_argument_inputs_name_the_argument() -> None:
    pair = np.float32([0.5, 0.5])
    for graph, message in (
        (lambda: fn.random.coin_flip(probability=fn.copy(types.Constant(pair))), "'probability'"),
        (lambda: fn.random.beta(alpha=fn.random.coin_flip(probability=0.0) * 1.0), "'alpha' must be positive"),
        (lambda: fn.random.uniform(range=fn.copy(types.Constant(pair))), "'range'"),
        (lambda: fn.random.choice(fn.random.coin_flip(probability=0.0)), "nothing to choose from"),
    ):
        with pytest.raises(AdaliError, match=message):
            run(graph)
