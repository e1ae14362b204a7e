"""OpSchema: what an operator takes and gives, and the registry of all of them.

A schema is the single source for the ``fn`` function, the ``ops`` class, the type stub, the documentation page,
serialization and the argument checks of an operator.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from adali import types as _types
from adali.errors import ArgumentError, UnknownArgumentError

if TYPE_CHECKING:
    from adali.operators.base import Operator

__all__ = ["Arg", "ArgKind", "Input", "OpSchema", "Registry", "registry"]


class ArgKind(enum.Enum):
    """Type of an operator argument."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    DTYPE = "DALIDataType"
    INTERP = "DALIInterpType"
    IMAGE_TYPE = "DALIImageType"
    LAYOUT = "layout"
    INTS = "list of int"
    FLOATS = "list of float"
    BOOLS = "list of bool"
    STRS = "list of str"
    DTYPES = "list of DALIDataType"
    INTERPS = "list of DALIInterpType"
    FEATURES = "dict of str to adali.tfrecord.Feature"
    OBJECT = "object"

    @property
    def is_vector(self) -> bool:
        """Whether the argument holds several values."""
        return self in _ELEMENT

    @property
    def element(self) -> ArgKind:
        """The kind of one value."""
        return _ELEMENT.get(self, self)


_ELEMENT = {
    ArgKind.INTS: ArgKind.INT,
    ArgKind.FLOATS: ArgKind.FLOAT,
    ArgKind.BOOLS: ArgKind.BOOL,
    ArgKind.STRS: ArgKind.STR,
    ArgKind.DTYPES: ArgKind.DTYPE,
    ArgKind.INTERPS: ArgKind.INTERP,
}

_ENUMS: dict[ArgKind, Any] = {
    ArgKind.DTYPE: _types.DALIDataType,
    ArgKind.INTERP: _types.DALIInterpType,
    ArgKind.IMAGE_TYPE: _types.DALIImageType,
}


