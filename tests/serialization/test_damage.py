"""Messages that are damaged or made up: a clear error or a pipeline, never a crash, a hang or a heap of memory."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import operator_messages as messages
import pytest

from adali import sync
from adali.errors import GraphError
from adali.graph import GraphBuilder, registry
from adali.serialization import DamagedPipelineError, load_pipeline, message

Mutation = Callable[[random.Random, bytes], bytes]


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(rng: random.Random, data: bytes) -> bytes:
    at, size = rng.randrange(len(data)), rng.choice((1, 4, 10))
    fill = rng.choice((b"\xff", b"\x00", b"\x80", b"\x7f", bytes([rng.randrange(256)])))
    return data[:at] + fill * size + data[at + size :]


def insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.choice((1, 3, 12))) + data[at:]


def splice(rng: random.Random, data: bytes) -> bytes:
    """Leave out a piece, or repeat it elsewhere."""
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    at = rng.randrange(len(data))
    return data[:a] + data[b:] if rng.random() < 0.5 else data[:at] + data[a:b] + data[at:]


def rewrite(rng: random.Random, data: bytes) -> bytes:
    """A message that is well formed and says something else: the damage that parsing does not find."""
    parsed = message.parse(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        change(rng, parsed)
    return message.to_bytes(parsed)


def change(rng: random.Random, node: Any) -> None:
    """Change, repeat or remove a random field of a message, or go deeper."""
    fields = [(f, v) for f, v in node.ListFields()]
    field, value = rng.choice(fields)
    if not isinstance(value, (bool, int, float, str, bytes)):  # a repeated field
        if not len(value):
            return
        at = rng.randrange(len(value))
        action = rng.random()
        if hasattr(value[at], "ListFields"):
            if action < 0.8:
                change(rng, value[at])
            elif action < 0.9:
                value.add().CopyFrom(value[at])
            else:
                del value[at]
        elif action < 0.7:
            value[at] = other(rng, value[at], field.name)
        elif action < 0.85:
            value.append(value[at])
        else:
            del value[at]
    elif rng.random() < 0.1 and field.name not in ("name", "device", "is_vector", "batch_size", "is_argument_input"):
        node.ClearField(field.name)
    else:
        setattr(node, field.name, other(rng, value, field.name))


def other(rng: random.Random, value: Any, name: str) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        wide = name in ("ints", "seed", "num_threads", "executor_flags", "bytes_per_sample_hint")
        limit = 63 if wide else 31
        return rng.choice((0, 1, -1, 2, 7, 1000, 2**limit - 1, -(2**limit), rng.getrandbits(limit)))
    if isinstance(value, float):
        return rng.choice((0.0, -1.0, 1e30, float("inf"), float("nan")))
    if isinstance(value, bytes):
        return rng.choice((b"", b"gpu", b"\xff\xfe", value + b"x", b"a" * 1000))
    return rng.choice(
        ("", "gpu", "device", "random__Uniform", "ExternalSource", value + "x", "x\0y", rng.choice(list(registry)))
    )


MUTATIONS: list[Mutation] = [cut, flip, overwrite, insert, splice, rewrite, rewrite, rewrite]


def loads(data: bytes) -> bool:
    """Whether the message makes a pipeline; anything but a GraphError goes up."""
    try:
        pipe = sync.Pipeline.deserialize(data)
        pipe._defined()
    except GraphError:
        return False
    return True


@pytest.fixture
def originals(golden: dict[str, Any]) -> list[bytes]:
    """Golden messages that load, so that damage is the only reason to refuse one."""
    found = [entry["message"] for entry in golden["pipelines"].values() if loads(entry["message"])]
    assert len(found) > 8
    return found


@pytest.fixture(scope="module")
def of_operators() -> list[bytes]:
    """Messages of every operator, as adali and DALI write them."""
    return [messages.usable(messages.message_of(e)) for entries in messages.read().values() for e in entries.values()]


def mutate(originals: list[bytes], count: int, seed: int) -> None:
    """Load damaged messages, and check what comes of it."""
    rng = random.Random(seed)
    refused = 0
    tracemalloc.start()
    try:
        for _ in range(count):
            data = rng.choice(MUTATIONS)(rng, rng.choice(originals))
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            refused += not loads(data)
            assert tracemalloc.get_traced_memory()[1] - before < 8 << 20
    finally:
        tracemalloc.stop()
    # Both happen, or this would test nothing.
    assert count // 4 < refused < count


def test_mutated_messages(originals: list[bytes], of_operators: list[bytes]) -> None:
    mutate(originals, 400, 20261123)
    mutate(of_operators, 600, 20261128)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_thousand_mutated_messages(originals: list[bytes], of_operators: list[bytes], seed: int) -> None:
    mutate(originals, 5000, seed)
    mutate(of_operators, 5000, seed)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_truncated_message(originals: list[bytes], of_operators: list[bytes]) -> None:
    """A message cut at any byte is refused, or it is one whose rest adds nothing that is needed."""
    cuts = 0
    for data in [*originals, *of_operators[::8]]:
        for end in range(len(data)):
            cuts += 1
            loads(data[:end])
    assert cuts > 10_000


@pytest.mark.parametrize("size", [0, 1, 7, 64, 4096])
def test_noise(size: int) -> None:
    rng = random.Random(size)
    for _ in range(50):
        assert not loads(rng.randbytes(size))


# ---- each contradiction by itself --------------------------------------------------------------------------------


def make(define: Callable[[Any], None], *, names: tuple[str, ...] = ("a",)) -> bytes:
    """A message with one test operator for each name, then changed."""
    pipe = message.pipeline_def()
    pipe.batch_size, pipe.num_threads = 2, 1
    for name in names:
        op = pipe.op.add(name="Constant", inst_name=name)
        op.output.add(name=name, device="cpu", is_argument_input=False)
        values = op.args.add(name="idata", type="int64", is_vector=True)
        values.extra_args.add(name="element 0", type="int64", is_vector=False).ints.append(1)
    pipe.pipe_outputs.add(name=names[0], device="cpu", is_argument_input=False)
    define(pipe)
    return message.to_bytes(pipe)


def add_argument(op: Any, name: str, **fields: Any) -> None:
    argument = op.args.add(name=name, is_vector=False)
    for field, value in fields.items():
        getattr(argument, field).append(value)


def use(pipe: Any, node: str, device: str = "cpu") -> Any:
    op = pipe.op.add(name="test__Blend", inst_name="mix")
    op.input.add(name=node, device=device, is_argument_input=False)
    for index in range(2):
        op.output.add(name=f"mix[{index}]", device="cpu", is_argument_input=False)
    return op


def set_name(pipe: Any) -> None:
    pipe.op[0].name = "NoSuchOperator"
    pipe.op.add(name="Another__One")


def feed_twice(pipe: Any) -> None:
    op = use(pipe, "a")
    op.input.add(name="a", device="cpu", is_argument_input=True, arg_name="amount")
    op.input.add(name="a", device="cpu", is_argument_input=True, arg_name="amount")


def set_twice(pipe: Any) -> None:
    op = use(pipe, "a")
    add_argument(op, "flag", bools=True)
    add_argument(op, "flag", bools=False)


def many(pipe: Any, count: int) -> None:
    op = pipe.op.add(name="test__Many", inst_name="many")
    op.output.add(name="many", device="cpu", is_argument_input=False)
    add_argument(op, "count", ints=count)


@pytest.mark.parametrize(
    ("define", "words"),
    [
        (set_name, "operators that adali lacks: Another__One, NoSuchOperator"),
        (lambda p: use(p, "b"), "test__Blend \\(mix\\): it uses 'b', which no operator before it makes"),
        (lambda p: use(p, "a", "tpu"), "unknown device 'tpu'"),
        (lambda p: p.op.add().CopyFrom(p.op[0]), "two operators have the name 'a'"),
        (lambda p: use(p, "a").output.add(name="x", device="cpu", is_argument_input=False), "lists 3 outputs"),
        (lambda p: setattr(use(p, "a").output[1], "name", "a"), "makes 'a', which an operator before it makes as well"),
        (lambda p: setattr(p.pipe_outputs[0], "name", "b"), "outputs: the pipeline uses 'b'"),
        (lambda p: p.ClearField("pipe_outputs"), "has no outputs"),
        (lambda p: add_argument(p.op[0], "colour", ints=1), "lacks(.|\\n)*unexpected 'colour' argument"),
        (lambda p: add_argument(use(p, "a"), "amount", strings=b"x"), "'amount': expected float, got 'x'"),
        (lambda p: add_argument(use(p, "a"), "dtype", ints=999), "'dtype'(.|\\n)*999"),
        (lambda p: add_argument(use(p, "a"), "amount"), "'amount' does not hold one value"),
        (lambda p: add_argument(p.op[0], "device", strings=b"tpu"), "device must be"),
        (lambda p: add_argument(p.op[0], "device", ints=3), "its device is 3"),
        (set_twice, "the argument 'flag' is given twice"),
        (feed_twice, "the argument 'amount' is given twice"),
        (lambda p: many(p, 1 << 40), "lists 1 outputs"),
        (lambda p: many(p, -1), "lists 1 outputs"),
        (lambda p: setattr(p, "num_threads", 1 << 40), "num_threads=1099511627776"),
        (lambda p: setattr(p, "prefetch_queue_depth_cpu", 2**31 - 1), "prefetch_queue_depth_cpu=2147483647"),
        (lambda p: setattr(p.pipe_outputs[0], "dtype", 777), "unknown type 777"),
    ],
)
def test_contradictions(define: Callable[[Any], None], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        load_pipeline(make(define), GraphBuilder())


def test_a_surprise_in_an_operator_is_reported_as_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(cls: Any, kwargs: dict[str, Any]) -> Any:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(registry["test__Blend"][1], "bind", classmethod(bind))
    with pytest.raises(DamagedPipelineError, match=r"operator test__Blend \(mix\): oops") as error:
        load_pipeline(make(lambda p: use(p, "a")), GraphBuilder())
    assert isinstance(error.value.__cause__, ZeroDivisionError)


def test_a_failed_load_leaves_the_pipeline_as_it_was() -> None:
    pipe = sync.Pipeline.deserialize(make(lambda p: None))
    before = pipe.serialize()
    with pytest.raises(GraphError):
        pipe._load(make(lambda p: use(p, "b")))
    assert pipe.serialize() == before


# ---- conventions of other releases -------------------------------------------------------------------------------


def test_missing_settings_are_defaults() -> None:
    loaded = load_pipeline(make(lambda p: p.ClearField("num_threads")), GraphBuilder())
    assert (loaded.batch_size, loaded.num_threads, loaded.device_id, loaded.seed) == (2, -1, None, -1)
    assert (loaded.exec_pipelined, loaded.exec_async, loaded.prefetch_queue_depth) == (True, True, 2)
    assert (loaded.output_dtypes, loaded.output_ndims, loaded.output_layouts) == ((None,), (None,), (None,))


@pytest.mark.parametrize("seed", [-1, -600000000000])
def test_a_negative_seed_is_none(seed: int) -> None:
    """Old releases wrote what they had drawn from the clock; DALI of today takes it for "not given"."""
    assert load_pipeline(make(lambda p: setattr(p, "seed", seed)), GraphBuilder()).seed == -1


def test_legacy_names_and_old_devices() -> None:
    def define(pipe: Any) -> None:
        op = use(pipe, "a")
        op.name = "TestBlend"
        add_argument(op, "device", strings=b"support")
        add_argument(op, "name", strings=b"mix")

    loaded = load_pipeline(make(define), GraphBuilder())
    assert loaded.outputs[0].name == "a"
    builder = GraphBuilder()
    load_pipeline(make(define), builder)
    assert [(s.schema.name, s.name, s.device) for s in builder.specs][1] == ("test__Blend", "mix", "cpu")


def test_names_of_batches_are_the_messages_own() -> None:
    """An operator's outputs may be called anything; only references among them count."""

    def define(pipe: Any) -> None:
        op = use(pipe, "a")
        op.output[1].name = "second"
        pipe.pipe_outputs[0].name = "second"

    output = load_pipeline(make(define), GraphBuilder()).outputs[0]
    assert (output.source.name, output.index) == ("mix", 1)


def test_an_operator_without_a_name_is_called_by_its_output() -> None:
    loaded = load_pipeline(make(lambda p: p.op[0].ClearField("inst_name")), GraphBuilder())
    assert loaded.outputs[0].source.name == "a"
