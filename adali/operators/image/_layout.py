"""Layouts of images: which axis is depth, height, width, channel or frame."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["SPATIAL", "Axes", "axes_of", "permutation"]

SPATIAL = "DHW"


class Axes:
    """Where the axes of a layout are.

    Attributes:
        layout: the layout.
        spatial: positions of depth (if any), height and width, in the order of the layout.
        names: their letters.
        cropped: the axes a crop window lies in: the spatial ones, with the frames of a sequence of flat images as
            depth.
        crop_names: their letters, of "DHW".
        channel: position of the channel axis, or -1.
        lead: number of axes in front of the first spatial one.
        hwc: whether an image of this layout is a plain (height, width, channels) array.
    """

    __slots__ = ("channel", "crop_names", "cropped", "hwc", "layout", "lead", "names", "spatial")

    def __init__(self, layout: str) -> None:
        self.layout = layout
        self.spatial = tuple(i for i, c in enumerate(layout) if c in SPATIAL)
        self.names = "".join(layout[i] for i in self.spatial)
        depth = layout if "D" in layout else layout.replace("F", "D")
        self.cropped = tuple(i for i, c in enumerate(depth) if c in SPATIAL)
        self.crop_names = "".join(depth[i] for i in self.cropped)
        self.channel = layout.find("C")
        self.lead = self.spatial[0] if self.spatial else 0
        self.hwc = layout == "HWC"

    def index(self, name: str) -> int:
        """Position of an axis, or -1."""
        return self.layout.find(name)


@lru_cache(maxsize=256)
def axes_of(layout: str) -> Axes:
    """The axes of a layout; cached."""
    return Axes(layout)


def permutation(source: str, target: str) -> tuple[int, ...]:
    """Axes for ``transpose`` that turn an array of layout ``source`` into one of layout ``target``."""
    return tuple(source.index(c) for c in target)
