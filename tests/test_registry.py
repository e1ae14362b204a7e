"""What every operator must have and do, asked of each one in the registry."""

from __future__ import annotations

from typing import Any

import pytest

import adali.fn
import adali.ops
from adali.errors import ArgumentError, GraphError, UnknownArgumentError
from adali.graph import stubs
from adali.graph.frontend import docstring, invoke
from adali.graph.schema import COMMON_ARGS, Arg, ArgKind, OpSchema, registry, snake_case
from adali.operators.base import BatchOperator, InputOperator, SampleOperator

OWN = sorted(n for n in registry if registry[n][1].__module__.startswith("adali.operators."))
NAMES = sorted(n for name in OWN for n in (name, *registry[name][0].legacy))


def schema_of(name: str) -> OpSchema:
    return registry[name][0]


def resolve(module: Any, name: str, last: str) -> Any:
    for part in name.split("__")[:-1]:
        module = getattr(module, part)
    return getattr(module, last)


def own_arguments(schema: OpSchema) -> list[Arg]:
    common = {a.name for a in COMMON_ARGS}
    extra = registry[schema.name][1].extra_args
    return [*(a for a in schema.by_name.values() if a.name not in common), *extra]


def some_inputs(schema: OpSchema) -> list[Any]:
    return [adali.fn.constant(idata=1)] * schema.min_inputs


def required(schema: OpSchema, skip: str = "") -> dict[str, Any]:
    """A value for each argument that must be given."""
    values: dict[ArgKind, Any] = {
        ArgKind.INT: 1,
        ArgKind.FLOAT: 1.0,
        ArgKind.BOOL: True,
        ArgKind.STR: "x",
        ArgKind.DTYPE: adali.types.FLOAT,
        ArgKind.INTERP: adali.types.INTERP_LINEAR,
        ArgKind.IMAGE_TYPE: adali.types.RGB,
        ArgKind.LAYOUT: "HW",
        ArgKind.OBJECT: print,
    }
    arguments = [*schema.by_name.values(), *registry[schema.name][1].extra_args]
    return {
        a.name: [values[a.kind.element]] if a.kind.is_vector else values[a.kind]
        for a in arguments
        if a.required and a.name != skip
    }


def test_the_registry_is_not_empty() -> None:
    assert {"readers__File", "decoders__Image", "Resize", "CropMirrorNormalize", "random__Uniform"} <= set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_documented(name: str) -> None:
    schema = schema_of(name)
    first = schema.doc.splitlines()[0]
    assert first.endswith("."), "the first line is a sentence"
    assert len(first) > 15
    for item in schema.inputs:
        assert item.doc or item.name, f"input {item.name}"
    for arg in own_arguments(schema):
        if arg.deprecated is None:
            assert len(arg.doc) > 10, f"argument {arg.name}"
            assert arg.doc.rstrip().endswith((".", "...", ")", "?")), f"argument {arg.name}: a sentence"
        elif arg.deprecated:
            assert arg.deprecated in schema.by_name, f"{arg.name} is the old name of an argument that does not exist"
    assert all(a.name in docstring(schema) for a in own_arguments(schema))


@pytest.mark.parametrize("name", OWN)
def test_schema_agrees_with_its_class(name: str) -> None:
    schema, cls = registry[name]
    assert cls.schema is schema
    assert schema.name == name
    assert issubclass(cls, (SampleOperator, BatchOperator, InputOperator))
    assert schema.is_input == issubclass(cls, InputOperator)
    assert set(schema.devices) <= {"cpu", "gpu", "mixed"}
    assert schema.devices
    assert 0 <= schema.min_inputs <= schema.max_inputs
    assert schema.max_inputs == 0 or schema.inputs, "inputs have names"


@pytest.mark.parametrize("name", OWN)
def test_defaults_are_of_the_arguments_own_type(name: str) -> None:
    for arg in schema_of(name).by_name.values():
        if not arg.required and arg.default is not None:
            assert arg.check(arg.default) == arg.default, arg.name


