from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import simplejpeg

from adali.kernels import _imagefallback, _imageheader, imagecodec
from adali.kernels.imagecodec import ImageDecodeError, decode, probe

BACKENDS = ["nvimgcodec", "opencv"]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    if name == "opencv":
        monkeypatch.setattr(imagecodec, "_backend", ("opencv", _imagefallback.decode))
    elif imagecodec.backend_name() != "nvimgcodec":
        pytest.skip("nvImageCodec is not installed")
    return name


def picture(height: int = 61, width: int = 83) -> np.ndarray[Any, Any]:
    y, x = np.mgrid[:height, :width]
    return np.stack([y * 255 // height, x * 255 // width, (x * y) % 256], axis=-1).astype(np.uint8)


def encoded(suffix: str, pixels: np.ndarray[Any, Any]) -> bytes:
    ok, data = cv2.imencode(suffix, pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    assert ok
    return data.tobytes()


JPEG = simplejpeg.encode_jpeg(picture(), colorsubsampling="420")
PNG = encoded(".png", picture())


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_lossless_formats(backend: str, suffix: str) -> None:
    data = encoded(suffix, picture())
    assert np.array_equal(decode(data), picture())
    assert np.array_equal(decode(data, output_type="BGR"), picture()[..., ::-1])
    info = probe(data)
    assert (info.height, info.width, info.channels, info.dtype) == (61, 83, 3, np.uint8)


@pytest.mark.parametrize("subsampling", ["444", "422", "420", "440", "Gray"])
@pytest.mark.parametrize("options", [{}, {"fancy_upsampling": False}, {"fast_idct": True}])
def test_jpeg_pixels_are_those_of_libjpeg_turbo(backend: str, subsampling: str, options: dict[str, bool]) -> None:
    pixels = picture()
    if subsampling == "Gray":
        data = simplejpeg.encode_jpeg(pixels[..., :1].copy(), colorspace="GRAY")
    else:
        data = simplejpeg.encode_jpeg(pixels, colorsubsampling=subsampling)
    expected = simplejpeg.decode_jpeg(
        data, fastdct=options.get("fast_idct", False), fastupsample=not options.get("fancy_upsampling", True)
    )
    assert np.array_equal(decode(data, **options), expected)


def test_photos_equal_libjpeg_turbo(backend: str, photos: list[Path]) -> None:
    for path in photos[::10]:
        data = path.read_bytes()
        assert np.array_equal(decode(data), simplejpeg.decode_jpeg(data)), path.name


def test_regions_equal_a_crop(backend: str, photos: list[Path]) -> None:
    rng = np.random.default_rng(1)
    sources = [path.read_bytes() for path in photos[::25]] + [PNG, JPEG, encoded(".webp", picture())]
    for data in sources:
        whole = decode(data)
        height, width, _ = whole.shape
        for _ in range(5):
            h, w = int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))
            y, x = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
            assert np.array_equal(decode(data, region=(y, x, h, w)), whole[y : y + h, x : x + w])


@pytest.mark.parametrize("region", [(0, 0, 62, 10), (0, 80, 5, 5), (-1, 0, 5, 5), (0, 0, 0, 5), (70, 0, 1, 1)])
def test_regions_outside_the_image(backend: str, region: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="region") as caught:
        decode(JPEG, region=region)
    assert not isinstance(caught.value, ImageDecodeError)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda b: np.frombuffer(b, np.uint8)])
def test_every_kind_of_buffer(backend: str, kind: Any) -> None:
    for data in (JPEG, PNG):
        assert np.array_equal(decode(kind(data)), decode(data))
        assert probe(kind(data)) == probe(data)


