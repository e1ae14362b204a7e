"""Noise: its distribution, its arguments, and that it is a pure function of seed, iteration and sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn

SIZE = (60, 50, 3)


def run(
    make: Callable[[Any], Any], batch: list[Any], layout: str = "HWC", threads: int = 2, seed: int = 9, runs: int = 1
) -> list[Any]:
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=threads, device_id=None, seed=seed)
    with pipe:
        pipe.set_outputs(make(fn.external_source(lambda: batch, layout=layout or None)))
    try:
        results = []
        for _ in range(runs):
            (out,) = pipe.run()
            results += [out.at(i).copy() for i in range(len(batch))]
        return results
    finally:
        pipe.close()


def normal_cdf(x: Any) -> Any:
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x])


def test_gaussian_noise_is_normal() -> None:
    data = np.full(SIZE, 0.5, np.float32)
    (got,) = run(lambda x: fn.noise.gaussian(x, mean=2.0, stddev=3.0), [data])
    assert got.dtype == np.float32
    noise = np.sort((got - data - 2).reshape(-1) / 3)
    steps = np.arange(1, noise.size + 1) / noise.size
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand times; the seed is fixed.
    assert np.abs(normal_cdf(noise) - steps).max() < 1.95 / math.sqrt(noise.size)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"])
def test_gaussian_noise_of_integers_is_rounded_and_clamped(dtype: str) -> None:
    data = np.full(SIZE, 100, dtype)
    (got,) = run(lambda x: fn.noise.gaussian(x, stddev=60.0), [data])
    assert got.dtype == data.dtype
    if dtype == "int8":
        assert (got == 127).mean() == pytest.approx(1 - normal_cdf([26.5 / 60])[0], abs=0.03)
    else:
        assert np.median(got) == pytest.approx(100, abs=3)
    (exact,) = run(lambda x: fn.noise.gaussian(x, mean=0.5, stddev=0.0), [data])
    assert (exact == 101).all()


def test_shot_noise_is_poisson() -> None:
    data = np.full(SIZE, 100, np.uint16)
    (got,) = run(lambda x: fn.noise.shot(x, factor=8.0), [data])
    assert (got % 8 == 0).all()
    events = got.reshape(-1) / 8
    mean = 100 / 8
    probability, total = math.exp(-mean), 0.0
    for count in range(40):
        total += probability
        assert (events <= count).mean() == pytest.approx(total, abs=1.95 / math.sqrt(events.size))
        probability *= mean / (count + 1)


def test_shot_noise_default_and_special_factors() -> None:
    data = np.full(SIZE, 200.0, np.float32)
    (got,) = run(fn.noise.shot, [data])
    assert got.std() == pytest.approx(math.sqrt(200 * 20), rel=0.05)
    np.testing.assert_array_equal(run(lambda x: fn.noise.shot(x, factor=0.0), [data])[0], data)
    assert (run(fn.noise.shot, [-data])[0] == 0).all()


def test_salt_and_pepper_shares() -> None:
    data = np.full((200, 100, 3), 100, np.uint8)
    (got,) = run(lambda x: fn.noise.salt_and_pepper(x, prob=0.4, salt_vs_pepper=0.25), [data])
    assert (got == got[..., :1]).all()
    assert (got == 255).mean() == pytest.approx(0.1, abs=0.01)
    assert (got == 0).mean() == pytest.approx(0.3, abs=0.012)
    (got,) = run(lambda x: fn.noise.salt_and_pepper(x, prob=0.4, per_channel=True), [data])
    hit = got != 100
    assert hit.mean() == pytest.approx(0.4, abs=0.01)
    assert hit.all(-1).mean() == pytest.approx(0.064, abs=0.01)


def test_salt_and_pepper_values_and_layouts() -> None:
    planes = np.full((3, 60, 50), 0.25, np.float32)
    (got,) = run(lambda x: fn.noise.salt_and_pepper(x, prob=0.5), [planes], "CHW")
    assert set(np.unique(got)) == {-1.0, 0.25, 1.0}
    assert (got == got[:1]).all()
    (got,) = run(lambda x: fn.noise.salt_and_pepper(x, prob=1.0, salt_val=30.5, pepper_val=-9.0), [np.ones(SIZE, "u1")])
    assert set(np.unique(got)) == {0, 31}
    (got,) = run(lambda x: fn.noise.salt_and_pepper(x, prob=1.0), [np.ones((8, 8), np.int16)], "")
    assert set(np.unique(got)) == {-32768, 32767}


@pytest.mark.parametrize("name", ["gaussian", "shot", "salt_and_pepper"])
def test_pure_function_of_seed_iteration_and_sample(name: str) -> None:
    op = getattr(fn.noise, name)
    batch = [np.full(SIZE, 100, np.uint8)] * 4
    first = run(op, batch, runs=2)
    for other in (run(op, batch, threads=1, runs=2), run(op, batch, threads=3, runs=2)):
        for a, b in zip(first, other, strict=True):
            np.testing.assert_array_equal(a, b)
    assert len({a.tobytes() for a in first}) == 8
    assert (run(op, batch, seed=10)[0] != first[0]).any()
    (alone,) = run(op, batch[:1])
    np.testing.assert_array_equal(alone, first[0])


def test_arguments_per_sample() -> None:
    batch = [np.full(SIZE, 100, np.uint8)] * 2
    values = [np.float32(0), np.float32(1)]

    def made(op: Any, name: str) -> list[Any]:
        return run(lambda x: op(x, **{name: fn.external_source(lambda: [np.array(v) for v in values])}), batch)

    assert [(g == 100).all() for g in made(fn.noise.salt_and_pepper, "prob")] == [True, False]
    assert [(g == 100).all() for g in made(fn.noise.gaussian, "stddev")] == [True, False]
    assert [(g == 100).all() for g in made(fn.noise.shot, "factor")] == [True, False]


@pytest.mark.parametrize(
    ("make", "data", "layout", "message"),
    [
        (fn.noise.gaussian, np.ones(SIZE), "HWC", "float64 is not supported"),
        (fn.noise.shot, np.ones(SIZE, np.float16), "HWC", "float16 is not supported"),
        (fn.noise.salt_and_pepper, np.ones(SIZE, bool), "HWC", "bool is not supported"),
        (lambda x: fn.noise.salt_and_pepper(x, prob=1.5), np.ones(SIZE, "u1"), "HWC", "'prob' is a probability"),
        (lambda x: fn.noise.salt_and_pepper(x, salt_vs_pepper=-1.0), np.ones(SIZE, "u1"), "HWC", "'salt_vs_pepper'"),
        (fn.noise.salt_and_pepper, np.ones(SIZE, "u1"), "HCW", "first or the last"),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, data: Any, layout: str, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        run(make, [data], layout)
