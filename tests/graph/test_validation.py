"""What a graph may be made of, and what is said of the rest."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali.errors import ArgumentError, GraphError, UnknownArgumentError
from adali.graph.schema import registry
from adali.operators.base import Arg, ArgKind, Input, SampleContext, SampleOperator, operator

RAN: list[str] = []


@pytest.fixture(autouse=True, scope="module")
def _operators() -> Iterator[None]:
    @operator(
        "test__Validated",
        inputs=(Input("data", layouts=("HWC", "CHW", "W")), Input("other", device="cpu")),
        min_inputs=1,
        args=(
            Arg("amount", ArgKind.FLOAT, 1.0, tensor=True),
            Arg("mode", ArgKind.STR, "fast"),
            Arg("sizes", ArgKind.INTS, None, tensor=True),
            Arg("flag", ArgKind.BOOL, False),
            Arg("old_amount", ArgKind.FLOAT, tensor=True, deprecated="amount"),
        ),
        devices=("cpu", "gpu"),
    )
    class Validated(SampleOperator):
        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            RAN.append(self.spec.name)
            return inputs[0]

    @operator("test__Unpruned", inputs=(Input("data"),), no_prune=True)
    class Unpruned(SampleOperator):
        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            RAN.append(self.spec.name)
            return inputs[0]

    yield
    registry.remove("test__Validated")
    registry.remove("test__Unpruned")


@pytest.fixture(autouse=True)
def _forget() -> None:
    RAN.clear()


def checked(*inputs: Any, **kwargs: Any) -> Any:
    from adali.graph import call_operator

    return call_operator("test__Validated", inputs, kwargs)[0]


def unpruned(*inputs: Any, **kwargs: Any) -> Any:
    from adali.graph import call_operator

    return call_operator("test__Unpruned", inputs, kwargs)[0]


def new(cls: Any = adali.sync.Pipeline) -> Any:
    return cls(batch_size=2, num_threads=1, device_id=None)


def run(pipe: Any) -> list[Any]:
    try:
        return [o.as_array().tolist() for o in pipe.run()]
    finally:
        pipe.close()


def one(value: int = 1, **kwargs: Any) -> Any:
    return fn.constant(idata=[value], **kwargs)


# ---- names -----------------------------------------------------------------------------------------------------


def test_a_name_used_twice_is_told_with_both_lines() -> None:
    pipe = new()
    with pipe:
        pipe.set_outputs(one(name="x"), checked(one(), name="x"))
    with pytest.raises(GraphError, match="The name 'x' is used by 2 operators; names must be unique") as info:
        pipe.build()
    lines = re.findall(rf"made at {re.escape(__file__)}:(\d+)", str(info.value))
    assert len(lines) == 2
    assert "Constant" in str(info.value)
    assert "test__Validated" in str(info.value)
    pipe.close()


def test_a_name_used_twice_by_what_is_pruned_does_not_matter() -> None:
    pipe = new()
    with pipe:
        one(2, name="x")
        pipe.set_outputs(one(3, name="x"))
    assert run(pipe) == [[[3], [3]]]


def test_names_are_the_same_each_time_a_graph_is_made() -> None:
    def names() -> list[str]:
        pipe = new()
        with pipe:
            pipe.set_outputs(checked(one()), checked(checked(one())))
        return [spec.name for spec in pipe._defined().specs]

    assert names() == names()
    assert len(set(names())) == 5


def test_a_name_must_be_a_str() -> None:
    with pytest.raises(ArgumentError, match="name must be a str, got 3"):
        one(name=3)


# ---- nodes and pipelines ---------------------------------------------------------------------------------------


def test_a_node_of_another_pipeline_is_refused() -> None:
    first, second = new(), new()
    with first:
        theirs = one(name="theirs")
    for outputs in (lambda: theirs, lambda: checked(theirs), lambda: checked(one(), amount=theirs)):
        second = new()
        with second:
            second.set_outputs(outputs())
        with pytest.raises(GraphError, match=r"Constant \(theirs\) belongs to another pipeline") as info:
            second.build()
        assert __file__ in str(info.value)


def test_nodes_made_outside_any_pipeline_may_be_used_in_several() -> None:
    shared = fn.random.uniform(range=[0.0, 1.0], shape=[2])
    pipes = [adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=5) for _ in range(2)]
    with pipes[0]:
        pipes[0].set_outputs(shared)
    with pipes[1]:
        # Here it is not the first operator, and must not change what it is there.
        pipes[1].set_outputs(fn.random.uniform(range=[0.0, 1.0], shape=[2]), shared)
    alone = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=5)
    with alone:
        alone.set_outputs(fn.random.uniform(range=[0.0, 1.0], shape=[2]))
    for pipe in pipes:
        assert pipe.num_outputs in (1, 2)
    results = [run(pipe) for pipe in pipes]
    assert results[0] == run(alone)
    assert results[1][0] == results[0][0]
    assert results[1][1] != results[0][0]


def test_the_innermost_scope_counts() -> None:
    outer, inner = new(), new()
    with outer:
        a = one(1)
        with inner:
            assert adali.sync.Pipeline.current() is inner
            inner.set_outputs(one(2))
        assert adali.sync.Pipeline.current() is outer
        outer.set_outputs(a, one(3))
    assert adali.sync.Pipeline.current() is None
    assert run(outer) == [[[1], [1]], [[3], [3]]]
    assert run(inner) == [[[2], [2]]]


def test_scopes_of_threads_do_not_meet() -> None:
    barrier = threading.Barrier(4)
    results: dict[int, Any] = {}

    def work(k: int) -> None:
        pipe = new()
        with pipe:
            nodes = []
            for i in range(20):
                barrier.wait(20)
                assert adali.sync.Pipeline.current() is pipe
                nodes.append(one(100 * k + i))
            pipe.set_outputs(*nodes)
        results[k] = run(pipe)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == {k: [[[100 * k + i]] * 2 for i in range(20)] for k in range(4)}


def test_an_exception_closes_the_scope() -> None:
    pipe = new()
    with pytest.raises(ZeroDivisionError), pipe:
        raise ZeroDivisionError
    assert adali.sync.Pipeline.current() is None


def test_push_and_pop_open_the_scope_without_a_with() -> None:
    pipe = new()
    pipe.push_current(pipe)
    node = one(4)
    pipe.pop_current()
    pipe.set_outputs(node)
    assert adali.sync.Pipeline.current() is None
    assert run(pipe) == [[[4], [4]]]


def test_a_built_pipeline_cannot_be_changed() -> None:
    pipe = new()
    with pipe:
        node = one()
        pipe.set_outputs(node)
    pipe.build()
    for change in (lambda: pipe.set_outputs(node), lambda: pipe.add_sink(node), pipe.__enter__):
        with pytest.raises(adali.PipelineStateError, match="built already"):
            change()
    assert adali.sync.Pipeline.current() is None
    pipe.close()


# ---- outputs ---------------------------------------------------------------------------------------------------


def test_a_pipeline_without_a_graph_says_how_to_get_one() -> None:
    pipe = new()
    with pytest.raises(NotImplementedError, match=r"override define_graph, or call set_outputs\(\)"):
        pipe.build()


@pytest.mark.parametrize("nothing", [(), []])
def test_no_outputs_is_an_error(nothing: Any) -> None:
    pipe = new()
    with pipe:
        pipe.set_outputs(*nothing)
    with pytest.raises(GraphError, match="no outputs"):
        pipe.build()


class Defined(adali.sync.Pipeline):
    """Its graph is what the test says."""

    def __init__(self, define: Any) -> None:
        super().__init__(batch_size=2, num_threads=1, device_id=None)
        self.define = define

    def define_graph(self) -> Any:
        return self.define()


@pytest.mark.parametrize(
    ("define", "expected"),
    [
        (lambda: one(1), [[[1], [1]]]),
        (lambda: (one(1), one(2)), [[[1], [1]], [[2], [2]]]),
        (lambda: [one(1), one(2)], [[[1], [1]], [[2], [2]]]),
        (lambda: [[one(1)], one(2)], [[[1], [1]], [[2], [2]]]),
        (lambda: 7, [[7, 7]]),
        (lambda: (one(1), 2.5, np.array([3, 4])), [[[1], [1]], [2.5, 2.5], [[3, 4], [3, 4]]]),
    ],
    ids=["one", "tuple", "list", "list in a list", "number", "constants"],
)
def test_what_define_graph_may_return(define: Any, expected: Any) -> None:
    pipe = Defined(define)
    assert pipe.num_outputs == len(expected)
    assert run(pipe) == expected


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (lambda: None, "it returned None"),
        (lambda: (one(), [one(), one()]), r"Output 1 of the pipeline is a list of 2 nodes.*return \*nodes"),
        (lambda: (one(), {"a": one()}), "Illegal output 1 of the pipeline: expected a DataNode.*got dict"),
        (lambda: (one(), None), "Illegal output 1.*NoneType"),
        (lambda: object(), "Illegal output 0.*object"),
    ],
)
def test_what_it_may_not(define: Any, message: str) -> None:
    pipe = Defined(define)
    with pytest.raises(GraphError, match=message):
        pipe.build()


def test_an_output_may_be_given_twice() -> None:
    pipe = new()
    with pipe:
        x = one(5)
        pipe.set_outputs(x, checked(x), x)
    assert run(pipe) == [[[5], [5]]] * 3


def test_the_last_outputs_set_count_even_after_a_look_at_the_graph() -> None:
    pipe = new()
    with pipe:
        pipe.set_outputs(one(1), one(2))
    assert pipe.num_outputs == 2
    with pipe:
        pipe.set_outputs(one(3))
    assert pipe.num_outputs == 1
    assert run(pipe) == [[[3], [3]]]


# ---- pruning ---------------------------------------------------------------------------------------------------


def names_run(define: Any) -> set[str]:
    pipe = Defined(define)
    run(pipe)
    return set(RAN)


def test_what_nothing_uses_is_pruned() -> None:
    def define() -> Any:
        x = one()
        checked(x, name="unused")
        checked(checked(x, name="also unused"), name="end of a branch")
        return checked(x, name="used")

    assert names_run(define) == {"used"}


def test_preserve_and_unprunable_operators_run_with_all_they_need() -> None:
    def define() -> Any:
        x = one()
        checked(checked(x, name="needed"), name="kept", preserve=True)
        unpruned(checked(x, name="needed too"), name="effect")
        checked(x, name="unused", preserve=False)
        return x

    assert names_run(define) == {"needed", "kept", "needed too", "effect"}


def test_a_sink_runs_although_no_output_needs_it() -> None:
    pipe = new()
    with pipe:
        x = one()
        sink = checked(x, name="sink")
        checked(sink, name="behind the sink")
        pipe.set_outputs(x)
    assert pipe.num_outputs == 1
    pipe.add_sink(sink)
    run(pipe)
    assert set(RAN) == {"sink"}


# ---- arguments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"amuont": 1}, r"test__Validated got an unexpected 'amuont' argument\. Did you mean 'amount'"),
        ({"xyzzy": 1}, r"unexpected 'xyzzy' argument\.$"),
        ({"nmae": "x"}, "Did you mean 'name'"),
        ({"devcie": "cpu"}, "Did you mean 'device'"),
    ],
)
def test_an_unknown_argument_is_told_with_the_nearest_known(kwargs: Any, message: str) -> None:
    with pytest.raises(UnknownArgumentError, match=message) as info:
        checked(one(), **kwargs)
    assert isinstance(info.value, (KeyError, TypeError, ValueError))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"amount": "much"}, "argument 'amount': expected float, got 'much' of type str"),
        ({"mode": 3}, "argument 'mode': expected str, got 3 of type int"),
        ({"sizes": [1, 2.5]}, "argument 'sizes': expected int, got 2.5 of type float"),
        ({"flag": "yes"}, "argument 'flag': expected bool"),
        ({"amount": 1, "old_amount": 2}, "'old_amount' is the old name of 'amount'; give only one"),
        ({"device": "tpu"}, "device must be 'cpu', 'gpu' or 'mixed', got 'tpu'"),
        ({"device": "mixed"}, "has no 'mixed' variant; it runs on: cpu, gpu"),
    ],
)
def test_a_mistyped_argument_is_told(kwargs: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        checked(one(), **kwargs)


def test_a_node_is_no_value_for_a_constant_argument() -> None:
    with pytest.raises(ArgumentError, match="argument 'mode' must be a constant; it takes no DataNode"):
        checked(one(), mode=one())


def test_an_argument_and_its_old_name_may_not_both_be_given_as_nodes() -> None:
    with pytest.raises(ArgumentError, match="'amount'"):
        checked(one(), amount=one(), old_amount=one())
    with pytest.raises(ArgumentError, match="'amount'"):
        checked(one(), amount=1.0, old_amount=one())


@pytest.mark.parametrize("count", [0, 3])
def test_the_number_of_inputs_is_checked(count: int) -> None:
    with pytest.raises(ArgumentError, match=f"expects 1 to 2 inputs, but received {count}"):
        checked(*[one()] * count)


def test_constants_are_inputs_and_arguments() -> None:
    pipe = new()
    with pipe:
        pipe.set_outputs(checked(np.array([1, 2])), unpruned(3), fn.cast([4.25, 6], dtype=adali.types.INT32))
    assert run(pipe) == [[[1, 2], [1, 2]], [3, 3], [[4, 6], [4, 6]]]


@pytest.mark.parametrize("value", ["text", None, {"a": 1}, object()])
def test_what_is_neither_node_nor_constant_is_no_input(value: Any) -> None:
    with pytest.raises(GraphError, match="expected a DataNode, an array or a number"):
        checked(value)


def test_none_means_not_given() -> None:
    node = checked(one(), amount=None, mode=None, name=None, device=None)
    assert node.source.args == {}


def test_sets_of_inputs_make_one_operator_each() -> None:
    pipe = new()
    with pipe:
        pipe.set_outputs(*fn.cast([one(1), one(2)], dtype=adali.types.FLOAT))
    assert run(pipe) == [[[1.0], [1.0]], [[2.0], [2.0]]]
    with pytest.raises(ValueError, match=r"sets of inputs must have one length, got \[2, 3\]"):
        fn.cast_like([one(), one()], [one(), one(), one()])


# ---- classes ---------------------------------------------------------------------------------------------------


def test_an_instance_may_be_called_several_times() -> None:
    cast = ops.Cast(dtype=adali.types.FLOAT)
    pipe = new()
    with pipe:
        a, b = cast(one(1)), cast(one(2), dtype=adali.types.INT64)
        assert a.source is not b.source
        pipe.set_outputs(a, b)
    assert run(pipe) == [[[1.0], [1.0]], [[2], [2]]]


def test_a_named_instance_called_twice_is_told_with_both_lines() -> None:
    cast = ops.Cast(dtype=adali.types.FLOAT, name="cast")
    pipe = new()
    with pipe:
        pipe.set_outputs(cast(one(1)), cast(one(2)))
    with pytest.raises(GraphError, match="'cast' is used by 2 operators"):
        pipe.build()


def test_a_class_checks_its_arguments_when_it_is_made() -> None:
    with pytest.raises(UnknownArgumentError, match="Did you mean 'dtype'"):
        ops.Cast(dtpye=adali.types.FLOAT)
    with pytest.raises(ArgumentError, match="argument 'dtype'"):
        ops.Cast(dtype="no type")


# ---- size ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["samples", "wide"])
def test_thousands_of_operators_build_and_run(kind: str) -> None:
    pipe = new()
    with pipe:
        x = one(1)
        if kind == "samples":
            for _ in range(2500):
                x = checked(x)
            pipe.set_outputs(x)
        else:
            pipe.set_outputs(*[checked(x) for _ in range(2500)])
    outputs = run(pipe)
    assert len(outputs) == (1 if kind == "samples" else 2500)
    assert outputs[-1] == [[1], [1]]
    assert len(set(RAN)) == 2500


def test_a_deep_graph_of_arithmetic_builds() -> None:
    pipe = new()
    with pipe:
        x = one(1)
        for _ in range(1000):
            x = x + 1
        pipe.set_outputs(x)
    assert run(pipe) == [[[1001], [1001]]]


@pytest.mark.parametrize(
    ("define", "kind", "message"),
    [
        (
            lambda: fn.crop(np.float32([1, 2]), crop=(1, 1)),
            ValueError,
            "input 0 .* has 1 axes and no layout; supported",
        ),
        (lambda: fn.crop(fn.reshape(np.ones((2, 2)), layout="XY"), crop=(1, 1)), ValueError, "has layout 'XY'"),
        (lambda: fn.reductions.sum(np.ones((2, 2)), axes=[2]), IndexError, "axis 2 is out of range"),
        (lambda: fn.reductions.sum(np.ones((2, 2)), axes=[0, 0]), ValueError, "named twice"),
        (lambda: fn.rotate(np.ones((2, 2, 1)), angle=[3.0]), TypeError, r"'angle': expected float, got \[3.0\]"),
        (lambda: fn.rotate(np.ones((2, 2, 1)), angle=3.0, keep_size=[0]), TypeError, "'keep_size': expected bool"),
        (lambda: {"a": 1}, TypeError, "Illegal output 0"),
    ],
)
def test_errors_are_of_the_class_that_dali_raises(define: Any, kind: type[Exception], message: str) -> None:
    """Of RuntimeError too, as every error of an operator or a graph."""

    def used() -> None:
        pipe = new()
        with pipe:
            pipe.set_outputs(define())
        run(pipe)

    with pytest.raises(kind, match=message) as caught:
        used()
    assert isinstance(caught.value, RuntimeError)


def test_no_type_means_not_given() -> None:
    pipe = new()
    with pipe:
        total = fn.reductions.sum(np.ones((2, 2), np.float32), dtype=adali.types.NO_TYPE)
        pipe.set_outputs(total, fn.brightness(np.ones((2, 2, 1), np.uint8), dtype=adali.types.NO_TYPE))
    pipe.build()
    try:
        assert [o.dtype for o in pipe.run()] == [adali.types.FLOAT, adali.types.UINT8]
    finally:
        pipe.close()
