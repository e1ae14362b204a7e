"""Arithmetic on nodes: the oracle's types and values for all pairs of types, and what has no golden value."""

from __future__ import annotations

import math as pymath
import pathlib
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali.math
import adali.sync
from adali import fn, types
from adali.errors import AdaliError, OperatorError
from adali.graph.expression import arithmetic
from adali.operators.math._functions import FUNCTIONS, promote

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "arithmetic.npz"
FLOAT16 = "float16"


def _load() -> tuple[dict[str, Any], dict[str, Any]]:
    """Operands and results."""
    file = np.load(GOLDEN)
    results: dict[str, Any] = {}
    for name in file.files:
        if name.startswith("keys_"):
            results.update(zip(str(file[name]).split("\n"), file[name.removeprefix("keys_")], strict=True))
    operands = {n: file[n] for n in file.files if n.startswith(("left_", "right_"))}
    return operands, results


OPERANDS, RESULTS = _load()
KEYS: dict[str, list[str]] = defaultdict(list)
for _key in RESULTS:
    KEYS[_key.split("|")[0]].append(_key)
NAMES = [n.removeprefix("left_") for n in OPERANDS if n.startswith("left_")]


def constant(name: str) -> types.ScalarConstant:
    value = True if name == "bool" else 2.5 if name.startswith("f") else 3
    return types.ScalarConstant(value, types.to_dali_type(name))


def run(outputs: Any, inputs: dict[str, Any], batch_size: int = 1, **kwargs: Any) -> list[Any]:
    """Outputs of a pipeline whose inputs are given as one list of samples each; ``outputs`` gets the nodes."""
    with adali.sync.Pipeline(batch_size=batch_size, num_threads=1, device_id=None, seed=1) as pipe:
        nodes = {name: source(samples, **kwargs) for name, samples in inputs.items()}
        pipe.set_outputs(*outputs(nodes))
    try:
        pipe.build()
        return list(pipe.run())
    finally:
        pipe.close()


def source(samples: list[Any], **kwargs: Any) -> Any:
    return fn.external_source(source=lambda: samples, batch=True, **kwargs)


@pytest.mark.parametrize("op", sorted(KEYS))
def test_types_and_values_are_those_of_the_oracle(op: str) -> None:
    """Integers exactly, floats within 1e-6."""

    def outputs(nodes: dict[str, Any]) -> list[Any]:
        result = []
        for key in KEYS[op]:
            operands = []
            for side, name in zip(("left", "right"), key.split("|")[1:], strict=False):
                operands.append(constant(name[1:]) if name[0] == ":" else nodes[f"{side}_{name}"])
            result.append(arithmetic(op, *operands))
        return result

    for key, output in zip(KEYS[op], run(outputs, {n: [v] for n, v in OPERANDS.items()}), strict=True):
        mine, wanted = output.at(0), RESULTS[key]
        assert mine.dtype == wanted.dtype, key
        if wanted.dtype.kind != "f":
            assert mine.tolist() == wanted.tolist(), key
            continue
        # DALI has NaN for one over the root of zero, for float32 only; it is infinite.
        zero = (op == "rsqrt") & np.isnan(wanted) & np.isinf(mine)
        np.testing.assert_allclose(mine[~zero], wanted[~zero], rtol=1e-6, atol=1e-7, err_msg=key)


