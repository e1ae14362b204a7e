"""Every kernel under the address and undefined-behaviour sanitizers, on the host.

They need their libraries from the start of the process, so that pytest runs in one of its own. The normal suite checks
that a planted fault is caught; with ``--long`` all golden cases of every kernel run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

PLANTED = """
import sys
sys.path.insert(0, {here!r})
import emulated, numpy as np
from adali.operators.gpu import struct
xp = emulated.reset()
code = '''extern "C" __global__ void copy_ints(const int* in, int* out, int n) {{
    for (int i = 0; i < n; ++i) out[i] = in[i];
}}'''
kernel = xp.RawModule(code=code).get_function("copy_ints")
a, b = xp.zeros(5, np.int32), xp.zeros(7, np.int32)
for count in (5, 6):
    kernel((1,), (1,), (a, b, np.int32(count)))
    xp.cuda.get_current_stream().synchronize()
    print("fine", flush=True)
"""


def run(command: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    """A command in a process that can load sanitized kernels."""
    libraries = []
    for name in ("libasan.so", "libubsan.so"):
        found = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()
        if not os.path.isabs(found):
            pytest.skip(f"g++ has no {name}")
        libraries.append(found)
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0:detect_odr_violation=0:detect_stack_use_after_return=0:handle_segv=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "ADALI_EMULATED_SANITIZE": "1",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)


def test_an_access_beyond_memory_is_caught(compiler: None) -> None:
    """Five elements can be read; the sixth lies beyond the array, if only by its four bytes."""
    done = run([sys.executable, "-c", PLANTED.format(here=str(HERE))], 120)
    assert done.stdout == "fine\n", done.stderr
    assert done.returncode != 0
    assert "AddressSanitizer: use-after-poison" in done.stderr


#: Modules whose kernels have cases of their own; what to choose of them.
OTHERS = {"mixed": "tiny or windows", "more_operators": "", "audio_gpu": "", "logic_gpu": "", "same_as_cpu": ""}


def pieces() -> list[Any]:
    """Tests over golden cases, by their module, and other modules of this folder: minutes each."""
    from test_golden_gpu import GOLDEN

    return [*GOLDEN, *OTHERS]


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", pieces())
def test_golden_cases_are_clean(piece: str, compiler: None) -> None:
    chosen = ["tests/gpu/test_golden_gpu.py", "-k", f"{piece}-"]
    if piece in OTHERS:
        chosen = [f"tests/gpu/test_{piece}.py", *(["-k", OTHERS[piece]] if OTHERS[piece] else [])]
    done = run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--long", *chosen], 1700)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