def test_out_and_slot(backend: str) -> None:
    out = np.empty((61, 83, 3), np.uint8)
    assert decode(JPEG, out=out) is out
    assert np.array_equal(out, decode(JPEG))
    grey = np.empty((61, 83, 1), np.float32)
    assert decode(PNG, output_type="GRAY", dtype=np.float32, out=grey) is grey
    assert np.array_equal(grey, decode(PNG, output_type="GRAY", dtype=np.float32))
    for wrong in ((60, 83, 3), (61, 83, 1), (83, 61, 3), (70, 90, 3)):
        with pytest.raises(ValueError, match="out"):
            decode(JPEG, out=np.empty(wrong, np.uint8))
    with pytest.raises(ValueError, match="out"):
        decode(JPEG, out=np.empty((61, 83, 3), np.int16))
    for data, region, kind in [
        (JPEG, None, "RGB"),
        (PNG, (3, 4, 20, 30), "RGB"),
        (JPEG, None, "GRAY"),
        (PNG, None, "BGR"),
        (JPEG, (0, 0, 61, 83), "ANY_DATA"),
    ]:
        options: dict[str, Any] = {"region": region, "output_type": kind}
        assert np.array_equal(decode(data, slot=1, **options), decode(data, **options))


def test_oracle_results(oracle: dict[str, Any]) -> None:
    data = oracle["png"]
    for kind in ("RGB", "BGR", "GRAY", "YCbCr"):
        for dtype in ("uint8", "uint16", "int16", "int8", "float32"):
            expected = oracle[f"d_{kind}_{dtype}"]
            result = decode(data, output_type=kind, dtype=dtype)  # type: ignore[arg-type]
            assert result.dtype == expected.dtype
            if kind == "YCbCr" and dtype == "float32":
                assert np.abs(result - expected).max() < 1e-6
            elif kind == "YCbCr":
                assert np.abs(result.astype(int) - expected.astype(int)).max() <= (dtype != "uint8")
            elif kind == "GRAY" and imagecodec.backend_name() != "nvimgcodec":
                assert np.abs(result.astype(float) - expected).max() <= expected.max() / 200
            else:
                assert np.array_equal(result, expected), (kind, dtype)


def test_unknown_output_type(backend: str) -> None:
    with pytest.raises(ValueError, match="output_type"):
        decode(JPEG, output_type="HSV")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\xff", b"hello, this is a text file named .jpg\n" * 10, b"\xff\xd8\xff\xe0"])
def test_not_an_image(backend: str, data: bytes) -> None:
    with pytest.raises(ImageDecodeError) as caught:
        decode(data)
    assert str(caught.value)
    with pytest.raises(ImageDecodeError):
        probe(data)


