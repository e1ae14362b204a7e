"""What every operator must have and do, asked of each one in the registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from recipes import LAYOUTS, RANDOM, RECIPES, build, ragged, run, sources

import adali.fn
import adali.ops
from adali import fn, sync
from adali.errors import AdaliError, ArgumentError, GraphError, UnknownArgumentError
from adali.graph import docs, pictures, stubs
from adali.graph.frontend import docstring, invoke
from adali.graph.schema import COMMON_ARGS, Arg, ArgKind, OpSchema, registry, snake_case
from adali.operators.base import BatchOperator, InputOperator, SampleOperator

OWN = sorted(n for n in registry if registry[n][1].__module__.startswith("adali.operators."))
NAMES = sorted(n for name in OWN for n in (name, *registry[name][0].legacy))


def schema_of(name: str) -> OpSchema:
    return registry[name][0]


def resolve(module: Any, name: str, last: str) -> Any:
    for part in name.split("__")[:-1]:
        module = getattr(module, part)
    return getattr(module, last)


def own_arguments(schema: OpSchema) -> list[Arg]:
    common = {a.name for a in COMMON_ARGS}
    extra = registry[schema.name][1].extra_args
    return [*(a for a in schema.by_name.values() if a.name not in common), *extra]


def some_inputs(schema: OpSchema) -> list[Any]:
    return [adali.fn.constant(idata=1)] * schema.min_inputs


def required(schema: OpSchema, skip: str = "") -> dict[str, Any]:
    """A value for each argument that must be given."""
    values: dict[ArgKind, Any] = {
        ArgKind.INT: 1,
        ArgKind.FLOAT: 1.0,
        ArgKind.BOOL: True,
        ArgKind.STR: "x",
        ArgKind.DTYPE: adali.types.FLOAT,
        ArgKind.INTERP: adali.types.INTERP_LINEAR,
        ArgKind.IMAGE_TYPE: adali.types.RGB,
        ArgKind.LAYOUT: "HW",
        ArgKind.FEATURES: {"x": adali.tfrecord.FixedLenFeature([], adali.tfrecord.int64, 0)},
        ArgKind.OBJECT: print,
    }
    arguments = [*schema.by_name.values(), *registry[schema.name][1].extra_args]
    return {
        a.name: [values[a.kind.element]] if a.kind.is_vector else values[a.kind]
        for a in arguments
        if a.required and a.name != skip
    }


def test_the_registry_is_not_empty() -> None:
    assert {"readers__File", "decoders__Image", "Resize", "CropMirrorNormalize", "random__Uniform"} <= set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_documented(name: str) -> None:
    schema = schema_of(name)
    first = schema.doc.splitlines()[0]
    assert first.endswith("."), "the first line is a sentence"
    assert len(first) > 15
    for item in schema.inputs:
        assert item.doc or item.name, f"input {item.name}"
    for arg in own_arguments(schema):
        if arg.deprecated is None:
            assert len(arg.doc) > 10, f"argument {arg.name}"
            assert arg.doc.rstrip().endswith((".", "...", ")", "?")), f"argument {arg.name}: a sentence"
        elif arg.deprecated:
            assert arg.deprecated in schema.by_name, f"{arg.name} is the old name of an argument that does not exist"
    assert all(a.name in docstring(schema) for a in own_arguments(schema))


@pytest.mark.parametrize("name", OWN)
def test_schema_agrees_with_its_class(name: str) -> None:
    schema, cls = registry[name]
    assert cls.schema is schema
    assert schema.name == name
    assert issubclass(cls, (SampleOperator, BatchOperator, InputOperator))
    assert schema.is_input == issubclass(cls, InputOperator)
    assert set(schema.devices) <= {"cpu", "gpu", "mixed"}
    assert schema.devices
    assert 0 <= schema.min_inputs <= schema.max_inputs
    assert schema.max_inputs == 0 or schema.inputs, "inputs have names"


@pytest.mark.parametrize("name", OWN)
def test_defaults_are_of_the_arguments_own_type(name: str) -> None:
    for arg in schema_of(name).by_name.values():
        if not arg.required and arg.default is not None:
            assert arg.check(arg.default) == arg.default, arg.name


@pytest.mark.parametrize("name", NAMES)
def test_in_fn_and_ops_under_every_name(name: str) -> None:
    last = name.split("__")[-1]
    function = resolve(adali.fn, name, snake_case(last))
    cls = resolve(adali.ops, name, last)
    assert function.__doc__ == cls.__doc__ == docstring(schema_of(name))
    assert function.__name__ == snake_case(last)
    assert cls.__name__ == last
    assert function.__module__.startswith("adali.fn")
    assert cls.__module__.startswith("adali.ops")


@pytest.mark.parametrize("name", OWN)
def test_unknown_argument(name: str) -> None:
    schema = schema_of(name)
    with pytest.raises(UnknownArgumentError, match="no_such_argument") as error:
        invoke(name, some_inputs(schema), {**required(schema), "no_such_argument": 1})
    assert name in str(error.value)
    # The nearest name that exists is offered.
    near = next((a.name for a in own_arguments(schema) if len(a.name) > 5 and a.name in schema.by_name), "preserve")
    with pytest.raises(UnknownArgumentError, match=f"Did you mean.*'{near}'"):
        invoke(name, some_inputs(schema), {**required(schema), near + "z": 1})


@pytest.mark.parametrize("name", OWN)
def test_unknown_argument_of_the_class(name: str) -> None:
    schema = schema_of(name)
    if name.split("__")[-1].startswith("_"):
        pytest.skip("not public")
    with pytest.raises((ArgumentError, TypeError), match="no_such_argument"):
        resolve(adali.ops, name, name.split("__")[-1])(**required(schema), no_such_argument=1)


class Nonsense:
    """A value of no argument's type."""


