"""The two faces of the registry: functions for ``adali.fn`` and classes for ``adali.ops``."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from adali.errors import ArgumentError, SourceLine, caller_line
from adali.graph.node import DataNode
from adali.graph.schema import Arg, OpSchema, registry, snake_case
from adali.graph.spec import call_operator

__all__ = ["fill_fn", "fill_ops", "invoke", "names"]


def invoke(op: str, inputs: Sequence[Any], kwargs: dict[str, Any], line: SourceLine | None = None) -> Any:
    """Call an operator as a user does.

    A list or tuple of nodes in place of an input is a set of inputs: the operator is made once for each of them.

    Returns:
        The output node; a list of nodes where there are several; None where there is none; or what the operator's
        ``present`` makes of them. With sets of inputs, a list of those.
    """
    schema, implementation = registry[op]
    line = line or caller_line()
    sets = [len(i) for i in inputs if _is_set(i)]
    if sets:
        if len(set(sets)) > 1:
            raise ValueError(f"Operator {schema.name}: sets of inputs must have one length, got {sets}")
        return [invoke(op, [i[k] if _is_set(i) else i for i in inputs], kwargs, line) for k in range(sets[0])]
    bound, state = implementation.bind(dict(kwargs))
    nodes = call_operator(op, inputs, bound, state=state, line=line)
    if getattr(state, "as_list", False):
        return nodes
    return implementation.present(nodes, bound)


def named(op: str, values: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments given by position, under their names, together with those given by name.

    Raises:
        ArgumentError: too many of them, or one that was also given by name.
    """
    schema, implementation = registry[op]
    order = implementation.constructor_args
    if len(values) > len(order):
        raise ArgumentError(
            f"Operator {schema.name} takes {len(order) or 'no'} arguments by position, but {len(values)} were given"
        )
    both = [name for name in order[: len(values)] if kwargs.get(name) is not None]
    if both:
        raise ArgumentError(f"Operator {schema.name}: argument {both[0]!r} was given twice")
    return {**kwargs, **dict(zip(order, values, strict=False))}


def _is_set(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, DataNode) for v in value)


def names() -> Iterable[tuple[str, OpSchema]]:
    """Every name an operator goes by, current and legacy, with its schema."""
    for name in registry:
        schema = registry[name][0]
        for each in (name, *schema.legacy):
            yield each, schema


def arguments(schema: OpSchema) -> list[Arg]:
    """All keyword arguments a user may give but ``device`` and ``name``, by name."""
    _, implementation = registry[schema.name]
    return sorted([*schema.by_name.values(), *implementation.extra_args], key=lambda a: a.name)


def input_names(schema: OpSchema) -> list[str]:
    """Names of the inputs that must be given; none of them is that of an argument."""
    taken = {"device", "name", *(a.name for a in arguments(schema))}
    names = []
    for i in range(min(schema.min_inputs, 8)):
        name = schema.inputs[i].name if i < len(schema.inputs) else f"input_{i}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def signature(schema: OpSchema, *, call: bool) -> inspect.Signature:
    """Signature of the function (or, with ``call`` False, of the class's constructor)."""
    parameters = []
    by_position: tuple[str, ...] = ()
    if schema.max_inputs == 0 or not call:
        by_position = registry[schema.name][1].constructor_args
    if call:
        parameters += [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in input_names(schema)]
        if schema.max_inputs > len(parameters):
            parameters.append(inspect.Parameter("inputs", inspect.Parameter.VAR_POSITIONAL))
    defaults = {a.name: inspect.Parameter.empty if a.required else a.default for a in arguments(schema)}
    defaults.update(device=None, name=None)
    for name in by_position:
        default = defaults.pop(name)
        parameters.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default))
    for name, default in defaults.items():
        parameters += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)]
    return inspect.Signature(parameters)


