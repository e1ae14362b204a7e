"""Functional API: ``fn.resize(images, size=...)`` adds an operator to the graph and returns its output node.

The functions are made from the operators' schemas; the stub beside this file is generated from them as well.
"""

import adali.operators as _operators  # noqa: F401  (fills the registry)
from adali.graph.frontend import fill_fn as _fill_fn

_fill_fn(__name__)