TYPED = [(n, a.name) for n in OWN for a in schema_of(n).by_name.values() if a.kind is not ArgKind.OBJECT]


@pytest.mark.parametrize(("name", "argument"), TYPED)
def test_mistyped_argument(name: str, argument: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError) as error:
        invoke(name, some_inputs(schema), {**required(schema, skip=argument), argument: Nonsense()})
    assert name in str(error.value)
    assert argument in str(error.value)
    assert isinstance(error.value, TypeError)


@pytest.mark.parametrize("name", [n for n in OWN if any(a.required for a in schema_of(n).by_name.values())])
def test_missing_argument(name: str) -> None:
    schema = schema_of(name)
    for arg in schema.by_name.values():
        if arg.required:
            with pytest.raises(ArgumentError, match=arg.name):
                invoke(name, some_inputs(schema), required(schema, skip=arg.name))


@pytest.mark.parametrize("name", OWN)
def test_wrong_number_of_inputs(name: str) -> None:
    schema = schema_of(name)
    nodes = some_inputs(schema)
    node = adali.fn.constant(idata=1)
    if schema.min_inputs > 0:
        with pytest.raises(GraphError, match=r"expects .* inputs, but received"):
            invoke(name, nodes[1:], required(schema))
    if schema.max_inputs < 64:
        with pytest.raises(GraphError, match=r"expects .* inputs, but received"):
            invoke(name, [node] * (schema.max_inputs + 1), required(schema))


@pytest.mark.parametrize("name", OWN)
def test_wrong_device(name: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError, match="device"):
        invoke(name, some_inputs(schema), {**required(schema), "device": "tpu"})
    for device in {"gpu", "mixed", "cpu"} - set(schema.devices):
        with pytest.raises(ArgumentError, match=device):
            invoke(name, some_inputs(schema), {**required(schema), "device": device})


CONSTANT_ONLY = [(n, a.name) for n in OWN for a in schema_of(n).by_name.values() if not a.tensor]


@pytest.mark.parametrize(("name", "argument"), CONSTANT_ONLY)
def test_a_constant_argument_takes_no_node(name: str, argument: str) -> None:
    schema = schema_of(name)
    with pytest.raises(ArgumentError, match=argument):
        invoke(
            name,
            some_inputs(schema),
            {**required(schema, skip=argument), argument: adali.fn.constant(idata=1)},
        )


def test_every_operator_has_a_page_and_a_line_in_the_index() -> None:
    pages = docs.pages()
    for name, schema in stubs.operators():
        if name == schema.name:
            function = ".".join([*name.split("__")[:-1], schema.fn_name])
            assert f"`fn.{function}`" in pages["index.md"]
            assert any(f"\n## {function}\n" in text for text in pages.values())


# ---- every operator, run by its recipe (tests/recipes.py) -----------------------------------------------------------

