"""``.gpu()``, ``.cpu()`` and copies, on the emulated device."""

from __future__ import annotations

from typing import Any

import emulated
import numpy as np
import pytest

import adali.sync
from adali import fn
from adali.backend import TensorListCPU, TensorListGPU

RAGGED = [np.arange(k * 6, dtype=np.uint8).reshape(k, 2, 3) for k in (1, 3, 2)]
UNIFORM = [np.full((2, 3), k, np.float32) for k in range(3)]


@pytest.mark.parametrize("batch", [RAGGED, UNIFORM, [np.zeros((0, 2), np.int16)] * 2])
def test_to_the_device_and_back(batch: list[Any], gpu: Any) -> None:
    emulated.Settings.jitter = 0.001  # without effect on a real device
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=0)
    with pipe:
        host = fn.external_source(lambda: batch)
        device = host.gpu()
        pipe.set_outputs(device, device.cpu(), fn.copy(device), host)
    for _ in range(4):
        there, back, copy, host = pipe.run()
        assert [type(o) for o in (there, back, copy, host)] == [TensorListGPU, TensorListCPU] * 2
        for i, sample in enumerate(batch):
            for out in (there.as_cpu(), back, copy.as_cpu(), host):
                np.testing.assert_array_equal(out.at(i), sample)
                assert out.dtype() == sample.dtype.char
    pipe.close()


def test_python_functions_get_device_arrays(gpu: Any) -> None:
    seen = []

    def twice(a: Any) -> Any:
        seen.append(type(a))
        return a + a, a[0]

    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(lambda: UNIFORM).gpu()
        pipe.set_outputs(*fn.python_function(x, function=twice, num_outputs=2, device="gpu"))
    double, row = pipe.run()
    assert set(seen) == {gpu.ndarray}
    for i, sample in enumerate(UNIFORM):
        np.testing.assert_array_equal(double.as_cpu().at(i), sample * 2)
        np.testing.assert_array_equal(row.as_cpu().at(i), sample[0])
    pipe.close()


def test_a_branch_on_the_device(gpu: Any) -> None:
    @adali.sync.pipeline_def(batch_size=4, num_threads=2, device_id=0, enable_conditionals=True)
    def build() -> Any:
        x = fn.external_source(lambda: [np.full((2, 3), k, np.float32) for k in range(4)])
        y = x.gpu()
        if fn.random.coin_flip(seed=3, dtype=adali.types.BOOL):  # noqa: SIM108
            y = y * 10
        else:
            y = y + 1
        return y, x

    pipe = build()
    for _ in range(3):
        y, x = pipe.run()
        for i in range(4):
            value, result = x.at(i)[0, 0], y.as_cpu().at(i)
            assert (result == value * 10).all() or (result == value + 1).all()
    pipe.close()
