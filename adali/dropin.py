"""Run a script written for ``nvidia.dali``, unchanged, on adali.

``install()`` registers ``nvidia.dali`` and its submodules as aliases of the blocking API; ``python -m adali.dropin
SCRIPT ARGS...`` does that and runs the script; ``--report SCRIPT`` only lists what the script uses and adali lacks.
Nothing else in adali imports this module.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import runpy
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["install", "main", "missing", "uninstall"]

ROOT = "nvidia.dali"

#: Alias below ``nvidia.dali`` -> the module of adali that it stands for.
_MODULES = {
    "": "adali.sync",
    "backend": "adali.backend",
    "fn": "adali.fn",
    "math": "adali.math",
    "ops": "adali.ops",
    "pipeline": "adali.sync",
    "tensors": "adali.backend",
    "types": "adali.types",
    "auto_aug": "adali.auto_aug",
    "auto_aug.augmentations": "adali.auto_aug.augmentations",
    "auto_aug.auto_augment": "adali.auto_aug.auto_augment",
    "auto_aug.core": "adali.auto_aug.core",
    "auto_aug.rand_augment": "adali.auto_aug.rand_augment",
    "auto_aug.trivial_augment": "adali.auto_aug.trivial_augment",
    # Those that arrive with later issues are registered once they exist.
    "experimental.eager": "adali.eager",
    "plugin.jax": "adali.plugin.jax",
    "plugin.pytorch": "adali.plugin.pytorch",
    "tfrecord": "adali.tfrecord",
}


class _Alias(types.ModuleType):
    """A module of DALI's name that finds everything in modules of adali."""

    def __init__(self, name: str, targets: list[types.ModuleType], extra: Mapping[str, Any]) -> None:
        super().__init__(name, f"adali's stand-in for {name}.")
        self.__path__: list[str] = []  # a package: submodules are looked up in sys.modules
        self._targets = targets
        self.__dict__.update(extra)

    def __getattr__(self, name: str) -> Any:
        for target in self.__dict__["_targets"]:
            if hasattr(target, name):
                return getattr(target, name)
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotImplementedError(f"adali does not have {self.__name__}.{name}")

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *(n for t in self._targets for n in dir(t))})


def _exists(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _build() -> dict[str, types.ModuleType]:
    """All aliases by full name."""
    import adali
    import adali.fn
    import adali.ops
    import adali.sync
    from adali.graph.node import DataNode

    modules: dict[str, types.ModuleType] = {}
    for alias, target in _MODULES.items():
        try:
            if not _exists(target):
                continue
        except ModuleNotFoundError:  # a parent package is missing
            continue
        name = f"{ROOT}.{alias}" if alias else ROOT
        modules[name] = _Alias(name, [importlib.import_module(target)], {})
    for face in ("fn", "ops"):
        prefix = f"adali.{face}."
        for name in [n for n in sys.modules if n.startswith(prefix)]:
            alias = f"{ROOT}.{face}.{name[len(prefix) :]}"
            modules[alias] = _Alias(alias, [sys.modules[name]], {})
    modules[f"{ROOT}.data_node"] = _Alias(f"{ROOT}.data_node", [], {"DataNode": DataNode})
    modules[f"{ROOT}.pipeline"].__dict__.update(DataNode=DataNode)
    modules[ROOT].__dict__.update(
        __version__=f"2.4.0+adali.{adali.__version__}", newaxis=getattr(adali, "newaxis", None)
    )
    for name in list(modules):
        parent, _, child = name.rpartition(".")
        while parent.startswith(ROOT) and parent != "nvidia":
            if parent not in modules:
                modules[parent] = _Alias(parent, [], {})
            modules[parent].__dict__.setdefault(child, modules.get(f"{parent}.{child}"))
            parent, _, child = parent.rpartition(".")
    return modules


def install() -> None:
    """Make ``import nvidia.dali`` give adali, in this process, until :func:`uninstall`.

    Raises:
        RuntimeError: the real DALI was imported already.
    """
    current = sys.modules.get(ROOT)
    if current is not None:
        if isinstance(current, _Alias):
            return
        raise RuntimeError("nvidia.dali is imported already; call adali.dropin.install() before anything imports it")
    modules = _build()
    sys.modules.update(modules)
    try:
        parent = importlib.import_module("nvidia")
    except ModuleNotFoundError:
        parent = sys.modules["nvidia"] = types.ModuleType("nvidia")
        parent.__path__ = []
    parent.dali = modules[ROOT]  # type: ignore[attr-defined]


def uninstall() -> None:
    """Take the aliases out again."""
    for name in [n for n, m in sys.modules.items() if isinstance(m, _Alias)]:
        del sys.modules[name]
    parent = sys.modules.get("nvidia")
    if parent is not None and isinstance(getattr(parent, "dali", None), _Alias):
        del parent.dali


def missing(source: str, filename: str = "<script>") -> list[tuple[int, str]]:
    """What a script uses of ``nvidia.dali`` and adali lacks, as (line, name), without running it.

    Names are followed through imports and attributes (``import nvidia.dali.fn as fn`` ... ``fn.readers.video``), not
    through variables.

    Raises:
        SyntaxError: the source is not Python.
    """
    modules = _build()
    tree = ast.parse(source, filename)
    names: dict[str, str] = {}
    used: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                if item.name == ROOT or item.name.startswith(ROOT + "."):
                    used.append((node.lineno, item.name))
                    if item.asname:
                        names[item.asname] = item.name
                    else:
                        names["nvidia"] = "nvidia"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                full = f"{node.module}.{item.name}"
                if full == ROOT or full.startswith(ROOT + "."):
                    used.append((node.lineno, full))
                    names[item.asname or item.name] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            path = _path(node, names)
            if path is not None and path.startswith(ROOT + "."):
                used.append((node.lineno, path))
    lacking = {(line, name) for line, name in used if not _resolves(name, modules)}
    shortest = {(line, n) for line, n in lacking if not any(n.startswith(o + ".") for at, o in lacking if at == line)}
    return sorted(shortest)


def _path(node: ast.expr, names: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        before = _path(node.value, names)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _resolves(name: str, modules: Mapping[str, types.ModuleType]) -> bool:
    value: Any = modules[ROOT]
    path = ROOT
    for part in name.split(".")[2:]:
        path = f"{path}.{part}"
        if path in modules:
            value = modules[path]
            continue
        try:
            value = getattr(value, part)
        except (AttributeError, NotImplementedError):
            # Below a class or an instance it is not ours to judge.
            return not isinstance(value, types.ModuleType)
        if not isinstance(value, types.ModuleType):
            return True
    return True


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``python -m adali.dropin``."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m adali.dropin [--report] SCRIPT [ARGUMENTS...]\n\n" + (__doc__ or "").strip())
        return 0 if arguments else 2
    if arguments[0] == "--report":
        if len(arguments) != 2:
            print("usage: python -m adali.dropin --report SCRIPT", file=sys.stderr)
            return 2
        with open(arguments[1], encoding="utf-8") as file:
            lacking = missing(file.read(), arguments[1])
        for line, name in lacking:
            print(f"{arguments[1]}:{line}: {name}")
        print(f"{len(lacking)} names that adali lacks" if lacking else "adali has everything this script names")
        return 1 if lacking else 0
    install()
    sys.argv = arguments
    sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
    runpy.run_path(arguments[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    # The module that the script can import must be this one, not a second copy named __main__.
    from adali.dropin import main as _main

    sys.exit(_main())
