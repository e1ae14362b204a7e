"""Annotations of COCO data sets: from their JSON file, and in the preprocessed form that DALI saves.

The preprocessed form is a folder of little-endian files, each of which begins with the number of its elements, and the
names of the images as lines of text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels.rle import counts_of_text

__all__ = ["CocoError", "Filter", "Picture", "load_saved", "parse", "save"]


class CocoError(ValueError):
    """The annotations are not those of a COCO data set; the message says where."""


@dataclass
class Picture:
    """One image and its annotations.

    Attributes:
        name: of the file.
        number: its id.
        width, height: in pixels, as annotated.
        boxes: (M, 4).
        labels: (M,).
        polygons: (P, 3) of mask, first vertex and the one after the last.
        vertices: (V, 2).
        runs: position of the mask -> its size and counts.
        problem: why the sample cannot be used.
    """

    name: str
    number: int
    width: int = 0
    height: int = 0
    boxes: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 4), np.float32))
    labels: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    polygons: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 3), np.int32))
    vertices: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 2), np.float32))
    runs: dict[int, tuple[int, int, list[int]]] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Filter:
    """Which annotations are wanted, and in which form; the arguments of the reader."""

    ltrb: bool
    ratio: bool
    size_threshold: float
    skip_empty: bool
    include_iscrowd: bool
    remap: bool
    masks: bool


def parse(data: bytes, wanted: Filter, unattributed: Callable[[str], None]) -> list[Picture]:
    """Read a JSON file of annotations; images are sorted by their ids.

    Args:
        data: the file.
        wanted: what to keep.
        unattributed: called for what is wrong and belongs to no image.

    Raises:
        CocoError: it is no such file.
    """
    try:
        root = json.loads(data)
    except (ValueError, RecursionError) as e:
        raise CocoError(f"it is no JSON file: {e}") from None
    if not isinstance(root, dict):
        raise CocoError("it holds no object")
    images, annotations = _section(root, "images"), _section(root, "annotations")
    classes: dict[int, int] = {}
    for place, category in enumerate(_section(root, "categories")):
        number = _integer(category, "id")
        if number is None:
            unattributed(f"category {place} has no id")
            continue
        classes.setdefault(number, len(classes) + 1)
    pictures: dict[int, Picture] = {}
    parts: dict[int, list[tuple[int, Any]]] = {}
    for place, image in enumerate(images):
        picture = _picture(image)
        if picture is None:
            unattributed(f"image {place} has no id, file_name, width and height")
            continue
        pictures[picture.number] = picture
    for place, annotation in enumerate(annotations):
        number = _integer(annotation, "image_id")
        if number is None:
            unattributed(f"annotation {place} has no image_id")
        elif number in pictures:
            parts.setdefault(number, []).append((place, annotation))
    for number, picture in pictures.items():
        try:
            _annotate(picture, parts.get(number, []), wanted, classes)
        except CocoError as e:
            picture.problem = str(e)
    ordered = [pictures[number] for number in sorted(pictures)]
    return [p for p in ordered if len(p.labels) or p.problem] if wanted.skip_empty else ordered


def _section(root: dict[str, Any], name: str) -> list[Any]:
    section = root.get(name)
    if not isinstance(section, list):
        raise CocoError(f"it holds no list {name!r}")
    return section


def _integer(item: Any, name: str) -> int | None:
    value = item.get(name) if isinstance(item, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None


def _picture(image: Any) -> Picture | None:
    number, width, height = (_integer(image, name) for name in ("id", "width", "height"))
    if number is None or width is None or height is None or not isinstance(image.get("file_name"), str):
        return None
    picture = Picture(image["file_name"], number)
    if 0 <= width < 1 << 20 and 0 <= height < 1 << 20:
        picture.width, picture.height = width, height
    else:
        picture.problem = f"its size is said to be {width} x {height}"
    return picture


def _annotate(picture: Picture, parts: list[tuple[int, Any]], wanted: Filter, classes: dict[int, int]) -> None:
    boxes: list[list[float]] = []
    labels: list[int] = []
    polygons: list[tuple[int, int, int]] = []
    vertices: list[NDArray[np.float32]] = []
    count = 0
    for place, annotation in parts:
        box = _numbers(annotation.get("bbox"), f"bbox of annotation {place}")
        if len(box) != 4:
            raise CocoError(f"bbox of annotation {place} must have 4 values, has {len(box)}")
        if annotation.get("iscrowd") and not wanted.include_iscrowd:
            continue
        if box[2] < wanted.size_threshold or box[3] < wanted.size_threshold:
            continue
        category = _integer(annotation, "category_id")
        if category is None:
            raise CocoError(f"annotation {place} has no category_id")
        if wanted.masks:
            for polygon in _segmentation(picture, annotation.get("segmentation"), len(boxes), place):
                polygons.append((len(boxes), count, count + len(polygon)))
                count += len(polygon)
                vertices.append(polygon)
        boxes.append(box.tolist())
        label = classes.get(category, 0) if wanted.remap else category
        labels.append(label if abs(label) < 1 << 31 else 0)
    array = np.asarray(boxes, np.float32).reshape(-1, 4)
    if wanted.ltrb:
        array[:, 2:] += array[:, :2]
    points = np.concatenate(vertices) if vertices else np.empty((0, 2), np.float32)
    if wanted.ratio:
        size = np.array([max(1, picture.width), max(1, picture.height)], np.float32)
        array /= np.tile(size, 2)
        points = points / size
    picture.boxes, picture.labels = array, np.asarray(labels, np.int32)
    picture.polygons, picture.vertices = np.asarray(polygons, np.int32).reshape(-1, 3), points
    for shared in (picture.boxes, picture.labels, picture.polygons, picture.vertices):
        shared.flags.writeable = False  # every epoch gives out the same arrays


def _numbers(value: Any, what: str) -> NDArray[np.float32]:
    if isinstance(value, list) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
        try:
            array = np.asarray(value, np.float64)
        except (ValueError, OverflowError):
            array = np.full(1, np.inf)
        if np.isfinite(array).all() and (array.size == 0 or np.abs(array).max() < 1e30):
            return array.astype(np.float32)
    raise CocoError(f"{what} must be a list of numbers")


def _segmentation(picture: Picture, value: Any, position: int, place: int) -> list[NDArray[np.float32]]:
    what = f"segmentation of annotation {place}"
    if isinstance(value, list):
        polygons = (_numbers(polygon, what) for polygon in value)
        return [polygon[: len(polygon) // 2 * 2].reshape(-1, 2) for polygon in polygons]
    if isinstance(value, dict):
        size, counts = value.get("size"), value.get("counts")
        if not (isinstance(size, list) and size == [picture.height, picture.width]):
            raise CocoError(f"{what} is {size} large, but its image [{picture.height}, {picture.width}]")
        if isinstance(counts, str):
            try:
                counts = counts_of_text(counts)
            except ValueError as e:
                raise CocoError(f"{what}: {e}") from None
        if not isinstance(counts, list) or not all(isinstance(c, int) and 0 <= c < 1 << 32 for c in counts):
            raise CocoError(f"{what} must have counts that are non-negative integers")
        picture.runs[position] = (picture.height, picture.width, counts)
        return []
    if value is None:
        return []
    raise CocoError(f"{what} must be a list of polygons or a run-length encoded mask")


# ---- the preprocessed form ---------------------------------------------------------------------------------------


def save(pictures: list[Picture], masks: bool, pixelwise: bool, ids: bool) -> dict[str, bytes]:
    """The files of the preprocessed form: name -> contents."""

    def numbers(values: Any, kind: str, count: int | None = None) -> bytes:
        array = np.asarray(values, kind)
        head = int(array.size if count is None else count).to_bytes(4, "little")
        return head + array.tobytes()

    def offsets(counts: list[int]) -> list[int]:
        return [0, *np.cumsum(counts[:-1]).tolist()] if counts else []

    def joined(rows: list[NDArray[Any]], kind: str) -> NDArray[Any]:
        return np.concatenate([row.reshape(-1) for row in rows]).astype(kind) if rows else np.empty(0, kind)

    boxes = [len(p.labels) for p in pictures]
    files = {
        "offsets.dat": numbers(offsets(boxes), "<i4"),
        "boxes.dat": numbers(joined([p.boxes for p in pictures], "<f4"), "<f4"),
        "labels.dat": numbers(joined([p.labels for p in pictures], "<i4"), "<i4"),
        "counts.dat": numbers(boxes, "<i4"),
        "filenames.dat": "".join(p.name + "\n" for p in pictures).encode(),
    }
    if masks or pixelwise:
        polygons, vertices = [len(p.polygons) for p in pictures], [len(p.vertices) for p in pictures]
        files |= {
            "polygon_data.dat": numbers(joined([p.polygons for p in pictures], "<i4"), "<i4", sum(polygons)),
            "polygon_offset.dat": numbers(offsets(polygons), "<i8"),
            "polygons_count.dat": numbers(polygons, "<i8"),
            "vertices.dat": numbers(joined([p.vertices for p in pictures], "<f4"), "<f4", sum(vertices)),
            "vertices_offset.dat": numbers(offsets(vertices), "<i8"),
            "vertices_count.dat": numbers(vertices, "<i8"),
        }
    if pixelwise:
        counts = [len(p.runs) for p in pictures]
        runs = [(position, *run) for p in pictures for position, run in p.runs.items()]
        files |= {
            "heights.dat": numbers([p.height for p in pictures], "<i4"),
            "widths.dat": numbers([p.width for p in pictures], "<i4"),
            "masks_offset.dat": numbers(offsets(counts), "<i8"),
            "mask_count.dat": numbers(counts, "<i8"),
        }
        if runs:
            body = b"".join(
                np.array([height, width, len(c)], "<u8").tobytes() + np.array(c, "<u4").tobytes()
                for _, height, width, c in runs
            )
            files["masks_rles.dat"] = np.array(len(runs), "<i4").tobytes() + body
            files["masks_rles_idx.dat"] = numbers([position for position, *_ in runs], "<i4")
    if ids:
        files["original_ids.dat"] = numbers([p.number for p in pictures], "<i4")
    return files


def load_saved(read: Callable[[str], bytes], masks: bool, pixelwise: bool, ids: bool) -> list[Picture]:
    """Read the preprocessed form.

    Args:
        read: gives the contents of one of its files.
        masks, pixelwise, ids: what is needed of it.

    Raises:
        CocoError: a file does not fit the others or is cut off.
        OSError: one cannot be read.
    """

    def numbers(name: str, kind: str, width: int = 1) -> NDArray[Any]:
        data = read(name)
        count = int.from_bytes(data[:4], "little") if len(data) >= 4 else -1
        if count < 0 or len(data) != 4 + count * width * np.dtype(kind).itemsize:
            raise CocoError(f"{name} is cut off or damaged")
        array: NDArray[Any] = np.frombuffer(data, kind, offset=4)
        return array if width == 1 else array.reshape(-1, width)

    def pieces(values: NDArray[Any], offsets: NDArray[Any], counts: NDArray[Any], what: str) -> list[NDArray[Any]]:
        if not len(offsets) == len(counts) == len(names):
            raise CocoError(f"the files about {what} tell of another number of images than filenames.dat")
        if len(counts) and (offsets.min() < 0 or counts.min() < 0 or (offsets + counts).max() > len(values)):
            raise CocoError(f"the files about {what} do not fit one another")
        return [values[o : o + c] for o, c in zip(offsets.tolist(), counts.tolist(), strict=True)]

    try:
        names = read("filenames.dat").decode().splitlines()
    except UnicodeDecodeError as e:
        raise CocoError(f"filenames.dat is damaged: {e}") from None
    offsets, counts = numbers("offsets.dat", "<i4"), numbers("counts.dat", "<i4")
    coordinates = numbers("boxes.dat", "<f4")
    if len(coordinates) % 4:
        raise CocoError("boxes.dat is damaged")
    boxes = pieces(coordinates.reshape(-1, 4), offsets, counts, "boxes")
    labels = pieces(numbers("labels.dat", "<i4"), offsets, counts, "labels")
    pictures = [Picture(*row, boxes=b, labels=c) for row, b, c in zip(_with_place(names), boxes, labels, strict=True)]
    if masks or pixelwise:
        polygons = pieces(
            numbers("polygon_data.dat", "<i4", 3),
            numbers("polygon_offset.dat", "<i8"),
            numbers("polygons_count.dat", "<i8"),
            "polygons",
        )
        vertices = pieces(
            numbers("vertices.dat", "<f4", 2),
            numbers("vertices_offset.dat", "<i8"),
            numbers("vertices_count.dat", "<i8"),
            "vertices",
        )
        for picture, polygon, vertex in zip(pictures, polygons, vertices, strict=True):
            picture.polygons, picture.vertices = polygon, vertex
            if len(polygon) and (
                polygon.min() < 0 or polygon[:, 2].max() > len(vertex) or polygon[:, 0].max() >= len(picture.labels)
            ):
                picture.problem = "its polygons do not fit its vertices"
    if pixelwise:
        heights, widths = numbers("heights.dat", "<i4"), numbers("widths.dat", "<i4")
        places, totals = numbers("masks_offset.dat", "<i8"), numbers("mask_count.dat", "<i8")
        runs: list[tuple[int, int, list[int]]] = []
        order = np.empty(0, np.int32)
        if totals.any():
            runs, order = _runs(read("masks_rles.dat")), numbers("masks_rles_idx.dat", "<i4")
        if len(heights) != len(names) or len(widths) != len(names) or len(order) != len(runs):
            raise CocoError("the files about masks do not fit one another")
        chosen = pieces(np.arange(len(runs)), places, totals, "masks")
        for picture, height, width, group in zip(pictures, heights.tolist(), widths.tolist(), chosen, strict=True):
            if not (0 <= height < 1 << 20 and 0 <= width < 1 << 20):
                picture.problem = f"its size is said to be {width} x {height}"
                continue
            picture.height, picture.width = height, width
            picture.runs = {int(order[k]): runs[k] for k in group.tolist()}
            if not all(0 <= owner < len(picture.labels) for owner in picture.runs):
                picture.problem = "its masks do not fit its boxes"
    if ids:
        numbers_of = numbers("original_ids.dat", "<i4")
        if len(numbers_of) != len(names):
            raise CocoError("original_ids.dat does not fit filenames.dat")
        for picture, number in zip(pictures, numbers_of.tolist(), strict=True):
            picture.number = number
    return pictures


def _with_place(names: list[str]) -> list[tuple[str, int]]:
    return [(name, place) for place, name in enumerate(names)]


def _runs(data: bytes) -> list[tuple[int, int, list[int]]]:
    count = int.from_bytes(data[:4], "little")
    place = 4
    runs = []
    for _ in range(count):
        if place + 24 > len(data):
            raise CocoError("masks_rles.dat is cut off")
        height, width, length = np.frombuffer(data, "<u8", 3, place).tolist()
        place += 24
        if place + 4 * length > len(data) or max(height, width) >= 1 << 20:
            raise CocoError("masks_rles.dat is cut off or damaged")
        runs.append((height, width, np.frombuffer(data, "<u4", length, place).tolist()))
        place += 4 * length
    return runs
