"""The pages ``docs/operators/*.md``, from the operators' schemas.

``python -m adali.graph.docs`` writes them in a source tree, ``--check`` tells whether those on disk are up to date
(and exits with 1 if not), ``--pictures`` also renders the pictures of image operators.
"""

from __future__ import annotations

import argparse
import enum
import sys
from pathlib import Path
from typing import Any

from adali.graph import pictures, stubs
from adali.graph.frontend import arguments, input_names
from adali.graph.schema import COMMON_ARGS, Arg, OpSchema, registry, snake_case

__all__ = ["main", "pages"]

FOLDER = stubs.PACKAGE.parent / "docs" / "operators"
HEADER = "<!-- Generated from the operators' schemas by `python -m adali.graph.docs`; do not edit. -->\n"
FAMILIES = {
    "reader": "Readers",
    "decoder": "Decoders",
    "image": "Images",
    "random": "Random numbers",
    "color": "Colour",
    "geometry": "Geometry",
    "filter": "Filters",
    "audio": "Audio",
    "generic": "Generic operators",
    "math": "Arithmetic",
    "python": "Python functions and sources",
}
#: How near results are to those of the real DALI, as the tests of the golden cases demand it.
TOLERANCES = {
    "reader": "Names, labels, order and epochs are the same; where samples are shuffled, their distribution.",
    "decoder": "Pixels and shapes are the same (16-bit colours as 8-bit grey: at most 1 apart).",
    "image": "Windows, flips and integer results of crop_mirror_normalize are the same, its floats within 1e-4; "
    "resized integers are at most 1 apart and 0.3 on average.",
    "random": "The distributions are the same (Kolmogorov-Smirnov), the numbers are not.",
    "color": "Integers are at most 1 apart, floats 1e-5 of the range of values.",
    "geometry": "Integers are at most 2 apart and 0.5 on average, floats 1e-4 of the largest value.",
    "filter": "Integers are at most 1 apart and 0.05 on average, floats 1e-4 of the largest value (float16: 2e-3); "
    "noise has the same distribution.",
    "detection": "Floats are within 1e-4, integers the same; where results are random, their distribution.",
    "audio": "Floats are within 1e-4 of the largest value of the sample, rounded integers at most 1 apart.",
    "generic": "Results are the same; floats of sums are within 1e-5.",
    "math": "Integers are the same, floats within 1e-5; reductions of floats, too.",
    "conditional": "Results of whole pipelines are the same.",
}
COMMON = {a.name for a in COMMON_ARGS}


def pages() -> dict[str, str]:
    """Text of every page, by file name."""
    families: dict[str, list[OpSchema]] = {}
    for name, schema in stubs.operators():
        if name == schema.name:
            family = registry[name][1].__module__.split(".")[2]
            families.setdefault(family, []).append(schema)
    order = [f for f in FAMILIES if f in families] + sorted(families.keys() - FAMILIES.keys())
    files = {f"{family}.md": _page(family, families[family]) for family in order}
    files["index.md"] = _index(order, families)
    return files


def _title(family: str) -> str:
    return FAMILIES.get(family, family.replace("_", " ").capitalize())


def _index(order: list[str], families: dict[str, list[OpSchema]]) -> str:
    lines = [
        HEADER,
        "# Operators",
        "",
        "Every operator has a function in `adali.fn` and a class in `adali.ops`; both take the same arguments. "
        "An operator that DALI once called otherwise keeps that name, too.",
        "",
        "All operators run on the CPU. Which of those that DALI has on the GPU have a kernel here stands in "
        "[GPU results](../gpu-results.md); they have not yet run on a device.",
        "",
        "How near results are to those of the real DALI stands on each page; [how many cases](../golden.md) of each "
        "operator are compared is counted, and what else checks those that have none.",
        "",
    ]
    for family in order:
        lines += [
            f"## [{_title(family)}]({family}.md)",
            "",
            "| function | class | what it does |",
            "| --- | --- | --- |",
        ]
        for schema in families[family]:
            link = f"[`{_fn(schema.name)}`]({family}.md#{_anchor(schema)})"
            lines.append(f"| {link} | `{_ops(schema.name)}` | {_cell(schema.doc.splitlines()[0])} |")
        lines.append("")
    lines += [
        "## Arguments of all operators",
        "",
        "| argument | type | what it does |",
        "| --- | --- | --- |",
        "| `device` | str | Where the operator runs: `cpu`, `gpu`, or `mixed` (from the CPU to the GPU). |",
        "| `name` | str | Name of the operator in the graph; made up when it is not given. |",
    ]
    lines += [f"| `{a.name}` | {_kind(a)} | {_cell(a.doc)} |" for a in COMMON_ARGS]
    return "\n".join(lines) + "\n"