@pytest.mark.parametrize("cut", range(20))
def test_a_truncated_jpeg_is_refused(backend: str, cut: int) -> None:
    with pytest.raises(ImageDecodeError):
        decode(JPEG[: len(JPEG) * cut // 20])


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".ppm", ".webp", ".jp2", ".tiff"])
@pytest.mark.parametrize("cut", [1, 5, 10, 19])
def test_other_truncated_files_are_refused(backend: str, suffix: str, cut: int) -> None:
    data = encoded(suffix, picture())
    with pytest.raises(ImageDecodeError):
        decode(data[: len(data) * cut // 20])


@pytest.mark.parametrize(
    ("marker", "by", "message"),
    [
        (b"\xff\x52", b"\xff\x80", "unknown marker 0xff80"),
        (b"\xff\x52", b"\xff\x64", "no COD segment"),
        (b"\xff\x5c", b"\xff\x64", "no QCD segment"),
    ],
)
def test_jpeg2000_headers_that_lack_a_segment(backend: str, marker: bytes, by: bytes, message: str) -> None:
    """The codec would go on without it, and end the process now and then."""
    good = encoded(".jp2", picture())
    data = good.replace(marker, by, 1)
    assert data != good
    with pytest.raises(ImageDecodeError, match=message if backend == "nvimgcodec" else None):
        decode(data)


def test_a_decoder_survives_bad_data(backend: str) -> None:
    good = decode(JPEG)
    for _ in range(5):
        with pytest.raises(ImageDecodeError):
            decode(JPEG[:400], slot=3)
        assert np.array_equal(decode(JPEG, slot=3), good)


def test_every_shared_format(data: Path) -> None:
    if imagecodec.backend_name() != "nvimgcodec":
        pytest.skip("OpenCV knows fewer formats")
    suffixes = {".png", ".jpg", ".bmp", ".tiff", ".tif", ".webp", ".ppm", ".pgm", ".pnm", ".pbm", ".jp2"}
    files = [f for f in (data / "formats").rglob("*") if f.suffix in suffixes and "sequence" not in f.parts]
    assert len(files) > 60
    for file in files:
        raw = file.read_bytes()
        if file.parent.name == "jpeg_lossless":
            with pytest.raises(ImageDecodeError):  # as the oracle: no colour conversion of lossless JPEG
                decode(raw)
            continue
        info = probe(raw)
        assert decode(raw).shape == (info.height, info.width, 3), file.name
        assert decode(raw, output_type="GRAY").shape == (info.height, info.width, 1), file.name
        assert decode(raw, output_type="ANY_DATA").shape == (info.height, info.width, info.channels), file.name


def test_exif_orientation(backend: str, data: Path) -> None:
    folder = data / "formats" / "orientation"
    files = sorted(folder.glob("*.jpg"))
    seen = set()
    for file in files:
        raw = file.read_bytes()
        info = probe(raw)
        seen.add(info.orientation)
        upright, stored = decode(raw), decode(raw, use_orientation=False)
        assert upright.shape[:2] == (info.height, info.width)
        flat = probe(raw, use_orientation=False)
        assert stored.shape[:2] == (flat.height, flat.width)
        assert np.array_equal(upright, _imagefallback.upright(stored, info.orientation))
        assert np.array_equal(decode(raw, region=(10, 20, 30, 40)), upright[10:40, 20:60])
    assert seen == {1, 2, 3, 4, 5, 6, 7, 8}


def test_orientation_is_read_in_both_byte_orders() -> None:
    for mark, order in ((b"II", "little"), (b"MM", "big")):
        number = lambda v, n, order=order: v.to_bytes(n, order)  # noqa: E731
        tiff = mark + number(42, 2) + number(8, 4) + number(1, 2) + number(274, 2) + number(3, 2) + number(1, 4)
        tiff += number(6, 2) + number(0, 2) + number(0, 4)
        block = b"Exif\0\0" + tiff
        data = JPEG[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + JPEG[2:]
        assert _imageheader.orientation(data, "jpeg") == 6
        assert probe(data).height == 83
        assert decode(data).shape == (83, 61, 3)


def test_broken_exif_is_ignored() -> None:
    block = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    data = JPEG[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + JPEG[2:]
    assert probe(data).orientation == 1
    assert np.array_equal(decode(data), decode(JPEG))


def test_threads_decode_independently(backend: str) -> None:
    sources = [simplejpeg.encode_jpeg(np.roll(picture(), k, 0)) for k in range(8)]
    alone = [decode(data) for data in sources]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda data: decode(data, slot=0).copy(), sources * 4))
    assert all(np.array_equal(a, b) for a, b in zip(alone * 4, together, strict=True))


def test_the_terminal_stays_quiet() -> None:
    code = (
        "import simplejpeg, numpy as np\n"
        "from adali.kernels.imagecodec import decode, ImageDecodeError\n"
        "data = simplejpeg.encode_jpeg(np.zeros((32, 32, 3), np.uint8))\n"
        "decode(data)\n"
        "for bad in (data[:300], data[:500], b'', b'nothing'):\n"
        "    try: decode(bad)\n"
        "    except ImageDecodeError: pass\n"
        "    else: raise SystemExit('decoded rubbish')\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_the_package_is_cheap() -> None:
    code = (
        "import sys\n"
        "import adali.kernels.imagecodec, adali.kernels.resample, adali.kernels.normalize, adali.kernels.scratch\n"
        "heavy = {'numba', 'cv2', 'nvidia.nvimgcodec', 'simplejpeg'} & set(sys.modules)\n"
        "raise SystemExit(f'imported {heavy}' if heavy else 0)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr


def test_mapped_files_are_read_in_place(backend: str, tmp_path: Path) -> None:
    file = tmp_path / "image"
    for data in (JPEG, PNG):
        file.write_bytes(data)
        mapped = np.memmap(file, np.uint8, "r")
        assert np.array_equal(decode(mapped), decode(data))
        assert probe(mapped) == probe(data)
        assert np.array_equal(decode(memoryview(mapped)), decode(data))
