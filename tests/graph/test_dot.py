"""Graphs as DOT text and as SVG drawings."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali.operators  # noqa: F401  (fills the registry)
from adali import sync
from adali.graph import DataNode, Graph, GraphBuilder, build_graph, call_operator, scope
from adali.graph.dot import to_dot, to_svg
from adali.graph.schema import registry
from adali.operators.base import Arg, ArgKind, Input, SampleContext, SampleOperator, operator

NS = {"svg": "http://www.w3.org/2000/svg"}


@pytest.fixture(autouse=True, scope="module")
def _operators() -> Iterator[None]:
    @operator(
        "test__DotBlend",
        inputs=(Input("left"), Input("right")),
        min_inputs=1,
        args=(Arg("amount", ArgKind.FLOAT, 1.0, tensor=True),),
        num_outputs=2,
        devices=("cpu", "gpu", "mixed"),
    )
    class Blend(SampleOperator):
        def run(self, ctx: SampleContext, *inputs: Any) -> Any:
            return inputs[0], inputs[0]

    yield
    registry.remove("test__DotBlend")


def constant(name: str | None = None) -> DataNode:
    return call_operator("Constant", [], {"idata": [1], "name": name})[0]


def blend(*inputs: DataNode, **kwargs: Any) -> list[DataNode]:
    return call_operator("test__DotBlend", list(inputs), kwargs)


def graph_of(define: Callable[[], list[DataNode]]) -> Graph:
    builder = GraphBuilder()
    with scope.scope(builder):
        outputs = define()
    return build_graph(outputs, builder, builder.sinks)


def small() -> list[DataNode]:
    a = constant("a")
    b = constant("b")
    first, second = blend(a, b, amount=b, name="mix")
    return [first, second, blend(first, name="last", device="mixed")[0]]


def test_edges_follow_the_graph() -> None:
    text = to_dot(graph_of(small))
    assert text == "digraph graphname {\na -> mix;\n\nb -> mix;\n\nmix -> last;\n\n\n}\n"


def test_an_operator_used_twice_has_one_edge_and_two_tensor_edges() -> None:
    text = to_dot(graph_of(small), show_tensors=True)
    assert text.count("b -> mix[style=dotted];") == 1
    assert "b_cpu[shape=box];" in text
    assert "b -> b_cpu[label=0];" in text
    assert "b_cpu -> mix[label=1];" in text
    assert "b_cpu -> mix[label=2];" in text
    assert "mix -> mix_1__cpu[label=1];" in text
    assert "mix_0__cpu -> last[label=0];" in text


def test_colours_and_ids() -> None:
    text = to_dot(graph_of(small), show_ids=True, use_colors=True)
    assert 'a[label="0: a", color="blue"];' in text
    assert 'last[label="3: last", color="cyan"];' in text
    assert "color" not in to_dot(graph_of(small))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain_1", "plain_1"),
        ("two words", '"two words"'),
        ('quo"te', '"quo\\"te"'),
        ("back\\", '"back\\\\"'),
        ("line\nbreak", '"line\\nbreak"'),
        ("a -> b; }", '"a -> b; }"'),
        ("Graph", '"Graph"'),
        ("1st", '"1st"'),
        ("", '""'),
    ],
)
def test_names_are_escaped(name: str, written: str) -> None:
    text = to_dot(graph_of(lambda: blend(constant(name), name="user")[:1]))
    assert f"\n{written} -> user;\n" in text


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=12))
def test_any_name_stays_inside_its_quotes(name: str) -> None:
    text = to_dot(graph_of(lambda: blend(constant(name), name="user")[:1]), show_ids=True)
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "Q", text, flags=re.S)
    assert '"' not in unquoted
    assert unquoted.count("->") == 1
    assert unquoted.count("{") == unquoted.count("}") == 1


def test_tensor_names_do_not_hide_operators() -> None:
    def define() -> list[DataNode]:
        return [blend(constant("a"), constant("a_cpu"))[0]]

    text = to_dot(graph_of(define), show_tensors=True)
    assert "a_cpu_[shape=box];" in text
    assert "a_cpu[shape=box];" not in text


def test_save_graph_to_dot_file(tmp_path: Any) -> None:
    pipe = sync.Pipeline(2, 1, None)
    with pipe:
        pipe.set_outputs(*blend(constant("a"), name="mix"))
    path = tmp_path / "graph.dot"
    pipe.save_graph_to_dot_file(str(path), use_colors=True)
    assert 'a[color="blue"];\na -> mix;' in path.read_text()


# ---- SVG -----------------------------------------------------------------------------------------------------


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    found = []
    for group in root.iterfind(".//svg:g", NS):
        if group.get("class", "").startswith("node"):
            rect = group.find("svg:rect", NS)
            assert rect is not None
            x, y, w, h = (float(rect.get(k, "")) for k in ("x", "y", "width", "height"))
            found.append((x, y, w, h))
    return found


def assert_sound(text: str, nodes: int, edges: int) -> ET.Element:
    """Every box and arrow is there, inside the page, and no two boxes overlap."""
    root = ET.fromstring(text)
    _, _, width, height = (float(v) for v in root.get("viewBox", "").split())
    rects = boxes(root)
    assert len(rects) == nodes
    assert sum("edge" in (p.get("class") or "") for p in root.iterfind(".//svg:path", NS)) == edges
    for x, y, w, h in rects:
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    rects.sort(key=lambda r: (r[1], r[0]))
    for i, (x, y, w, h) in enumerate(rects):
        for x2, y2, w2, _ in rects[i + 1 :]:
            if y2 >= y + h:
                break
            assert x2 >= x + w - 0.2 or x >= x2 + w2 - 0.2
    return root


def test_svg_of_a_small_graph() -> None:
    text = to_svg(graph_of(small))
    root = assert_sound(text, nodes=4 + 3, edges=2 + 1 + 1 + 3)
    words = {t.text for t in root.iterfind(".//svg:text", NS)}
    assert {"constant", "test.dot_blend", "“mix”", "idata=[1]", "amount", "output 0", "output 2"} <= words
    assert not re.search(
        r"(href|src|url\((?!#))|<script|@import", text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    )


def test_svg_arrows_lead_downwards() -> None:
    root = ET.fromstring(to_svg(graph_of(small)))
    for path in root.iterfind(".//svg:path", NS):
        if "edge" in (path.get("class") or ""):
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d", ""))]
            assert numbers[-1] > numbers[1]


def test_svg_shows_stages_and_transfers() -> None:
    def define() -> list[DataNode]:
        return [blend(constant("a").gpu(), device="gpu")[0]]

    root = ET.fromstring(to_svg(graph_of(define)))
    classes = [g.get("class") for g in root.iterfind(".//svg:g", NS)]
    assert classes.count("node cpu") == 1
    assert classes.count("node mixed") == 1
    assert classes.count("node gpu") == 1
    assert ".gpu()" in {t.text for t in root.iterfind(".//svg:text", NS)}


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=12))
def test_svg_is_well_formed_for_any_name(name: str) -> None:
    text = to_svg(graph_of(lambda: blend(constant(name), name="user")[:1]))
    ET.fromstring(text.encode())


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_svg_of_random_graphs(data: st.DataObject) -> None:
    nodes: list[DataNode] = []

    def define() -> list[DataNode]:
        nodes.append(constant())
        for _ in range(data.draw(st.integers(0, 12))):
            if data.draw(st.integers(0, 3)) == 0:
                nodes.append(constant())
                continue
            picked = [nodes[data.draw(st.integers(0, len(nodes) - 1))] for _ in range(data.draw(st.integers(1, 2)))]
            extra = {"amount": nodes[0]} if data.draw(st.booleans()) else {}
            nodes.extend(blend(*picked, **extra))
        return [nodes[data.draw(st.integers(0, len(nodes) - 1))] for _ in range(data.draw(st.integers(1, 4)))]

    graph = graph_of(define)
    count = sum(len(s.inputs) + len(s.arg_inputs) for s in graph.specs) + len(graph.outputs)
    assert_sound(to_svg(graph), nodes=len(graph.specs) + len(graph.outputs), edges=count)


def test_svg_of_a_long_chain_with_a_far_reference() -> None:
    def define() -> list[DataNode]:
        first = node = constant("first")
        for _ in range(150):
            node = blend(node)[0]
        return [node, first]

    assert_sound(to_svg(graph_of(define)), nodes=151 + 2, edges=150 + 2)
