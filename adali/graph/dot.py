"""A graph as a Graphviz DOT file, and (from :mod:`adali.graph.svg`) as a drawing that needs no Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterable

from adali.graph.graph import Graph
from adali.graph.spec import OpSpec
from adali.graph.svg import to_svg

__all__ = ["to_dot", "to_svg"]

#: Colours by device.
_COLORS = {"cpu": "blue", "mixed": "cyan", "gpu": "#76b900"}
_PLAIN = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*\Z|-?[0-9]+\Z")
_KEYWORDS = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})


def to_dot(graph: Graph, *, show_tensors: bool = False, show_ids: bool = False, use_colors: bool = False) -> str:
    """The graph in the DOT language.

    Each operator is a node, with an edge to each operator that uses one of its outputs, in the order of the graph.

    Args:
        graph: the graph.
        show_tensors: also draw the batches, as boxes between the operators; an edge into one is labelled with the
            number of the output it is, an edge out of it with the number of the input it becomes.
        show_ids: put each operator's number in the graph into its label.
        use_colors: colour operators by device: blue on the CPU, cyan from CPU to GPU, green on the GPU.
    """
    users = _users(graph)
    names = _Names(spec.name for spec in graph.specs)
    lines = ["digraph graphname {"]
    for number, spec in enumerate(graph.specs):
        me = _quote(spec.name)
        attributes = []
        if show_ids:
            attributes.append(f"label={_quote(f'{number}: {spec.name}', always=True)}")
        if use_colors:
            attributes.append(f'color="{_COLORS[spec.device]}"')
        if attributes:
            lines.append(f"{me}[{', '.join(attributes)}];")
        style = "[style=dotted]" if show_tensors else ""
        seen: set[int] = set()
        for node in spec.outputs:
            for user, _ in users.get(id(node), ()):
                if id(user) not in seen:
                    seen.add(id(user))
                    lines.append(f"{me} -> {_quote(user.name)}{style};")
        if show_tensors:
            for node in spec.outputs:
                tensor = names.unique(f"{node.name.replace('[', '_').replace(']', '_')}_{node.device}")
                lines.append(f"{tensor}[shape=box];")
                lines.append(f"{me} -> {tensor}[label={node.index}];")
                lines += [f"{tensor} -> {_quote(user.name)}[label={i}];" for user, i in users.get(id(node), ())]
        lines.append("")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _users(graph: Graph) -> dict[int, list[tuple[OpSpec, int]]]:
    """For each batch, the operators that use it and as which of their inputs."""
    users: dict[int, list[tuple[OpSpec, int]]] = {}
    for spec in graph.specs:
        for index, node in enumerate((*spec.inputs, *spec.arg_inputs.values())):
            users.setdefault(id(node), []).append((spec, index))
    return users


class _Names:
    """Names of nodes that are not taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def unique(self, name: str) -> str:
        """The name, made longer until nothing else has it, quoted where it must be."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return _quote(name)


def _quote(name: str, always: bool = False) -> str:
    if not always and _PLAIN.match(name) and name.lower() not in _KEYWORDS:
        return name
    # Inside quotes only the quote ends the string; a backslash is doubled, since it begins an escape in labels.
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    return f'"{escaped}"'
