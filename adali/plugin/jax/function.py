"""Functions of JAX arrays as operators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from adali import fn
from adali.data import TensorListCPU
from adali.errors import ArgumentError
from adali.operators.generic.python_function import BatchFunction
from adali.operators.user_data import sample_of
from adali.plugin.jax.arrays import as_jax
from adali.types import DALI_TYPE_OF_DTYPE

__all__ = ["jax_function"]


def jax_function(
    function: Callable[..., Any] | None = None,
    num_outputs: int = 1,
    output_layouts: str | Sequence[str] | None = None,
    sharding: Any = None,
    device: str | None = None,
    preserve: bool = True,
) -> Any:
    """Make an operator of a function of JAX arrays; also a decorator, with and without arguments.

    ::

        @jax_function
        @jax.jit
        def flipped(images):
            return images[:, :, ::-1]


        @pipeline_def(batch_size=8, num_threads=4)
        def photos():
            files, labels = fn.readers.file(file_root="photos")
            return flipped(fn.resize(fn.decoders.image(files), size=(224, 224))), labels

    What it makes takes nodes of the graph, and returns one, or a tuple of them. The function runs once a batch, on a
    worker thread, and may be jitted, mapped or differentiated as anywhere.

    Args:
        function: gets a ``jax.Array`` for each input, (samples, *sample shape), that shares the batch's memory where
            JAX can use it; so all samples of an input must have one shape. It returns an array whose first axis counts
            the samples, too, or a tuple of them for several outputs.
        num_outputs: how many outputs it has; 0 for a function called for its effects.
        output_layouts: layout of a sample of each output, or one for all. Without it, an output has the layout of the
            input in the same place, if that has as many axes.
        sharding: a ``jax.sharding.Sharding`` with exactly one device in this process: the function gets arrays of the
            batches of all processes, and this process goes on with its part of what it returns.
        device: "cpu", or None. DALI takes "gpu", too.
        preserve: without effect: a function may have effects, so it is always called.

    Raises:
        ArgumentError: ``device`` or an input is on the GPU, ``num_outputs`` is negative, the function is a coroutine
            function, or the sharding has more than one device here.
    """
    if function is None:
        return functools.partial(
            jax_function,
            num_outputs=num_outputs,
            output_layouts=output_layouts,
            sharding=sharding,
            device=device,
            preserve=preserve,
        )
    if inspect.iscoroutinefunction(function):
        raise ArgumentError("jax_function takes no coroutine function; python_function does")
    if device not in (None, "cpu"):
        raise ArgumentError(f"jax_function runs on the CPU: device must be 'cpu' or None, got {device!r}")
    if sharding is not None and len(sharding.addressable_devices) != 1:
        raise ArgumentError(
            f"the sharding must have one device in this process, but it has {len(sharding.addressable_devices)}"
        )
    on_batches = _OnArrays(function, num_outputs, output_layouts, sharding)

    @functools.wraps(function)
    def operator(*inputs: Any) -> Any:
        for number, node in enumerate(inputs):
            if getattr(node, "device", "cpu") == "gpu":
                raise ArgumentError(f"jax_function runs on the CPU, but input {number} is on the GPU")
        made = fn.python_function(
            *inputs, function=on_batches, num_outputs=num_outputs, batch_processing=True, preserve=preserve
        )
        return tuple(made) if isinstance(made, list) else made

    return operator


class _OnArrays(BatchFunction):
    """A function of arrays, called with batches."""

    def __init__(
        self, function: Callable[..., Any], count: int, layouts: str | Sequence[str] | None, sharding: Any
    ) -> None:
        self.function = function
        self.count = count
        self.sharding = sharding
        self.layouts: list[str] | None = None
        if layouts is not None:
            self.layouts = [layouts] * count if isinstance(layouts, str) else list(layouts)
            if len(self.layouts) > count or not all(isinstance(layout, str) for layout in self.layouts):
                raise ArgumentError(
                    f"output_layouts must be a str, or one for each of {count} outputs, got {layouts!r}"
                )
            self.layouts += [""] * (count - len(self.layouts))

    def __call__(self, *inputs: TensorListCPU) -> tuple[TensorListCPU, ...]:
        result = self.function(*[self._array(number, batch) for number, batch in enumerate(inputs)])
        if self.count == 0:
            return ()
        items = result if isinstance(result, (tuple, list)) else (result,)
        if len(items) != self.count:
            raise ValueError(f"the function returned {len(items)} outputs, but num_outputs={self.count}")
        return tuple(self._batch(number, item, inputs) for number, item in enumerate(items))

    def _array(self, number: int, batch: TensorListCPU) -> Any:
        if not batch.is_dense_tensor():
            shapes = sorted({sample.shape for sample in batch._samples})
            raise ValueError(f"input {number} of a function of JAX arrays has samples of different shapes: {shapes}")
        array = as_jax(batch)
        if self.sharding is None:
            return array
        (here,) = self.sharding.addressable_devices
        shape = (array.shape[0] * len(self.sharding.device_set), *array.shape[1:])
        parts = [jax.device_put(array, here)]
        return jax.make_array_from_single_device_arrays(shape, self.sharding, parts)

    def _batch(self, number: int, item: Any, inputs: Sequence[TensorListCPU]) -> TensorListCPU:
        if not isinstance(item, (jax.Array, np.ndarray)):
            raise TypeError(f"output {number} of the function must be a jax.Array, got {type(item).__name__}")
        if self.sharding is not None and isinstance(item, jax.Array):
            item = item.addressable_data(0)
        size = len(inputs[0]) if inputs else None
        if not item.ndim or size not in (None, item.shape[0]):
            raise ValueError(f"output {number} of the function has shape {item.shape}; its first axis must be {size}")
        block = sample_of(np.array(item), copy=False)  # JAX may use its memory again
        layout = ""
        if self.layouts is not None:
            layout = self.layouts[number]
            if layout and len(layout) != item.ndim - 1:
                raise ValueError(f"layout {layout!r} of output {number} does not describe {item.ndim - 1} axes")
        elif number < len(inputs) and inputs[number].ndim() == item.ndim - 1:
            layout = inputs[number]._layout
        samples = [block[i, ...] for i in range(len(block))]
        return TensorListCPU._from_samples(samples, layout, dtype=DALI_TYPE_OF_DTYPE[block.dtype], slab=block)
