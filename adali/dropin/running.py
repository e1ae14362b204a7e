"""Running a script as the interpreter does."""

from __future__ import annotations

import builtins
import multiprocessing.spawn
import os
import runpy
import signal
import sys
import types
from pathlib import Path
from typing import Any

from adali.dropin.aliases import install
from adali.dropin.report import missing

__all__ = ["main"]

USAGE = """usage: python -m adali.dropin SCRIPT [ARGUMENTS...]
       python -m adali.dropin -m MODULE [ARGUMENTS...]
       python -m adali.dropin --report SCRIPT"""


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``python -m adali.dropin``.

    Args:
        arguments: the command line without the program; None for that of the process.

    Returns:
        The exit code: that of the script; for a report 1 if adali lacks something; 2 for a wrong command line.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help"):
        import adali.dropin

        print(USAGE + "\n\n" + (adali.dropin.__doc__ or "").strip(), file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    if arguments[0] == "--report":
        return _report(arguments[1:])
    if arguments[0] == "-m" and len(arguments) > 1:
        install()
        _install_in_children()
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return 0
    if arguments[0].startswith("-"):
        print(f"unknown option {arguments[0]}\n{USAGE}", file=sys.stderr)
        return 2
    return _run(arguments)


def _report(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        lacking = missing(Path(arguments[0]).read_bytes(), arguments[0])
    except (OSError, SyntaxError, ValueError) as e:
        print(f"{arguments[0]}: {e}", file=sys.stderr)
        return 2
    for line, name in lacking:
        print(f"{arguments[0]}:{line}: {name}")
    print(f"{len(lacking)} names that adali lacks" if lacking else "adali has everything this script names")
    return 1 if lacking else 0


def _run(arguments: list[str]) -> int:
    path = arguments[0]
    if os.path.isdir(path):  # a folder with a __main__.py
        install()
        _install_in_children()
        sys.argv = arguments
        _set_first_path(path)
        runpy.run_path(path, run_name="__main__")
        return 0
    try:
        source = Path(path).read_bytes()
    except OSError as e:
        print(f"{sys.executable}: can't open file {path!r}: [Errno {e.errno}] {e.strerror}", file=sys.stderr)
        return 2
    install()
    _install_in_children()
    sys.argv = arguments
    _set_first_path(os.path.dirname(os.path.abspath(path)))
    path = os.path.abspath(path)
    script = types.ModuleType("__main__")
    script.__dict__.update(__file__=path, __cached__=None, __builtins__=builtins)
    # It stays there, for the threads and the exit functions that the script leaves behind.
    sys.modules["__main__"] = script
    try:
        exec(compile(source, path, "exec", dont_inherit=True), script.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        traceback = error.__traceback__
        assert traceback is not None
        # The script's own frames, as the interpreter shows them.
        sys.excepthook(type(error), error.with_traceback(traceback.tb_next), traceback.tb_next)
        if isinstance(error, KeyboardInterrupt) and hasattr(signal, "SIGINT") and os.name == "posix":
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _set_first_path(folder: str) -> None:
    """Put the script's folder where ``python -m`` has put the current one."""
    if getattr(sys.flags, "safe_path", False):
        return
    sys.path[0] = folder


class _Install:
    """Unpickled in a process that the script starts, it makes the aliases there."""

    def __reduce__(self) -> Any:
        return install, ()


def _install_in_children() -> None:
    # A process that is spawned imports the script before anything else.
    prepare = multiprocessing.spawn.get_preparation_data

    def with_aliases(name: str) -> dict[str, Any]:
        return {**prepare(name), "adali.dropin": _Install()}

    multiprocessing.spawn.get_preparation_data = with_aliases
