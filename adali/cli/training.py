"""The two ImageNet pipelines that the commands and the benchmark run, and the folder they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from adali import fn, types
from adali.cli import IMAGES, CommandError

__all__ = ["MEAN", "SIZE", "STD", "class_names", "define", "find_images", "threads"]

#: Mean and standard deviation of ImageNet's red, green and blue, in 0..255 (the usual values for ResNet-50).
MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
STD = [0.229 * 255, 0.224 * 255, 0.225 * 255]
SIZE = 224

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".pnm", ".ppm", ".pgm", ".pbm", ".webp", ".jp2"}


def define(pipeline: Any, folder: Path, *, training: bool = True) -> None:
    """Give a pipeline the ImageNet training graph (or the validation graph): images and labels."""
    with pipeline:
        files, labels = fn.readers.file(file_root=str(folder), random_shuffle=training, name="reader")
        if training:
            images = fn.decoders.image_random_crop(files, output_type=types.RGB, name="decode")
            images = fn.resize(
                images, size=(SIZE, SIZE), interp_type=types.INTERP_TRIANGULAR, antialias=True, name="resize"
            )
            mirror: Any = fn.random.coin_flip(probability=0.5, name="mirror")
        else:
            images = fn.decoders.image(files, output_type=types.RGB, name="decode")
            images = fn.resize(
                images, resize_shorter=256, interp_type=types.INTERP_TRIANGULAR, antialias=True, name="resize"
            )
            mirror = 0
        images = fn.crop_mirror_normalize(
            images,
            dtype=types.FLOAT,
            output_layout="CHW",
            crop=(SIZE, SIZE),
            mean=MEAN,
            std=STD,
            mirror=mirror,
            name="normalize",
        )
        pipeline.set_outputs(images, labels)


def class_names(folder: Path) -> list[str]:
    """Names of the classes, in the order of the labels that the file reader gives them."""
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())


def find_images(folder: str | None) -> tuple[Path, int]:
    """The folder to read (that of the package for None), and how many images are in it.

    Raises:
        CommandError: there is none, with what to do about it.
    """
    root = IMAGES if folder is None else Path(folder)
    if not root.exists():
        raise CommandError(f"there is no folder {root}")
    if not root.is_dir():
        raise CommandError(f"{root} is a file; give the folder that holds the images")
    names = class_names(root)
    count = sum(
        file.suffix.lower() in EXTENSIONS for name in names for file in (root / name).iterdir() if file.is_file()
    )
    if count:
        return root, count
    loose = sum(file.suffix.lower() in EXTENSIONS for file in root.iterdir() if file.is_file())
    if loose:
        raise CommandError(
            f"{root} holds {loose} images, but not in sub-folders. Put the images of each class into a folder of "
            f"their own ({root / 'cats'}, {root / 'dogs'}, ...); with one class, one such folder will do."
        )
    raise CommandError(
        f"no images in {root}: expected one sub-folder for each class, with {', '.join(sorted(EXTENSIONS))} files"
    )


def threads(wanted: int | None) -> int:
    """Number of worker threads: as wanted, or one for each CPU this process may use."""
    if wanted is not None:
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
