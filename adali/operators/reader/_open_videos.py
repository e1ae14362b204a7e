"""The open videos of a reader, shared by the worker threads."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from adali.kernels.video import Decoder, Index, Source
from adali.operators.reader.files import Files
from adali.storage import RemoteFile, is_url, local_path

__all__ = ["OpenVideos"]

#: How many videos stay open that nothing is read from at the moment.
MAX_OPEN = 32

#: How long a worker waits for those that were given samples before it; one whose sample failed before never comes.
ARRIVAL_S = 0.1


class OpenVideos:
    """Open videos, at most MAX_OPEN of which are not in use.

    Sequences that follow one another lie between the same key frames, and the workers take them at the same time. So
    a worker rather waits for the decoder that will arrive at its first frame than decode what lies before it again;
    and it looks when those have come that were given the samples before its own, since threads overtake one another.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._idle: OrderedDict[Decoder, str] = OrderedDict()
        self._used: dict[Decoder, tuple[str, int]] = {}  # for which video and frames before which one
        self._arriving: list[tuple[str, int]] = []  # the same, and of those that are being opened
        self._waiting: list[tuple[str, int, int]] = []  # for a frame of a video, behind which key frame
        self._iteration = -1
        self._came: set[int] = set()
        self._coming = 0  # all samples before it have come
        self._changed = threading.Condition()
        self._closed = False

    def source(self, path: str) -> Source:
        """What the bytes of a file come from."""
        return RemoteFile(self._files.storage, path) if is_url(path) else local_path(path)

    def take(self, path: str, index: Index, first: int, stop: int, turn: tuple[int, int] | None = None) -> Decoder:
        """A decoder for frames from ``first`` to before ``stop``, which nobody else uses meanwhile.

        Args:
            turn: the iteration and the sample, where the workers begin the samples of a batch in order.
        """
        key = int(index.keys[np.searchsorted(index.keys, first, side="right") - 1])
        me = (path, key, first)
        with self._changed:
            self._waiting.append(me)
            try:
                if turn is not None:
                    self._come(*turn)
                while True:
                    best: Decoder | None = None
                    near = key - 1  # what is not nearer than the key frame is of no use
                    for decoder, name in self._idle.items():
                        if name == path and near < decoder.position <= first:
                            best, near = decoder, decoder.position
                    arriving = any(name == path and near < end <= first for name, end in self._arriving)
                    begin = key if best is None else near
                    earlier = any(name == path and begin <= other < first for name, _, other in self._waiting)
                    if self._closed or not (arriving or earlier):
                        break
                    self._changed.wait()
                if best is None:
                    best = self._unwanted(path)
                self._arriving.append((path, stop))
                if best is not None:
                    del self._idle[best]
                    self._used[best] = (path, stop)
                    return best
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()
        try:
            decoder = Decoder(self.source(path), index)
        except BaseException:
            with self._changed:
                self._arriving.remove((path, stop))
                self._changed.notify_all()
            raise
        with self._changed:
            self._used[decoder] = (path, stop)
        return decoder

    def _unwanted(self, path: str) -> Decoder | None:
        """A decoder of the video that goes nowhere; None if there is none, or each is on its way to a frame."""
        ways = [(key, first) for name, key, first in self._waiting if name == path]
        for decoder, name in self._idle.items():
            if name == path and not any(key <= decoder.position <= first for key, first in ways):
                return decoder
        return None

    def _come(self, iteration: int, sample: int) -> None:
        """Wait for those who have the samples before this one; under the lock."""
        if iteration != self._iteration:
            self._iteration, self._coming = iteration, 0
            self._came.clear()
        self._came.add(sample)
        self._pass()
        if not self._changed.wait_for(
            lambda: self._closed or iteration != self._iteration or sample <= self._coming, ARRIVAL_S
        ):
            self._coming = sample
            self._pass()

    def _pass(self) -> None:
        while self._coming in self._came:
            self._came.remove(self._coming)
            self._coming += 1
        self._changed.notify_all()

    def give(self, decoder: Decoder, works: bool) -> None:
        """Take back a decoder; one that failed is closed."""
        with self._changed:
            use = path, _ = self._used.pop(decoder)
            self._arriving.remove(use)
            self._changed.notify_all()
            if works and not self._closed:
                self._idle[decoder] = path
                if len(self._idle) <= MAX_OPEN:
                    return
                decoder, _ = self._idle.popitem(last=False)
        decoder.close()

    def close(self) -> None:
        """Close all files that are not in use; those that are will be when they are given back."""
        with self._changed:
            self._closed = True
            decoders = list(self._idle)
            self._idle.clear()
            self._changed.notify_all()
        for decoder in decoders:
            decoder.close()
