"""dl_tensor_python_function: the user's own function on DLPack capsules."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from adali.operators.base import Arg, ArgKind, Input, operator
from adali.operators.generic.python_function import PythonFunction
from adali.operators.gpu import GpuContext


@operator(
    "DLTensorPythonFunction",
    inputs=(Input("input", doc="Passed to the function in the order given; any number of them."),),
    min_inputs=0,
    max_inputs=256,
    args=(
        Arg("num_outputs", ArgKind.INT, 1, "How many outputs it has; 0 for a function called for its effects."),
        Arg(
            "batch_processing",
            ArgKind.BOOL,
            True,
            "Call it once a batch with lists of capsules, and not once a sample with capsules.",
        ),
        Arg(
            "output_layouts",
            ArgKind.OBJECT,
            None,
            "Layout of all outputs, or a list with one for each; outputs beyond a shorter list have none.",
        ),
        Arg("synchronize_stream", ArgKind.BOOL, True, "For GPU only: wait for the stream before the call."),
    ),
    num_outputs=lambda args: int(args.get("num_outputs", 1)),
    devices=("cpu", "gpu"),
    stateful=True,
    no_prune=True,
    serializable=False,
)
class DLTensorPythonFunction(PythonFunction):
    """Calls a Python function with DLPack capsules of its inputs, one a sample, or lists of them.

    ``torch.utils.dlpack.from_dlpack`` and its like make tensors of them without a copy; those must not be written into.
    The function returns capsules, or anything else that ``python_function`` may return; the result is copied. Plain
    functions and coroutine functions, several outputs and errors are as in ``python_function``.

    With device="gpu" the capsules hold device memory. Without ``synchronize_stream`` the function must order its work
    behind CuPy's current stream; what it returns as capsules must be complete there, other objects with DLPack are
    ordered by their own library.
    """

    constructor_args: ClassVar[tuple[str, ...]] = (
        "function",
        "num_outputs",
        "device",
        "synchronize_stream",
        "batch_processing",
    )

    def setup(self) -> None:
        super().setup()
        function = self.function

        def plain(*columns: Any) -> Any:
            return function(*map(_capsules, columns))

        async def asynchronous(*columns: Any) -> Any:
            return await function(*map(_capsules, columns))

        self.function = asynchronous if self.is_async else plain

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Capsules of device memory; the stage's stream is CuPy's current one while the function runs."""
        if self.args["synchronize_stream"]:
            ctx.bench.stream.synchronize()
        return super().run_gpu(ctx, *inputs)


def _capsules(samples: Any) -> Any:
    """The capsule of one array, or those of a list of arrays."""
    return [_capsule(s) for s in samples] if isinstance(samples, list) else _capsule(samples)


def _capsule(array: Any) -> Any:
    if not isinstance(array, np.ndarray):  # in device memory
        return array.__dlpack__()
    # NumPy exports no read-only memory, since a capsule of DLPack 0 cannot say that it is.
    return (array if array.flags.writeable else np.array(array)).__dlpack__()