#: Why samples of a batch may differ from the same samples alone; types, axes and sizes of batches are compared.
DEPENDS_ON_THE_BATCH = {
    **dict.fromkeys(RANDOM, "random: the numbers depend on the place in the batch"),
    "MultiPaste": "in_ids=[0] takes regions from the batch's first image",
    "PermuteBatch": "mixes samples",
}
#: Why an operator does not follow the batches that are fed.
OWN_BATCHES = {
    f"readers__{name}": "a reader says itself how large its batches are"
    for name in ("File", "TFRecord", "Webdataset", "MXNet", "Caffe", "Caffe2")
} | {"experimental__inputs__Video": "its videos say how large its batches are"}
#: Recipes that work with a batch of any size.
ANY_BATCH = {"PermuteBatch": "return fn.permute_batch(matrix(), indices=number() * 0),"}

SAMPLES = ragged(7)
SIZES = (1, 4, 2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators that write files write them here."""
    monkeypatch.chdir(tmp_path)


def batches(sizes: tuple[int, ...]) -> list[dict[str, list[Any]]]:
    """The samples, cut into batches."""
    ends = np.cumsum(sizes).tolist()
    return [{k: v[end - size : end] for k, v in SAMPLES.items()} for size, end in zip(sizes, ends, strict=True)]


def made(name: str, batch_size: int, body: str = "", layouts: dict[str, str] | None = None) -> sync.Pipeline:
    """The recipe's pipeline with sources for all inputs; the image is its last output."""
    return build(body or RECIPES[name], batch_size, extra=True, from_files=False, layouts=layouts)


@pytest.mark.parametrize("name", OWN)
def test_has_a_recipe(name: str) -> None:
    assert name in RECIPES, "write one in tests/recipes.py"
    specs = made(name, 4)._defined().specs
    assert any(s.schema.name == name for s in specs), "the recipe uses the operator"


def test_recipes_and_reasons_are_of_operators_that_exist() -> None:
    assert set(ANY_BATCH) | set(OWN_BATCHES) <= set(OWN)
    assert set(DEPENDS_ON_THE_BATCH) <= set(RECIPES)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", [n for n in OWN if n not in OWN_BATCHES])
def test_batches_of_varying_size(name: str) -> None:
    body = ANY_BATCH.get(name, "")
    together = run(made(name, max(SIZES), body), batches(SIZES))
    for size, outputs in zip(SIZES, together, strict=True):
        assert [len(output) for output in outputs] == [size] * len(outputs)
    alone = run(made(name, 1, body), batches((1,) * 7))
    for index in range(len(together[0])):
        got = [sample for outputs in together for sample in outputs[index]]
        want = [outputs[index][0] for outputs in alone]
        for a, b in zip(got, want, strict=True):
            assert (a.dtype, a.ndim) == (b.dtype, b.ndim)
            if name not in DEPENDS_ON_THE_BATCH:
                np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", OWN)
def test_serializes_and_loads_again(name: str) -> None:
    pipe = made(name, 4)
    if not registry[name][0].serializable:
        with pytest.raises(GraphError, match=name):
            pipe.serialize()
        return
    data = pipe.serialize()
    again = sync.Pipeline.deserialize(data)
    assert again.serialize() == data
    once = batches((4 if name in OWN_BATCHES else 3,))
    for want, got in zip(run(pipe, once), run(again, once), strict=True):
        for a, b in zip(want, got, strict=True):
            for x, y in zip(a, b, strict=True):
                assert x.dtype == y.dtype
                np.testing.assert_array_equal(x, y)


#: What messages of other libraries and of Python look like.
ACCIDENT = re.compile(r"OpenCV|division by zero|object at 0x|cannot reshape array|could not broadcast|NoneType|ufunc")


def attempt(pipe: sync.Pipeline, batch: dict[str, list[Any]]) -> AdaliError | None:
    """Run one batch; the error, if any, is adali's and names the operator that failed."""
    error = None
    try:
        run(pipe, [batch])
    except AdaliError as e:
        error = e
    if error is not None:
        named = [s.schema.name for s in pipe._defined().specs]
        assert any(n in str(error) for n in named), str(error)
        assert not ACCIDENT.search(str(error)), f"not a message for users: {error}"
    return error


def refused(name: str, body: str, layouts: dict[str, str]) -> AdaliError | None:
    """What is wrong with a graph, found when it is made or when it runs."""
    try:
        pipe = made(name, 4, body, layouts)
    except AdaliError as error:
        return error
    return attempt(pipe, batches((2,))[0])


DECLARED = [n for n in OWN if any(i.layouts for i in registry[n][0].inputs)]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", DECLARED)
def test_wrong_layout(name: str) -> None:
    wrong = {source: "QRS"[: len(layout)] for source, layout in LAYOUTS.items()}
    body = re.sub(r"layout='\w+'", lambda m: f"layout='{'QRST'[: len(m[0]) - 9]}'", RECIPES[name])
    error = refused(name, body, wrong)
    assert error is not None, "a layout it does not know was taken"
    assert name in str(error)
    assert re.search("layout|axis|axes", str(error), re.IGNORECASE), str(error)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("dtype", [np.bool_, np.float64])
@pytest.mark.parametrize("name", [n for n in OWN if registry[n][0].max_inputs])
def test_unusual_type(name: str, dtype: Any) -> None:
    """It works, or fails with a clear message."""
    batch = {k: [np.asarray(s).astype(dtype) for s in v] for k, v in batches((2,))[0].items()}
    batch["image"] = batch["image"] if "image()" in RECIPES[name] else batches((2,))[0]["image"]
    attempt(made(name, 2), batch)


@pytest.mark.parametrize("value", ["text", np.array([1 + 2j]), np.array(["text"]), np.array([object()])])
def test_data_that_no_operator_takes(value: Any) -> None:
    with sync.Pipeline(batch_size=1, num_threads=1, device_id=None) as pipe:
        pipe.set_outputs(fn.external_source(name="data"))
    pipe.build()
    try:
        with pytest.raises((TypeError, ValueError)):
            pipe.feed_input("data", [value])
    finally:
        pipe.close()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", [n for n in OWN if n not in OWN_BATCHES])
def test_empty_batch(name: str) -> None:
    """An empty result or a clear error."""
    attempt(made(name, 2), {k: [] for k in SAMPLES})


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", [n for n in OWN if registry[n][0].max_inputs])
def test_sample_of_size_zero(name: str, axis: int) -> None:
    """An empty result or a clear error."""
    full = batches((2,))[0]
    batch = {k: [v[0], np.take(v[1], [], min(axis, v[1].ndim - 1)) if v[1].ndim else v[1]] for k, v in full.items()}
    pipe = made(name, 2)
    assert sources(pipe)
    attempt(pipe, batch)


#: As in the real DALI; their inputs may have one.
WITHOUT_LAYOUT = ("BoxEncoder", "RandomBBoxCrop", "segmentation__RandomMaskPixel", "segmentation__RandomObjectBBox")


@pytest.mark.parametrize("name", WITHOUT_LAYOUT)
def test_outputs_without_layout(name: str) -> None:
    layouts = {**LAYOUTS, "boxes": "XY", "labels": "X", "mask": "HW"}
    pipe = build(RECIPES[name], 2, layouts=layouts)
    pipe.build()
    try:
        for source in sources(pipe):
            pipe.feed_input(source, SAMPLES[source][:2])
        assert {out.layout() for out in pipe.run()} == {""}
    finally:
        pipe.close()


# ---- pictures of the pages ------------------------------------------------------------------------------------------


def test_every_image_operator_has_its_picture_on_its_page() -> None:
    schemas = [s for name, s in stubs.operators() if name == s.name]
    assert pictures.missing(schemas) == [], "add a line to adali/graph/pictures.py"
    text = docs.pages()
    wanted = {}
    for schema in schemas:
        if pictures.has_picture(schema):
            wanted[pictures.file_name(schema)] = text[f"{pictures.family(schema)}.md"]
    files = {p.name: p for p in (docs.FOLDER / "pictures").iterdir()}
    assert set(files) == set(wanted), "run `python -m adali.graph.docs --pictures` and commit the result"
    for name, page in wanted.items():
        assert f"](pictures/{name})" in page
        assert files[name].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert files[name].stat().st_size < 12_000
    assert len(wanted) > 35


def test_examples_and_reasons_are_of_operators_that_exist() -> None:
    assert set(pictures.EXAMPLES) | set(pictures.WITHOUT) <= set(OWN)
    assert set(pictures.SHOWN) <= set(pictures.EXAMPLES)
    assert not set(pictures.EXAMPLES) & set(pictures.WITHOUT)


def test_a_picture_shows_before_and_after() -> None:
    data = pictures.render(schema_of("Flip"))
    assert data == pictures.render(schema_of("Flip"))
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (pictures.HEIGHT, 2 * pictures.WIDTH + pictures.GAP, 3)
    before, after = shown[:, : pictures.WIDTH], shown[:, -pictures.WIDTH :]
    np.testing.assert_array_equal(after, before[:, ::-1])
    assert before.std() > 20


def test_colours_of_a_picture_are_kept_where_they_are_few() -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (16, 3), dtype=np.uint8)[rng.integers(0, 16, (20, 30))]
    shown = cv2.imdecode(np.frombuffer(pictures.png(picture, 16), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(shown[..., ::-1], picture)
