"""Type stubs of ``adali.fn`` and ``adali.ops``, from the operators' schemas.

``python -m adali.graph.stubs`` writes them, ``python -m adali.graph.stubs --check`` tells whether those on disk are
the ones the schemas give (it prints the files that differ and exits with 1). The text is laid out as ``ruff format``
wants it.
"""

from __future__ import annotations

import argparse
import enum
import math
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adali.graph.frontend import arguments, docstring, input_names, signature
from adali.graph.schema import Arg, ArgKind, OpSchema, registry, snake_case

__all__ = ["check", "main", "operators", "stubs", "write"]

PACKAGE = Path(__file__).resolve().parent.parent
WIDTH = 116
HEADER = "# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.\n"

#: Types of arguments: kind -> (for a constant, for a constant or a DataNode).
TYPES = {
    ArgKind.INT: ("int", "int | DataNode"),
    ArgKind.FLOAT: ("float", "float | DataNode"),
    ArgKind.BOOL: ("bool", "bool | DataNode"),
    ArgKind.STR: ("Str", "Str | DataNode"),
    ArgKind.DTYPE: ("DType", "DType | DataNode"),
    ArgKind.INTERP: ("DALIInterpType", "DALIInterpType | DataNode"),
    ArgKind.IMAGE_TYPE: ("DALIImageType", "DALIImageType | DataNode"),
    ArgKind.LAYOUT: ("Layout", "Layout | DataNode"),
    ArgKind.INTS: ("Ints", "Ints | DataNode"),
    ArgKind.FLOATS: ("Floats", "Floats | DataNode"),
    ArgKind.BOOLS: ("Bools", "Bools | DataNode"),
    ArgKind.STRS: ("Strs", "Strs | DataNode"),
    ArgKind.DTYPES: ("DTypes", "DTypes | DataNode"),
    ArgKind.INTERPS: ("InterpTypes", "InterpTypes | DataNode"),
    ArgKind.FEATURES: ("Mapping[str, Feature]", "Mapping[str, Feature]"),
    ArgKind.OBJECT: ("Any", "Any"),
}

#: Arguments that take one value for each output of a source.
OVERRIDES = {
    ("ExternalSource", "layout"): "Layouts",
    ("ExternalSource", "dtype"): "DTypes",
    ("ExternalSource", "ndim"): "Ints",
}

ALIASES = (
    HEADER
    + '''"""Types of the operators' arguments and inputs; the module exists for type checkers only."""

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

from numpy.typing import ArrayLike, DTypeLike, NDArray

from adali.graph.node import DataNode
from adali.types import DALIDataType, DALIInterpType, TensorLayout

Str: TypeAlias = str | os.PathLike[str]
DType: TypeAlias = DALIDataType | DTypeLike
Layout: TypeAlias = str | TensorLayout
Layouts: TypeAlias = Layout | Sequence[Layout]
Ints: TypeAlias = int | Sequence[int] | NDArray[Any]
Floats: TypeAlias = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
Bools: TypeAlias = bool | Sequence[bool] | NDArray[Any]
Strs: TypeAlias = Str | Sequence[Str]
DTypes: TypeAlias = DType | Sequence[DType]
InterpTypes: TypeAlias = DALIInterpType | Sequence[DALIInterpType]
Input: TypeAlias = DataNode | ArrayLike
'''
)
ALIAS_NAMES = ("Bools", "DType", "DTypes", "Floats", "Input", "InterpTypes", "Ints", "Layout", "Layouts", "Str", "Strs")
ENUM_NAMES = ("DALIDataType", "DALIImageType", "DALIInterpType")


@dataclass
class Module:
    """A module of ``fn`` or ``ops``: definitions by name, submodules by name, and names of ``adali.graph.compose``."""

    definitions: dict[str, str] = field(default_factory=dict)
    children: dict[str, Module] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def operators() -> Iterable[tuple[str, OpSchema]]:
    """Every public name, current and legacy, of this package's operators (a user's own are not among them)."""
    import adali.operators  # noqa: F401  (fills the registry)

    for name in sorted(registry):
        schema, implementation = registry[name]
        if implementation.__module__.startswith("adali.operators."):
            for each in (name, *schema.legacy):
                if not each.split("__")[-1].startswith("_") and not each.startswith("_"):
                    yield each, schema


