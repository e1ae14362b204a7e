"""A graph drawn as a self-contained SVG: operators in layers, coloured by stage, outputs at the bottom.

The layout is the usual one for layered graphs: layers by longest path, barycentric sweeps against crossings, and
positions that are the least-squares answer to "stay under your neighbours and do not overlap".
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from adali.graph.graph import Graph, is_transfer
from adali.graph.spec import OpSpec

__all__ = ["to_svg"]

_LAYER_GAP = 54.0
_NODE_GAP = 26.0
_MARGIN = 28.0
_LEGEND = 34.0
_TITLE_SIZE, _TEXT_SIZE = 13.0, 11.0
_SWEEPS = 12
_MAX_TEXT = 40

#: Stage -> its name, and line and fill colours on a light and on a dark background.
_STAGES = {
    "reader": ("input", "#b45309", "#fef3e2", "#f59e0b", "#3a2a12"),
    "cpu": ("CPU", "#1d5fbf", "#e8f1fd", "#6aa9f7", "#13273f"),
    "mixed": ("CPU to GPU", "#0e7f86", "#e2f6f6", "#35c4cb", "#0f3134"),
    "gpu": ("GPU", "#4d7c0f", "#eff8e0", "#9bd13c", "#22330c"),
    "output": ("output", "#57606a", "#f2f4f6", "#9aa4af", "#2a2f36"),
}


@dataclass(eq=False)
class _Box:
    """A node of the drawing, or (without a stage) the place where a long edge crosses a layer."""

    stage: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    tip: str = ""
    layer: int = 0
    width: float = 10.0
    height: float = 0.0
    x: float = 0.0  # centre
    y: float = 0.0  # top
    before: list[_Box] = field(default_factory=list)
    after: list[_Box] = field(default_factory=list)


@dataclass(eq=False)
class _Edge:
    """An edge through all the boxes it passes, with the name of the argument it feeds."""

    path: list[_Box]
    label: str = ""


def to_svg(graph: Graph) -> str:
    """Draw the graph.

    Every operator is a box with its name and the arguments the user gave; a dashed arrow feeds an argument. The colours
    follow the viewer's light or dark scheme. Nothing outside the file is needed to show it.

    Args:
        graph: the graph.

    Returns:
        The text of an SVG file.
    """
    boxes, edges = _boxes(graph)
    _assign_layers(boxes, edges)
    layers = _with_passages(boxes, edges)
    _order(layers)
    width, height = _place(layers)
    return _write(layers, edges, width, height)


# ---- what is drawn -----------------------------------------------------------------------------------------------


def _boxes(graph: Graph) -> tuple[list[_Box], list[_Edge]]:
    of: dict[int, _Box] = {}
    edges = []
    for spec in graph.specs:
        box = of[id(spec)] = _operator_box(spec)
        edges += [_Edge([of[id(node.source)], box]) for node in spec.inputs]
        edges += [_Edge([of[id(node.source)], box], name) for name, node in spec.arg_inputs.items()]
    boxes = list(of.values())
    for index, node in enumerate(graph.outputs):
        which = f" [{node.index}]" if len(node.source.outputs) > 1 else ""
        box = _sized(_Box("output", f"output {index}", (), f"{node.name} on {node.device}{which}"))
        boxes.append(box)
        edges.append(_Edge([of[id(node.source)], box]))
    room = dict.fromkeys(boxes, 24.0)
    for edge in edges:
        room[edge.path[1]] += _port_width(edge)
    for box in boxes:
        box.width = max(box.width, room[box])
    return boxes, edges


def _operator_box(spec: OpSpec) -> _Box:
    schema = spec.schema
    title = ".".join((*schema.module_path, schema.fn_name))
    if is_transfer(spec):
        title = f".{spec.outputs[0].device}()"
    elif schema.name == "_ArithmeticGenericOp" and "expression_desc" in spec.args:
        title = str(spec.args["expression_desc"])
    arguments = ", ".join(f"{k}={_value(v)}" for k, v in spec.args.items() if k != "expression_desc")
    lines = [] if spec.name.startswith("__") else [f"“{spec.name}”"]
    if arguments:
        lines.append(arguments)
    tip = f"{spec.schema.name} ({spec.name}) on {spec.device}"
    if arguments:
        tip += f"\n{arguments}"
    if spec.line is not None:
        tip += f"\n{os.path.basename(spec.line.filename)}:{spec.line.lineno} {spec.line.text}"
    stage = "reader" if schema.is_input else spec.device
    return _sized(_Box(stage, _short(title), tuple(_short(t) for t in lines), tip))


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        shown = [_value(v) for v in value[:6]]
        return f"[{', '.join(shown)}{', …' if len(value) > 6 else ''}]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(getattr(value, "name", value))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _sized(box: _Box) -> _Box:
    widest = max([_TITLE_SIZE * 0.65 * len(box.title), *(_TEXT_SIZE * 0.58 * len(t) for t in box.lines)])
    box.width = max(widest + 30.0, 72.0)
    box.height = (24.0 if box.stage == "output" else 30.0) + 15.0 * len(box.lines)
    return box


# ---- layers ------------------------------------------------------------------------------------------------------


def _assign_layers(boxes: Sequence[_Box], edges: Sequence[_Edge]) -> None:
    into: dict[int, list[_Box]] = {}
    out: dict[int, list[_Box]] = {}
    for edge in edges:
        into.setdefault(id(edge.path[1]), []).append(edge.path[0])
        out.setdefault(id(edge.path[0]), []).append(edge.path[1])
    for box in boxes:  # in an order in which each comes after those it depends on
        box.layer = 1 + max((b.layer for b in into.get(id(box), ())), default=-1)
    last = max(box.layer for box in boxes if box.stage != "output") + 1
    for box in reversed(boxes):
        if box.stage == "output":
            box.layer = last
        elif box.stage != "reader" and id(box) not in into and id(box) in out:
            # What feeds an argument stands next to its first user, not at the top.
            box.layer = min(b.layer for b in out[id(box)]) - 1


def _with_passages(boxes: Sequence[_Box], edges: Sequence[_Edge]) -> list[list[_Box]]:
    layers: list[list[_Box]] = [[] for _ in range(1 + max(box.layer for box in boxes))]
    for box in boxes:
        layers[box.layer].append(box)
    for edge in edges:
        first, final = edge.path
        path = [first]
        for layer in range(first.layer + 1, final.layer):
            path.append(_Box(layer=layer))
            layers[layer].append(path[-1])
        edge.path = [*path, final]
        for a, b in pairwise(edge.path):
            a.after.append(b)
            b.before.append(a)
    return layers


def _order(layers: list[list[_Box]]) -> None:
    """Reorder each layer by the mean position of its neighbours, down and up; the order with least crossings stays."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        for index in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            place = {id(b): i for i, b in enumerate(layers[index - 1 if down else index + 1])}
            here = {id(b): float(i) for i, b in enumerate(layers[index])}
            for box in layers[index]:
                near = box.before if down else box.after
                if near:
                    here[id(box)] = sum(place[id(n)] for n in near) / len(near)
            layers[index].sort(key=lambda b: here[id(b)])
        found = _crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(layers: Sequence[Sequence[_Box]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        place = {id(b): i for i, b in enumerate(lower)}
        ends = [e for b in upper for e in sorted(place[id(n)] for n in b.after)]
        # Inversions of the lower ends, counted with a Fenwick tree.
        tree = [0] * (len(lower) + 1)
        for count, end in enumerate(ends):
            i, before = end + 1, 0
            while i:
                before += tree[i]
                i &= i - 1
            total += count - before
            i = end + 1
            while i <= len(lower):
                tree[i] += 1
                i += i & -i
    return total


# ---- positions ---------------------------------------------------------------------------------------------------


def _place(layers: Sequence[Sequence[_Box]]) -> tuple[float, float]:
    y = _MARGIN + _LEGEND
    for layer in layers:
        x = 0.0
        height = max(box.height for box in layer)
        for box in layer:
            box.x, box.y = x + box.width / 2, y + (height - box.height) / 2
            x += box.width + _NODE_GAP
        y += height + _LAYER_GAP
    for sweep in range(5 * _SWEEPS):
        # At first towards one side, which moves whole columns; then between all neighbours.
        down, both = sweep % 2 == 0, sweep >= _SWEEPS
        for layer in layers if down else reversed(layers):
            wanted, weights = [], []
            for box in layer:
                near = [*box.before, *box.after] if both else (box.before if down else box.after)
                near = near or [*box.before, *box.after]
                pulls = [_pull(box, other) for other in near]
                weights.append(sum(pulls) or 1.0)
                wanted.append(sum(b.x * w for b, w in zip(near, pulls, strict=True)) / weights[-1] if near else box.x)
            _separate(layer, wanted, weights)
    left = min(box.x - box.width / 2 for layer in layers for box in layer)
    for layer in layers:
        for box in layer:
            box.x += _MARGIN - left
    width = max(box.x + box.width / 2 for layer in layers for box in layer) + _MARGIN
    return width, y - _LAYER_GAP + _MARGIN


def _pull(a: _Box, b: _Box) -> float:
    """How much an edge between them wants to be vertical: bends in the middle of long edges look worst."""
    return (1.0, 3.0, 12.0)[(not a.stage) + (not b.stage)]


def _separate(layer: Sequence[_Box], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """Set positions as near to the wanted ones as possible, without overlap and in order.

    With the distances taken out this is isotonic regression, which pooling adjacent violators solves exactly.
    """
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + (a.width + b.width) / 2 + _NODE_GAP)
    pools: list[tuple[float, float, int]] = []  # weighted sum, weight, members
    for want, offset, weight in zip(wanted, offsets, weights, strict=True):
        pools.append(((want - offset) * weight, weight, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            (s, w, n), (t, v, m) = pools[-2:]
            pools[-2:] = [(s + t, w + v, n + m)]
    positions = [s / w for s, w, n in pools for _ in range(n)]
    for box, position, offset in zip(layer, positions, offsets, strict=True):
        box.x = position + offset


# ---- text --------------------------------------------------------------------------------------------------------


def _write(layers: Sequence[Sequence[_Box]], edges: Sequence[_Edge], width: float, height: float) -> str:
    stages = [s for s in _STAGES if any(box.stage == s for layer in layers for box in layer)]
    legend, legend_width = _legend([s for s in stages if s != "output"])
    width = max(width, legend_width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img">',
        f"<title>Pipeline of {sum(1 for la in layers for b in la if b.stage not in ('', 'output'))} operators</title>",
        f"<style>{_style()}</style>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="head" d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}" rx="10"/>',
        legend,
    ]
    out_ports = _ports(edges, 0)
    in_ports = _ports(edges, -1)
    labels = []
    for edge in edges:
        start, end = out_ports[id(edge)], in_ports[id(edge)]
        kind = "edge argument" if edge.label else "edge"
        parts.append(f'<path class="{kind}" d="{_curve(edge.path, start, end)}" marker-end="url(#arrow)"/>')
        if edge.label:
            labels.append(
                f'<text class="label" x="{end + 5:.1f}" y="{edge.path[-1].y - 9:.1f}">{_escape(edge.label)}</text>'
            )
    parts += [_draw(box) for layer in layers for box in layer if box.stage]
    parts += labels
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _style() -> str:
    def colours(dark: bool) -> str:
        rules = [
            f".{stage} .shape{{stroke:{s[3] if dark else s[1]};fill:{s[4] if dark else s[2]}}}"
            f".{stage} .bar{{fill:{s[3] if dark else s[1]}}}"
            for stage, s in _STAGES.items()
        ]
        page, ink, soft, line = (
            ("#16191d", "#e8eaed", "#a9b1ba", "#7d8690") if dark else ("#ffffff", "#1b1f24", "#57606a", "#8a939d")
        )
        rules.append(
            f".page{{fill:{page}}}.title{{fill:{ink}}}.text,.label{{fill:{soft}}}.label{{stroke:{page}}}"
            f".edge{{stroke:{line}}}.head{{fill:{line}}}"
        )
        return "".join(rules)

    return (
        "text{font-family:ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif}"
        f".title{{font-size:{_TITLE_SIZE}px;font-weight:600;text-anchor:middle}}"
        f".text{{font-size:{_TEXT_SIZE}px;text-anchor:middle}}.legend .text{{text-anchor:start}}"
        ".label{font-size:10px;font-style:italic;stroke-width:3;paint-order:stroke}"
        ".shape{stroke-width:1.3}.edge{fill:none;stroke-width:1.5}.argument{stroke-dasharray:4 3}"
        f"{colours(False)}@media(prefers-color-scheme:dark){{{colours(True)}}}"
    )


def _legend(stages: Sequence[str]) -> tuple[str, float]:
    x, parts = _MARGIN, []
    for stage in stages:
        name = _STAGES[stage][0]
        parts.append(
            f'<g class="{stage}"><rect class="shape" x="{x:.0f}" y="18" width="12" height="12" rx="3"/>'
            f'<text class="text" x="{x + 18:.0f}" y="28">{name}</text></g>'
        )
        x += 36.0 + 6.4 * len(name)
    return f'<g class="legend">{"".join(parts)}</g>', x


def _port_width(edge: _Edge) -> float:
    """Room an edge needs where it enters its box."""
    return 18.0 + 5.4 * len(edge.label)


def _ports(edges: Sequence[_Edge], which: int) -> dict[int, float]:
    """Where each edge leaves (``which`` 0) or enters (-1) its box: side by side, in the order of their other ends."""
    groups: dict[int, list[_Edge]] = {}
    for edge in edges:
        groups.setdefault(id(edge.path[which]), []).append(edge)
    ports = {}
    for group in groups.values():
        box = group[0].path[which]
        group.sort(key=lambda e: e.path[1 if which == 0 else -2].x)
        if which == 0:
            widths = [min(18.0, (box.width - 24.0) / len(group))] * len(group)
        else:
            widths = [_port_width(e) for e in group]
        x = box.x - sum(widths) / 2
        for edge, width in zip(group, widths, strict=True):
            # The label stands on the right of the arrow.
            ports[id(edge)] = x + (9.0 if edge.label and which else width / 2)
            x += width
    return ports


def _curve(path: Sequence[_Box], start: float, end: float) -> str:
    """A smooth line with vertical tangents from the first box through the passages into the last."""
    points = [(start, path[0].y + path[0].height)]
    points += [(box.x, box.y + box.height / 2) for box in path[1:-1]]
    points.append((end, path[-1].y - 1.5))
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y1 - y0) / 2
        parts.append(f"C{x0:.1f} {y0 + half:.1f} {x1:.1f} {y1 - half:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)


def _draw(box: _Box) -> str:
    left, radius = box.x - box.width / 2, box.height / 2 if box.stage == "output" else 7.0
    parts = [
        f'<g class="node {box.stage}"><title>{_escape(box.tip)}</title>'
        f'<rect class="shape" x="{left:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{radius:.1f}"/>'
    ]
    if box.stage != "output":
        parts.append(
            f'<rect class="bar" x="{left + 5:.1f}" y="{box.y + 7:.1f}" width="3" height="{box.height - 14:.1f}" '
            'rx="1.5"/>'
        )
    y = box.y + (16.5 if box.stage == "output" else 19.5)
    parts.append(f'<text class="title" x="{box.x:.1f}" y="{y:.1f}">{_escape(box.title)}</text>')
    for index, line in enumerate(box.lines):
        parts.append(f'<text class="text" x="{box.x:.1f}" y="{y + 15.0 * (index + 1):.1f}">{_escape(line)}</text>')
    parts.append("</g>")
    return "".join(parts)


def _escape(text: str) -> str:
    # XML has no way to write control characters, and lone surrogates cannot be encoded.
    clean = "".join(c if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff") else "�" for c in text)
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        clean = clean.replace(plain, entity)
    return clean.replace("\ufffe", "�").replace("\uffff", "�")