def test_what_the_oracle_refuses_is_refused() -> None:
    """Except for float16, which DALI has on the GPU only."""
    refused = 0
    for op, function in FUNCTIONS.items():
        for x in NAMES:
            for y in NAMES if function.arity == 2 else [""]:
                key = f"{op}|{x}|{y}" if y else f"{op}|{x}"
                if FLOAT16 in key or op == "clamp" or (op == "plus" and x == "bool"):
                    continue
                operands = [np.dtype(n) for n in (x, y) if n]
                if key in RESULTS:
                    assert function.types(op, operands)[1] == RESULTS[key].dtype
                    continue
                refused += 1
                with pytest.raises(TypeError, match=op):
                    function.types(op, operands)
    assert refused > 100


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3))
def test_promotion_does_not_depend_on_the_order(names: list[str]) -> None:
    dtypes = [np.dtype(n) for n in names]
    assert promote(dtypes[:2]) == promote(dtypes[:2][::-1])
    wide = promote(dtypes)
    assert wide.itemsize >= max(t.itemsize for t in dtypes if wide.kind != "f" or t.kind == "f")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=8),
    st.integers(1, 1000),
    st.sampled_from(["int8", "int16", "int32", "int64"]),
)
def test_division_truncates_and_the_remainder_fits(values: list[int], divisor: int, dtype: str) -> None:
    a = np.array(values, np.int64).astype(dtype)
    b = np.full(a.shape, divisor, np.int64)
    outputs = run(lambda n: [n["a"] // n["b"], n["a"] % n["b"]], {"a": [a], "b": [b]})
    quotient, rest = (o.at(0) for o in outputs)
    assert quotient.tolist() == [pymath.trunc(int(x) / divisor) for x in a]
    assert (quotient * divisor + rest).tolist() == a.tolist()


def test_a_batch_of_one_shape_and_a_ragged_one_agree() -> None:
    a = [np.float32([1, 2, 3]), np.float32([4, 5, 6])]
    b = [np.int16([[1], [2]]), np.int16([[3], [4]])]
    (dense,) = run(lambda n: [n["a"] * n["b"] - 1], {"a": a, "b": b}, batch_size=2)
    (ragged,) = run(lambda n: [n["a"] * n["b"] - 1], {"a": a, "b": [b[0], b[1][:1]]}, batch_size=2)
    assert dense.at(0).tolist() == ragged.at(0).tolist() == [[0, 1, 2], [1, 3, 5]]
    assert ragged.at(1).tolist() == dense.at(1)[:1].tolist()


def test_scalars_of_a_batch_are_computed_at_once_and_as_one_by_one() -> None:
    def graph(nodes: dict[str, Any]) -> list[Any]:
        a = fn.random.uniform(range=(0.0, 5.0), seed=3)
        return [a, adali.math.clamp(a * 2 + 1, 2, 7), a * 2 > 4, nodes["x"] * a]

    a, clamped, above, mixed = run(graph, {"x": [np.float32([1, 2])] * 8}, batch_size=8)
    assert clamped._slab is not None
    assert above._slab is not None
    values = a.as_array()
    np.testing.assert_array_equal(clamped.as_array(), np.clip(values * np.float32(2) + np.float32(1), 2, 7))
    np.testing.assert_array_equal(above.as_array(), values * 2 > 4)
    for i in range(8):
        np.testing.assert_array_equal(mixed.at(i), np.float32([1, 2]) * values[i])


def test_float16_is_computed_in_float16() -> None:
    (out,) = run(lambda n: [n["a"] * 2 + n["b"]], {"a": [np.float16([1.5])], "b": [np.uint8([3])]})
    assert out.dtype is types.FLOAT16
    assert out.at(0).tolist() == [6.0]


def test_numpy_goes_first_or_second() -> None:
    outputs = run(
        lambda n: [
            np.float32(2) * n["a"],
            n["a"] - np.array([1, 2]),
            np.array([1, 2]) - n["a"],
            np.float64(0.5) * n["a"],
        ],
        {"a": [np.int32([5, 7])]},
    )
    assert [o.at(0).tolist() for o in outputs] == [[10, 14], [4, 5], [-4, -5], [2.5, 3.5]]
    assert [o.dtype for o in outputs] == [types.FLOAT, types.INT32, types.INT32, types.FLOAT]


def test_the_text_form_is_that_of_dali() -> None:
    a = fn.random.uniform()
    texts = {
        "add(&0 $0:int32)": a + 1,
        "sub($0:int32 &0)": 1 - a,
        "mul(&0 &1)": a * a,
        "geq(&0 $0:int32)": a >= 3,
        "bitand(&0 $0:bool)": (a > 1) & True,
        "clamp(&0 $0:int32 $0:float32)": adali.math.clamp(a, 0, 1.5),
        "mul($0:uint8 &0)": types.Constant(5).uint8() * a,
        "lshift(&0 $0:int32)": fn.random.coin_flip() << 2,
    }
    assert {node.source.args["expression_desc"]: True for node in texts.values()} == dict.fromkeys(texts, True)
    assert adali.math.clamp(a, 0, 0.1).source.args["real_constants"] == (float(np.float32(0.1)),)


def test_errors_name_the_sample() -> None:
    with pytest.raises(OperatorError, match="integer division by zero") as caught:
        run(lambda n: [n["a"] // n["b"]], {"a": [np.int32([1])] * 2, "b": [np.int32([1]), np.int32([0])]}, batch_size=2)
    assert caught.value.sample == 1

    def light(nodes: dict[str, Any]) -> list[Any]:
        order = fn.batch_permutation(seed=5)
        return [order, 1 // order]

    with pytest.raises(OperatorError, match="integer division by zero") as caught:
        run(light, {}, batch_size=4)
    assert caught.value.sample is not None


def test_operands_that_are_none() -> None:
    a = fn.random.uniform()
    with pytest.raises(TypeError, match="'add' takes"):
        a + "x"
    with pytest.raises(TypeError, match="'add' takes"):
        a + None
    with pytest.raises(ValueError, match="at least one DataNode"):
        adali.math.sqrt(4)
    with pytest.raises(OverflowError, match="out of range for UINT8"):
        a + types.ScalarConstant(300, types.UINT8)
    with pytest.raises(TypeError):
        types.Constant(1) + types.Constant(2)
    with pytest.raises(TypeError, match="truth value"):
        bool(a > 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nope(&0)", "no function 'nope'"),
        ("add(&0)", "takes 2 operands"),
        ("add(mul(&0 &0) $0:int8)", "not one function"),
        ("add(&0 $1:int32)", "constant"),
        ("add(&0 %)", "not understood"),
    ],
)
def test_an_expression_that_cannot_be_read(text: str, message: str) -> None:
    from adali.graph.spec import call_operator

    with adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None) as pipe:
        (node,) = call_operator(
            "ArithmeticGenericOp", [fn.random.uniform()], {"expression_desc": text, "integer_constants": [1]}
        )
        pipe.set_outputs(node)
    with pytest.raises(AdaliError, match=message):
        pipe.build()
    pipe.close()


def test_every_function_of_the_module_makes_its_node() -> None:
    a = fn.random.uniform()
    for name in adali.math.__all__:
        function = getattr(adali.math, name)
        arity = {"clamp": 3, "atan2": 2, "min": 2, "max": 2, "pow": 2, "fpow": 2}.get(name, 1)
        node = function(*[a] * arity)
        assert node.source.args["expression_desc"].startswith(f"{name}(")
        assert FUNCTIONS[name].arity == arity


def test_scalar_constants() -> None:
    constant = types.Constant(5.5)
    assert isinstance(constant, types.ScalarConstant)
    assert (constant.dtype, constant.value) == (types.FLOAT, 5.5)
    assert (constant.int8().dtype, constant.int8().value) == (types.INT8, 5)
    for name in "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split():  # noqa: SIM905
        assert getattr(constant, name)().dtype is types.to_dali_type(name)
    assert types.Constant(5) == types.Constant(5)
    assert types.Constant(5) != types.Constant(5).int8()
    assert len({types.Constant(5), types.Constant(5)}) == 1
    node = types.Constant(3) == fn.random.coin_flip()
    assert node.source.args["expression_desc"] == "eq(&0 $0:int32)"


@pytest.mark.parametrize(
    ("value", "arguments", "dtype", "layout", "expected"),
    [
        ([1, 2], {}, types.INT32, "", [1, 2]),
        ((1, 2.5), {}, types.FLOAT, "", [1, 2.5]),
        ([True, False], {}, types.BOOL, "", [True, False]),
        ([[1, 2], [3, 4]], {}, types.INT32, "", [[1, 2], [3, 4]]),
        (5, {"shape": [2]}, types.INT32, "", [5, 5]),
        (5, {"device": "cpu"}, types.INT32, "", 5),
        (5.5, {"device": "cpu", "dtype": types.INT32}, types.INT32, "", 6),
        ([300], {"dtype": types.UINT8}, types.UINT8, "", [255]),
        ([1, 2], {"shape": [2, 1], "layout": "AB"}, types.INT32, "AB", [[1], [2]]),
        (np.array([1, 2], np.int64), {}, types.INT32, "", [1, 2]),
        (np.array([1, 2], np.uint64), {}, types.UINT32, "", [1, 2]),
        (np.array([2**40], np.int64), {}, types.INT64, "", [2**40]),
        (np.array([1.5, 2]), {}, types.FLOAT, "", [1.5, 2]),
        (np.array([1.5, 2], np.float16), {}, types.FLOAT16, "", [1.5, 2]),
        (np.array([1], np.int64), {"dtype": types.INT64}, types.INT64, "", [1]),
    ],
)
def test_constants_of_a_graph(value: Any, arguments: dict[str, Any], dtype: Any, layout: str, expected: Any) -> None:
    (out,) = run(lambda n: [types.Constant(value, **arguments)], {}, batch_size=2)
    assert out.dtype is dtype
    assert out.layout() == layout
    assert out.at(1).tolist() == expected


def test_constants_of_enums() -> None:
    def graph(nodes: dict[str, Any]) -> list[Any]:
        node = types.Constant([types.INTERP_CUBIC, types.INTERP_NN])
        return [node, fn.cast(node, dtype=types.INT32), fn.random.choice(node, p=[1.0, 0.0])]

    node, number, chosen = run(graph, {})
    assert node.dtype is types.INTERP_TYPE
    assert chosen.dtype is types.INTERP_TYPE
    assert number.at(0).tolist() == [2, 0]


def test_constants_that_are_none() -> None:
    with pytest.raises(TypeError):
        types.Constant("x")
    with pytest.raises(TypeError):
        types.Constant(None)
    with pytest.raises(TypeError, match="not numeric"):
        types.Constant(["x"])
