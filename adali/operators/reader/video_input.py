"""experimental.inputs.video: videos that are fed to the pipeline, in batches of sequences."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from adali.kernels.video import Decoder, in_memory, pyav
from adali.operators.base import Arg, ArgKind, Array, EndOfData, InputChunk, InputOperator, State, operator
from adali.operators.gpu import GpuContext
from adali.operators.user_data import batch_of
from adali.operators.video_args import AFFINE, SEQUENCE_LENGTH
from adali.types import DALIDataType, DALIImageType

__all__ = ["VideoInput"]


class _Playing:
    """A video that is being decoded, one frame ahead of what was asked for, so that its end is known."""

    def __init__(self, encoded: Array, threads: int, skip: int) -> None:
        self._decoder = Decoder(in_memory(encoded), threads=threads)
        self.shown = skip
        try:
            if skip >= len(self._decoder.index):
                raise ValueError(f"the video has {len(self._decoder.index)} frames, but goes on after {skip} of them")
            first = self._decoder.frame(skip)
            self._size = first.height, first.width
            self._frames = self._walk(first)
            self._ahead: Any = next(self._frames)
        except BaseException:
            self.close()
            raise

    def _walk(self, first: Any) -> Iterator[Any]:
        yield first
        yield from self._decoder.walk()

    @property
    def over(self) -> bool:
        """Whether there are no more frames."""
        return self._ahead is None

    def sequence(self, length: int, full: bool) -> Array:
        """The next frames; where the video ends, fewer of them or (``full``) black ones for those that are missing."""
        out = np.empty((length, *self._size, 3), np.uint8)
        count = 0
        while count < length and self._ahead is not None:
            frame = self._ahead
            if (frame.height, frame.width) != self._size:
                raise ValueError(
                    f"frame {self.shown} has {frame.height} x {frame.width} pixels, and the first one "
                    f"{self._size[0]} x {self._size[1]}"
                )
            if frame.is_corrupt:
                raise ValueError(f"frame {self.shown} is damaged")
            self._decoder.put(frame, out[count], DALIImageType.RGB)
            count += 1
            self.shown += 1
            self._ahead = next(self._frames, None)
        if full:
            out[count:] = 0
            return out
        return out[:count]

    def close(self) -> None:
        """Let go of it."""
        self._ahead = None
        self._decoder.close()


@operator(
    "experimental__inputs__Video",
    args=(
        AFFINE,
        Arg(
            "blocking",
            ArgKind.BOOL,
            False,
            "Wait for feed_input where there is no video; otherwise that is an error.",
        ),
        Arg(
            "last_sequence_policy",
            ArgKind.STR,
            "partial",
            'What becomes of the last sequence of a video that has not frames enough for it: "partial", it is shorter; '
            '"pad", it is filled with black frames.',
        ),
        Arg("no_copy", ArgKind.BOOL, False, "Keep the user's memory, which must not change until the video is over."),
        SEQUENCE_LENGTH,
    ),
    devices=("cpu", "mixed"),
)
class VideoInput(InputOperator):
    """Decodes videos that are given with ``feed_input``, a batch of sequences at a time: for long videos.

    The output is (frames, height, width, 3), uint8, RGB, layout FHWC. Each ``feed_input`` adds one video: its encoded
    bytes as the only sample of a batch (an array of shape (1, bytes), or a list of one array). An iteration delivers
    the next sequences of the video, as many as the pipeline's batch size; the last batch of a video has what is left.
    Then the next video begins. A whole video is never in memory decoded.

    A video that cannot be decoded is the error of an iteration, and the next one goes on with the next video.

    A checkpoint holds how much of the current video was delivered: feed that video again first, and then those after
    it.

    PyAV does the work, which the extra ``video`` installs. With ``device="mixed"`` the host decodes too, and batches
    are copied to the device.
    """

    out_layout = "FHWC"

    def setup(self) -> None:
        pyav("experimental.inputs.video", self.error)
        args = self.args
        if args["sequence_length"] < 1:
            raise self.error(f"sequence_length must be positive, got {args['sequence_length']}")
        if args["last_sequence_policy"] not in ("partial", "pad"):
            raise self.error(f"last_sequence_policy must be 'partial' or 'pad', got {args['last_sequence_policy']!r}")
        self._fed: deque[Array] = deque()
        self._lock = threading.Lock()
        self._playing: _Playing | None = None
        self._skip = 0
        self._videos = 0

    def feed(self, data: Any, layout: str = "", cuda_stream: Any = None) -> None:
        """Add a video; callable from any thread.

        Args:
            data: a batch of one sample, the bytes of the video, in host memory.
            layout: not used, bytes have none.
            cuda_stream: not used, it concerns data in device memory.

        Raises:
            TypeError, ValueError: it is something else.
        """
        batch = batch_of(data, copy=not self.args["no_copy"])
        if len(batch.samples) != 1:
            raise ValueError(
                f"one video is fed at a time, as a batch of one sample, but this one has {len(batch.samples)}; feed "
                "[bytes] or bytes[None]"
            )
        (sample,) = batch.samples
        if sample.dtype != np.uint8 or sample.ndim != 1:
            raise TypeError(f"expected the bytes of a video, uint8, one dimension; got {sample.dtype} {sample.shape}")
        with self._lock:
            self._fed.append(sample)

    def ready(self) -> bool:
        return self._playing is not None or bool(self._fed)

    @property
    def waits_for_data(self) -> bool:
        """Whether a consumer may wait for ``feed_input``."""
        return bool(self.args["blocking"])

    def read(self, count: int, iteration: int) -> InputChunk:
        sequences: list[Array] = []
        name = ""
        try:
            if self._playing is None:
                with self._lock:
                    if not self._fed:
                        raise EndOfData  # the engine asks only when there is data
                    encoded = self._fed.popleft()
                skip, self._skip = self._skip, 0
                self._videos += 1
                self._playing = _Playing(encoded, self.env.num_threads, skip)
            playing = self._playing
            length, full = self.args["sequence_length"], self.args["last_sequence_policy"] == "pad"
            while len(sequences) < count and not playing.over:
                name = f"video {self._videos - 1}, frame {playing.shown}"
                sequences.append(playing.sequence(length, full))
        except ValueError as e:
            self._stop()
            raise ValueError(f"video {self._videos - 1} of those that were fed: {e}") from e
        if playing.over:
            self._stop()
        return InputChunk(
            columns=(sequences,), layouts=("FHWC",), sources=[name] * len(sequences), dtypes=(DALIDataType.UINT8,)
        )

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return ctx.to_device(inputs[0])

    def _stop(self) -> None:
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.close()

    def reset(self) -> None:
        """Go on with the next video."""
        self._stop()

    def state(self) -> State:
        return {"frames": self._skip if self._playing is None else self._playing.shown, "videos": self._videos}

    def set_state(self, state: State) -> None:
        self._stop()
        self._skip = int(state["frames"])
        self._videos = int(state["videos"]) - bool(self._skip)

    def close(self) -> None:
        self._stop()
