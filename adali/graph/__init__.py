"""Graphs of operators: schemas, specs, nodes, and building a validated graph from them."""

from adali.graph.graph import Graph, GraphBuilder, build_graph
from adali.graph.node import DataNode
from adali.graph.schema import Arg, ArgKind, Input, OpSchema, registry
from adali.graph.spec import OpSpec, call_operator

__all__ = [
    "Arg",
    "ArgKind",
    "DataNode",
    "Graph",
    "GraphBuilder",
    "Input",
    "OpSchema",
    "OpSpec",
    "build_graph",
    "call_operator",
    "registry",
]
