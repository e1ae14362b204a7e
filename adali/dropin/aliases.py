"""``nvidia.dali`` and its submodules as aliases of modules of adali."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

__all__ = ["ON_DEMAND", "ROOT", "Alias", "LackingError", "LackingModuleError", "alias", "install", "uninstall"]

ROOT = "nvidia.dali"
#: The release of DALI whose API this is; scripts compare it.
API_VERSION = "2.4.0"

#: Alias below ``nvidia.dali`` -> the modules of adali in which its names are looked up, in this order. One that does
#: not exist (yet) is left out; an alias with none of them is not there.
_MODULES: dict[str, tuple[str, ...]] = {
    "": ("adali.sync",),
    "auto_aug": ("adali.auto_aug",),
    "auto_aug.augmentations": ("adali.auto_aug.augmentations",),
    "auto_aug.auto_augment": ("adali.auto_aug.auto_augment",),
    "auto_aug.core": ("adali.auto_aug.core",),
    "auto_aug.core.decorator": ("adali.auto_aug.core",),
    "auto_aug.core.policy": ("adali.auto_aug.core",),
    "auto_aug.rand_augment": ("adali.auto_aug.rand_augment",),
    "auto_aug.trivial_augment": ("adali.auto_aug.trivial_augment",),
    "backend": ("adali.backend", "adali.dropin.names.backend"),
    "backend_impl": ("adali.backend",),
    "backend_impl.tfrecord": ("adali.tfrecord",),
    "backend_impl.types": ("adali.types",),
    "data_node": ("adali.dropin.names.data_node",),
    "experimental": (),
    "experimental.eager": ("adali.eager",),
    "external_source": ("adali.dropin.names.external_source",),
    "fn": ("adali.fn",),
    "math": ("adali.math",),
    "ops": ("adali.ops",),
    "pickling": ("adali.dropin.names.pickling",),
    "pipeline": ("adali.sync", "adali.dropin.names.pipeline"),
    "pipeline.experimental": ("adali.dropin.names.pipeline_experimental",),
    "plugin": (),
    "plugin.base_iterator": ("adali.plugin.base_iterator",),
    "plugin.jax": ("adali.plugin.jax",),
    "plugin.jax.clu": ("adali.plugin.jax.clu",),
    "plugin.jax.fn": ("adali.plugin.jax.fn",),
    "plugin.jax.iterator": ("adali.plugin.jax.iterator", "adali.plugin.jax"),
    "plugin.numba": ("adali.dropin.names.numba",),
    "plugin.numba.experimental": ("adali.dropin.names.numba",),
    "plugin.numba.fn": ("adali.dropin.names.numba_fn",),
    "plugin.numba.fn.experimental": ("adali.dropin.names.numba_fn",),
    "plugin.pytorch": ("adali.plugin.pytorch",),
    "plugin.pytorch.experimental": ("adali.plugin.pytorch.experimental",),
    "plugin.pytorch.experimental.proxy": ("adali.plugin.pytorch.experimental.proxy",),
    "plugin.pytorch.fn": ("adali.plugin.pytorch.fn",),
    "plugin.pytorch.torch_utils": ("adali.plugin.pytorch.torch_utils", "adali.plugin.pytorch"),
    "tensors": ("adali.backend",),
    "tfrecord": ("adali.tfrecord",),
    "types": ("adali.types",),
}

#: Below these a module is imported only when the script does it: a framework may be missing, or take seconds to import.
ON_DEMAND = ("plugin.", "experimental.")


class LackingError(NotImplementedError, AttributeError):
    """A script uses a name of ``nvidia.dali`` that adali does not have.

    It is an AttributeError as well, so that ``hasattr`` and ``getattr`` with a default work.
    """

    __qualname__ = "NotImplementedError"  # which a traceback shows


class LackingModuleError(NotImplementedError, ModuleNotFoundError):
    """A script imports a module, or a name, of ``nvidia.dali`` that adali does not have.

    It is an ImportError as well, so that scripts that have another way without it can take that.
    """

    __qualname__ = "NotImplementedError"


class Alias(types.ModuleType):
    """A module of DALI's name that finds everything in modules of adali."""

    def __init__(self, name: str, targets: Sequence[types.ModuleType]) -> None:
        super().__init__(name, f"adali's stand-in for {name}.")
        self.__path__: list[str] = []  # a package: the finder below is asked for submodules
        self.__package__ = name
        self._targets = list(targets)

    def __getattr__(self, name: str) -> Any:
        for target in self.__dict__["_targets"]:
            value = getattr(target, name, _NOTHING)
            if value is not _NOTHING and not _is_private_module(value, target):
                return value
        if name.startswith("__"):
            raise AttributeError(name)
        raise LackingError(f"adali does not have {self.__name__}.{name}")

    def __dir__(self) -> list[str]:
        names = {*self.__dict__, *(n for t in self._targets for n in getattr(t, "__all__", None) or dir(t))}
        return sorted(n for n in names if n != "_targets")

    @property
    def __all__(self) -> list[str]:
        return [n for n in dir(self) if not n.startswith("_")]