class _Missing:
    """Marker of an argument without default that the user must give."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Missing()


@dataclass(frozen=True)
class Arg:
    """One keyword argument of an operator.

    Attributes:
        name: as the user writes it.
        kind: the type of its value.
        default: value when the user gives none; None means "not given"; REQUIRED makes it mandatory.
        doc: what it does, with units.
        tensor: whether a DataNode (one value a sample) may be passed.
        per_frame: whether a per-sample value may hold one value for each frame of a sequence.
        deprecated: the argument to use instead; the value is passed on to it ("" when simply ignored).
        convert: how a deprecated argument's value becomes that of its successor.
    """

    name: str
    kind: ArgKind
    default: Any = None
    doc: str = ""
    tensor: bool = False
    per_frame: bool = False
    deprecated: str | None = None
    convert: Callable[[Any], Any] | None = None

    @property
    def required(self) -> bool:
        """Whether the user must give it."""
        return self.default is REQUIRED

    def check(self, value: Any) -> Any:
        """Return ``value`` as this argument's Python type.

        Raises:
            TypeError: the value does not fit the argument's kind.
        """
        if self.kind is ArgKind.OBJECT:
            return value
        if self.kind is ArgKind.FEATURES:
            return _features(value)
        if not self.kind.is_vector:
            if isinstance(value, (list, tuple)):  # bool([0]) would be True
                raise TypeError(f"expected {self.kind.value}, got {value!r} of type {type(value).__name__}")
            value = _scalar(self.kind, _unwrap_scalar(value))
            unset = value is _types.DALIDataType.NO_TYPE and self.default is None
            return None if unset else value
        element = self.kind.element
        if isinstance(value, np.ndarray):
            value = value.reshape(-1).tolist()
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            return (_scalar(element, _unwrap_scalar(value)),)
        return tuple(_scalar(element, _unwrap_scalar(v)) for v in value)


def _unwrap_scalar(value: Any) -> Any:
    if isinstance(value, _types.ScalarConstant):
        return value.value
    if isinstance(value, np.ndarray) and value.size == 1:
        return value.reshape(())[()]
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0]
    return value


def _scalar(kind: ArgKind, value: Any) -> Any:
    if kind is ArgKind.BOOL and isinstance(value, (bool, int, np.bool_, np.integer)):
        return bool(value)
    if kind is ArgKind.INT:
        if isinstance(value, (bool, int, np.bool_, np.integer)):
            return int(value)
        if isinstance(value, (float, np.floating)) and float(value).is_integer():
            return int(value)
    if kind is ArgKind.FLOAT and isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return float(value)
    if kind in (ArgKind.STR, ArgKind.LAYOUT):
        if isinstance(value, str):
            return str(value)
        if kind is ArgKind.STR and hasattr(value, "__fspath__"):
            return str(value.__fspath__())
        if kind is ArgKind.LAYOUT and isinstance(value, _types.TensorLayout):
            return str(value)
    if kind in _ENUMS:
        cls = _ENUMS[kind]
        if isinstance(value, cls):
            return value
        if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, enum.Enum)):
            return cls(int(value))
        if kind is ArgKind.DTYPE:
            try:
                return _types.to_dali_type(np.dtype(value))
            except (TypeError, ValueError, KeyError):
                pass
    raise TypeError(f"expected {kind.value}, got {value!r} of type {type(value).__name__}")


def _features(value: Any) -> dict[str, Any]:
    from adali.tfrecord import Feature

    if isinstance(value, Mapping) and value:
        wrong = {k: v for k, v in value.items() if not (isinstance(k, str) and isinstance(v, Feature))}
        if not wrong:
            return dict(value)
        value = wrong
    raise TypeError(f"expected a {ArgKind.FEATURES.value} with at least one entry, got {value!r}")


@dataclass(frozen=True)
class Input:
    """One positional input of an operator.

    Attributes:
        name: used in the documentation.
        layouts: layouts it understands; empty when it does not care. An input without a layout is accepted and
            taken for the first of these with as many dimensions.
        device: "cpu" for inputs that stay on the host even for a GPU operator, "any" for those taken wherever
            they are; None for the operator's own.
        doc: what it holds.
    """

    name: str
    layouts: tuple[str, ...] = ()
    device: str | None = None
    doc: str = ""


#: Arguments every operator takes.
COMMON_ARGS = (
    Arg(
        "bytes_per_sample_hint",
        ArgKind.INTS,
        (0,),
        "Expected size of the outputs, in bytes a sample; a hint.",
    ),
    Arg("preserve", ArgKind.BOOL, False, "Run the operator even if nothing uses its outputs."),
)

#: The seed argument of random operators.
SEED = Arg("seed", ArgKind.INT, -1, "Random seed; -1 derives it from the pipeline's seed.")


@dataclass(frozen=True)
class OpSchema:
    """Description of one operator.

    Attributes:
        name: schema name as DALI serializes it; ``__`` separates modules (``decoders__Image``).
        doc: first line says what the operator does, the rest explains it.
        inputs: positional inputs.
        min_inputs: how many of them must be given (all by default).
        max_inputs: upper bound where the last input may repeat.
        args: keyword arguments besides the common ones.
        num_outputs: number of outputs, or a function of the arguments.
        output_per_optional_input: whether each input beyond ``min_inputs`` makes one output more.
        devices: where it runs; "gpu" and "mixed" say that DALI has it there.
        legacy: older schema names that stay usable.
        stateful: whether its result depends on more than its inputs and arguments.
        no_prune: whether it runs even if nothing uses its outputs.
        is_input: whether it feeds the pipeline from outside (readers and sources).
        wire_name: its name in serialized pipelines where that is another one.
    """

    name: str
    doc: str
    inputs: tuple[Input, ...] = ()
    min_inputs: int = -1
    max_inputs: int = -1
    args: tuple[Arg, ...] = ()
    num_outputs: int | Callable[[Mapping[str, Any]], int] = 1
    devices: tuple[str, ...] = ("cpu",)
    legacy: tuple[str, ...] = ()
    stateful: bool = False
    no_prune: bool = False
    is_input: bool = False
    serializable: bool = True
    output_per_optional_input: bool = False
    wire_name: str = ""
    by_name: Mapping[str, Arg] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = {a.name: a for a in (*COMMON_ARGS, *self.args)}
        object.__setattr__(self, "by_name", every)
        if self.min_inputs < 0:
            object.__setattr__(self, "min_inputs", len(self.inputs))
        if self.max_inputs < 0:
            object.__setattr__(self, "max_inputs", max(len(self.inputs), self.min_inputs))

    @property
    def module_path(self) -> tuple[str, ...]:
        """The submodules of ``fn`` and ``ops`` that hold it: ``("readers",)`` for ``readers__File``."""
        return tuple(self.name.split("__")[:-1])

    @property
    def class_name(self) -> str:
        """Name of the ``ops`` class."""
        return self.name.split("__")[-1]

    @property
    def fn_name(self) -> str:
        """Name of the ``fn`` function."""
        return snake_case(self.class_name)

    def input_schema(self, index: int) -> Input:
        """Schema of the given positional input; the last one repeats."""
        # A reader has none, but the operator that finishes its work has.
        return self.inputs[min(index, len(self.inputs) - 1)] if self.inputs else Input("")

    def output_count(self, args: Mapping[str, Any], inputs: int) -> int:
        """Number of outputs with the given constant arguments and number of inputs."""
        count = self.num_outputs if isinstance(self.num_outputs, int) else self.num_outputs(args)
        return count + max(0, inputs - self.min_inputs) * self.output_per_optional_input

    def check_args(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check constant arguments and pass deprecated ones on to their successors.

        Raises:
            ArgumentError: unknown argument, or a value of the wrong type.
        """
        checked: dict[str, Any] = {}
        for name, value in given.items():
            arg = self.by_name.get(name)
            if arg is None:
                raise UnknownArgumentError(self.unknown(name))
            try:
                value = None if value is None else arg.check(value)
            except (TypeError, ValueError) as e:
                raise ArgumentError(f"Operator {self.name}: argument '{name}': {e}") from None
            if value is None:
                continue
            if arg.deprecated is not None:
                if not arg.deprecated:
                    continue
                if arg.deprecated in given:
                    raise ArgumentError(
                        f"Operator {self.name}: '{name}' is the old name of '{arg.deprecated}'; give only one."
                    )
                value = arg.convert(value) if arg.convert else value
                name = arg.deprecated
            checked[name] = value
        return checked

    def unknown(self, name: str) -> str:
        """Message for an argument that does not exist, with the nearest ones that do."""
        import difflib

        near = difflib.get_close_matches(name, [*self.by_name, "device", "name"], n=3)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        return f"Operator {self.name} got an unexpected '{name}' argument.{hint}"