def stubs() -> dict[str, str]:
    """Text of every stub file, by its path in the package (``fn/readers.pyi``)."""
    files = {"fn/_types.pyi": ALIASES}
    for package, define in (("fn", _function), ("ops", _class)):
        root = Module()
        if package == "ops":
            root.others = ("Compose", "cpu_ops", "gpu_ops", "mixed_ops")
        for name, schema in operators():
            *path, last = name.split("__")
            module = root
            for part in path:
                module = module.children.setdefault(part, Module())
            attribute = snake_case(last) if package == "fn" else last
            module.definitions[attribute] = define(attribute, schema)
        _render(root, f"adali.{package}", files, top=True)
    return files


def _render(module: Module, name: str, files: dict[str, str], *, top: bool = False) -> None:
    relative = name.removeprefix("adali.").replace(".", "/")
    title = {
        "adali.fn": "Functional API: a call adds an operator to the graph and returns its output nodes.",
        "adali.ops": "Class API: an instance is an operator; calling it with nodes adds it to the graph.",
    }.get(name, f"Operators of the {name.rpartition('.')[2]} family.")
    body = "\n".join(module.definitions[key] for key in sorted(module.definitions))
    imports = _imports(body, name)
    children = "".join(f"from {name} import {c} as {c}\n" for c in sorted(module.children))
    children += "".join(f"from adali.graph.compose import {n} as {n}\n" for n in module.others)
    if children:  # the package imports its submodules where isort puts them: among adali's own modules
        imports = _sorted_imports(imports, children)
    head = f'{HEADER}"""{title}"""\n'
    text = head + (f"\n{imports}" if imports else "") + (f"\n{body}" if body else "")
    path = f"{relative}/__init__.pyi" if top or module.children else f"{relative}.pyi"
    files[path] = text
    for child, node in module.children.items():
        _render(node, f"{name}.{child}", files)


def _imports(body: str, name: str) -> str:
    """Import lines for the names that the text uses."""
    code = _without_docstrings(body)

    def used(names: Iterable[str]) -> list[str]:
        import re

        return [n for n in names if re.search(rf"\b{n}\b", code)]

    lines = []
    if used(["Mapping"]):
        lines.append("from collections.abc import Mapping")
    if used(["Any"]):
        lines.append("from typing import Any")
    if lines:
        lines.append("")
    aliases = used(ALIAS_NAMES)
    if aliases:
        lines.append(f"from adali.fn._types import {', '.join(aliases)}")
    if used(["OperatorClass"]):
        lines.append("from adali.graph.frontend import OperatorClass")
    if used(["DataNode"]):
        lines.append("from adali.graph.node import DataNode")
    if used(["Feature"]):
        lines.append("from adali.tfrecord import Feature")
    enums = used(ENUM_NAMES)
    if enums:
        lines.append(f"from adali.types import {', '.join(enums)}")
    return "".join(line + "\n" for line in lines)


def _sorted_imports(imports: str, children: str) -> str:
    """Merge the imports of submodules into those of adali's modules, in isort's order."""
    outside: list[str] = []
    inside: list[str] = []
    for line in imports.splitlines():
        (inside if line.startswith("from adali") else outside).append(line)
    inside += children.splitlines()
    inside.sort(key=lambda line: (line.split()[1].lower(), line.split()[3]))
    return "\n".join([*outside, *inside]) + "\n"


def _without_docstrings(text: str) -> str:
    return "".join(text.split('"""')[::2])


def _function(name: str, schema: OpSchema) -> str:
    parameters = "".join(f"    {line},\n" for line in _parameters(schema, call=True))
    doc = _quoted(docstring(schema), "    ")
    return f"def {name}(\n{parameters}) -> {_result(schema)}:\n{doc}"


def _class(name: str, schema: OpSchema) -> str:
    init = "".join(f"        {line},\n" for line in ["self", *_parameters(schema, call=False)])
    tensors = [a for a in arguments(schema) if a.tensor and a.deprecated is None]
    late = [*_inputs(schema), *(f"{a.name}: {_either(_kind(schema, a), 'None')} = None" for a in tensors)]
    call = "".join(f"        {line},\n" for line in ["self", *late, "name: str | None = None"])
    return (
        f"class {name}(OperatorClass):\n{_quoted(docstring(schema), '    ')}\n"
        f"    def __init__(\n{init}    ) -> None: ...\n"
        f"    def __call__(\n{call}    ) -> {_result(schema)}: ...\n"
    )


