"""Writes surface.json: the public names of the real DALI's Python modules, and what they take.

Run it under a Python that has nvidia-dali (CPU is enough): ``python make_surface.py``. It imports nothing of adali.

Module -> name -> what it is: ``{"kind": "class" | "function" | "value"}``, for functions ``"parameters"`` (each with
its name, how it is given, and whether it must be) and for classes ``"members"`` (name -> parameters, or null for what
is not called). Modules that need a framework which is not installed are read as text: of those, the names that the text
defines at its top level.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import json
import os
import pkgutil
import sys
import types
import warnings
from typing import Any

import nvidia.dali as dali

warnings.simplefilter("ignore")
ROOT = "nvidia.dali"

#: Python's own letters for the kinds of parameters would be long words repeated some ten thousand times.
KINDS = {"POSITIONAL_ONLY": "/", "POSITIONAL_OR_KEYWORD": "", "VAR_POSITIONAL": "*", "KEYWORD_ONLY": "k"}


#: Compiled libraries; what is public of them is in other modules.
COMPILED = ("libdali", "libdali_core", "libdali_kernels", "libdali_operators")
#: Members of operators' classes that are objects of the compiled library.
INTERNAL = ("spec",)


def is_public(module: str) -> bool:
    """Whether no part of a module's name is private, and it is no compiled library."""
    parts = module.split(".")[2:]
    return (
        not any(p.startswith("_") for p in parts) and not (parts and parts[0] in COMPILED) and parts != ["backend_impl"]
    )


def load() -> tuple[list[str], list[str]]:
    """Names of the public modules, and of those that cannot be imported here."""
    broken = []
    for found in pkgutil.walk_packages(dali.__path__, ROOT + ".", onerror=lambda name: broken.append(name)):
        if is_public(found.name):
            with contextlib.redirect_stderr(None):
                try:
                    importlib.import_module(found.name)
                except Exception:
                    broken.append(found.name)
    loaded = [n for n, m in sys.modules.items() if (n == ROOT or n.startswith(ROOT + ".")) and m and is_public(n)]
    return sorted(set(loaded) - set(broken)), sorted(set(broken))


def parameters(value: Any, bound: bool = False) -> list[str] | None:
    """Name and kind of each parameter: "name", "name=" with a default, with the kind's letter before it."""
    try:
        found = list(inspect.signature(value).parameters.values())
    except (AttributeError, TypeError, ValueError):
        return None
    if bound and found and found[0].name in ("self", "cls"):
        found = found[1:]
    return [
        ("**" if p.kind is p.VAR_KEYWORD else KINDS[p.kind.name])
        + (" " if p.kind is p.KEYWORD_ONLY else "")
        + p.name
        + ("=" if p.default is not p.empty else "")
        for p in found
    ]


def describe(value: Any) -> dict[str, Any]:
    """What a name stands for."""
    if inspect.isclass(value):
        members: dict[str, Any] = {}
        for name in dir(value):
            if name.startswith("_") and name not in ("__init__", "__call__"):
                continue
            if name in INTERNAL and hasattr(value, "schema_name"):
                continue
            member = inspect.getattr_static(value, name)
            if isinstance(member, (classmethod, staticmethod)):
                members[name] = parameters(getattr(value, name))
            elif inspect.isroutine(member):
                if name.startswith("__") and not inspect.isfunction(member):
                    continue
                members[name] = parameters(member, bound=True)
            else:
                members[name] = None
        return {"kind": "class", "members": members}
    if callable(value):
        return {"kind": "function", "parameters": parameters(value)}
    return {"kind": "value"}


def of_dali(value: Any) -> bool:
    """Whether DALI made it, rather than that it is something the module imports for itself."""
    if isinstance(value, types.ModuleType):
        return False
    where = getattr(value, "__module__", None)
    if inspect.isclass(value) or inspect.isroutine(value):
        return isinstance(where, str) and where.startswith(ROOT)
    return type(value).__module__.startswith(ROOT) or isinstance(value, (int, float, str, type(None)))


def helper(module: types.ModuleType, value: Any) -> bool:
    """Whether a module of code has it from a private module, for its own use."""
    if module.__name__.startswith(f"{ROOT}.plugin"):
        return (inspect.isclass(value) or inspect.isroutine(value)) and not value.__module__.startswith(
            f"{ROOT}.plugin"
        )
    is_package = hasattr(module, "__path__")
    where = (getattr(value, "__module__", None) if inspect.isclass(value) or inspect.isroutine(value) else None) or ""
    if is_package or module.__name__ in (f"{ROOT}.backend", f"{ROOT}.tensors", f"{ROOT}.types", f"{ROOT}.tfrecord"):
        return False
    return isinstance(where, str) and where.startswith(ROOT) and where != module.__name__


def surface(name: str) -> dict[str, Any]:
    """Public names of a module."""
    module = sys.modules[name]
    found = {}
    for key in sorted(vars(module)):
        value = vars(module)[key]
        if not key.startswith("_") and of_dali(value) and not helper(module, value):
            found[key] = describe(value)
    return found


def read(name: str) -> dict[str, Any] | None:
    """Names that the text of a module defines at its top level; None if it has no text."""
    path = os.path.join(dali.__path__[0], *name.split(".")[2:])
    path = os.path.join(path, "__init__.py") if os.path.isdir(path) else path + ".py"
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if isinstance(node, ast.FunctionDef):
                found[node.name] = {"kind": "function", "parameters": names_of(node.args, False)}
            else:
                members = {
                    f.name: names_of(f.args, True)
                    for f in node.body
                    if isinstance(f, ast.FunctionDef) and (not f.name.startswith("_") or f.name == "__init__")
                }
                found[node.name] = {"kind": "class", "members": members}
    return found


def names_of(arguments: ast.arguments, bound: bool) -> list[str]:
    """As ``parameters``, from text."""
    names = [a.arg for a in [*arguments.posonlyargs, *arguments.args]]
    with_default = len(names) - len(arguments.defaults)
    found = [n + ("=" if i >= with_default else "") for i, n in enumerate(names)]
    found = found[1:] if bound else found
    if arguments.vararg:
        found.append("*" + arguments.vararg.arg)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append("k " + each.arg + ("=" if default is not None else ""))
    if arguments.kwarg:
        found.append("**" + arguments.kwarg.arg)
    return found


def main() -> None:
    """Write the file."""
    loaded, broken = load()
    document = {name: surface(name) for name in loaded}
    for name in broken:
        found = read(name)
        if found is not None:
            document[name] = found
    document = dict(sorted(document.items()))
    text = json.dumps({"version": dali.__version__, "modules": document}, separators=(",", ":"))
    text = text.replace('},"', '},\n"')
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "surface.json")
    with open(path, "w") as file:
        file.write(text + "\n")
    print(f"{len(document)} modules, {sum(map(len, document.values()))} names, {len(text)} bytes; as text: {broken}")


if __name__ == "__main__":
    main()
