"""Functions of JAX arrays as operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="needs JAX (the extra 'jax')")

import jax.numpy as jnp  # noqa: E402

import adali  # noqa: E402
from adali import fn, sync  # noqa: E402
from adali.plugin.jax.fn import jax_function  # noqa: E402

IMAGES = np.arange(2 * 3 * 4 * 2, dtype=np.uint8).reshape(2, 3, 4, 2)


def run(graph: Any, *, conditionals: bool = False) -> Any:
    """The outputs of two iterations."""
    pipe = sync.pipeline_def(graph, batch_size=2, num_threads=2, enable_conditionals=conditionals)()
    try:
        return [pipe.run() for _ in range(2)]
    finally:
        pipe.close()


def images() -> Any:
    return fn.external_source(source=lambda k: IMAGES + np.uint8(k), layout="HWC")


def test_batches_are_arrays_and_layouts_follow() -> None:
    seen: list[Any] = []

    @jax_function
    def flipped(batch: Any) -> Any:
        seen.append((type(batch), batch.shape, batch.dtype))
        return jax.jit(lambda x: x[:, :, ::-1])(batch)

    for k, (out,) in enumerate(run(lambda: flipped(images()))):
        np.testing.assert_array_equal(out.as_array(), (IMAGES + k)[:, :, ::-1])
        assert out.layout() == "HWC"
    assert isinstance(jnp.zeros(1), seen[0][0])
    assert seen[0][1:] == (IMAGES.shape, np.uint8)
    assert flipped.__name__ == "flipped"


def test_several_inputs_and_outputs() -> None:
    @jax_function(num_outputs=3)
    def both(a: Any, b: Any) -> Any:
        return a.astype(jnp.float32) / 2, a + b, a.mean(axis=(1, 2))

    for k, (half, total, mean) in enumerate(run(lambda: both(images(), images()))):
        given = IMAGES + np.uint8(k)
        np.testing.assert_array_equal(half.as_array(), given.astype(np.float32) / 2)
        np.testing.assert_array_equal(total.as_array(), given + given)
        np.testing.assert_allclose(mean.as_array(), given.mean(axis=(1, 2)), rtol=1e-6)
        assert [out.layout() for out in (half, total, mean)] == ["HWC", "HWC", ""]


@pytest.mark.parametrize(
    ("layouts", "expected"), [("ABC", ["ABC", "ABC"]), (["ABC", ""], ["ABC", ""]), (["XYZ"], ["XYZ", ""])]
)
def test_layouts_that_are_given(layouts: Any, expected: list[str]) -> None:
    twice = jax_function(lambda x: (x, x), num_outputs=2, output_layouts=layouts)
    ((a, b), _) = run(lambda: twice(images()))
    assert [a.layout(), b.layout()] == expected


def test_without_inputs_and_without_outputs() -> None:
    called: list[Any] = []
    made = jax_function(lambda: jnp.ones((2, 3)))
    noted = jax_function(lambda x: called.append(int(x[0, 0, 0, 0])), num_outputs=0, preserve=False)

    def graph() -> Any:
        noted(images())
        return made()

    results = run(graph)
    np.testing.assert_array_equal(results[0][0].as_array(), np.ones((2, 3), np.float32))
    assert called[:2] == [0, 1]


def test_results_are_copies_and_inputs_stay_as_they_are() -> None:
    given_away = jax_function(jax.jit(lambda x: x + jnp.uint8(1), donate_argnums=0))

    def graph() -> Any:
        data = fn.copy(images())
        return given_away(data), data

    for k, (more, data) in enumerate(run(graph)):
        np.testing.assert_array_equal(data.as_array(), IMAGES + k)
        np.testing.assert_array_equal(more.as_array(), IMAGES + k + 1)


def test_sharding_of_one_device() -> None:
    mesh = jax.sharding.Mesh(np.array(jax.devices("cpu")[:1]), ("batch",))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))
    seen: list[Any] = []

    @jax_function(sharding=sharding)
    def doubled(x: Any) -> Any:
        seen.append(x.sharding)
        return x * 2

    ((out,), _) = run(lambda: doubled(images()))
    np.testing.assert_array_equal(out.as_array(), IMAGES * 2)
    assert seen[0] == sharding


def test_in_a_branch_it_gets_the_branch_samples() -> None:
    sizes: list[int] = []

    @jax_function
    def more(x: Any) -> Any:
        sizes.append(x.shape[0])
        return x + jnp.int32(10)

    def graph() -> Any:
        x = fn.external_source(source=lambda k: np.int32([1, 5]))
        if x > 2:  # noqa: SIM108
            out = more(x)
        else:
            out = x
        return out

    ((out,), _) = run(graph, conditionals=True)
    np.testing.assert_array_equal(out.as_array(), [1, 15])
    assert sizes[0] == 1


@pytest.mark.parametrize(
    ("function", "outputs", "match"),
    [
        (lambda x: x[:1], 1, r"output 0 .* shape \(1, 3, 4, 2\); its first axis must be 2"),
        (lambda x: x.sum(), 1, r"output 0 .* shape \(\); its first axis must be 2"),
        (lambda x: x, 2, "returned 1 outputs, but num_outputs=2"),
        (lambda x: [1], 1, "output 0 .* must be a jax.Array, got int"),
        (lambda x: x.astype(jnp.bfloat16), 1, "bfloat16 have no DALIDataType"),
    ],
)
def test_wrong_results(function: Any, outputs: int, match: str) -> None:
    def graph() -> Any:
        made = jax_function(function, num_outputs=outputs)(images())
        return made if outputs == 1 else tuple(made)

    with pytest.raises(adali.OperatorError, match=match):
        run(graph)


def test_samples_of_several_shapes() -> None:
    ragged = [np.zeros((2, 3), np.uint8), np.zeros((2, 4), np.uint8)]
    with pytest.raises(adali.OperatorError, match=r"input 0 .* different shapes: \[\(2, 3\), \(2, 4\)\]"):
        run(lambda: jax_function(lambda x: x)(fn.external_source(source=lambda k: ragged)))


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(adali.ArgumentError, match="device must be 'cpu' or None, got 'gpu'"):
        jax_function(lambda x: x, device="gpu")
    with pytest.raises(adali.ArgumentError, match="output_layouts must be a str, or one for each of 1 outputs"):
        jax_function(lambda x: x, output_layouts=["A", "B"])
    with pytest.raises(adali.ArgumentError, match="input 0 is on the GPU"):
        run(lambda: jax_function(lambda x: x)(images().gpu()))
    with pytest.raises(adali.OperatorError, match="layout 'HW' of output 0 does not describe 3 axes"):
        run(lambda: jax_function(lambda x: x, output_layouts="HW")(images()))

    async def later(x: Any) -> Any:
        return x

    with pytest.raises(adali.ArgumentError, match="no coroutine function"):
        jax_function(later)