_NOTHING = object()


def _is_private_module(value: Any, target: types.ModuleType) -> bool:
    # What a module of adali imports for itself is no name of DALI's.
    if not isinstance(value, types.ModuleType):
        return False
    return not value.__name__.startswith(("adali.fn.", "adali.ops.")) or target.__name__ == "adali.sync"


class _Finder:
    """Finds the submodules of ``nvidia.dali``."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of an alias.

        Raises:
            LackingModuleError: adali does not have it.
        """
        if not name.startswith(ROOT + "."):
            return None
        module = alias(name)
        if module is None:
            raise LackingModuleError(f"adali does not have {name}")
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        """The alias itself."""
        return alias(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is left to do."""


_finder = _Finder()


def _imported(name: str) -> types.ModuleType | None:
    """A module of adali, or None if there is none of that name.

    Raises:
        ImportError: it is there, but something that it needs is not.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if e.name is not None and (name == e.name or name.startswith(e.name + ".")):
            return None
        raise


def alias(name: str) -> Alias | None:
    """A new alias by its full name, or None if adali has nothing for it."""
    short = name[len(ROOT) + 1 :]
    first = short.split(".")[0]
    targets = _MODULES.get(short)
    if targets is None and first in ("fn", "ops"):
        targets = (f"adali.{short}",)
    if targets is None:
        return None
    modules = [m for m in map(_imported, targets) if m is not None]
    return Alias(name, modules) if modules or not targets else None


def build(wanted: Callable[[str], bool]) -> dict[str, Alias]:
    """Aliases by full name: those of the table for which ``wanted`` holds, and all of ``fn`` and ``ops``."""
    made: dict[str, Alias] = {}
    names = [f"{ROOT}.{short}" if short else ROOT for short in _MODULES if wanted(short)]
    importlib.import_module("adali.fn")
    importlib.import_module("adali.ops")
    for face in ("fn", "ops"):
        found = [n for n in sys.modules if n.startswith(f"adali.{face}.") and "._" not in n]
        names += [f"nvidia.dali.{n[len('adali.') :]}" for n in found]
    for name in sorted(names):
        module = alias(name)
        if module is not None:
            made[name] = module
    for name, module in made.items():
        parent, _, child = name.rpartition(".")
        if parent in made:
            setattr(made[parent], child, module)
    root = made[ROOT]
    root.__dict__.update(_root_names())
    return made


def _root_names() -> Mapping[str, Any]:
    import adali

    return {"__version__": API_VERSION, "adali_version": adali.__version__, "newaxis": adali.newaxis}


def install() -> None:
    """Make ``import nvidia.dali`` give adali, in this process, until :func:`uninstall`.

    Raises:
        RuntimeError: the real DALI was imported already.
    """
    current = sys.modules.get(ROOT)
    if current is not None:
        if isinstance(current, Alias):
            return
        raise RuntimeError("nvidia.dali is imported already; call adali.dropin.install() before anything imports it")
    modules = build(lambda short: not short.startswith(ON_DEMAND))
    try:
        parent = importlib.import_module("nvidia")
    except ModuleNotFoundError:
        parent = sys.modules["nvidia"] = types.ModuleType("nvidia")
        parent.__path__ = []
    sys.modules.update(modules)
    parent.dali = modules[ROOT]  # type: ignore[attr-defined]
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Take the aliases out again."""
    for name in [n for n, m in sys.modules.items() if isinstance(m, Alias)]:
        del sys.modules[name]
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    parent = sys.modules.get("nvidia")
    if parent is not None and isinstance(getattr(parent, "dali", None), Alias):
        del parent.dali
