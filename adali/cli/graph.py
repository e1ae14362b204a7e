"""``adali graph``: draw the graph of a pipeline that some module holds."""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import sys
from typing import Any

from adali.cli import CommandError
from adali.errors import AdaliError
from adali.pipeline import PipelineBase

__all__ = ["graph", "load"]


def graph(options: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        CommandError: the pipeline cannot be found or made, or the file cannot be written.
    """
    kind = options.output.suffix.lower()
    if kind not in (".svg", ".dot", ".gv"):
        raise CommandError(f"cannot draw {options.output.name}: the file must end in .svg or .dot")
    pipe = load(options.pipeline, options.arg)
    try:
        if kind == ".svg":
            from adali.graph.dot import to_svg

            options.output.write_text(to_svg(pipe._defined()), encoding="utf-8")
        else:
            pipe.save_graph_to_dot_file(
                str(options.output),
                show_tensors=options.tensors,
                show_ids=options.ids,
                use_colors=not options.no_colors,
            )
    except (AdaliError, NotImplementedError) as e:
        raise CommandError(f"{options.pipeline} has no valid graph: {e}") from e
    except OSError as e:
        raise CommandError(f"cannot write {options.output}: {e.strerror}") from None
    print(options.output)


def load(where: str, arguments: list[str]) -> PipelineBase:
    """The pipeline named by ``module:name``.

    Args:
        where: ``package.module:attribute``; the current folder is searched first.
        arguments: ``key=value`` for a function or class; values are Python literals, or else strings.

    Raises:
        CommandError: there is no such thing, or it is no pipeline.
    """
    module_name, colon, attribute = where.partition(":")
    if not (module_name and colon and attribute):
        raise CommandError(f"expected MODULE:NAME, for instance training:pipe, got {where!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as e:
        if e.name is None or not (module_name == e.name or module_name.startswith(e.name + ".")):
            raise
        raise CommandError(f"there is no module {e.name!r} here or among the installed ones") from None
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise CommandError(f"{module_name} has no {attribute!r}") from None
    kwargs = dict(_argument(a) for a in arguments)
    if callable(value) and not isinstance(value, PipelineBase):
        try:
            value = value(**kwargs)
        except (TypeError, ValueError, AdaliError) as e:
            raise CommandError(f"{where} cannot be made into a pipeline: {e}") from e
    elif kwargs:
        raise CommandError(f"{where} is a pipeline already and takes no --arg")
    if not isinstance(value, PipelineBase):
        raise CommandError(f"{where} is a {type(value).__name__}, not a pipeline")
    return value


def _argument(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.isidentifier():
        raise CommandError(f"--arg takes KEY=VALUE, got {text!r}")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value
