"""readers.coco: images with boxes, labels and masks."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adali.extras import needed
from adali.kernels.rle import fill_polygons, fill_runs
from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.reader._coco import CocoError, Filter, Picture, load_saved, parse, save
from adali.operators.reader.files import FilesReader
from adali.operators.reader.listed import SHUFFLE_ARGS
from adali.operators.reader.loader import READER_ARGS
from adali.storage import Request, is_url, join, local_path

__all__ = ["COCOReader"]

_NOT_WITH_SAVED = ("annotations_file", "images", "skip_empty", "ratio", "ltrb", "size_threshold")


def _outputs(args: Mapping[str, Any]) -> int:
    polygons = bool(args.get("polygon_masks") or args.get("masks"))
    return 3 + 2 * polygons + bool(args.get("pixelwise_masks")) + bool(args.get("image_ids"))


@operator(
    "readers__COCO",
    args=(
        *READER_ARGS,
        *SHUFFLE_ARGS,
        Arg("annotations_file", ArgKind.STR, "", "The JSON file of annotations."),
        Arg(
            "avoid_class_remapping",
            ArgKind.BOOL,
            False,
            "Give the ids of categories as they are; otherwise their numbers in the list of categories, from 1.",
        ),
        Arg("file_root", ArgKind.STR, None, "Folder of the images."),
        Arg("image_ids", ArgKind.BOOL, False, "Give the ids of images, too."),
        Arg(
            "images",
            ArgKind.STRS,
            None,
            "Names of the images to read, as they are in the annotations, in this order and as often. By default all, "
            "in the order of their ids.",
        ),
        Arg("include_iscrowd", ArgKind.BOOL, True, "Keep annotations with iscrowd=1."),
        Arg("ltrb", ArgKind.BOOL, False, "Give boxes as left, top, right, bottom; otherwise as x, y, width, height."),
        Arg(
            "masks",
            ArgKind.BOOL,
            False,
            "The old form of polygon_masks, in which polygons name their first and last coordinates (twice the number "
            "of the vertex).",
        ),
        Arg("pixelwise_masks", ArgKind.BOOL, False, "Give masks of pixels, too. Not together with polygon_masks."),
        Arg("polygon_masks", ArgKind.BOOL, False, "Give polygons and their vertices, too."),
        Arg(
            "preprocessed_annotations",
            ArgKind.STR,
            "",
            "A folder of annotations that save_preprocessed_annotations has written, here or in DALI; it replaces "
            "annotations_file, and what chooses or changes annotations.",
        ),
        Arg("ratio", ArgKind.BOOL, False, "Give coordinates of boxes and vertices as fractions of the image's size."),
        Arg("save_preprocessed_annotations", ArgKind.BOOL, False, "Write the annotations in a form that loads faster."),
        Arg("save_preprocessed_annotations_dir", ArgKind.STR, "", "Where to write them: an existing local folder."),
        Arg("size_threshold", ArgKind.FLOAT, 0.1, "Leave out boxes narrower or lower than this, in pixels."),
        Arg("skip_empty", ArgKind.BOOL, False, "Leave out images without annotations."),
        Arg("dump_meta_files", ArgKind.BOOL, False, deprecated="save_preprocessed_annotations"),
        Arg("dump_meta_files_path", ArgKind.STR, "", deprecated="save_preprocessed_annotations_dir"),
        Arg("meta_files_path", ArgKind.STR, "", deprecated="preprocessed_annotations"),
        Arg("save_img_ids", ArgKind.BOOL, False, deprecated="image_ids"),
    ),
    num_outputs=_outputs,
    legacy=("COCOReader",),
    random=True,
)
class COCOReader(FilesReader):
    """Reads images of a data set in the format of COCO, with their annotations.

    The outputs are

    * the image as it is in its file: uint8 of shape (bytes,);
    * boxes, float32 of shape (M, 4), in pixels or fractions of the image's size;
    * labels, int32 of shape (M,);
    * with ``polygon_masks``: polygons, int32 of shape (P, 3), each of which says to which box it belongs, and its first
      vertex and the one after its last; and vertices, float32 of shape (V, 2);
    * with ``pixelwise_masks``: the label of each pixel, int32 of shape (height, width, 1), layout HWC, 0 where there is
      none and the highest one where masks overlap. As in DALI, a run-length encoded mask counts only where its label
      has no polygon in the image, and no later mask of run lengths;
    * with ``image_ids``: the id of the image, int32 of shape (1,).

    Masks may be polygons or run lengths, compressed or not; run lengths are only part of masks of pixels. Filling
    polygons is left to pycocotools (extra ``coco``), so that pixels are those of the COCO API. Files and folders may be
    URLs.

    An image that cannot be read, or whose annotations are wrong, is the failure of its sample.

    Raises:
        ArgumentError: arguments that exclude each other, or annotations that cannot be read.
    """

    shuffles_listing = True

    def setup(self) -> None:
        args = self.args
        self.polygons = bool(args["polygon_masks"] or args["masks"])
        self.pixelwise = bool(args["pixelwise_masks"])
        if self.polygons and self.pixelwise:
            raise self.error("pixelwise_masks and polygon_masks cannot both be used")
        if args["preprocessed_annotations"]:
            for name in _NOT_WITH_SAVED:
                if self.given(name) and args[name] not in ("", (), False):
                    raise self.error(f"{name} cannot be used together with preprocessed_annotations")
        elif not args["annotations_file"]:
            raise self.error("annotations_file or preprocessed_annotations is needed")
        if bool(args["save_preprocessed_annotations"]) != bool(args["save_preprocessed_annotations_dir"]):
            raise self.error("save_preprocessed_annotations and save_preprocessed_annotations_dir are used together")
        if self.pixelwise:
            self._mask = needed("pycocotools.mask", "pixelwise_masks", "adali[coco]", self.error)
        super().setup()

    def prepare(self) -> None:
        args = self.args
        self._root = args["file_root"] or ""
        place = args["preprocessed_annotations"] or args["annotations_file"]
        try:
            if args["preprocessed_annotations"]:
                pictures = load_saved(
                    lambda name: self.files.text(join(place, name)), self.polygons, self.pixelwise, args["image_ids"]
                )
            else:
                wanted = Filter(
                    ltrb=args["ltrb"],
                    ratio=args["ratio"],
                    size_threshold=args["size_threshold"],
                    skip_empty=args["skip_empty"],
                    include_iscrowd=args["include_iscrowd"],
                    remap=not args["avoid_class_remapping"],
                    masks=self.polygons or self.pixelwise,
                )
                pictures = parse(self.files.text(place), wanted, self._unattributed)
        except (OSError, CocoError) as e:
            raise self.error(f"cannot read the annotations in {place!r}: {e}") from e
        if args["images"]:
            by_name = {picture.name: picture for picture in pictures}
            pictures = [by_name[name] for name in args["images"] if name in by_name]
        if not pictures:
            raise self.error(f"the annotations in {place!r} are about no image of use")
        self._pictures = pictures
        self.remote = is_url(self._root) or any(is_url(p.name) for p in pictures)
        if args["save_preprocessed_annotations"]:
            self._save(local_path(args["save_preprocessed_annotations_dir"]))

    def _unattributed(self, problem: str) -> None:
        place = self.args["annotations_file"]
        if self.env.on_error == "raise":
            raise CocoError(problem)
        logging.getLogger("adali").warning("annotations in %s: %s: left out", place, problem)

    def _save(self, folder: str) -> None:
        files = save(self._pictures, self.polygons, self.pixelwise, self.args["image_ids"])
        try:
            for name, contents in files.items():
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(contents)
        except OSError as e:
            raise self.error(f"cannot write the preprocessed annotations: {e}") from e

    @property
    def size(self) -> int:
        return len(self._pictures)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layouts = [""] * len(self.spec.outputs)
        if self.pixelwise:
            layouts[3] = "HWC"
        return tuple(layouts)

    def locate(self, source: str) -> str:
        return join(self._root, source)

    def source_of(self, index: int) -> str:
        return self._pictures[index].name

    def requests(self, index: int) -> Sequence[Request]:
        path = join(self._root, self._pictures[index].name)
        return ((path, 0, None),) if is_url(path) else ()

    def load(self, index: int) -> tuple[tuple[Array, ...], str]:
        picture = self._pictures[index]
        if picture.problem:
            raise ValueError(f"the annotations of image {picture.number} are wrong: {picture.problem}")
        outputs: list[Array] = [self.files.read(join(self._root, picture.name)), picture.boxes, picture.labels]
        if self.polygons:
            scale = np.array([1, 2, 2], np.int32) if self.args["masks"] else np.int32(1)
            outputs += [picture.polygons * scale, picture.vertices]
        if self.pixelwise:
            outputs.append(self._pixels(picture))
        if self.args["image_ids"]:
            outputs.append(np.array([picture.number], np.int32))
        return tuple(outputs), picture.name

    def _pixels(self, picture: Picture) -> Array:
        """The label of each pixel."""
        height, width = picture.height, picture.width
        vertices = picture.vertices
        if self.args["ratio"]:
            vertices = vertices * np.array([width, height], np.float32)
        # As in DALI, the polygons of a label are one mask, they hide its run lengths, and of these the last one counts.
        labels = picture.labels.tolist()
        polygons: dict[int, list[Array]] = {}
        for owner, first, last in picture.polygons.tolist():
            polygons.setdefault(labels[owner], []).append(vertices[first:last])
        runs = {labels[owner]: counts for owner, (_, _, counts) in picture.runs.items()}
        out = np.zeros((height, width, 1), np.int32)
        plane = out[..., 0]
        for label in {**polygons, **runs}:
            if label in polygons:
                inside = fill_polygons(polygons[label], height, width, self._mask)
            else:
                inside = fill_runs(runs[label], height, width)
            np.maximum(plane, label, out=plane, where=inside)
        return out
