"""What an operator is made of: a schema, a class with one ``run`` method, and the context that ``run`` gets.

Contexts are in :mod:`.context`; operators import them from here, like all else that they need.

There are three kinds. A :class:`SampleOperator` sees one sample at a time and is run by worker threads, chained with
its neighbours. A :class:`BatchOperator` sees a whole batch. An :class:`InputOperator` makes batches out of nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from adali.data import TensorListCPU
from adali.errors import ArgumentError
from adali.graph.schema import REQUIRED, SEED, Arg, ArgKind, Input, OpSchema, registry
from adali.graph.spec import OpSpec
from adali.kernels import philox
from adali.operators.context import Array, BatchContext, SampleContext
from adali.types import DALIDataType

if TYPE_CHECKING:
    from adali.operators.gpu import GpuContext, Workbench

__all__ = [
    "ABSENT",
    "REQUIRED",
    "SEED",
    "Arg",
    "ArgKind",
    "Array",
    "BatchContext",
    "BatchOperator",
    "EndOfData",
    "Input",
    "InputChunk",
    "InputOperator",
    "OpEnv",
    "Operator",
    "SampleContext",
    "SampleErrors",
    "SampleOperator",
    "State",
    "operator",
]

#: Where an input operator goes on: plain data (numbers, text, lists, dicts).
State = Mapping[str, Any]


class _Absent:
    """Stands in a batch for a sample that is not in this branch of a conditional."""

    ndim = 0  # a batch asks its first sample

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


@dataclass(frozen=True)
class OpEnv:
    """What an operator may know of the pipeline it runs in.

    Attributes:
        batch_size: the largest batch.
        num_threads: number of worker threads.
        device_id: CUDA device, or None.
        seed: the pipeline's seed.
        on_error: "raise", "skip" or "replace".
        checkpointing: whether checkpoints may be taken, so that the states of the user's sources are kept.
        py_num_workers: number of workers that call a source with ``parallel=True``; None for ``num_threads``.
        py_start_method: "spawn" if those workers are processes.
        py_callback_pickler: what sends sources to them; None for pickle.
    """

    batch_size: int
    num_threads: int = 1
    device_id: int | None = None
    seed: int = 0
    on_error: str = "raise"
    py_num_workers: int | None = None
    checkpointing: bool = False
    py_start_method: str = "fork"
    py_callback_pickler: Any = None


class Operator:
    """Base of all operators; one instance serves one place of one built graph.

    Attributes:
        spec: the operator in the graph.
        env: the pipeline around it.
        args: constant arguments with defaults filled in.
        key: Philox key of a random operator.
        out_layout: layout of the outputs; None keeps that of the first input.
        makes_absent: outputs may be ABSENT for some samples (a split).
        takes_absent: it runs although an input is ABSENT (a merge).
        constructor_args: arguments that may be given by position, in this order: to the ``ops`` class and, for an
            operator without inputs, to the ``fn`` function.
    """

    schema: ClassVar[OpSchema]
    out_layout: ClassVar[str | None] = None
    makes_absent: ClassVar[bool] = False
    takes_absent: ClassVar[bool] = False
    constructor_args: ClassVar[tuple[str, ...]] = ()
    #: Kernels to compile when the pipeline is built: (file, name).
    gpu_kernels: Sequence[tuple[str, str]] = ()
    #: Keyword arguments that :meth:`bind` takes and the schema has not (a source, a function): for signatures, stubs
    #: and documentation.
    extra_args: ClassVar[tuple[Arg, ...]] = ()

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self.spec = spec
        self.env = env
        self.args: dict[str, Any] = {
            name: spec.args.get(name, None if arg.default is REQUIRED else arg.default)
            for name, arg in self.schema.by_name.items()
        }
        seed = self.args.get("seed", -1)
        if seed is None or seed == -1:
            self.key = philox.derive_key(env.seed, 1, spec.seed_index)
        else:
            self.key = philox.derive_key(seed, 0)
        self.setup()

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Take what is no schema argument out of the user's keyword arguments.

        Returns:
            The remaining keyword arguments, and an object kept as ``spec.state`` (a source, a function).
        """
        return kwargs, None

    @classmethod
    def present(cls, nodes: list[Any], kwargs: Mapping[str, Any]) -> Any:
        """What the user's call gives for the output nodes: by default the node, a list of several, or None."""
        return nodes[0] if len(nodes) == 1 else nodes or None

    def setup(self) -> None:
        """Check the arguments together and prepare what all batches share.

        Raises:
            ArgumentError: the arguments contradict each other.
        """

    def close(self) -> None:
        """Give back files, threads and the like."""

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Enqueue one batch on the device and return at once (see docs/adding_an_operator.md).

        Args:
            ctx: memory and launches, on the stage's stream.
            inputs: a TensorListGPU each; a TensorListCPU where the schema says that the input stays on the host.

        Returns:
            A TensorListGPU, or a tuple of them.
        """
        raise NotImplementedError

    def prepare_gpu(self, bench: Workbench) -> None:
        """Make what the first batch on a device would wait for; called when the pipeline is built, beside the compiler.

        Args:
            bench: of the stage that the operator belongs to.

        Raises:
            DeviceUnavailableError: something is not installed.
        """

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        """Layouts of the outputs, given those of the inputs ("" for none)."""
        layout = self.out_layout
        if layout is None:
            layout = inputs[0] if inputs else ""
        return (layout,) * len(self.spec.outputs)

    def given(self, name: str) -> bool:
        """Whether the user gave this argument, as a constant or per sample."""
        return name in self.spec.args or name in self.spec.arg_inputs

    def error(self, message: str) -> ArgumentError:
        """An argument error that names this operator and the user's line."""
        line = f"\n  made at {self.spec.line}" if self.spec.line else ""
        return ArgumentError(f"Operator {self.spec.label}: {message}{line}")


