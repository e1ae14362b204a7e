"""How far a source has come, and how another one of its kind is brought there.

=========================================  ==================================  ======================================
source                                     what is kept                        how it goes on
=========================================  ==================================  ======================================
with ``state_dict``, ``load_state_dict``   what ``state_dict()`` returns       ``load_state_dict``
function that is told what is wanted       nothing                             it is asked for what comes next
function without an argument               number of calls                     as many calls, results thrown away
list, tuple, array; generator function     items of the pass                   as many items of a new pass, thrown away
other iterable                             items of every pass so far          all passes again, items thrown away
=========================================  ==================================  ======================================
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adali.plain import from_text, to_text

__all__ = ["Progress", "kind_of"]

#: What a checkpoint calls the rows of the table.
KEPT, TOLD, CALLS, ITEMS, PASSES = "state_dict", "told", "calls", "items", "passes"


def kind_of(source: Any, *, iterable: bool, told: bool, generator_function: bool) -> str:
    """The row of the table that a source is in."""
    if callable(getattr(source, "state_dict", None)) and callable(getattr(source, "load_state_dict", None)):
        return KEPT
    if not iterable:
        return TOLD if told else CALLS
    # A method, or an object with __call__, may keep something from one pass to the next; a function should not.
    alone = generator_function and inspect.isfunction(source)
    return ITEMS if alone or isinstance(source, (Sequence, np.ndarray)) else PASSES


class Progress:
    """Counts what a source gave.

    Attributes:
        kind: its row in the table.
        calls: calls of a function.
        items: items of the pass under way.
        ended: whether there is no pass under way, and none begins before a reset.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.calls = 0
        self.items = 0
        self.ended = False
        # Passes in order: how many items, whether to the end, how many such passes in a row.
        self._passes: list[tuple[int, bool, int]] = []
        self._kept: str | None = None

    def pass_over(self, to_the_end: bool) -> None:
        """The pass under way is over."""
        if self.kind == PASSES:
            last = self._passes[-1] if self._passes else None
            if last is not None and last[:2] == (self.items, to_the_end):
                self._passes[-1] = (self.items, to_the_end, last[2] + 1)
            else:
                self._passes.append((self.items, to_the_end, 1))
        self.items = 0

    def keep(self, source: Any) -> None:
        """Ask a source for its state.

        Raises:
            ValueError: it has none that can be kept.
        """
        if self.kind != KEPT:
            return
        try:
            self._kept = to_text(source.state_dict())
        except Exception as e:
            raise ValueError(f"state_dict() of the source: {e}") from e

    def state(self) -> dict[str, Any]:
        """What goes into a checkpoint."""
        state: dict[str, Any] = {"kind": self.kind}
        if self.kind == CALLS:
            state["calls"] = self.calls
        elif self.kind in (ITEMS, PASSES, KEPT):
            state.update(items=self.items, ended=self.ended)
        if self.kind == PASSES:
            state["passes"] = [list(p) for p in self._passes]
        if self.kind == KEPT:
            state["kept"] = self._kept
        return state

    def check(self, state: Mapping[str, Any]) -> None:
        """Check that a state is of a source like this one.

        Raises:
            ValueError: it is not.
        """
        if state.get("kind") != self.kind:
            raise ValueError(
                f"its source was {_WORDS.get(str(state.get('kind')), 'something else')} when the checkpoint was taken, "
                f"and is {_WORDS[self.kind]} now"
            )

    def load(self, source: Any, state: Mapping[str, Any]) -> None:
        """Give a source the state that was kept of it."""
        self._kept = state["kept"]
        if self._kept is not None:
            source.load_state_dict(from_text(self._kept))


_WORDS = {
    KEPT: "an object with a state_dict",
    TOLD: "a function with an argument",
    CALLS: "a function without an argument",
    ITEMS: "a list, an array or a generator function",
    PASSES: "an iterable object",
}
