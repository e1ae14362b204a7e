"""pipeline_def: which argument goes where, and what the function may return."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.sync


def one(value: int = 1) -> Any:
    return fn.constant(idata=[value])


def run(pipe: Any) -> list[Any]:
    try:
        return [o.as_array().tolist() for o in pipe.run()]
    finally:
        pipe.close()


@pytest.mark.parametrize(("module", "cls"), [(adali, adali.Pipeline), (adali.sync, adali.sync.Pipeline)])
def test_each_api_has_its_own(module: Any, cls: Any) -> None:
    @module.pipeline_def(batch_size=2, num_threads=1, device_id=None)
    def define() -> Any:
        return one()

    assert type(define()) is cls


def test_a_plain_decorator_takes_everything_at_the_call() -> None:
    @adali.sync.pipeline_def
    def define(value: int) -> Any:
        """Doc."""
        return one(value)

    assert define.__doc__ == "Doc."
    assert define.__name__ == "define"
    assert list(inspect.signature(define).parameters) == ["value"]
    pipe = define(7, batch_size=3, num_threads=1, device_id=None)
    assert pipe.max_batch_size == 3
    assert run(pipe) == [[[7]] * 3]


def test_arguments_at_the_call_win_over_the_decorators() -> None:
    @adali.sync.pipeline_def(batch_size=2, num_threads=1, device_id=None, seed=3)
    def define(value: int = 1, *, other: int = 2) -> Any:
        return one(value), one(other)

    pipe = define(other=9, batch_size=1, seed=4)
    assert (pipe.max_batch_size, pipe.seed, pipe.num_threads) == (1, 4, 1)
    assert run(pipe) == [[[1]], [[9]]]
    again = define(5)
    assert (again.max_batch_size, again.seed) == (2, 3)
    assert run(again) == [[[5], [5]], [[2], [2]]]


def test_an_argument_of_both_goes_to_both() -> None:
    @adali.sync.pipeline_def(num_threads=1, device_id=None)
    def define(batch_size: int, seed: int = 0) -> Any:
        return one(batch_size * 100 + seed)

    pipe = define(batch_size=2, seed=5)
    assert (pipe.max_batch_size, pipe.seed) == (2, 5)
    assert run(pipe) == [[[205], [205]]]


def test_an_argument_of_neither_is_an_error_of_the_call() -> None:
    @adali.sync.pipeline_def(batch_size=2, num_threads=1, device_id=None)
    def define(value: int = 1) -> Any:
        return one(value)

    with pytest.raises(TypeError, match="valeu"):
        define(valeu=3)
    assert adali.sync.Pipeline.current() is None


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (lambda: one(1), [[[1]]]),
        (lambda: (one(1), one(2)), [[[1]], [[2]]]),
        (lambda: [one(1), one(2)], [[[1]], [[2]]]),
        (lambda: (1, np.array([2, 3])), [[1], [[2, 3]]]),
    ],
    ids=["one", "tuple", "list", "constants"],
)
def test_what_the_function_may_return(outputs: Any, expected: Any) -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def define() -> Any:
        return outputs()

    assert run(define()) == expected


def test_a_function_may_set_the_outputs_itself() -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def define() -> None:
        adali.sync.Pipeline.current().set_outputs(one(3))

    assert run(define()) == [[[3]]]


def test_a_function_that_returns_nothing_gives_a_pipeline_that_cannot_be_built() -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def define() -> None:
        one(3)

    with pytest.raises(NotImplementedError, match="no graph"):
        define().build()


def test_an_error_in_the_function_closes_the_scope() -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def define() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        define()
    assert adali.sync.Pipeline.current() is None


def test_each_call_makes_a_pipeline_of_its_own() -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def define(value: int) -> Any:
        return one(value)

    pipes = [define(k) for k in range(3)]
    assert [run(p) for p in pipes] == [[[[k]]] for k in range(3)]


def test_pipelines_may_be_defined_inside_one_another() -> None:
    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def inner() -> Any:
        return one(1)

    made: list[Any] = []

    @adali.sync.pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def outer() -> Any:
        x = one(2)
        made.append(inner())
        return x, one(3)

    assert run(outer()) == [[[2]], [[3]]]
    assert run(made[0]) == [[[1]]]