@pytest.mark.parametrize("name", NAMES)
def test_in_fn_and_ops_under_every_name(name: str) -> None:
    last = name.split("__")[-1]
    function = resolve(adali.fn, name, snake_case(last))
    cls = resolve(adali.ops, name, last)
    assert function.__doc__ == cls.__doc__ == docstring(schema_of(name))
    assert function.__name__ == snake_case(last)
    assert cls.__name__ == last
    assert function.__module__.startswith("adali.fn")
    assert cls.__module__.startswith("adali.ops")


@pytest.mark.parametrize("name", OWN)
def test_unknown_argument(name: str) -> None:
    schema = schema_of(name)
    with pytest.raises(UnknownArgumentError, match="no_such_argument") as error:
        invoke(name, some_inputs(schema), {**required(schema), "no_such_argument": 1})
    assert name in str(error.value)
    # The nearest name that exists is offered.
    near = next((a.name for a in own_arguments(schema) if len(a.name) > 5 and a.name in schema.by_name), "preserve")
    with pytest.raises(UnknownArgumentError, match=f"Did you mean.*'{near}'"):
        invoke(name, some_inputs(schema), {**required(schema), near + "z": 1})


@pytest.mark.parametrize("name", OWN)
def test_unknown_argument_of_the_class(name: str) -> None:
    schema = schema_of(name)
    if name.split("__")[-1].startswith("_"):
        pytest.skip("not public")
    with pytest.raises((ArgumentError, TypeError), match="no_such_argument"):
        resolve(adali.ops, name, name.split("__")[-1])(**required(schema), no_such_argument=1)


class Nonsense:
    """A value of no argument's type."""


TYPED = [(n, a.name) for n in OWN for a in schema_of(n).by_name.values() if a.kind is not ArgKind.OBJECT]


@pytest.mark.parametrize(("name", "argument"), TYPED)
def test_mistyped_argument(name: str, argument: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError) as error:
        invoke(name, some_inputs(schema), {**required(schema, skip=argument), argument: Nonsense()})
    assert name in str(error.value)
    assert argument in str(error.value)
    assert isinstance(error.value, TypeError)


@pytest.mark.parametrize("name", [n for n in OWN if any(a.required for a in schema_of(n).by_name.values())])
def test_missing_argument(name: str) -> None:
    schema = schema_of(name)
    for arg in schema.by_name.values():
        if arg.required:
            with pytest.raises(ArgumentError, match=arg.name):
                invoke(name, some_inputs(schema), required(schema, skip=arg.name))


@pytest.mark.parametrize("name", OWN)
def test_wrong_number_of_inputs(name: str) -> None:
    schema = schema_of(name)
    nodes = some_inputs(schema)
    node = adali.fn.constant(idata=1)
    if schema.min_inputs > 0:
        with pytest.raises(GraphError, match=r"expects .* inputs, but received"):
            invoke(name, nodes[1:], required(schema))
    if schema.max_inputs < 64:
        with pytest.raises(GraphError, match=r"expects .* inputs, but received"):
            invoke(name, [node] * (schema.max_inputs + 1), required(schema))


@pytest.mark.parametrize("name", OWN)
def test_wrong_device(name: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError, match="device"):
        invoke(name, some_inputs(schema), {**required(schema), "device": "tpu"})
    for device in {"gpu", "mixed", "cpu"} - set(schema.devices):
        with pytest.raises(ArgumentError, match=device):
            invoke(name, some_inputs(schema), {**required(schema), "device": device})


CONSTANT_ONLY = [(n, a.name) for n in OWN for a in schema_of(n).by_name.values() if not a.tensor]


@pytest.mark.parametrize(("name", "argument"), CONSTANT_ONLY)
def test_a_constant_argument_takes_no_node(name: str, argument: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError, match=argument):
        invoke(
            name,
            some_inputs(schema),
            {**required(schema, skip=argument), argument: adali.fn.constant(idata=1)},
        )


def test_every_operator_has_a_page_and_a_line_in_the_index() -> None:
    from adali.graph import docs

    pages = docs.pages()
    for name, schema in stubs.operators():
        if name == schema.name:
            function = ".".join([*name.split("__")[:-1], schema.fn_name])
            assert f"`fn.{function}`" in pages["index.md"]
            assert any(f"\n## {function}\n" in text for text in pages.values())
