"""Comparison of the drop-in's names and parameters with those of the real DALI (golden/surface.json)."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden" / "surface.json"
PAGE = Path(__file__).parent.parent / "docs" / "dropin_missing.md"

#: Pattern of names -> why adali lacks them; the first that fits counts. The rest is not written yet.
REASONS = {
    "nvidia.dali.experimental.dynamic*": "the imperative API, a generation of its own; `adali.eager` has eager calls",
    "nvidia.dali.experimental.torchvision*": "a front for torchvision's API, not for DALI's",
    "nvidia.dali.plugin.paddle*": "frameworks that adali has no plugin for",
    "nvidia.dali.plugin.tf*": "frameworks that adali has no plugin for",
    "nvidia.dali.plugin.triton*": "frameworks that adali has no plugin for",
    "nvidia.dali.*.hidden*": "hidden operators, which DALI's own wrappers call",
    "nvidia.dali.internal*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.reducers*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.python_function_plugin*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.ops.PythonFunction.*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.ops.register_*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.ops.Reload": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.ops.python_op_factory": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.pipeline.DataNode(*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.tensors.*": "DALI's own inner parts, which its documentation does not name",
    "nvidia.dali.plugin_manager*": "native libraries of operators cannot be loaded; an operator is a Python class here",
    "nvidia.dali.sysconfig*": "native libraries of operators cannot be loaded; an operator is a Python class here",
    "nvidia.dali.backend.*": "functions of the compiled library: versions, memory pools, devices, schemas",
}
OTHER = "not written yet"


def lacking() -> Iterator[str]:
    """Full name of everything that DALI has and the drop-in, which is installed, lacks.

    A module that is lacking stands for all that is in it. ``name(parameter=)`` is a parameter, and ``name(#2)`` one
    that is not taken at its position.
    """
    for module, names in json.loads(GOLDEN.read_text())["modules"].items():
        try:
            loaded = importlib.import_module(module)
        except NotImplementedError:
            yield module
            continue
        except ImportError:  # what its framework is missing for cannot be told here
            yield from (line for line in committed() if within(line, module))
            continue
        for name, theirs in names.items():
            full = f"{module}.{name}"
            try:
                ours = getattr(loaded, name)
            except NotImplementedError:
                yield full
                continue
            if theirs["kind"] == "function":
                yield from parameters(full, ours, theirs["parameters"])
            elif theirs["kind"] == "class":
                yield from members(full, ours, theirs["members"])


def members(full: str, ours: Any, theirs: dict[str, list[str] | None]) -> Iterator[str]:
    """What a class lacks."""
    for name, wanted in theirs.items():
        member = ours if name == "__init__" else inspect.getattr_static(ours, name, None)
        if member is None and name in getattr(ours, "__annotations__", {}):
            continue  # the constructor sets it
        if member is None:
            yield f"{full}.{name}"
        elif name == "__init__":
            yield from parameters(full, ours, wanted)
        elif wanted is not None:
            bound = not isinstance(member, (staticmethod, classmethod))
            member = getattr(ours, name) if not bound else member
            if callable(member):
                yield from parameters(f"{full}.{name}", member, wanted, bound)


def parameters(full: str, ours: Any, wanted: list[str] | None, bound: bool = False) -> Iterator[str]:
    """What a function does not take."""
    if wanted is None:
        return
    try:
        found = list(inspect.signature(ours).parameters.values())
    except (TypeError, ValueError):
        return
    found = found[1:] if bound else found
    any_keyword = any(p.kind is p.VAR_KEYWORD for p in found)
    by_name = {p.name for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    by_position = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in found)
    if any(p.kind is p.VAR_POSITIONAL for p in found):
        by_position = 1 << 16
    place = 0
    for text in wanted:
        name = text.lstrip("*/").removeprefix("k ").removesuffix("=")
        if text.startswith("*"):
            continue
        if not text.startswith("k "):
            place += 1
            if place > by_position:
                yield f"{full}(#{place})"
        if not text.startswith("/") and name not in by_name and not any_keyword:
            yield f"{full}({name}=)"


def reason(name: str) -> str:
    """Why adali lacks a name."""
    return next((why for pattern, why in REASONS.items() if fnmatch.fnmatchcase(name, pattern)), OTHER)


def within(name: str, module: str) -> bool:
    """Whether a name is a module or in it."""
    return name == module or name.startswith((f"{module}.", f"{module}("))


@functools.cache
def committed() -> list[str]:
    """The names in docs/dropin_missing.md."""
    if not PAGE.exists():
        return []
    return [line[3:-1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("- `")]


def page() -> str:
    """The page docs/dropin_missing.md; the aliases must be installed."""
    version = json.loads(GOLDEN.read_text())["version"]
    lines = [
        "# What the drop-in lacks",
        "",
        f"Public names and parameters of the Python modules of DALI {version} that `adali.dropin` does not have, by",
        "reason. A module stands for all that is in it; `name(x=)` is a parameter, `name(#2)` one by position. A",
        "script that uses one of them gets a `NotImplementedError` with its name, and",
        "`python -m adali.dropin --report SCRIPT` finds it. Written by `python tests/golden_index.py` from",
        "`tests/golden/surface.json`.",
    ]
    names = list(lacking())
    whole = {n for n in names if "(" not in n}
    shown = [n for n in names if not any(n != o and within(n, o) for o in whole)]
    for why in dict.fromkeys([OTHER, *REASONS.values()]):
        found = [n for n in shown if reason(n) == why]
        if found:
            lines += ["", f"## {why[0].upper()}{why[1:]}", "", *(f"- `{n}`" for n in found)]
    return "\n".join(lines) + "\n"
