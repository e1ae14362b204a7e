"""Class API: ``ops.Resize(size=...)`` makes an operator, and calling it with nodes adds it to the graph.

The classes are made from the operators' schemas; the stub beside this file is generated from them as well.
"""

import adali.operators as _operators  # noqa: F401  (fills the registry)
from adali.graph.compose import Compose as Compose
from adali.graph.compose import cpu_ops as cpu_ops
from adali.graph.compose import gpu_ops as gpu_ops
from adali.graph.compose import mixed_ops as mixed_ops
from adali.graph.frontend import fill_ops as _fill_ops

_fill_ops(__name__)
