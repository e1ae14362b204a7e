"""The readers of single files (NumPy, sequences, NeMo, COCO, FITS, Parquet, data sets) give what the real DALI gives.

The files were written by the formats' own libraries: tests/golden/make_file_data.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import adali
import adali.fn as fn
import adali.ops as ops
import adali.sync
from adali import types

GOLDEN_FOLDER = pathlib.Path(__file__).parent.parent / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "files.json").read_text())
FILES = GOLDEN_FOLDER / "files"
ORACLE = os.environ.get("ADALI_ORACLE_PYTHON")

sys.path.insert(0, str(GOLDEN_FOLDER))
import file_run  # noqa: E402

sys.path.pop(0)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return file_run.Runner(adali.sync.Pipeline, fn, types, tmp_path_factory.mktemp("manifests"))


def name_of(value: Any) -> str:
    return json.dumps(value)[:90] if isinstance(value, dict) else value if isinstance(value, str) else ""


#: What DALI refuses and adali does not.
def beyond(reader: str, args: dict[str, Any]) -> bool:
    return args.get("annotations_file") == "coco/bad.json"  # here the failure of one sample


def check(got: Any, expected: Any) -> None:
    for row, want in zip(got, expected, strict=True):
        for output, wanted in zip(row, want, strict=True):
            if isinstance(wanted[2], list):
                assert output[:2] == wanted[:2]
                np.testing.assert_allclose(output[2], wanted[2], atol=2e-5)
            else:
                assert output == wanted


@pytest.mark.parametrize(("reader", "args", "expected"), GOLDEN["single"], ids=name_of)
def test_samples_are_dalis(runner: Any, reader: str, args: dict[str, Any], expected: Any) -> None:
    if beyond(reader, args):
        return
    if expected is None:
        with pytest.raises((adali.AdaliError, TypeError, ValueError)):
            runner.single(reader, args)
    else:
        check(runner.single(reader, args), expected)


@pytest.mark.parametrize(("reader", "args", "batches", "meta"), GOLDEN["epochs"], ids=name_of)
def test_shards_padding_and_epochs_are_dalis(
    runner: Any, reader: str, args: dict[str, Any], batches: Any, meta: Any
) -> None:
    largest = -(-meta["epoch_size"] // args["num_shards"])
    assert runner.numbers(reader, args, largest) == [batches, meta]


def shuffled_cases() -> dict[str, list[Any]]:
    """The golden cases with shuffling that differ in the shard alone, by what they have in common."""
    found: dict[str, list[Any]] = {}
    for reader, args, batches, meta in GOLDEN["shuffled"]:
        order = "window" if args.get("random_shuffle") else "epochs"
        name = f"{reader} {order} {args['num_shards']} pad={args['pad_last_batch']} stick={args['stick_to_shard']}"
        found.setdefault(name, []).append((reader, args, batches, meta))
    return found


@pytest.mark.parametrize("cases", shuffled_cases().values(), ids=shuffled_cases())
def test_shuffled_epochs_are_dalis(runner: Any, cases: list[Any]) -> None:
    """Which sample comes when is up to each library's random numbers. What belongs to an epoch is not."""
    reader, args, _, meta = cases[0]
    size, shards = meta["epoch_size"], args["num_shards"]
    assert len(cases) == shards
    mine = []
    for _, given, batches, wanted in cases:
        found, described = runner.numbers(reader, given, -(-size // shards))
        assert described == wanted
        assert [len(b) for b in found] == [len(b) for b in batches]
        mine.append(found)
    theirs = file_run.check_epochs([case[2] for case in cases], args, size, file_run.BATCH)
    assert file_run.check_epochs(mine, args, size, file_run.BATCH) == theirs
    orders = {json.dumps(batches[: len(batches) // 3]) for batches in mine}
    assert len(orders) > 1 or shards == 1, "shards differ"


@pytest.mark.parametrize(("name", "dtype", "expected"), GOLDEN["decoded"], ids=name_of)
def test_decoded_arrays_are_dalis(runner: Any, name: str, dtype: str | None, expected: Any) -> None:
    if expected is None:
        with pytest.raises(adali.OperatorError):
            runner.decoded(name, dtype)
    else:
        assert runner.decoded(name, dtype) == expected


# ---- COCO --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "expected"), GOLDEN["saved"], ids=name_of)
def test_saved_annotations_are_dalis_and_load_again(
    runner: Any, tmp_path: pathlib.Path, args: dict[str, Any], expected: dict[str, str]
) -> None:
    source = {"file_root": "coco", "annotations_file": "coco/instances.json", **args}
    save = {"save_preprocessed_annotations": True, "save_preprocessed_annotations_dir": str(tmp_path)}
    rows = runner.single("coco", {**source, **save})
    assert {p.name: hashlib.sha1(p.read_bytes()).hexdigest() for p in tmp_path.iterdir()} == expected
    kept = {k: v for k, v in args.items() if k in ("image_ids", "polygon_masks", "pixelwise_masks")}
    assert runner.single("coco", {"file_root": "coco", "preprocessed_annotations": str(tmp_path), **kept}) == rows


def test_old_names_of_coco_arguments(runner: Any, tmp_path: pathlib.Path) -> None:
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=None)
    source = {"file_root": str(FILES / "coco"), "annotations_file": str(FILES / "coco" / "instances.json")}
    with pipe:
        old = ops.COCOReader(**source, save_img_ids=True, dump_meta_files=True, dump_meta_files_path=str(tmp_path))()
        new = fn.coco_reader(**source, image_ids=True)
        pipe.set_outputs(*old, *new)
    outputs = pipe.run()
    for a, b in zip(outputs[:4], outputs[4:], strict=True):
        for i in range(3):
            np.testing.assert_array_equal(a.at(i), b.at(i))
    assert {"boxes.dat", "original_ids.dat"} <= {p.name for p in tmp_path.iterdir()}
    pipe.close()
    again = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=None)
    with again:
        again.set_outputs(*fn.readers.coco(file_root=source["file_root"], meta_files_path=str(tmp_path)))
    np.testing.assert_array_equal(again.run()[1].at(0), outputs[1].at(0))
    again.close()


@pytest.mark.parametrize("on_error", ["raise", "skip", "replace"])
def test_wrong_annotations_are_the_failure_of_their_image(runner: Any, on_error: str) -> None:
    pipe = adali.sync.Pipeline(batch_size=13, num_threads=1, device_id=None, on_error=on_error)
    args = {"file_root": "coco", "annotations_file": "coco/bad.json", "image_ids": True}
    with pipe:
        pipe.set_outputs(*fn.readers.coco(**runner.converted(args)))
    if on_error == "raise":
        with pytest.raises(
            adali.OperatorError, match=r"image 10 .*bbox of annotation \d+ must have 4 values"
        ) as caught:
            pipe.run()
        assert caught.value.source == str(FILES / "coco" / "10.jpg")
    else:
        ids = [int(batch[3].at(i)[0]) for batch in pipe for i in range(len(batch[3]))]
        assert set(ids) == {3, 9, *range(11, 21)}
        assert len(ids) == (12 if on_error == "skip" else 13)
    pipe.close()


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # pycocotools' own
def test_masks_are_those_of_pycocotools() -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is in the extra coco")
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        reference = coco.COCO(str(FILES / "coco" / "instances.json"))
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        _, _, _, masks, ids = fn.readers.coco(
            file_root=str(FILES / "coco"),
            annotations_file=str(FILES / "coco" / "instances.json"),
            pixelwise_masks=True,
            image_ids=True,
            avoid_class_remapping=True,
        )
        pipe.set_outputs(masks, ids)
    compared = 0
    for mask, number in pipe:
        annotations = reference.loadAnns(reference.getAnnIds(imgIds=[int(number.at(0)[0])]))
        annotations = [a for a in annotations if min(a["bbox"][2:]) >= 0.1]
        labels = [a["category_id"] for a in annotations]
        if len(set(labels)) < len(labels):  # DALI leaves out masks of a label that occurs more than once
            continue
        expected = np.zeros(mask.at(0).shape[:2], np.int32)
        for annotation in annotations:
            np.maximum(expected, reference.annToMask(annotation) * annotation["category_id"], out=expected)
        np.testing.assert_array_equal(mask.at(0)[..., 0], expected)
        compared += len(annotations)
    assert compared > 5
    pipe.close()


# ---- NumPy -------------------------------------------------------------------------------------------------------


def one(node: Any, batch_size: int = 1, **options: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=batch_size, num_threads=2, device_id=None, seed=5, **options)
    with pipe:
        made = node()
        pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
    return pipe


def test_a_region_may_be_data_of_the_graph() -> None:
    name = str(FILES / "numpy" / "kinds" / "c.npy")
    array = np.load(name)

    def graph() -> Any:
        start = fn.random.uniform(range=[0, 2], shape=[3], dtype=types.INT32)
        return fn.readers.numpy(files=[name] * 4, roi_start=start, roi_shape=[1, 2, 3]), start

    pipe = one(graph, 4)
    for _ in range(2):
        regions, starts = pipe.run()
        assert len({tuple(starts.at(i)) for i in range(4)}) > 1
        for i in range(4):
            a, b, c = starts.at(i)
            np.testing.assert_array_equal(regions.at(i), array[a : a + 1, b : b + 2, c : c + 3])
            assert regions[i].source_info() == name
    pipe.close()


@pytest.mark.parametrize("kind", [">i4", ">f8", ">u2"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_byte_orders_and_versions(tmp_path: pathlib.Path, kind: str, version: tuple[int, int]) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, array, version=version)
    pipe = one(lambda: fn.readers.numpy(file_root=str(tmp_path)))
    (got,) = pipe.run()
    assert np.asarray(got.at(0)).dtype.isnative
    np.testing.assert_array_equal(got.at(0), array)
    pipe.close()


def test_arrays_that_do_not_fit_into_one_batch_fail_by_name() -> None:
    names = [str(FILES / "numpy" / "kinds" / f"{kind}.npy") for kind in ("f4", "i4", "scalar", "f4")]
    pipe = one(lambda: fn.readers.numpy(files=names), 4, on_error="skip")
    (batch,) = next(iter(pipe))
    assert [str(batch[i].source_info()) for i in range(len(batch))] == [names[0], names[3]]
    assert {e.source for e in pipe.stats().errors} == set(names[1:3])
    pipe.close()


@pytest.mark.parametrize("dtype", [None, "FLOAT", "INT8"])
def test_decoders_numpy(dtype: str | None) -> None:
    for path in sorted((FILES / "numpy" / "kinds").glob("*.npy")):
        if path.stem in ("complex", "text"):
            continue
        more = {} if dtype is None else {"dtype": getattr(types, dtype)}
        pipe = one(lambda p=path, m=more: fn.decoders.numpy(fn.io.file.read(named(p)), **m))
        (got,) = pipe.run()
        want = np.load(path)
        if dtype is not None:
            want = want.astype({"FLOAT": np.float32, "INT8": np.int8}[dtype])
        assert np.asarray(got.at(0)).dtype == want.dtype
        np.testing.assert_array_equal(got.at(0), want)
        pipe.close()


def named(path: pathlib.Path) -> Any:
    return types.Constant(np.frombuffer(str(path).encode(), np.uint8), device="cpu")


@pytest.mark.parametrize("cut", [0, 5, 11, 60, -1])
def test_a_damaged_array_is_named(tmp_path: pathlib.Path, cut: int) -> None:
    whole = (FILES / "numpy" / "kinds" / "f4.npy").read_bytes()
    (tmp_path / "bad.npy").write_bytes(whole[:cut])
    pipe = one(lambda: fn.readers.numpy(file_root=str(tmp_path)))
    with pytest.raises(adali.OperatorError, match="NumPy file") as caught:
        pipe.run()
    assert caught.value.source == str(tmp_path / "bad.npy") or caught.value.source.endswith("bad.npy")
    pipe.close()
    decoder = one(lambda: fn.decoders.numpy(fn.io.file.read(named(tmp_path / "bad.npy"))))
    with pytest.raises(adali.OperatorError, match="NumPy file"):
        decoder.run()
    decoder.close()


def test_io_file_read_fails_by_name(tmp_path: pathlib.Path) -> None:
    pipe = one(lambda: fn.io.file.read(named(tmp_path / "nothing"), dont_use_mmap=True, use_o_direct=True))
    with pytest.raises(adali.OperatorError, match="nothing"):
        pipe.run()
    pipe.close()


# ---- FITS --------------------------------------------------------------------------------------------------------


def fits_of(name: str) -> list[Any]:
    fits = pytest.importorskip("astropy.io.fits", reason="astropy is in the extra fits")
    with fits.open(FILES / "fits" / name) as units:
        return [None if unit.data is None or not unit.is_image else np.array(unit.data) for unit in units]


@pytest.mark.parametrize("path", sorted((FILES / "fits").glob("*.fits")), ids=lambda p: p.stem)
def test_fits_images_are_astropys(path: pathlib.Path) -> None:
    for number, image in enumerate(fits_of(path.name), 1):
        pipe = one(lambda n=number: fn.experimental.readers.fits(files=[str(path)], hdu_indices=[n]))
        if image is None:
            with pytest.raises(adali.OperatorError, match=f"HDU {number} ") as caught:
                pipe.run()
            assert caught.value.source == str(path)
        else:
            (got,) = pipe.run()
            assert np.asarray(got.at(0)).dtype == image.dtype.newbyteorder("=")
            np.testing.assert_array_equal(got.at(0), image)
        pipe.close()


def test_fits_outputs_types_and_errors() -> None:
    fits_of("two.fits")
    root = str(FILES / "fits")
    pipe = one(
        lambda: fn.experimental.readers.fits(
            file_root=root, file_filter="two*", hdu_indices=[3, 2], dtypes=[types.UINT8, types.FLOAT64]
        )
    )
    second, first = pipe.run()
    assert (second.dtype, first.dtype) == (types.UINT8, types.FLOAT64)
    np.testing.assert_array_equal(second.at(0), np.arange(12).reshape(3, 4) + 100)
    pipe.close()
    for args, message in (
        ({"hdu_indices": [0]}, "counted from 1"),
        ({"dtypes": [types.FLOAT, types.FLOAT]}, "2 dtypes"),
    ):
        with pytest.raises(adali.ArgumentError, match=message):
            one(lambda a=args: fn.experimental.readers.fits(file_root=root, **a)).build()
    pipe = one(lambda: fn.experimental.readers.fits(files=[f"{root}/two.fits"], hdu_indices=[4]))
    with pytest.raises(adali.OperatorError, match="only 3 HDUs"):
        pipe.run()
    pipe.close()


# ---- live --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not ORACLE, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali")
@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_golden_file_is_what_the_real_dali_gives(tmp_path: pathlib.Path) -> None:
    assert ORACLE is not None
    script = GOLDEN_FOLDER / "make_files.py"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(
        [ORACLE, str(script), str(tmp_path / "files.json")],
        check=True, capture_output=True, cwd=GOLDEN_FOLDER, env={**environment, "DALI_DISABLE_NVML": "1"},
    )  # fmt: skip
    assert json.loads((tmp_path / "files.json").read_text()) == GOLDEN
