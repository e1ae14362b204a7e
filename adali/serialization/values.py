"""Arguments of operators as ``Argument`` messages, and back.

A scalar is the one element of the repeated field of its type. A vector has no such element; its values are scalars in
``extra_args``, named ``element 0``, ``element 1``, ... . Enums are written as their numbers, layouts as strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adali.errors import SourceLine
from adali.graph.schema import ArgKind
from adali.serialization.message import DamagedPipelineError, from_text, to_text
from adali.tfrecord import Feature, FixedLenFeature, VarLenFeature

__all__ = [
    "RecordedLine",
    "add_features",
    "add_line",
    "add_value",
    "read_features",
    "read_line",
    "read_value",
    "wire_type",
]

#: Kind of a single value -> name of its type in the message, and the repeated field that holds it.
_WIRE: dict[ArgKind, tuple[str, str]] = {
    ArgKind.INT: ("int64", "ints"),
    ArgKind.FLOAT: ("float", "floats"),
    ArgKind.BOOL: ("bool", "bools"),
    ArgKind.STR: ("string", "strings"),
    ArgKind.LAYOUT: ("string", "strings"),
    ArgKind.DTYPE: ("int64", "ints"),
    ArgKind.INTERP: ("int64", "ints"),
    ArgKind.IMAGE_TYPE: ("int64", "ints"),
}
_FIELDS = ("ints", "floats", "bools", "strings")


def wire_type(kind: ArgKind) -> str | None:
    """Name of the type of one value of that kind in the message; None for Python objects, which have none."""
    found = _WIRE.get(kind.element)
    return found[0] if found else None


def add_value(op: Any, name: str, kind: ArgKind, value: Any) -> None:
    """Add an argument to an ``OpDef``.

    Args:
        op: the message.
        name: name of the argument.
        kind: its kind, not OBJECT.
        value: its value, checked: a tuple for a vector.

    Raises:
        ValueError: an integer of more than 64 bits.
    """
    argument = op.args.add(name=name, is_vector=kind.is_vector)
    type_name, field = _WIRE[kind.element]
    argument.type = type_name
    if not kind.is_vector:
        getattr(argument, field).append(_to_wire(kind, value))
        return
    for index, each in enumerate(value):
        element = argument.extra_args.add(name=f"element {index}", type=type_name, is_vector=False)
        getattr(element, field).append(_to_wire(kind.element, each))


def _to_wire(kind: ArgKind, value: Any) -> Any:
    type_name = _WIRE[kind][0]
    if type_name == "string":
        return from_text(value)
    return int(value) if type_name == "int64" else value


def read_value(argument: Any) -> Any:
    """Value of an ``Argument``: a scalar, or a tuple of scalars for a vector.

    Raises:
        DamagedPipelineError: a scalar with no value or several, or a vector of anything but scalars.
    """
    if not argument.is_vector:
        return _scalar(argument)
    if any(len(getattr(argument, field)) for field in _FIELDS):
        raise DamagedPipelineError(f"the vector argument {argument.name!r} has values outside its elements")
    return tuple(_scalar(element) for element in argument.extra_args)


#: The argument that holds the names of the features; their kinds stand in another one.
FEATURE_NAMES = "feature_names"


def add_features(op: Any, name: str, features: Mapping[str, Feature]) -> None:
    """Add the features of a TFRecord reader to an ``OpDef``: their names and, in a second argument, what they are.

    DALI does not write the partial shape of a VarLenFeature. Here it stands where it puts other shapes, which it reads.
    """
    add_value(op, FEATURE_NAMES, ArgKind.STRS, tuple(features))
    argument = op.args.add(name=name, type="TFRecord", is_vector=True)
    for index, feature in enumerate(features.values()):
        element = argument.extra_args.add(name=f"element {index}", type="TFRecord", is_vector=False)
        parts = element.extra_args
        parts.add(name="type", type="int64", is_vector=False).ints.append(int(feature.dtype))
        parts.add(name="has_shape", type="bool", is_vector=False).bools.append(not feature.variable)
        shape = parts.add(name="shape", is_vector=False)
        if feature.shape:
            shape.type = "int64"
            shape.ints.extend(feature.shape)
        kind = {int: ArgKind.INT, float: ArgKind.FLOAT, str: ArgKind.STR}[type(feature.default_value)]
        type_name, field = _WIRE[kind]
        default = parts.add(name="default_value", type=type_name, is_vector=False)
        getattr(default, field).append(_to_wire(kind, feature.default_value))


def read_features(argument: Any, names: Sequence[str]) -> dict[str, Feature]:
    """The features in an ``Argument`` of that kind.

    Raises:
        DamagedPipelineError: it is no such argument, or has not as many features as names.
    """
    if not argument.is_vector or len(argument.extra_args) != len(names) or len(set(names)) != len(names):
        raise DamagedPipelineError(f"the argument {argument.name!r} does not hold one feature for each of its names")
    features = {}
    for name, element in zip(names, argument.extra_args, strict=True):
        parts = {part.name: part for part in element.extra_args}
        try:
            default = _scalar(parts["default_value"])
            kind, shape = _scalar(parts["type"]), [int(extent) for extent in parts["shape"].ints]
            if _scalar(parts["has_shape"]):
                features[name] = FixedLenFeature(shape, kind, default)
            else:
                features[name] = VarLenFeature(shape, kind, default)
        except (KeyError, TypeError, ValueError) as e:
            raise DamagedPipelineError(f"the feature {name!r} is damaged: {e}") from None
    return features


def _scalar(argument: Any) -> Any:
    found = [(field, value) for field in _FIELDS for value in getattr(argument, field)]
    if len(found) != 1 or argument.extra_args or argument.is_vector:
        raise DamagedPipelineError(f"the argument {argument.name!r} does not hold one value")
    field, value = found[0]
    if field == "strings":
        return to_text(value)
    if field == "floats":
        return _shortest(value)
    return value


def _shortest(value: float) -> float:
    # The message has 32 bits: 0.1 comes back as 0.10000000149. The shortest decimal with the same 32 bits is what the
    # user wrote, and arguments are 64 bits wide here.
    return float(str(np.float32(value)))


class RecordedLine(SourceLine):
    """A line of user code read from a message; its text comes from there, since the file may be elsewhere."""

    def __init__(self, filename: str, lineno: int, function: str, text: str) -> None:
        super().__init__(filename, lineno, function)
        object.__setattr__(self, "_text", text)

    @property
    def text(self) -> str:
        """The line itself, stripped; empty if it was not recorded."""
        return str(self._text)  # type: ignore[attr-defined]


#: The user's call stack, outermost frame first; DALI's error messages show it.
_STACK = ("_origin_stack_filename", "_origin_stack_lineno", "_origin_stack_name", "_origin_stack_line")


def add_line(op: Any, line: SourceLine) -> None:
    """Add the line of user code that made the operator to an ``OpDef``."""
    values = (line.filename, line.lineno, line.function, line.text)
    for name, value in zip(_STACK, values, strict=True):
        add_value(op, name, ArgKind.INTS if isinstance(value, int) else ArgKind.STRS, (value,))


def read_line(op: Any) -> SourceLine | None:
    """The line of user code that made the operator, or None if the message does not say it."""
    found = {a.name: a for a in op.args if a.name in _STACK}
    if len(found) < len(_STACK):
        return None
    try:
        stacks = [read_value(found[name]) for name in _STACK]
    except DamagedPipelineError:
        return None  # it only serves messages
    if any(not isinstance(stack, tuple) or not stack for stack in stacks):
        return None
    filename, lineno, function, text = (stack[-1] for stack in stacks)
    if not isinstance(lineno, int) or not all(isinstance(t, str) for t in (filename, function, text)):
        return None
    return RecordedLine(filename, lineno, function, text)
