from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_nothing_is_compiled_after_warm_up() -> None:
    code = (
        "import numpy as np, numba.core.event as event\n"
        "import adali.kernels\n"
        "adali.kernels.warm_up()\n"
        "from adali.kernels import imagecodec, normalize, resample\n"
        "adali.kernels.warm_up()\n"
        "with event.install_recorder('numba:compile') as compiled:\n"
        "    for dtype in (np.uint8, np.int16, np.uint16, np.float32):\n"
        "        for channels in (1, 2, 3, 4, 5):\n"
        "            src = np.zeros((50, 60, channels), dtype)\n"
        "            for kind in resample.Filter:\n"
        "                resample.resample(src, (30, 70), min_filter=kind, mag_filter=kind)\n"
        "            resample.resample(src, (3, 2))\n"
        "            resample.resample_normalize(src, (30, 70), crop=(1, 2, 20, 30), mirror=True)\n"
        "            for out in (np.float32, np.float16, np.uint8, np.int8):\n"
        "                for layout in ('CHW', 'HWC'):\n"
        "                    normalize.crop_mirror_normalize(src[::2], None, True, dtype=out, layout=layout)\n"
        "raise SystemExit(f'{len(compiled.buffer)} compilations' if compiled.buffer else 0)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=55)
    assert done.returncode == 0, done.stderr
