"""Conditional execution: results against the real DALI, what Python code keeps doing, and errors."""

# ruff: noqa: SIM108 (statements are what is tested)

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync, types
from adali.errors import GraphError, OperatorError
from adali.graph.conditional import do_not_convert

GOLDEN = Path(__file__).parent.parent / "golden"
PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")
BATCH = 4


def _load_cases() -> Any:
    spec = importlib.util.spec_from_file_location("conditional_cases", GOLDEN / "conditional_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = _load_cases()
expected = json.loads((GOLDEN / "conditional.json").read_text())


def scalars() -> Any:
    return fn.external_source(lambda i: np.int32(i.idx_in_epoch), batch=False)


def evens() -> Any:
    return fn.external_source(lambda i: np.array(i.idx_in_epoch % 2 == 0), batch=False)


def conditional(function: Any, **kwargs: Any) -> Any:
    kwargs = {"batch_size": BATCH, "num_threads": 2, "device_id": None, "seed": 5, **kwargs}
    return sync.pipeline_def(function, enable_conditionals=True, **kwargs)()


def values(pipe: Any, runs: int = 1) -> list[list[list[Any]]]:
    """Samples as nested lists, by iteration and output."""
    pipe.build()
    try:
        return [[[np.array(o.at(i)).tolist() for i in range(len(o))] for o in pipe.run()] for _ in range(runs)]
    finally:
        pipe.close()


def first(function: Any, **kwargs: Any) -> Any:
    """The only output of the first iteration."""
    return values(conditional(function, **kwargs))[0][0]


# ---- against the real DALI ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases.CASES, ids=lambda c: c.__name__)
def test_results_are_dalis(case: Any) -> None:
    def build() -> Any:
        return case(fn, scalars(), evens())

    pipe = conditional(build)
    pipe.build()
    for run in expected[case.__name__]:
        outputs = pipe.run()
        assert len(outputs) == len(run)
        for output, golden in zip(outputs, run, strict=True):
            samples = [np.array(output.at(i)) for i in range(BATCH)]
            assert samples[0].dtype.name == golden["dtype"]
            assert [s.tolist() for s in samples] == golden["samples"]
    pipe.close()


def fed(case: Any) -> Any:
    def build() -> Any:
        return case(fn, fn.external_source(name="x"), fn.external_source(name="even"))

    return conditional(build)


def feed(pipe: Any) -> None:
    """Feed the inputs that the graph has; a case may leave one unused."""
    for spec in pipe._defined().inputs():
        pipe.feed_input(spec.name, np.arange(BATCH, dtype=np.int32) if spec.name == "x" else np.arange(BATCH) % 2 == 0)


@pytest.mark.parametrize("case", [cases.nested, cases.logic, cases.returns, cases.structures], ids=lambda c: c.__name__)
def test_serialized_and_back(case: Any) -> None:
    pipe = fed(case)
    back = sync.Pipeline.deserialize(pipe.serialize(), prefetch_queue_depth=1)
    back.build()
    feed(back)
    assert [[np.array(t).tolist() for t in o] for o in back.run()] == [o["samples"] for o in expected[case.__name__][0]]
    back.close()
    pipe.close()


ORACLE = """
import sys, json, numpy as np
from nvidia.dali import Pipeline
pipe = Pipeline.deserialize(filename=sys.argv[1], device_id=None, prefetch_queue_depth=1)
pipe.build()
pipe.feed_input("x", np.arange(4, dtype=np.int32))
if sys.argv[2] == "both":
    pipe.feed_input("even", np.arange(4) % 2 == 0)
print(json.dumps([[np.array(t).tolist() for t in o] for o in pipe.run()]))
"""
TO_ADALI = """
import sys, numpy as np
sys.path.insert(0, sys.argv[2])
import conditional_cases
from nvidia.dali import fn, pipeline_def
@pipeline_def(batch_size=4, num_threads=1, device_id=None, enable_conditionals=True)
def build(case):
    return case(fn, fn.external_source(name="x"), fn.external_source(name="even"))
open(sys.argv[1], "wb").write(build(getattr(conditional_cases, sys.argv[3])).serialize())
"""


@pytest.mark.skipif(not PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", [cases.nested, cases.logic, cases.elif_chain], ids=lambda c: c.__name__)
def test_serialized_for_and_by_dali(case: Any, tmp_path: Path) -> None:
    assert PYTHON is not None
    golden = [o["samples"] for o in expected[case.__name__][0]]
    file, script = tmp_path / "pipeline", tmp_path / "script.py"
    pipe = fed(case)
    pipe.serialize(filename=str(file))
    inputs = "both" if len(pipe._defined().inputs()) == 2 else "x"
    pipe.close()
    run = subprocess.run([PYTHON, "-c", ORACLE, str(file), inputs], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout.splitlines()[-1]) == golden
    script.write_text(TO_ADALI)
    subprocess.run([PYTHON, str(script), str(file), str(GOLDEN), case.__name__], check=True, capture_output=True)
    back = sync.Pipeline.deserialize(filename=str(file), prefetch_queue_depth=1)
    back.build()
    feed(back)
    assert [[np.array(t).tolist() for t in o] for o in back.run()] == golden
    back.close()


# ---- beyond DALI --------------------------------------------------------------------------------------------------


def test_conditional_expression() -> None:
    def build() -> Any:
        x = scalars()
        return x + 1 if x > 1 else x * 100

    assert first(build) == [0, 100, 3, 4]


def test_lambda_and_comprehension() -> None:
    def build() -> Any:
        x = scalars()
        f = lambda v: v + 1 if v > 1 else v  # noqa: E731
        return f(x), *[x if x > i else x + 100 for i in range(2)]

    assert values(conditional(build))[0] == [[0, 1, 3, 4], [100, 1, 2, 3], [100, 101, 2, 3]]


def test_code_after_an_elif_that_returns() -> None:
    def build() -> Any:
        x = scalars()
        if x == 0:
            return x + 100
        elif x == 1:
            return x + 200
        z = x * 2
        return z

    assert first(build) == [100, 201, 4, 6]


# ---- Python stays Python ------------------------------------------------------------------------------------------


def test_conditions_that_are_no_nodes() -> None:
    trace: list[Any] = []

    def plain(n: int) -> str:
        total = 0
        for i in range(n):
            if i == 1:
                continue
            elif i == 4:
                break
            total += i if i % 2 else -i
        while total < 0 and not total == -3:  # noqa: SIM201
            total += 1
        if (m := total) and m < 0:
            trace.append(m)
        try:
            if n == 3:
                raise KeyError("three")
            else:
                undefined = n
        except KeyError as e:
            return f"caught {e}"
        finally:
            trace.append("finally")
        with open(os.devnull) as file:
            if file:
                return f"{undefined} {total} {0 < n <= 5} {n is not None} {[j for j in range(n) if j and j > 1]}"
        return "not reached"

    def build() -> Any:
        results.append((plain(3), plain(5), plain(0)))
        return scalars()

    results: list[Any] = []
    assert first(build) == [0, 1, 2, 3]
    rewritten, traced = results[0], list(trace)
    trace.clear()
    assert rewritten == (plain(3), plain(5), plain(0))
    assert traced == trace


class Base:
    def pick(self, value: Any) -> Any:
        return value


class Derived(Base):
    __secret = 2

    def pick(self, value: Any, *, other: int = 7) -> Any:
        if value > self.__secret:
            value = super().pick(value) + other
        return value


GLOBAL_LIMIT = 1


def test_globals_closures_methods_and_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def helper(value: Any, factor: int = 10) -> Any:
        nonlocal calls
        calls += 1
        if value > GLOBAL_LIMIT:
            value = value * factor
        return value

    def build() -> Any:
        x = scalars()
        return helper(x), Derived().pick(x), next(map(helper, [x]))

    assert values(conditional(build))[0] == [[0, 1, 20, 30], [0, 1, 2, 10], [0, 1, 20, 30]]
    assert calls == 2
    monkeypatch.setitem(globals(), "GLOBAL_LIMIT", 2)
    assert values(conditional(build))[0][0] == [0, 1, 2, 30]


def test_many_elifs() -> None:
    source = ["def build(x):", "    if x == 0:", "        y = 0"]
    for i in range(1, 40):
        source += [f"    elif x == {i}:", f"        y = {i * i}"]
    source += ["    else:", "        y = -1", "    return y", ""]
    import linecache

    text = "\n".join(source)
    linecache.cache["<many elifs>"] = (len(text), None, text.splitlines(keepends=True), "<many elifs>")
    scope: dict[str, Any] = {}
    exec(compile(text, "<many elifs>", "exec"), scope)
    build = scope["build"]

    def whole() -> Any:
        return build(scalars() * 13)

    assert first(whole) == [0, 169, 26 * 26, 39 * 39]


def test_an_exception_caught_around_a_branch() -> None:
    def build() -> Any:
        x = scalars()
        y = x
        try:
            if x > 1:
                raise ValueError
        except ValueError:
            y = x + 1
        return y

    assert first(build) == [1, 2, 3, 4]


def test_not_enabled() -> None:
    def build() -> Any:
        x = scalars()
        if x > 1:
            x = x + 1
        return x

    with pytest.raises(TypeError, match="enable_conditionals"):
        sync.pipeline_def(build, batch_size=BATCH, num_threads=1, device_id=None)()
    with pytest.raises(TypeError, match="enable_conditionals"):
        conditional(lambda: do_not_convert(build)())


def test_enabled_at_the_call() -> None:
    @sync.pipeline_def(batch_size=BATCH, num_threads=1, device_id=None)
    def build() -> Any:
        x = scalars()
        if x > 1:
            x = x + 1
        return x

    assert values(build(enable_conditionals=True))[0][0] == [0, 1, 3, 4]


async def _async_values() -> list[int]:
    @adali.pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, enable_conditionals=True)
    def build() -> Any:
        x = scalars()
        if x > 1:
            x = x + 1
        return x

    async with build() as pipe:
        (out,) = await pipe.run()
        return [int(np.array(t)) for t in out]


@pytest.mark.asyncio
async def test_async_pipeline() -> None:
    assert await _async_values() == [0, 1, 3, 4]


# ---- operators in branches ----------------------------------------------------------------------------------------


def test_random_operators_keep_each_samples_numbers() -> None:
    def build() -> Any:
        x, even = scalars(), evens()
        noise = fn.random.uniform(range=[0, 1], seed=3)
        if even:
            y = fn.random.uniform(range=[0, 1], seed=3)
        else:
            y = x * 0.0 - 1.0
        return noise, y

    for noise, y in values(conditional(build), 3):
        assert y == [n if i % 2 == 0 else -1.0 for i, n in enumerate(noise)]
        assert len(set(noise)) == BATCH


def test_a_source_in_a_branch() -> None:
    def build() -> Any:
        x = scalars()
        if x > 1:
            y = scalars() + 7
        else:
            y = x
        return y

    assert first(build) == [0, 1, 9, 10]


def test_split_once_for_each_node_and_condition() -> None:
    def build() -> Any:
        x = scalars()
        if x > 1:
            y = x + x * 2 + x
        else:
            y = x - x
        return y

    pipe = conditional(build)
    names = [s.schema.name for s in pipe._defined().specs]
    assert names.count("_conditional__Split") == 1
    assert names.count("_conditional__Merge") == 1
    assert values(pipe)[0][0] == [0, 0, 8, 12]


def test_whole_batch_operator_in_a_branch() -> None:
    def times_ten(values: Any) -> Any:
        sizes.append(len(values))
        return [np.array(v) * np.int32(10) for v in values]

    def build() -> Any:
        x = scalars()
        if x > 0:
            y = fn.python_function(x, function=times_ten, batch_processing=True)
        else:
            y = x
        return y

    sizes: list[int] = []
    assert first(build, prefetch_queue_depth=1) == [0, 10, 20, 30]
    assert sizes == [3]


def test_failing_sample_is_replaced_in_its_branch() -> None:
    def refuse(value: Any) -> Any:
        if int(value) == 2:
            raise ValueError("two")
        return value * 10

    def build() -> Any:
        x, even = scalars(), evens()
        if even:
            y = fn.python_function(x, function=refuse)
        else:
            y = x
        return y + 0

    pipe = conditional(build, on_error="replace")
    assert values(pipe)[0][0] == [0, 1, 1, 3]


# ---- errors -------------------------------------------------------------------------------------------------------


def fails(function: Any, error: type[Exception], *texts: str) -> None:
    with pytest.raises(error) as info:
        values(conditional(function))
    for text in texts:
        assert text in str(info.value)


def test_variable_of_one_branch_only() -> None:
    def used() -> Any:
        x = scalars()
        if x > 1:  # the condition
            z = 5
        return x + z

    def unused() -> Any:
        x = scalars()
        if x > 1:
            z = 5  # noqa: F841
        return x

    fails(used, GraphError, "'z'", "`else`", "if x > 1:  # the condition")
    assert first(unused) == [0, 1, 2, 3]


def test_different_structures() -> None:
    def lists() -> Any:
        x = scalars()
        y = [x, x] if x > 1 else [x]
        return y[0]

    def with_none() -> Any:
        x = scalars()
        y = None
        if x > 1:
            y = x
        return y + 1

    fails(lists, GraphError, "a list of 2 and a list of 1")
    fails(with_none, GraphError, "'y'", "a DataNode and None")


def test_node_that_leaks_out_of_its_branch() -> None:
    def through_a_list() -> Any:
        x, kept = scalars(), []
        if x > 1:
            kept.append(x + 1)
        return x + kept[0]

    def as_output() -> Any:
        x, kept = scalars(), []
        if x > 1:
            kept.append(x + 1)
        return kept[0]

    fails(through_a_list, GraphError, "outside of it")
    fails(as_output, GraphError, "outside of it")


def test_leaving_in_the_middle() -> None:
    def with_break() -> Any:
        x = scalars()
        for i in range(3):
            if x > i:
                break
        return x

    def with_return() -> Any:
        x = scalars()
        for i in range(3):
            if x > i:
                return x
        return x

    def one_return() -> Any:
        def inner(v: Any) -> Any:
            if v > 1:
                return v
            else:
                v = v + 1

        return inner(scalars())

    fails(with_break, GraphError, "`break`")
    fails(with_return, GraphError, "`return`")
    fails(one_return, GraphError, "`else` branch must return")


def test_loops_and_assertions_on_nodes() -> None:
    def with_while() -> Any:
        x = scalars()
        while x > 0:
            x = x - 1
        return x

    def with_assert() -> Any:
        x = scalars()
        assert x > 0
        return x

    fails(with_while, GraphError, "`while`")
    fails(with_assert, GraphError, "`assert`")


def test_operands_of_the_wrong_kind() -> None:
    def vector_condition() -> Any:
        x = fn.stack(scalars())
        y = 1 if x else 2
        return y

    def number_and() -> Any:
        return evens() and scalars()

    def number_or() -> Any:
        return scalars() or evens()

    def vector_not() -> Any:
        return not fn.stack(scalars())

    fails(vector_condition, OperatorError, "condition of an `if` must be a scalar", "1-D", "x = fn.stack" and "if x")
    fails(number_and, OperatorError, "right operand of `and` must be a bool, got int32")
    fails(number_or, OperatorError, "left operand of `or` must be a bool, got int32")
    fails(vector_not, OperatorError, "operand of `not` must be a scalar")


def test_branches_with_different_data() -> None:
    def kinds() -> Any:
        x = scalars()
        if x > 1:
            y = fn.cast(x, dtype=types.FLOAT)
        else:
            y = x
        return y

    fails(kinds, OperatorError, "0-D float32 where the condition is true, 0-D int32 where it is false", "if x > 1:")


def test_no_source() -> None:
    scope: dict[str, Any] = {}
    exec("def build():\n    return 1", scope)
    with pytest.raises(GraphError, match="source of build"):
        conditional(scope["build"])


def test_errors_name_the_users_line() -> None:
    def build() -> Any:
        x = scalars()
        if x > 1:
            y = fn.resize(x, nonsense=3)
        else:
            y = x
        return y

    with pytest.raises(GraphError) as info:
        conditional(build)
    frames = [t.name for t in info.traceback]
    assert "build" in frames
    frame = next(t for t in info.traceback if t.name == "build")
    assert "nonsense=3" in str(frame.statement)


def test_internal_operators_are_not_public() -> None:
    assert not [n for n in dir(fn) if "split" in n or "merge" in n]
    from adali.graph import docs, stubs

    assert not [n for n, _ in stubs.operators() if "conditional" in n]
    assert not any("_conditional" in text for text in docs.pages().values())
