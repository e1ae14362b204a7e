"""An operator whose package is missing says at build() what to install."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync, types
from adali.extras import needed


def encoded() -> Any:
    return types.Constant(np.uint8([1, 2]), device="cpu")


OPERATORS: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "decoders.audio": ("soundfile", "audio", lambda: fn.decoders.audio(encoded())),
    "readers.nemo_asr": ("soundfile", "audio", lambda: fn.readers.nemo_asr(manifest_filepaths=["x"])),
    "readers.coco": (
        "pycocotools.mask",
        "coco",
        lambda: fn.readers.coco(file_root="x", annotations_file="x", pixelwise_masks=True),
    ),
    "readers.fits": ("astropy.io.fits", "fits", lambda: fn.experimental.readers.fits(files=["x"])),
    "decoders.inflate": ("lz4.block", "lz4", lambda: fn.decoders.inflate(encoded(), shape=1)),
    "readers.parquet": ("pyarrow.parquet", "parquet", lambda: fn.readers.parquet(files=["x"], columns=["y"])),
    "readers.video": ("av", "video", lambda: fn.readers.video(filenames=["x"], sequence_length=1)),
    "experimental.readers.video": (
        "av",
        "video",
        lambda: fn.experimental.readers.video(filenames=["x"], sequence_length=1),
    ),
    "decoders.video": ("av", "video", lambda: fn.decoders.video(encoded())),
    "inputs.video": ("av", "video", lambda: fn.experimental.inputs.video(name="v", sequence_length=1)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_without_its_package_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, extra, graph = OPERATORS[name]
    if "." in module:
        pytest.importorskip(module.partition(".")[0])  # the package around it is looked for first
    monkeypatch.setitem(sys.modules, module, None)
    pipe = sync.Pipeline(batch_size=1, num_threads=1)
    with pipe:
        out = graph()
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    package = module.partition(".")[0]
    with pytest.raises(adali.ArgumentError, match=rf"needs the package {package}: pip install 'adali\[{extra}\]' \(.*"):
        pipe.build()


def test_a_package_without_its_library_is_missing_too(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("raise OSError('libhalf not found')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"half needs .* half_installed: pip install 'x' \(libhalf not found\)"):
        needed("half_installed", "half", "x")
    assert needed("json", "a test", "json") is sys.modules["json"]
