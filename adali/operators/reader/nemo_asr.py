"""readers.nemo_asr: speech and its transcript, from manifests of NeMo."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from adali.operators.audio.decoder import SOUND_TYPES, SoundDecoder
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.reader.files import FilesReader
from adali.operators.reader.listed import SHUFFLE_ARGS
from adali.operators.reader.loader import READER_ARGS
from adali.storage import Request, dirname, is_url, join
from adali.types import DALIDataType

__all__ = ["NemoAsrReader"]


class _Entry(NamedTuple):
    path: str
    offset: float
    duration: float
    text: bytes
    number: int


class _Output:
    """Makes the outputs of a sample of what was read; shared by the reader and the operator that finishes its work."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        self.sound = SoundDecoder(args["dtype"], args["downmix"], args["quality"])
        self.rate = max(0.0, args["sample_rate"])
        self.chosen = [args["read_sample_rate"], args["read_text"], args["read_idxs"]]

    def make(
        self, encoded: Array, span: Array, text: Array, index: Array, empty: Callable[[tuple[int, ...], Any], Array]
    ) -> tuple[Array, ...]:
        offset, duration = span.tolist()
        samples, rate = self.sound.decode(encoded, empty, self.rate, offset, duration)
        # The rate is that of the file, resampled or not, as in DALI.
        rest = (np.array(rate, np.float32), text, index)
        return (samples, *(output for output, wanted in zip(rest, self.chosen, strict=True) if wanted))


class _Decode(SampleOperator):
    """Decodes the sound, on the worker threads."""

    out_layout = ""

    def setup(self) -> None:
        self.output = _Output(self.args)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        encoded, span, text, index = inputs
        outputs = self.output.make(encoded, span, text, index, ctx.empty)
        return outputs if len(outputs) > 1 else outputs[0]


def _outputs(args: Mapping[str, Any]) -> int:
    given = {"read_sample_rate": True, "read_text": True, "read_idxs": False} | dict(args)
    return 1 + sum(bool(given[name]) for name in ("read_sample_rate", "read_text", "read_idxs"))


