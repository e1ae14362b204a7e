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
    emulated.Settings.jitter = 0.001
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