def docstring(schema: OpSchema) -> str:
    """Documentation of an operator from its schema."""
    lines = [schema.doc, ""]
    if schema.inputs:
        lines += ["Inputs:"]
        for item in schema.inputs:
            layouts = f" Layouts: {', '.join(item.layouts)}." if item.layouts else ""
            lines.append(f"    {item.name}: {item.doc}{layouts}")
        lines.append("")
    lines += ["Args:"]
    for arg in arguments(schema):
        kind = arg.kind.value + (" or DataNode" if arg.tensor else "")
        text = arg.doc
        if arg.deprecated is not None:
            text = f"Deprecated; use ``{arg.deprecated}``." if arg.deprecated else "Deprecated and ignored."
        default = "" if arg.required or arg.default is None else f" Default: {arg.default}."
        lines.append(f"    {arg.name} ({kind}): {text}{default}")
    lines += [
        "    device (str): " + " or ".join(schema.devices) + ".",
        "    name (str): name of the operator in the graph.",
    ]
    return "\n".join(lines)


def make_function(name: str, schema: OpSchema, module: str) -> Callable[..., Any]:
    """The function of ``fn``."""

    def function(*inputs: Any, **kwargs: Any) -> Any:
        if inputs and schema.max_inputs == 0 and registry[name][1].constructor_args:
            inputs, kwargs = (), named(name, inputs, kwargs)
        return invoke(name, inputs, kwargs)

    function.__name__ = function.__qualname__ = snake_case(name.split("__")[-1])
    function.__module__ = module
    function.__doc__ = docstring(schema)
    function.__signature__ = signature(schema, call=True)  # type: ignore[attr-defined]
    return function


class OperatorClass:
    """Base of the classes in ``ops``: made with the arguments, called with the inputs."""

    _op: str

    def __init__(self, *values: Any, **kwargs: Any) -> None:
        schema, implementation = registry[self._op]
        kwargs = named(self._op, values, kwargs)
        self._kwargs = kwargs
        constants = {k: v for k, v in kwargs.items() if k not in ("device", "name")}
        bound, _ = implementation.bind(dict(constants))
        schema.check_args({k: v for k, v in bound.items() if not isinstance(v, DataNode)})

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Add the operator to the graph; arguments given here win over the constructor's."""
        return invoke(self._op, inputs, {**self._kwargs, **kwargs})

    @property
    def device(self) -> str:
        """Where the operator runs."""
        return str(self._kwargs.get("device", "cpu"))

    @property
    def schema_name(self) -> str:
        """Name of the operator's schema."""
        return registry[self._op][0].name

    @property
    def preserve(self) -> bool:
        """Whether the operator runs although nothing uses its outputs."""
        return bool(self._kwargs.get("preserve", False))

    @property
    def schema(self) -> OpSchema:
        """The operator's schema."""
        return registry[self._op][0]


def make_class(name: str, schema: OpSchema, module: str) -> type[OperatorClass]:
    """The class of ``ops``."""
    class_name = name.split("__")[-1]
    return type(
        class_name,
        (OperatorClass,),
        {
            "_op": name,
            "__doc__": docstring(schema),
            "__module__": module,
            "__signature__": signature(schema, call=False),
        },
    )


def fill_fn(package: str) -> None:
    """Put every operator's function into the package and its submodules."""
    for name, schema in names():
        module = submodule(package, name.split("__")[:-1])
        attribute = snake_case(name.split("__")[-1])
        setattr(module, attribute, make_function(name, schema, module.__name__))


def fill_ops(package: str) -> None:
    """Put every operator's class into the package and its submodules."""
    for name, schema in names():
        module = submodule(package, name.split("__")[:-1])
        setattr(module, name.split("__")[-1], make_class(name, schema, module.__name__))


def submodule(package: str, path: Sequence[str]) -> types.ModuleType:
    """The submodule of that path, made when it is missing."""
    module = sys.modules[package]
    for part in path:
        full = f"{module.__name__}.{part}"
        child = sys.modules.get(full)
        if child is None:
            child = types.ModuleType(full, f"Operators of the {part} family.")
            sys.modules[full] = child
            setattr(module, part, child)
        module = child
    return module