def _page(family: str, schemas: list[OpSchema]) -> str:
    lines = [HEADER, f"# {_title(family)}", "", "[All operators](index.md)"]
    if family in TOLERANCES:
        link = "[Number of compared cases by operator](../golden.md)"
        lines += ["", f"Compared with the real DALI: {TOLERANCES[family]} {link}."]
    for schema in schemas:
        lines += ["", f"## {_heading(schema)}", "", *_names(schema), "", schema.doc, ""]
        lines += _picture(schema)
        lines += _inputs(schema)
        lines += _arguments(schema)
        while not lines[-1]:
            lines.pop()
    return "\n".join(lines) + "\n"


def _heading(schema: OpSchema) -> str:
    return _fn(schema.name).removeprefix("fn.")


def _anchor(schema: OpSchema) -> str:
    # A heading's anchor has no full stops.
    return _heading(schema).replace(".", "").lower()


def _fn(name: str) -> str:
    *path, last = name.split("__")
    return ".".join(["fn", *path, snake_case(last)])


def _ops(name: str) -> str:
    return ".".join(["ops", *name.split("__")])


def _names(schema: OpSchema) -> list[str]:
    inputs = ", ".join(input_names(schema))
    if schema.max_inputs > schema.min_inputs:
        inputs += ", *inputs" if inputs else "*inputs"
    count = schema.num_outputs
    fixed = (
        isinstance(count, int)
        and not schema.output_per_optional_input
        and all(a.name != "num_outputs" for a in arguments(schema))
    )
    outputs = f"{count} output{'s' if count != 1 else ''}" if fixed else "outputs as the arguments say"
    lines = [
        f"`{_fn(schema.name)}({inputs}{', ' if inputs else ''}...)` · `{_ops(schema.name)}` · {outputs} · "
        f"{', '.join(schema.devices)}"
    ]
    legacy = [n for n in schema.legacy if not n.startswith("_")]
    if legacy:
        old = ", ".join(f"`{_fn(n)}` / `{_ops(n)}`" for n in legacy)
        lines += ["", f"Also known as {old}."]
    return lines


def _picture(schema: OpSchema) -> list[str]:
    if not pictures.has_picture(schema):
        return []
    remark = pictures.remark(schema)
    return [
        f"![before and after {_heading(schema)}](pictures/{pictures.file_name(schema)})",
        "",
        f"`{pictures.EXAMPLES[schema.name]}`" + (f" ({remark})" if remark else ""),
        "",
    ]


def _inputs(schema: OpSchema) -> list[str]:
    if not schema.inputs:
        return []
    lines = ["| input | layouts | what it is |", "| --- | --- | --- |"]
    lines += [f"| {i.name} | {', '.join(i.layouts) or 'any'} | {_cell(i.doc)} |" for i in schema.inputs]
    return [*lines, ""]


def _arguments(schema: OpSchema) -> list[str]:
    own = [a for a in arguments(schema) if a.name not in COMMON]
    current = [a for a in own if a.deprecated is None]
    if not current:
        return []
    lines = ["| argument | type | default | what it does |", "| --- | --- | --- | --- |"]
    lines += [f"| `{a.name}` | {_kind(a)} | {_default(a)} | {_cell(a.doc)} |" for a in current]
    old = [
        f"`{a.name}`" + (f" (now `{a.deprecated}`)" if a.deprecated else " (ignored)")
        for a in own
        if a.deprecated is not None
    ]
    if old:
        lines += ["", f"Old names that still work: {', '.join(old)}."]
    return [*lines, ""]


def _kind(arg: Arg) -> str:
    return arg.kind.value + (" or DataNode" if arg.tensor else "")


def _default(arg: Arg) -> str:
    value: Any = arg.default
    if arg.required:
        return "must be given"
    if value is None:
        return ""
    if isinstance(value, enum.Enum):
        return f"`{value.name}`"
    if isinstance(value, tuple):
        return _cell("`" + (", ".join(str(v) for v in value) or "()") + "`")
    return f"`{value!r}`"


def _cell(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m adali.graph.docs", description="Write docs/operators/*.md.")
    parser.add_argument("--check", action="store_true", help="only tell which are not up to date")
    parser.add_argument("--pictures", action="store_true", help="also render the pictures of image operators")
    options = parser.parse_args(argv)
    if options.pictures:
        for name in pictures.write(FOLDER / "pictures"):
            print(f"written: docs/operators/pictures/{name}")
    action = stubs.check if options.check else stubs.write
    wrong = action(pages(), root=FOLDER, pattern="*.md", folders=["."])
    for path in wrong:
        print(f"{'not up to date' if options.check else 'written'}: {Path('docs/operators', path)}")
    if options.check and wrong:
        print("run `python -m adali.graph.docs` (make stubs) and commit the result")
    return int(bool(options.check and wrong))


if __name__ == "__main__":
    sys.exit(main())
