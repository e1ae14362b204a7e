"""decoders.audio: an encoded sound becomes samples."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from adali.extras import needed
from adali.kernels.audio import Floats, convert_levels, resample, sinc_lobes
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.types import DALIDataType, to_numpy_type

SOUND_TYPES = (DALIDataType.INT16, DALIDataType.INT32, DALIDataType.FLOAT)

_STEP_16 = np.float32(2**-15)


#: The start of a WAV file: two marks around the file's length, the mark and length of the format, and the format: tag,
#: channels, sample rate, bytes a second, bytes a frame, bits a sample.
_HEAD = struct.Struct("<4sI8sIHHIIHH")
_CHUNK = struct.Struct("<4sI")
_BYTES, _PCM_16 = np.dtype(np.uint8), np.dtype("<i2")


def _plain_wav(encoded: Array) -> tuple[Array, int] | None:
    """Samples (frames, channels) and rate of a WAV file of 16 bits; None for any other or irregular file.

    libsndfile needs ten times as long for what is a view of the file's bytes.
    """
    end = encoded.size
    if end < 44 or not encoded.flags.c_contiguous:
        return None
    riff, _, wave, length, tag, channels, rate, _, frame, bits = _HEAD.unpack_from(encoded.data, 0)
    if riff != b"RIFF" or wave != b"WAVEfmt ":
        return None
    if tag != 1 or bits != 16 or length not in (16, 18) or not channels or frame != 2 * channels:
        return None
    at = 20 + length
    while at + 8 <= end:
        kind, size = _CHUNK.unpack_from(encoded.data, at)
        at += 8
        if kind == b"data":
            if not size or size % frame or at + size > end:
                return None
            return np.ndarray((size // frame, channels), _PCM_16, encoded, at), rate
        at += size + size % 2
    return None


class SoundDecoder:
    """Decodes sounds to one type, mixing channels and resampling as asked.

    Args:
        dtype: INT16, INT32 or FLOAT.
        downmix: whether channels are averaged.
        quality: of the resampling, 0 to 100.

    Raises:
        ValueError: quality is outside of its range.
        ImportError: soundfile is not installed.
    """

    def __init__(self, dtype: DALIDataType, downmix: bool, quality: float) -> None:
        self.dtype = np.dtype(to_numpy_type(dtype))
        self.downmix = downmix
        self.lobes = sinc_lobes(quality)
        self.soundfile = needed("soundfile", "decoding a sound", "adali[audio]")

    def decode(
        self,
        encoded: Array,
        empty: Callable[[tuple[int, ...], Any], Array],
        wanted: float = 0,
        offset: float = 0,
        duration: float = -1,
    ) -> tuple[Array, int]:
        """Decode a file, or the part of it from ``offset`` on.

        Args:
            encoded: its bytes.
            empty: makes the output.
            wanted: sample rate to resample to, in Hz; 0 keeps that of the file.
            offset: start in seconds.
            duration: length in seconds, at most; -1 for everything.

        Returns:
            The samples and the sample rate of the file.

        Raises:
            ValueError: it cannot be decoded, or the offset is behind its end.
        """
        plain = _plain_wav(encoded) if offset <= 0 and duration < 0 else None
        if plain is not None and (not wanted or wanted == plain[1]):
            return self._from_plain(plain[0], empty), plain[1]
        try:
            with self.soundfile.SoundFile(io.BytesIO(encoded.data)) as file:
                rate, channels = file.samplerate, file.channels
                count = -1
                if offset > 0:
                    start = int(offset * rate)
                    if start > file.frames:
                        raise ValueError(f"the offset of {offset} s is behind the end of the sound")
                    file.seek(start)
                if duration >= 0:
                    count = int(duration * rate)
                mix = self.downmix and channels > 1
                exact = not mix and wanted in (0, rate)
                kind = self.dtype.name if exact else "float32"
                if kind == "float32" and file.subtype == "PCM_16":
                    # libsndfile converts sample by sample; NumPy is several times faster and as exact.
                    frames = np.multiply(file.read(count, dtype="int16", always_2d=True), _STEP_16, dtype=np.float32)
                else:
                    frames = file.read(count, dtype=kind, always_2d=True)
        except self.soundfile.LibsndfileError as e:
            raise ValueError(f"cannot decode the sound: {e.error_string}") from None
        if mix:
            frames = self._mixed(frames)[:, None]
        shape = (frames.shape[0],) if self.downmix else frames.shape
        if wanted not in (0, rate):
            length = math.ceil(frames.shape[0] * wanted / rate)
            shape = (length, *shape[1:])
            frames = self._resampled(frames, rate / wanted, length)
        out = empty(shape, self.dtype)
        if frames.dtype == self.dtype:
            out[...] = frames.reshape(shape)
        else:
            convert(convert_levels(frames, self.dtype).reshape(shape), self.dtype, out=out)
        return out, rate

    def _from_plain(self, frames: Array, empty: Callable[[tuple[int, ...], Any], Array]) -> Array:
        """The output made of samples of 16 bits, without libsndfile."""
        count, channels = frames.shape
        mix = self.downmix
        out = empty((count,) if mix else frames.shape, self.dtype)
        if self.dtype.num == _PCM_16.num and not mix:
            out[...] = frames
        elif mix and channels > 1:
            sums = self._mixed(np.multiply(frames, _STEP_16, dtype=np.float32))
            if self.dtype == np.float32:
                out[...] = sums
            else:
                convert(convert_levels(sums, self.dtype), self.dtype, out=out)
        elif self.dtype == np.float32:
            np.multiply(frames.reshape(out.shape), _STEP_16, out=out, dtype=np.float32)
        elif self.dtype == np.int16:
            out[...] = frames.reshape(out.shape)
        else:
            np.left_shift(frames.reshape(out.shape), 16, out=out, dtype=np.int32)
        return out

    @staticmethod
    def _mixed(frames: Array) -> Array:
        """The mean of the channels, in single precision and in their order, as DALI adds them up."""
        weight = np.float32(1 / frames.shape[1])
        mixed: Array = frames[:, 0] * weight
        for channel in range(1, frames.shape[1]):
            mixed += frames[:, channel] * weight
        return mixed

    def _resampled(self, frames: Floats, step: float, length: int) -> Floats:
        """The frames at another rate."""
        out = np.empty((length, frames.shape[1]), np.float32)
        return resample(frames, step, self.lobes, out) if out.size else out


@operator(
    "decoders__Audio",
    inputs=(Input("encoded", doc="Bytes of an audio file: uint8, one dimension."),),
    args=(
        Arg(
            "downmix",
            ArgKind.BOOL,
            False,
            "Average the channels; the output is then (samples,) and otherwise (samples, channels).",
        ),
        Arg(
            "dtype",
            ArgKind.DTYPE,
            DALIDataType.FLOAT,
            "Type of the output: FLOAT (within -1 .. 1), INT16 or INT32 (their full range).",
        ),
        Arg(
            "quality",
            ArgKind.FLOAT,
            50.0,
            "Quality of the resampling, 0 (fast) to 100 (exact), as in audio_resample.",
        ),
        Arg(
            "sample_rate",
            ArgKind.FLOAT,
            0.0,
            "Sample rate to resample to, in Hz; 0 keeps that of the file.",
            tensor=True,
        ),
    ),
    num_outputs=2,
    legacy=("AudioDecoder",),
)
class Audio(SampleOperator):
    """Decodes WAV, FLAC and OGG (Vorbis, Opus) files.

    Returns the samples, (samples, channels) or (samples,) with downmix, and the sample rate in Hz, a float32 scalar:
    that of the output. The work is done by libsndfile through the package soundfile, which the extra ``audio``
    installs; it also reads the other formats that libsndfile knows.

    Where channels are mixed or the rate changes, the sound is decoded to float32 and rounded at the end; otherwise the
    decoder itself makes the wanted type.

    Fails on bytes that are no sound or a damaged one, and on a negative sample rate.
    """

    out_layout = ""

    def setup(self) -> None:
        if self.args["dtype"] not in SOUND_TYPES:
            names = ", ".join(t.name for t in SOUND_TYPES)
            raise self.error(f"dtype {self.args['dtype'].name} is not supported; supported types: {names}")
        try:
            self.sound = SoundDecoder(self.args["dtype"], self.args["downmix"], self.args["quality"])
        except (ImportError, ValueError) as e:
            raise self.error(str(e)) from None
        self.rate = float(np.float32(self.args["sample_rate"]))

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, Array]:
        encoded = inputs[0]
        if encoded.dtype != _BYTES or encoded.ndim != 1:
            raise TypeError(f"expected the bytes of a file, uint8, one dimension; got {encoded.dtype} {encoded.shape}")
        wanted = float(np.float32(ctx.arg("sample_rate"))) if ctx.batch.columns else self.rate
        if not wanted >= 0:
            raise ValueError(f"sample_rate must not be negative, got {wanted:g}")
        out, rate = self.sound.decode(encoded, ctx.empty, wanted)
        return out, np.array(wanted or rate, np.float32)
