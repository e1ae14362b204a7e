"""What a script uses of ``nvidia.dali`` and adali lacks, found without running it."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

from adali.dropin.aliases import ON_DEMAND, ROOT, alias, build

__all__ = ["missing"]

#: Arguments of ``pipeline_def`` that are none of the constructor.
_DECORATOR = frozenset({"enable_conditionals", "debug"})


def missing(source: str | bytes, filename: str = "<script>") -> list[tuple[int, str]]:
    """What a script uses of ``nvidia.dali`` and adali lacks, as (line, name), without running it.

    Names are followed through imports, assignments of a name to another, and attributes
    (``import nvidia.dali.fn as fn`` ... ``fn.readers.video``); of a call of what was found that way, the keywords are
    checked too (``nvidia.dali.fn.resize(keyword=)``). What a variable holds is not followed.

    Raises:
        SyntaxError: the source is not Python.
    """
    tree = ast.parse(source, filename)
    text = source if isinstance(source, str) else source.decode("latin-1")
    modules = _modules(text)
    names = _Names(modules)
    names.visit(tree)
    used = [*names.used]
    lacking: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        path = names.path(node) if isinstance(node, (ast.Attribute, ast.Name)) else None
        if path is not None and path.startswith(ROOT + "."):
            used.append((node.lineno, path))  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            lacking.update(_keywords(node, names, modules))
    lacking.update((line, name) for line, name in used if _find(name, modules) is _MISSING)
    shortest = {(line, n) for line, n in lacking if not any(n.startswith(o + ".") for at, o in lacking if at == line)}
    return sorted(shortest)


def _modules(text: str) -> dict[str, types.ModuleType]:
    """All aliases; those that import a framework only if the script has their names."""

    def wanted(short: str) -> bool:
        if short.startswith(ON_DEMAND):
            if not all(part in text for part in short.split(".")):
                return False
            try:
                return alias(f"{ROOT}.{short}") is not None
            except ImportError:
                return False
        return True

    return dict(build(wanted))


class _Names(ast.NodeVisitor):
    """What names of the script stand for, wherever they are defined."""

    def __init__(self, modules: Mapping[str, types.ModuleType]) -> None:
        self.modules = modules
        self.names: dict[str, str] = {}
        self.used: list[tuple[int, str]] = []

    def path(self, node: ast.AST) -> str | None:
        """Full name that an expression stands for."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            before = self.path(node.value)
            return None if before is None else f"{before}.{node.attr}"
        if isinstance(node, ast.Call):  # importlib.import_module("nvidia.dali.fn")
            function, arguments = node.func, node.args
            named = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if named in ("import_module", "__import__") and arguments and isinstance(arguments[0], ast.Constant):
                value = arguments[0].value
                if isinstance(value, str) and (value == ROOT or value.startswith(ROOT + ".")):
                    return value
        return None

    def visit_Import(self, node: ast.Import) -> None:
        for item in node.names:
            if item.name == ROOT or item.name.startswith(ROOT + "."):
                self.used.append((node.lineno, item.name))
            if item.name == "nvidia" or item.name.startswith("nvidia."):
                self.names[item.asname or "nvidia"] = item.name if item.asname else "nvidia"

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if not node.module or node.level:
            return
        for item in node.names:
            full = node.module if item.name == "*" else f"{node.module}.{item.name}"
            if not (full == ROOT or full.startswith(ROOT + ".")):
                continue
            self.used.append((node.lineno, full))
            if item.name != "*":
                self.names[item.asname or item.name] = full
            else:
                self._all_of(full)

    def _all_of(self, module: str) -> None:
        for name in dir(self.modules[module]) if module in self.modules else ():
            if not name.startswith("_"):
                self.names.setdefault(name, f"{module}.{name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        path = self.path(node.value)
        if path is not None and path.startswith(ROOT):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.names[target.id] = path


_MISSING = object()


def _find(name: str, modules: Mapping[str, types.ModuleType]) -> Any:
    """What a full name stands for; _MISSING if adali lacks it, None if it cannot be told."""
    value: Any = modules[ROOT]
    path = ROOT
    for part in name.split(".")[2:]:
        path = f"{path}.{part}"
        if path in modules:
            value = modules[path]
        elif isinstance(value, (types.ModuleType, type)):
            try:
                value = getattr(value, part)
            except (AttributeError, NotImplementedError):
                return _MISSING
        else:
            return None  # an attribute of an instance or of a function is not ours to judge
    return value


def _keywords(node: ast.Call, names: _Names, modules: Mapping[str, types.ModuleType]) -> Iterator[tuple[int, str]]:
    """Keywords of a call that what is called does not take."""
    path = names.path(node.func)
    if path is None or not path.startswith(ROOT + "."):
        return
    called = _find(path, modules)
    if called is _MISSING or not callable(called):
        return
    parameters = _parameters(called, path, modules)
    if parameters is None:
        return
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in parameters:
            yield keyword.value.lineno, f"{path}({keyword.arg}=)"


def _parameters(called: Any, path: str, modules: Mapping[str, types.ModuleType]) -> set[str] | None:
    if path.endswith(".pipeline_def"):
        called = modules[ROOT].Pipeline
        return {*inspect.signature(called).parameters, *_DECORATOR}
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return {p.name for p in parameters}
