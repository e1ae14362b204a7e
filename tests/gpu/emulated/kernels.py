"""Kernels: the same .cu text, compiled by g++ with ``cuda_emu.h`` and cached by content."""

from __future__ import annotations

import ctypes
import getpass
import hashlib
import itertools
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import ndarray
from .memory import Region, region_of
from .state import SANITIZED, CUDARuntimeError, check, current_device, local
from .streams import get_current_stream

HEADER = Path(__file__).parent / "cuda_emu.h"
FLAGS = ("-std=c++17", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno", "-w")
if SANITIZED:
    FLAGS += ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
SYNCHRONIZES = re.compile(r"\b__syncthreads|\b__syncwarp|\b__shfl_\w+")
ENTRY = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(')


def cache_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"adali-emulated-{getpass.getuser()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def compiled(code: str, expressions: Sequence[str], options: Sequence[str] = ()) -> tuple[Path, dict[str, int]]:
    """The shared library of a module, made now if the cache has it not; and its kernels' numbers."""
    names = {name: i for i, name in enumerate([*ENTRY.findall(code), *expressions])}
    body = re.sub(r'extern\s+"C"\s+__global__', "__global__", code)
    body = re.sub(r"extern\s+__shared__\s+([\w ]+?)\s+(\w+)\[\]\s*;", r"EMULATED_DYNAMIC_SHARED(\1, \2);", body)
    ends = "".join(
        f'extern "C" const char* launch_{i}(void** a, const unsigned* g, const unsigned* b, unsigned s, int f)'
        f" {{ return emulated::launch({name}, a, g, b, s, f); }}\n"
        f'extern "C" void signature_{i}(char* out) {{ emulated::signature({name}, out); }}\n'
        for name, i in names.items()
    )
    text = f'#include "{HEADER.name}"\n#line 1 "kernel.cu"\n{body}\n#line 1 "entries"\n{ends}'
    flags = [*FLAGS, *(o for o in options if o.startswith("-D"))]
    key = hashlib.sha256("\0".join([text, HEADER.read_text(), *flags]).encode()).hexdigest()[:24]
    library = cache_folder() / f"{key}.so"
    if not library.exists():
        made = library.with_suffix(f".{os.getpid()}.{id(text)}")
        command = ["g++", *flags, f"-I{HEADER.parent}", "-x", "c++", "-", "-o", str(made)]
        done = subprocess.run(command, input=text, text=True, capture_output=True)
        if done.returncode:
            raise CompileException(done.stderr)
        os.replace(made, library)
    return library, names


class CompileException(Exception):
    """The compiler's messages."""


class RawModule:
    """A module of kernels from source text."""

    def __init__(
        self,
        code: str | None = None,
        *,
        path: str | None = None,
        options: Sequence[str] = (),
        backend: str = "nvrtc",
        translate_cucomplex: bool = False,
        enable_cooperative_groups: bool = False,
        name_expressions: Sequence[str] | None = None,
        jitify: bool = False,
    ) -> None:
        check()
        text = code if code is not None else Path(str(path)).read_text(encoding="utf-8")
        library, self._names = compiled(text, name_expressions or (), options)
        self._library = ctypes.CDLL(str(library))
        self._text = text

    def compile(self, log_stream: Any = None) -> None:
        pass

    def get_function(self, name: str) -> RawKernel:
        return RawKernel._of(self, name)


class RawKernel:
    """A kernel: ``kernel(grid, block, args, shared_mem=0)``."""

    @classmethod
    def _of(cls, module: RawModule, name: str) -> RawKernel:
        self = cls.__new__(cls)
        number = module._names[name]
        self.name = name
        self._launch = getattr(module._library, f"launch_{number}")
        self._launch.restype = ctypes.c_char_p
        out = ctypes.create_string_buffer(4096)
        getattr(module._library, f"signature_{number}")(out)
        self._signature = out.value.decode().split()
        self._fibers = _synchronizes(module._text, name)
        self._device = current_device()
        return self

    def compile(self, log_stream: Any = None) -> None:
        pass

    def __call__(self, grid: Any, block: Any, args: Any, *, shared_mem: int = 0) -> None:
        check()
        declared, local.declared = getattr(local, "declared", None), None
        if len(args) != len(self._signature):
            raise TypeError(f"{self.name} takes {len(self._signature)} arguments, got {len(args)}")
        cells, reads, writes = [], [], []
        for index, (value, expected) in enumerate(zip(args, self._signature, strict=True)):
            if isinstance(value, ndarray):
                cell, kind = np.array([value.data.ptr], np.uint64), "P"
                if declared is None and value.size:
                    writes.append(value._region())
            else:
                cell = np.array([value])  # Python numbers are 64 bits wide, as in CuPy
                kind = cell.dtype.kind
                if expected[0] == "P" and cell.dtype == np.uint64:
                    kind = "P"
                if kind == "b":
                    kind = "u"
            if f"{kind}{cell.itemsize}" != expected:
                raise TypeError(f"argument {index} of {self.name} is {kind}{cell.itemsize}, its parameter {expected}")
            cells.append(cell)
        if declared is not None:
            reads, writes = declared
        sizes = [(*(int(n) for n in size), 1, 1)[:3] for size in (grid, block)]
        if min(map(min, sizes)) < 1 or np.prod(sizes[1]) > 1024 or max(sizes[0][1:]) > 65535 or sizes[1][2] > 64:
            raise CUDARuntimeError(f"cudaErrorInvalidConfiguration: grid {sizes[0]}, block {sizes[1]}")
        if shared_mem > 48 * 1024:
            raise CUDARuntimeError("cudaErrorInvalidValue: more than 48 KiB of shared memory")
        stream = get_current_stream()
        if stream.device_id != current_device() or self._device != current_device():
            raise CUDARuntimeError("cudaErrorInvalidResourceHandle: kernel, stream and current device differ")

        def run() -> None:
            pointers = (ctypes.c_void_p * max(len(cells), 1))(*(c.ctypes.data for c in cells))
            shape = [(ctypes.c_uint * 3)(*size) for size in sizes]
            message = self._launch(pointers, shape[0], shape[1], ctypes.c_uint(shared_mem), int(self._fibers))
            if message:
                raise CUDARuntimeError(f"{self.name}: {message.decode()}")
            for region in writes:
                region.block.check_fences()

        stream._enqueue(run, self.name, reads, writes)


def _synchronizes(text: str, name: str) -> bool:
    """Whether a kernel has barriers: by the text from its head to the next kernel's."""
    plain = name.split("<")[0]
    heads = [m.start() for m in re.finditer(r"__global__", text)] + [len(text)]
    for start, end in itertools.pairwise(heads):
        head = re.match(r"__global__\s+void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)", text[start:])
        if head is not None and head[1] == plain:
            return bool(SYNCHRONIZES.search(text[start:end]))
    return False


def declare_accesses(reads: Sequence[tuple[int, int]], writes: Sequence[tuple[int, int]], pointers: Any = ()) -> None:
    """What the next kernel of this thread reads and writes, as (address, bytes); ``pointers`` must lie in there."""
    found: tuple[list[Region], list[Region]] = ([], [])
    bounds = sorted((address, address + nbytes) for address, nbytes in (*reads, *writes))
    for spans, regions in ((reads, found[0]), (writes, found[1])):
        for address, nbytes in spans:
            if nbytes:
                region = region_of(int(address), int(nbytes))
                if region is None or region.block.device < 0:
                    raise CUDARuntimeError(f"cudaErrorIllegalAddress: {int(address):#x} is not device memory")
                regions.append(region)
    for pointer in map(int, pointers):
        if pointer and not any(low <= pointer <= high for low, high in bounds):
            raise AssertionError(f"a descriptor points to {pointer:#x}, which is in none of the kernel's buffers")
    local.declared = found