class SampleOperator(Operator):
    """An operator that computes each sample on its own.

    Attributes:
        inline: a batch of it may run on the engine's loop where the one before took microseconds; False for what runs
            the user's code, which may block.
    """

    inline: bool = True

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        """Compute one sample; inputs are read-only by convention. Several outputs are returned as a tuple."""
        raise NotImplementedError

    def fuse(self, following: SampleOperator) -> Callable[..., Array | tuple[Array, ...]] | None:
        """A function that does this operator's work and the next one's in one go, or None.

        It is called as ``f(ctx, following_ctx, *inputs)`` with this operator's inputs, returns the other's output, and
        must give exactly what the two would give one after the other. The engine asks where this operator's only
        output goes to ``following`` and nowhere else, as its only input.
        """
        return None


class BatchOperator(Operator):
    """An operator that needs the whole batch.

    Attributes:
        inline: it takes microseconds and may run on the engine's loop.
        mixes_samples: a sample of the output depends on other samples of the inputs.
    """

    inline: bool = False  # an instance may decide by the size of its work
    mixes_samples: ClassVar[bool] = True

    def run(
        self, ctx: BatchContext, *inputs: TensorListCPU
    ) -> TensorListCPU | tuple[TensorListCPU, ...] | Awaitable[TensorListCPU | tuple[TensorListCPU, ...]]:
        """Compute one batch. May be a coroutine function; it then runs on the engine's event loop."""
        raise NotImplementedError


class SampleErrors(Exception):
    """A batch operator failed on some samples only: index -> error, in ``errors``."""

    def __init__(self, errors: dict[int, Exception]) -> None:
        self.errors = errors
        super().__init__(f"{len(errors)} samples failed")


class EndOfData(Exception):
    """An input operator has no more data until it is reset."""


@dataclass
class InputChunk:
    """Samples made by an input operator.

    Attributes:
        columns: for each output, one array a sample.
        layouts: layout of each output.
        sources: where each sample came from, for messages.
        refillable: whether a sample may be left out and further ones asked for one by one (readers).
        epoch: number of the pass over the data that the samples belong to.
        epoch_end: whether the last sample is the last of its epoch.
        dtypes: data type of each output where the samples alone cannot say (an empty batch).
        failures: samples that could not be read: index -> error. Their places in the columns are not used.
        marks: for each sample the state of the operator after it, as :meth:`InputOperator.set_state` takes it; needed
            where the operator reads ahead.
    """

    columns: tuple[list[Array], ...]
    layouts: tuple[str, ...]
    sources: list[str | None] | None = None
    refillable: bool = False
    epoch: int = 0
    epoch_end: bool = False
    dtypes: tuple[DALIDataType | None, ...] | None = None
    failures: dict[int, Exception] = field(default_factory=dict)
    marks: Sequence[State] | None = None

    def __len__(self) -> int:
        return len(self.columns[0])