#: Names within names that are one word.
_PROPER = {"BBox": "Bbox", "B-Frame": "Bframe", "TFRecord": "Tfrecord", "MXNet": "Mxnet"}


def snake_case(name: str) -> str:
    """``CropMirrorNormalize`` -> ``crop_mirror_normalize``, ``BBoxPaste`` -> ``bbox_paste``, ``MFCC`` -> ``mfcc``."""
    for proper, word in _PROPER.items():
        name = name.replace(proper, word)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


class Registry(Mapping[str, "tuple[OpSchema, type[Operator]]"]):
    """All operators by schema name; :mod:`adali.operators` fills it when imported."""

    def __init__(self) -> None:
        self._operators: dict[str, tuple[OpSchema, type[Operator]]] = {}
        self._aliases: dict[str, str] = {}
        self._wire: dict[str, str] = {}

    def add(self, schema: OpSchema, implementation: type[Operator]) -> None:
        """Register an operator.

        Raises:
            ValueError: the name is taken.
        """
        for name in (schema.name, *schema.legacy, *((schema.wire_name,) if schema.wire_name else ())):
            if name in self._operators or name in self._aliases:
                raise ValueError(f"operator {name} is registered twice")
        self._operators[schema.name] = (schema, implementation)
        for name in schema.legacy:
            self._aliases[name] = schema.name
        if schema.wire_name:
            self._wire[schema.wire_name] = schema.name

    def remove(self, name: str) -> None:
        """Take a user's own operator out again (tests, notebooks)."""
        schema, _ = self._operators.pop(name)
        for alias in schema.legacy:
            del self._aliases[alias]

    def resolve(self, name: str) -> str:
        """Current name for a current, legacy or serialized one (KeyError if there is none)."""
        return name if name in self._operators else self._wire.get(name) or self._aliases[name]

    def aliases(self) -> Mapping[str, str]:
        """Legacy name -> current name."""
        return self._aliases

    def __getitem__(self, name: str) -> tuple[OpSchema, type[Operator]]:
        return self._operators[self.resolve(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._operators)

    def __len__(self) -> int:
        return len(self._operators)


registry = Registry()


def layouts_of(ndim: int, layouts: Sequence[str]) -> str:
    """The first layout with ``ndim`` dimensions, or ""."""
    return next((layout for layout in layouts if len(layout) == ndim), "")
