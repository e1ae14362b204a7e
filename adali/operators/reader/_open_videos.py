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


class OpenVideos:
    """Open videos, at most MAX_OPEN of which are not in use.

    Sequences that follow one another lie between the same key frames, and the workers take them at the same time. So
    a worker rather waits for the decoder that will arrive at its first frame than decode what lies before it again.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._idle: OrderedDict[Decoder, str] = OrderedDict()
        self._busy: dict[Decoder, tuple[str, int]] = {}  # and the frame after those it is used for
        self._waiting: list[tuple[str, int]] = []
        self._changed = threading.Condition()
        self._closed = False

    def source(self, path: str) -> Source:
        """What the bytes of a file come from."""
        return RemoteFile(self._files.storage, path) if is_url(path) else local_path(path)

    def take(self, path: str, index: Index, first: int, stop: int) -> Decoder:
        """A decoder for frames from ``first`` to before ``stop``, which nobody else uses meanwhile."""
        me = (path, first)
        key = int(index.keys[np.searchsorted(index.keys, first, side="right") - 1])
        with self._changed:
            self._waiting.append(me)
            try:
                while True:
                    best: Decoder | None = None
                    near = key - 1  # what is not nearer than the key frame is of no use
                    for decoder, name in self._idle.items():
                        if name == path and near < decoder.position <= first:
                            best, near = decoder, decoder.position
                    arriving = any(
                        name == path and near < decoder.position <= first and end <= first
                        for decoder, (name, end) in self._busy.items()
                    )
                    earlier = best is not None and any(
                        name == path and near <= other < first for name, other in self._waiting
                    )
                    if self._closed or not (arriving or earlier):
                        break
                    self._changed.wait()
                if best is None:
                    best = next((decoder for decoder, name in self._idle.items() if name == path), None)
                if best is not None:
                    del self._idle[best]
                    self._busy[best] = (path, stop)
                    return best
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()
        decoder = Decoder(self.source(path), index)
        with self._changed:
            self._busy[decoder] = (path, stop)
        return decoder

    def give(self, decoder: Decoder, works: bool) -> None:
        """Take back a decoder; one that failed is closed."""
        with self._changed:
            path, _ = self._busy.pop(decoder)
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
