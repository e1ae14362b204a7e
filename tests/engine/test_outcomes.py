"""With the policy "replace" the consumer can learn which samples failed, each with its own error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adali import Pipeline, fn
from adali.engine.workspace import Batch, Failure

pytestmark = pytest.mark.asyncio


def refuse_negative(x: Any) -> Any:
    if x[0] < 0:
        raise ValueError(f"{x[0]} is negative")
    return x + 1


async def outcome(on_error: str, *values: int) -> Batch | Failure:
    pipe = Pipeline(batch_size=8, num_threads=2, on_error=on_error)
    with pipe:
        pipe.set_outputs(fn.python_function(fn.external_source(name="x"), function=refuse_negative))
    async with pipe:
        pipe.feed_input("x", [np.array([v], np.int32) for v in values])
        executor = pipe._built("test")
        await executor.account.request(1)
        item = await executor.account.take(share=False)
        assert item is not None
        return item


async def test_failed_samples_are_named_and_their_places_filled() -> None:
    item = await outcome("replace", 1, -2, 3, -4, 5)
    assert isinstance(item, Batch)
    assert {i: (e.sample, e.message) for i, e in item.errors.items()} == {
        1: (1, "-2 is negative"),
        3: (3, "-4 is negative"),
    }
    results = [t[0] for t in np.array(item.outputs[0])]
    assert [results[i] for i in (0, 2, 4)] == [2, 4, 6]
    assert len(results) == 5


async def test_a_batch_without_a_good_sample_fails_with_all_their_errors() -> None:
    item = await outcome("replace", -1, -2, -3)
    assert isinstance(item, Failure)
    assert [item.errors[i].message for i in range(3)] == ["-1 is negative", "-2 is negative", "-3 is negative"]
    assert item.error is item.errors[0]


async def test_good_batches_and_other_policies_name_none() -> None:
    for policy, values in (("replace", (1, 2)), ("skip", (1, -2, 3)), ("raise", (1, 2))):
        item = await outcome(policy, *values)
        assert isinstance(item, Batch)
        assert item.errors == {}
