"""Trains a small CNN twice, with PyTorch's DataLoader and with adali, on the same images and augmentations.

The images are drawn by the example itself, or come from a folder with one sub-folder a class. Both ways read the same
files in the same order and apply the same crop, flip and normalisation, so that the two loss curves are the same to the
last few digits; what differs is the time that loading takes.

python examples/pytorch_training.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from shapes.drawing import SIDE, choices, draw, listing
from torch import nn

from adali import fn, pipeline_def, types
from adali.plugin.pytorch import DALIClassificationIterator, LastBatchPolicy

CROP, BATCH, EPOCHS = 32, 16, 4
MEAN, STD = 120.0, 60.0


class Images(torch.utils.data.Dataset):
    """What one writes for PyTorch."""

    def __init__(self, files: list[str], labels: list[int]) -> None:
        self.files, self.labels = files, labels
        self.crops, self.mirrors = choices(len(files))

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        image = cv2.resize(cv2.imread(self.files[i])[..., ::-1], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        x, y = (round(float(c) * (SIDE - CROP)) for c in self.crops[i])
        image = image[y : y + CROP, x : x + CROP]
        if self.mirrors[i]:
            image = image[:, ::-1]
        return (torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1) - MEAN) / STD, self.labels[i]


@pipeline_def(batch_size=BATCH, num_threads=2)
def training(files: list[str], labels: list[int]):
    """What one writes for adali."""
    crops, mirrors = choices(len(files))
    data, label = fn.readers.file(files=files, labels=labels, pad_last_batch=True, name="reader")
    crop, mirror = fn.external_source(
        lambda info: (crops[info.idx_in_epoch % len(crops)], mirrors[info.idx_in_epoch % len(crops)]),
        num_outputs=2,
        batch=False,
    )
    images = fn.resize(fn.decoders.image(data), size=(SIDE, SIDE), interp_type=types.INTERP_NN, antialias=False)
    images = fn.crop_mirror_normalize(
        images, crop=(CROP, CROP), crop_pos_x=crop[0], crop_pos_y=crop[1], mirror=mirror, mean=[MEAN] * 3, std=[STD] * 3
    )
    return images, label


def model(classes: int) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * (CROP // 4) ** 2, classes),
    )


def train(batches, classes: int) -> list[float]:
    """Mean loss of each epoch."""
    net = model(classes)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    curve = []
    for _ in range(EPOCHS):
        losses = []
        for images, labels in batches():
            loss = nn.functional.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curve.append(float(np.mean(losses)))
    return curve


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    files, labels = listing(folder)
    classes = max(labels) + 1
    # Batches are dropped or whole, so that one crop belongs to one image in every epoch.
    files, labels = files[: len(files) // BATCH * BATCH], labels[: len(files) // BATCH * BATCH]
    loader = torch.utils.data.DataLoader(Images(files, labels), batch_size=BATCH)
    pipe = training(files, labels)
    iterator = DALIClassificationIterator(
        pipe, reader_name="reader", auto_reset=True, last_batch_policy=LastBatchPolicy.PARTIAL
    )
    ways = {
        "DataLoader": lambda: loader,
        "adali": lambda: ((b["data"], b["label"].squeeze(1).long()) for (b,) in iterator),
    }
    curves = {}
    for name, batches in ways.items():
        start = time.perf_counter()
        curves[name] = train(batches, classes)
        seconds = time.perf_counter() - start
        print(f"{name:10} losses {' '.join(f'{loss:.4f}' for loss in curves[name])}  ({seconds:.1f} s)")
    iterator.close()
    gap = max(abs(a - b) for a, b in zip(*curves.values(), strict=True))
    print(f"{len(files)} images of {classes} classes; the curves differ by at most {gap:.0e}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as drawn:
            draw(Path(drawn))
            main(Path(drawn))