class InputOperator(Operator):
    """An operator that feeds the pipeline: a reader or a source.

    ``read`` runs on a thread of its own, always the same one, or on the engine's loop if it is a coroutine function.

    Attributes:
        exposed: numbers of the outputs that are outputs of the pipeline, too; set before the first ``read``. The
            consumer gets these very arrays.
        finish: an operator that ends the work on the worker threads: it is made from the same spec, gets what ``read``
            gives as inputs, and makes the outputs of the spec. It is used where arguments are data of the graph, and
            always with ``always_finishes``.
        always_finishes: see there.
        raw_columns: how many columns ``read`` gives to ``finish``; 0 for as many as there are outputs.
        deferred: whether ``finish`` is used; set by the engine. Where it is False, ``read`` does all the work.

    A reader with ``device="gpu"`` has a ``run_gpu``, which gets what ``read`` gives, in host memory; with ``deferred``
    (arguments are data of the graph) that is what ``finish`` would get.
    """

    exposed: frozenset[int] = frozenset()
    finish: ClassVar[type[SampleOperator] | None] = None
    always_finishes: ClassVar[bool] = False
    raw_columns: ClassVar[int] = 0
    deferred: bool = False

    def lend(self, finishing: SampleOperator) -> None:
        """Give the operator that ends the work what both use (an index, open files); called once, before either runs.

        What is lent is closed by this operator.
        """

    def use_memory(self, empty: Callable[[tuple[int, ...], Any], Array]) -> None:
        """Take large arrays from ``empty`` (shape, type), which recycles memory; called once, before the first read.

        It is not called where the batches of a pipeline lie in pinned memory, which is too dear for files.
        """

    @property
    def read_ahead(self) -> int:
        """How many batches to prepare beyond the iterations that were asked for."""
        return 0

    def read(self, count: int, iteration: int) -> InputChunk | Awaitable[InputChunk]:
        """Make a chunk of ``count`` samples (or fewer where an epoch ends or the data comes in batches).

        Raises:
            EndOfData: there is no more until :meth:`reset`.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Start from the beginning after :class:`EndOfData` or an error."""

    def next_epoch(self) -> None:
        """Leave out what is left of the current pass over the data."""

    def ready(self) -> bool:
        """Whether ``read`` has data; False for a source that waits for the user to feed it."""
        return True

    @property
    def waits_for_data(self) -> bool:
        """Whether a consumer may wait for data to be fed, rather than get an error."""
        return False

    def state(self) -> State | None:
        """Where reading goes on, as plain data; None if the operator cannot be resumed.

        Called when no ``read`` is under way. With ``read_ahead``, the marks of the chunks count instead.
        """
        return None

    def set_state(self, state: State) -> Awaitable[None] | None:
        """Go on where :meth:`state` was taken, in an operator with the same arguments, seed and data.

        Called on the thread that calls ``read``, and awaited on the engine's loop if it is a coroutine function.

        Raises:
            Exception: the state does not fit.
        """
        raise NotImplementedError

    def fingerprint(self) -> State:
        """What must be equal where a state is set, apart from arguments: the size of the data, for instance."""
        return {}

    def closing(self) -> None:
        """The engine is closing: a :meth:`set_state` under way should give up. Called from the engine's loop."""

    def locate(self, source: str) -> str:
        """Where a sample's source lies, for messages: a path that can be opened, for instance."""
        return source

    async def aclose(self) -> None:
        """Give back what belongs to the engine's event loop."""

    def set_epoch_batches(self, enabled: bool) -> None:
        """Whether a chunk ends where an epoch ends; called before the first ``read``."""

    @property
    def is_async(self) -> bool:
        """Whether ``read`` is a coroutine function."""
        return inspect.iscoroutinefunction(self.read)


T = TypeVar("T", bound="type[Operator]")


def operator(
    name: str,
    *,
    doc: str = "",
    inputs: tuple[Input, ...] = (),
    args: tuple[Arg, ...] = (),
    min_inputs: int = -1,
    max_inputs: int = -1,
    num_outputs: int | Callable[[Mapping[str, Any]], int] = 1,
    devices: tuple[str, ...] = ("cpu",),
    legacy: tuple[str, ...] = (),
    random: bool = False,
    stateful: bool = False,
    no_prune: bool = False,
    serializable: bool = True,
    output_per_optional_input: bool = False,
    wire_name: str = "",
) -> Callable[[T], T]:
    """Class decorator: register an operator under its schema name (see :class:`OpSchema` for the arguments).

    ``random=True`` adds the ``seed`` argument. The class's docstring is the documentation unless ``doc`` is given.
    """

    def register(cls: T) -> T:
        schema = OpSchema(
            name=name,
            doc=inspect.cleandoc(doc or cls.__doc__ or ""),
            inputs=inputs,
            min_inputs=min_inputs,
            max_inputs=max_inputs,
            args=(*args, SEED) if random else args,
            num_outputs=num_outputs,
            devices=devices,
            legacy=legacy,
            stateful=stateful or random,
            no_prune=no_prune,
            is_input=issubclass(cls, InputOperator),
            serializable=serializable,
            output_per_optional_input=output_per_optional_input,
            wire_name=wire_name,
        )
        cls.schema = schema
        registry.add(schema, cls)
        return cls

    return register
