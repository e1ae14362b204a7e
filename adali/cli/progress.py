"""A progress line: redrawn in place on a terminal, one plain line now and then anywhere else."""

from __future__ import annotations

import os
import shutil
import sys
from time import perf_counter
from typing import TextIO

__all__ = ["Progress"]

REDRAW_S = 0.08
PLAIN_S = 2.0


class Progress:
    """Shows how far the work is.

    Args:
        total: number of images.
        stream: where to write; standard output by default.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total = total
        self.stream = sys.stdout if stream is None else stream
        self.live = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        encoding = getattr(self.stream, "encoding", None) or "ascii"
        try:
            "━╸".encode(encoding)
            self.full, self.tip, self.rest = "━", "╸", "─"
        except (UnicodeEncodeError, LookupError):
            self.full, self.tip, self.rest = "=", ">", "-"
        self.colour = self.live and "NO_COLOR" not in os.environ
        self.start = self.drawn = perf_counter()
        self.shown = False

    def update(self, done: int, status: str) -> None:
        """Show ``done`` images of ``total``, and a text; draws only as often as a reader can follow."""
        now = perf_counter()
        if now - self.drawn < (REDRAW_S if self.live else PLAIN_S) and (self.shown or not self.live):
            return
        self.drawn = now
        self._draw(done, status)

    def finish(self, done: int, status: str) -> None:
        """Show the last state and end the line."""
        self._draw(done, status)
        if self.live:
            self.stream.write("\n")
            self.stream.flush()

    def _draw(self, done: int, status: str) -> None:
        share = min(1.0, done / self.total) if self.total else 1.0
        if not self.live:
            self.stream.write(f"{100 * share:4.0f}%  {status}\n")
            self.stream.flush()
            return
        columns = shutil.get_terminal_size().columns
        width = max(8, min(32, columns - len(status) - 10))
        cells = int(share * width)
        tip = self.tip if cells < width else ""
        rest = self.rest * (width - cells - len(tip))
        bar = self.full * cells + tip
        if self.colour:
            bar, rest = f"\x1b[36m{bar}\x1b[0m", f"\x1b[2m{rest}\x1b[0m"
        self.stream.write(f"\r{bar}{rest} {100 * share:3.0f}%  {status[: max(0, columns - width - 8)]}\x1b[K")
        self.stream.flush()
        self.shown = True
