"""dump_image, dl_tensor_python_function and numba_function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn, types

BATCH = [np.arange(24, dtype=np.uint8).reshape(2, 4, 3), np.arange(9, dtype=np.uint8).reshape(3, 1, 3)]


def run(make: Any, batch: list[Any] = BATCH, layout: str = "HWC") -> list[list[Any]]:
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=None)
    with pipe:
        made = make(fn.external_source(lambda: batch, layout=layout or None))
        pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
    try:
        return [[out.at(i).copy() for i in range(len(batch))] for out in pipe.run()]
    finally:
        pipe.close()


def test_dump_image_writes_netpbm_and_passes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (got,) = run(lambda x: fn.dump_image(x, suffix="q"))
    for a, b in zip(got, BATCH, strict=True):
        np.testing.assert_array_equal(a, b)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0-q-0.ppm", "1-q-0.ppm"]
    # As the real DALI writes it.
    assert (tmp_path / "1-q-0.ppm").read_text() == "P3\n1 3\n255\n0 1 2 \n3 4 5 \n6 7 8 \n"
    run(lambda x: fn.dump_image(x, input_layout="CHW"), [np.uint8([[[1, 2], [3, 4]]])], "CHW")
    assert (tmp_path / "0--0.ppm").read_text() == "P2\n2 2\n255\n1 2 \n3 4 \n"


def test_dump_image_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for data in (np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 3), np.float32), np.zeros((2, 2), np.uint8)):
        with pytest.raises(adali.OperatorError, match="1 or 3 channels"):
            run(fn.dump_image, [data], "")
    with pytest.raises(ValueError, match="input_layout"):
        run(lambda x: fn.dump_image(x, input_layout="WHC"))


def test_dl_tensor_function_gets_lists_of_capsules() -> None:
    seen: list[Any] = []

    class Holder:
        """What consumers of DLPack take since its protocol has methods."""

        def __init__(self, capsule: Any) -> None:
            self.capsule = capsule

        def __dlpack__(self, **_: Any) -> Any:
            return self.capsule

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

    def function(capsules: list[Any]) -> Any:
        seen.append([type(c).__name__ for c in capsules])
        return [(np.from_dlpack(Holder(c)).astype(np.int32) + 1).__dlpack__() for c in capsules]

    (got,) = run(lambda x: fn.dl_tensor_python_function(x, function=function))
    assert seen[0] == ["PyCapsule", "PyCapsule"]
    for a, b in zip(got, BATCH, strict=True):
        np.testing.assert_array_equal(a, b.astype(np.int32) + 1)

    def two(capsule: Any) -> Any:
        array = np.from_dlpack(Holder(capsule))
        return array * 2, np.float32(array.sum())

    twice, sums = run(lambda x: fn.dl_tensor_python_function(x, function=two, num_outputs=2, batch_processing=False))
    np.testing.assert_array_equal(twice[1], BATCH[1] * 2)
    assert [float(s) for s in sums] == [float(b.sum()) for b in BATCH]

    async def later(capsules: list[Any]) -> Any:
        return capsules

    (same,) = run(lambda x: fn.dl_tensor_python_function(x, function=later))
    np.testing.assert_array_equal(same[0], BATCH[0])


U8 = {"in_types": [types.UINT8], "ins_ndim": [3]}


def negate(out: Any, data: Any) -> None:
    out[:] = 255 - data


def turn_shapes(outs: Any, ins: Any) -> None:
    for i in range(len(outs)):
        for s in range(len(outs[i])):
            outs[i][s][0] = ins[i][s][1]
            outs[i][s][1] = ins[i][s][0]
            outs[i][s][2] = ins[i][s][2]


def turn(out: Any, data: Any) -> None:
    for y in range(data.shape[0]):
        for x in range(data.shape[1]):
            out[x, data.shape[0] - 1 - y, :] = data[y, x, :]


def negate_batch(outs: Any, ins: Any) -> None:
    for i in range(len(outs)):
        outs[i][:] = 255 - ins[i]


def sums_shape(outs: Any, ins: Any) -> None:
    for s in range(len(outs[1])):
        outs[1][s][0] = ins[0][s][2]


def sums(total: Any, channels: Any, data: Any) -> None:
    channels[:] = 0
    for c in range(data.shape[2]):
        channels[c] = data[:, :, c].sum()
    total[()] = channels.sum()


def test_numba_function_per_sample_and_per_batch() -> None:
    numba_function = fn.experimental.numba_function
    for function, kwargs in ((negate, {}), (negate_batch, {"batch_processing": True})):
        (got,) = run(
            lambda x, f=function, k=kwargs: numba_function(
                x, run_fn=f, out_types=[types.UINT8], outs_ndim=[3], **U8, **k
            )
        )
        for a, b in zip(got, BATCH, strict=True):
            np.testing.assert_array_equal(a, 255 - b)


def test_numba_function_with_shapes_of_its_own() -> None:
    numba_function = fn.experimental.numba_function
    (got,) = run(
        lambda x: numba_function(x, run_fn=turn, setup_fn=turn_shapes, out_types=[types.UINT8], outs_ndim=[3], **U8)
    )
    for a, b in zip(got, BATCH, strict=True):
        np.testing.assert_array_equal(a, np.rot90(b, -1))
    totals, channels = run(
        lambda x: numba_function(
            x, run_fn=sums, setup_fn=sums_shape, out_types=[types.INT64, types.FLOAT], outs_ndim=[0, 1], **U8
        )
    )
    for total, channel, b in zip(totals, channels, BATCH, strict=True):
        assert total.shape == ()
        assert int(total) == b.sum()
        np.testing.assert_array_equal(channel, b.sum((0, 1)).astype(np.float32))


def uncompilable(out: Any, data: Any) -> None:
    out[:] = open("x")  # noqa: SIM115


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"run_fn": uncompilable, "out_types": [types.UINT8], "outs_ndim": [3], **U8}, "numba cannot compile"),
        ({"run_fn": 3, "out_types": [types.UINT8], "outs_ndim": [3], **U8}, "needs run_fn"),
        ({"run_fn": negate, "out_types": [types.UINT8], "outs_ndim": [2], **U8}, "without setup_fn"),
        ({"run_fn": negate, "out_types": [types.UINT8], "outs_ndim": [3, 3], **U8}, "one length"),
        (
            {
                "run_fn": negate,
                "out_types": [types.UINT8],
                "outs_ndim": [3],
                "in_types": [types.UINT8, types.UINT8],
                "ins_ndim": [3, 3],
            },
            "there are 1 inputs",
        ),
        (
            {
                "run_fn": negate,
                "out_types": [types.UINT8],
                "outs_ndim": [3],
                "in_types": [types.FLOAT],
                "ins_ndim": [3],
            },
            "in_types and ins_ndim say",
        ),
    ],
)
def test_numba_function_refuses(kwargs: Any, message: str) -> None:
    with pytest.raises((adali.OperatorError, ValueError), match=message):
        run(lambda x: fn.experimental.numba_function(x, **kwargs))