def _inputs(schema: OpSchema) -> list[str]:
    """The inputs, and the mark after which arguments are given by name."""
    lines = [f"{name}: Input" for name in input_names(schema)]
    if lines:
        lines.append("/")
    return [*lines, "*inputs: Input" if schema.max_inputs > schema.min_inputs else "*"]


def _parameters(schema: OpSchema, *, call: bool) -> list[str]:
    """Parameters of the function (``call``) or of the class's constructor, as they are at run time."""
    by_name = {a.name: a for a in arguments(schema)}
    lines: list[str] = []
    keywords: list[str] = []
    for parameter in signature(schema, call=call).parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            continue
        arg = by_name.get(parameter.name)
        text = f"{parameter.name}: str | None = None" if arg is None else _argument(schema, arg, call)
        (lines if parameter.kind is parameter.POSITIONAL_OR_KEYWORD else keywords).append(text)
    return [*lines, *(_inputs(schema) if call else ["*"]), *keywords]


def _argument(schema: OpSchema, arg: Arg, call: bool) -> str:
    kind = _kind(schema, arg)
    # A class takes its per-sample arguments when it is called, so its constructor cannot insist on them.
    if arg.required and (call or not arg.tensor):
        return f"{arg.name}: {kind}"
    default = _default(arg)
    return f"{arg.name}: {_either(kind, 'None') if default == 'None' else kind} = {default}"


def _kind(schema: OpSchema, arg: Arg) -> str:
    return OVERRIDES.get((schema.name, arg.name), TYPES[arg.kind][int(arg.tensor)])


def _result(schema: OpSchema) -> str:
    count = schema.num_outputs
    if (
        not isinstance(count, int)
        or schema.output_per_optional_input
        or any(a.name == "num_outputs" for a in arguments(schema))
    ):
        return "Any"  # one node or a list of them, as the arguments say
    return "None" if count == 0 else "DataNode" if count == 1 else "list[DataNode]"


def _either(kind: str, other: str) -> str:
    return kind if kind == "Any" else f"{kind} | {other}"


def _default(arg: Arg) -> str:
    value: Any = None if arg.required else arg.default
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, float) and not math.isfinite(value):
        return "..."
    if value is None or isinstance(value, (bool, int, float, str)):
        return _literal(value)
    if isinstance(value, (tuple, list)) and all(isinstance(v, (bool, int, float)) for v in value):
        text = repr(tuple(value))
        return text if len(text) < 60 else "..."
    return "..."


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _quoted(text: str, indent: str) -> str:
    """A docstring: long lines wrapped, quotes and backslashes made safe."""
    lines = []
    for line in text.replace("\\", "\\\\").replace('"""', "'''").splitlines():
        own = line[: len(line) - len(line.lstrip())]
        hanging = own + "    " if own else own
        lines += textwrap.wrap(
            line, WIDTH - len(indent), subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
        ) or [""]
    while lines and not lines[-1]:
        lines.pop()
    head, *rest = lines
    if not rest:
        return f'{indent}"""{head}"""\n'
    middle = "".join(f"{indent}{line}\n" if line else "\n" for line in rest)
    return f'{indent}"""{head}\n{middle}{indent}"""\n'


def check(
    files: dict[str, str], root: Path = PACKAGE, pattern: str = "*.pyi", folders: Iterable[str] = ("fn", "ops")
) -> list[str]:
    """Which files on disk are missing, differ, or are there although nothing makes them."""
    wrong = [p for p, text in files.items() if not (root / p).is_file() or (root / p).read_text("utf-8") != text]
    present = {p.relative_to(root).as_posix() for f in folders for p in (root / f).rglob(pattern)}
    return sorted({*wrong, *(present - files.keys())})


def write(
    files: dict[str, str], root: Path = PACKAGE, pattern: str = "*.pyi", folders: Iterable[str] = ("fn", "ops")
) -> list[str]:
    """Write what :func:`check` complains of; returns it."""
    wrong = check(files, root, pattern, folders)
    for path in wrong:
        if path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return wrong


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m adali.graph.stubs", description="Write the stubs of fn and ops.")
    parser.add_argument("--check", action="store_true", help="only tell which are not up to date")
    options = parser.parse_args(argv)
    files = stubs()
    wrong = check(files) if options.check else write(files)
    for path in wrong:
        print(f"{'not up to date' if options.check else 'written'}: adali/{path}")
    if options.check and wrong:
        print("run `python -m adali.graph.stubs` (make stubs) and commit the result")
    return int(bool(options.check and wrong))


if __name__ == "__main__":
    sys.exit(main())