@operator(
    "readers__NemoAsr",
    args=(
        *READER_ARGS,
        *SHUFFLE_ARGS,
        Arg(
            "downmix",
            ArgKind.BOOL,
            True,
            "Average the channels; the sound is then (samples,), else (samples, channels).",
        ),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "Type of the sound: FLOAT, INT16 or INT32."),
        Arg("manifest_filepaths", ArgKind.STRS, REQUIRED, "The manifests, whose entries follow one another."),
        Arg(
            "max_duration", ArgKind.FLOAT, 0.0, "Leave out entries with a longer duration, in seconds; 0 for no limit."
        ),
        Arg("min_duration", ArgKind.FLOAT, 0.0, "Leave out entries with a shorter duration, or none; in seconds."),
        Arg("normalize_text", ArgKind.BOOL, False, deprecated=""),
        Arg("quality", ArgKind.FLOAT, 50.0, "Quality of the resampling, 0 to 100, as in audio_resample."),
        Arg("read_idxs", ArgKind.BOOL, False, "Give the number of the entry, too."),
        Arg("read_sample_rate", ArgKind.BOOL, True, "Give the sample rate of the file, too."),
        Arg("read_text", ArgKind.BOOL, True, "Give the transcript, too."),
        Arg("sample_rate", ArgKind.FLOAT, -1.0, "Sample rate to resample to, in Hz; by default that of the file."),
    ),
    num_outputs=_outputs,
    legacy=("NemoAsrReader",),
    random=True,
)
class NemoAsrReader(FilesReader):
    """Reads speech with its transcript, as listed in manifests of NVIDIA NeMo.

    A manifest holds JSON objects one after the other: ``audio_filepath`` (the sound file; an entry without it is left
    out and logged), and optionally ``offset`` and ``duration`` (the part to read, in seconds) and ``text``. Names of
    files are relative to the working directory or, where the manifest is a URL, to its folder. The outputs are

    * the sound, (samples,) or (samples, channels), of type ``dtype``;
    * with ``read_sample_rate``, the sample rate of the file in Hz, float32, a scalar;
    * with ``read_text``, the transcript in UTF-8, uint8 of shape (bytes,), empty where there is none;
    * with ``read_idxs``, the number of the entry in its manifest, int64 of shape (1,); entries left out do not count.

    libsndfile decodes, through the package soundfile (extra ``audio``), on the worker threads. A sound that cannot be
    read or decoded, or that ends before its offset, is the failure of its sample.

    With ``on_error="skip"`` or ``"replace"``, a line of a manifest that is none of its objects is left out and logged.

    Raises:
        ArgumentError: a manifest cannot be read, holds something else than objects, or none of use.
    """

    finish = _Decode
    always_finishes = True
    raw_columns = 4

    def setup(self) -> None:
        if self.args["dtype"] not in SOUND_TYPES:
            names = ", ".join(t.name for t in SOUND_TYPES)
            raise self.error(f"dtype {self.args['dtype'].name} is not supported; supported types: {names}")
        if not self.args["manifest_filepaths"]:
            raise self.error("manifest_filepaths is empty")
        try:
            self.output = _Output(self.args)
        except (ImportError, ValueError) as e:
            raise self.error(str(e)) from None
        super().setup()

    def prepare(self) -> None:
        self._entries: list[_Entry] = []
        for path in self.args["manifest_filepaths"]:
            try:
                # Bytes that are no UTF-8 are the fault of their line.
                text = self.files.text(path).decode(errors="surrogateescape")
            except OSError as e:
                raise self.error(f"cannot read the manifest {path!r}: {e}") from e
            self._entries += self._read(path, text)
        if not self._entries:
            raise self.error(f"the manifests {', '.join(self.args['manifest_filepaths'])} have no entry of use")
        self.remote = any(is_url(entry.path) for entry in self._entries)

    def _read(self, manifest: str, text: str) -> list[_Entry]:
        decoder = json.JSONDecoder()
        entries: list[_Entry] = []
        low, high = self.args["min_duration"], self.args["max_duration"]
        place = _skip_space(text, 0)
        while place < len(text):
            line = text.count("\n", 0, place) + 1
            try:
                found, end = decoder.raw_decode(text, place)
                if not isinstance(found, dict):
                    raise ValueError(f"expected an object, got {text[place : place + 40]!r}")
                offset, duration = float(found.get("offset") or 0), found.get("duration")
                duration = -1.0 if duration is None else float(duration)
                words = found.get("text")
                path = found.get("audio_filepath")
                if not isinstance(path, (str, type(None))) or not isinstance(words, (str, type(None))):
                    raise ValueError("audio_filepath and text must be strings")
                transcript = (words or "").encode()
            except (ValueError, TypeError, RecursionError) as e:
                problem = f"line {line} of the manifest {manifest!r}: {e}"
                if self.env.on_error == "raise":
                    raise self.error(problem) from None
                logging.getLogger("adali").warning("%s: left out", problem)
                end = text.find("\n", place)
                place = len(text) if end < 0 else _skip_space(text, end)
                continue
            place = _skip_space(text, end)
            if path is None:
                logging.getLogger("adali").warning("line %d of %s names no audio_filepath: left out", line, manifest)
            elif not ((high > 0 and duration > high) or (low > 0 and duration < low)):
                if is_url(manifest):
                    path = join(dirname(manifest), path)
                entries.append(_Entry(path, offset, duration, transcript, len(entries)))
        return entries

    @property
    def size(self) -> int:
        return len(self._entries)

    def source_of(self, index: int) -> str:
        return self._entries[index].path

    def requests(self, index: int) -> Sequence[Request]:
        path = self._entries[index].path
        return ((path, 0, None),) if is_url(path) else ()

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        entry = self._entries[index]
        raw = (
            self.files.read(entry.path),
            np.array([entry.offset, entry.duration]),
            np.frombuffer(entry.text, np.uint8),
            np.array([entry.number], np.int64),
        )
        return (raw if self.deferred else self.output.make(*raw, np.empty)), entry.path


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


_Decode.schema = NemoAsrReader.schema
