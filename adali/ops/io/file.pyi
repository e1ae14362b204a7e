# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the file family."""

from adali.fn._types import Input, Ints
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class Read(OperatorClass):
    """Reads whole files: the output holds their bytes, uint8 of shape (bytes,).

    Make a name in Python with ``np.frombuffer(name.encode(), np.uint8)``; a zero at its end is ignored. URLs are
    read
    as in the readers (docs/readers.md), one request for each worker thread at a time.

    Fails on a file that cannot be read.

    Inputs:
        filepaths: The name of a file or its URL, encoded: uint8 or int8, one dimension.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dont_use_mmap (bool): Read with plain I/O instead of mapping the file. Files are always read here, so both
            values do the same. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        use_o_direct (bool): Read local files without the system's cache. Where the system or the file system cannot
            do it, every file fails and says so. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dont_use_mmap: bool = False,
        preserve: bool = False,
        use_o_direct: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        filepaths: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...
