"""The contact sheet: the images of one batch on one picture, with their names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["contact_sheet", "denormalize"]

Pixels = npt.NDArray[np.uint8]

PAPER = (250, 248, 245)
CARD = (255, 255, 255)
INK = (38, 40, 46)
FAINT = (128, 130, 138)


class Font(NamedTuple):
    """Size (in OpenCV's unit, 22 pixels), stroke width in pixels and colour of a text."""

    scale: float
    weight: float
    colour: tuple[int, int, int]


TITLE = Font(0.92, 1.7, INK)
SUBTITLE = Font(0.5, 0.25, FAINT)
LABEL = Font(0.52, 1.0, INK)
MARGIN, GAP, FRAME, CAPTION, HEADER = 40, 22, 8, 34, 92
OVERSAMPLING = 4


def denormalize(images: npt.NDArray[Any], mean: Sequence[float], std: Sequence[float]) -> Pixels:
    """Undo crop-mirror-normalize: float (N, 3, H, W) to uint8 RGB (N, H, W, 3)."""
    pixels = images.transpose(0, 2, 3, 1) * np.asarray(std, np.float32) + np.asarray(mean, np.float32)
    result: Pixels = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    return result


def contact_sheet(
    images: Pixels, names: Sequence[str], title: str, subtitle: str = "", columns: int | None = None
) -> Pixels:
    """Draw images as cards with a name under each.

    Args:
        images: uint8 RGB, shape (N, H, W, 3), N at least 1.
        names: one for each image.
        title: the large line on top.
        subtitle: the small line under it.
        columns: cards in a row; chosen for a landscape sheet by default.

    Returns:
        The sheet, uint8 RGB, shape (height, width, 3).
    """
    count, height, width = images.shape[:3]
    if columns is None:
        columns = _columns(count)
    rows = math.ceil(count / columns)
    card_w, card_h = width + 2 * FRAME, height + FRAME + CAPTION
    sheet_w = 2 * MARGIN + columns * card_w + (columns - 1) * GAP
    sheet_h = HEADER + MARGIN + rows * card_h + (rows - 1) * GAP
    sheet: Pixels = np.full((sheet_h, sheet_w, 3), PAPER, np.uint8)
    places = [(MARGIN + (i % columns) * (card_w + GAP), HEADER + (i // columns) * (card_h + GAP)) for i in range(count)]

    shadow = np.zeros((sheet_h, sheet_w), np.float32)
    card = np.zeros((sheet_h, sheet_w), np.float32)
    mask = _rounded(card_w, card_h, 9)
    for x, y in places:
        card[y : y + card_h, x : x + card_w] = mask
        bottom = min(sheet_h, y + 5 + card_h)
        shadow[y + 5 : bottom, x : x + card_w] = mask[: bottom - y - 5]
    shadow = cv2.GaussianBlur(shadow, (0, 0), 7)[..., None] * 0.20
    canvas = sheet * (1 - shadow) + np.asarray((60, 62, 72), np.float32) * shadow
    canvas = canvas * (1 - card[..., None]) + np.asarray(CARD, np.float32) * card[..., None]

    inner = _rounded(width, height, 5)[..., None]
    for image, name, (x, y) in zip(images, names, places, strict=True):
        area = canvas[y + FRAME : y + FRAME + height, x + FRAME : x + FRAME + width]
        area[:] = area * (1 - inner) + image * inner
        label = _fit(name, LABEL, width - 12)
        text_w = _measure(label, LABEL.scale, LABEL.weight)
        _write(canvas, label, x + (card_w - text_w) / 2, y + FRAME + height + 22, LABEL)
    _write(canvas, _fit(title, TITLE, sheet_w - 2 * MARGIN), MARGIN, 46, TITLE)
    _write(canvas, _fit(subtitle, SUBTITLE, sheet_w - 2 * MARGIN), MARGIN, 70, SUBTITLE)
    sheet = np.clip(np.round(canvas), 0, 255).astype(np.uint8)
    return sheet


def _columns(count: int) -> int:
    """A number of columns that leaves few empty places and makes a landscape sheet."""
    if count <= 4:
        return count
    low, high = math.ceil(math.sqrt(count)), math.ceil(math.sqrt(2.4 * count))
    return min(range(low, high + 1), key=lambda c: (-count % c, abs(c - math.sqrt(1.7 * count))))


def _rounded(width: int, height: int, radius: int) -> npt.NDArray[np.float32]:
    """Coverage of a rectangle with round corners, in 0..1."""
    x = np.abs(np.arange(width) - (width - 1) / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) - (height - 1) / 2) - (height / 2 - radius)
    distance = np.hypot(np.clip(x, 0, None)[None], np.clip(y, 0, None)[:, None])
    cover: npt.NDArray[np.float32] = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
    return cover


def _ascii(text: str) -> str:
    # OpenCV's stroke fonts have no other characters.
    return text.encode("ascii", "replace").decode()


def _measure(text: str, scale: float, weight: float) -> float:
    # The thickness belongs to it: OpenCV 5 draws with an outline font, whose heavier letters are wider.
    size, _ = cv2.getTextSize(_ascii(text), cv2.FONT_HERSHEY_SIMPLEX, scale * OVERSAMPLING, _thickness(weight))
    return float(size[0]) / OVERSAMPLING


def _thickness(weight: float) -> int:
    return max(1, round(weight * OVERSAMPLING))


def _fit(text: str, font: Font, width: float) -> str:
    if _measure(text, font.scale, font.weight) <= width:
        return text
    while text and _measure(text + "...", font.scale, font.weight) > width:
        text = text[:-1]
    return text + "..."


def _write(canvas: npt.NDArray[Any], text: str, x: float, y: float, font: Font) -> None:
    """Write text with its base line at ``y``; drawn large and reduced, which smooths the strokes."""
    if not text:
        return
    width = int(_measure(text, font.scale, font.weight)) + 10
    above, below = int(font.scale * 30) + 2, int(font.scale * 12) + 2
    mask = np.zeros(((above + below) * OVERSAMPLING, width * OVERSAMPLING), np.uint8)
    origin = (4 * OVERSAMPLING, above * OVERSAMPLING)
    scale, thickness = font.scale * OVERSAMPLING, _thickness(font.weight)
    cv2.putText(mask, _ascii(text), origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
    cover = cv2.resize(mask, (width, above + below), interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    left, top = round(x) - 4, round(y) - above
    skip_x, skip_y = max(0, -left), max(0, -top)
    area = canvas[top + skip_y : top + above + below, left + skip_x : left + width]
    cover = cover[skip_y : skip_y + area.shape[0], skip_x : skip_x + area.shape[1]]
    area[:] = area * (1 - cover) + np.asarray(font.colour, np.float32) * cover
