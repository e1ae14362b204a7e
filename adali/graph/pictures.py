"""The pictures of ``docs/operators/pictures``: an image before and after each image operator.

``python -m adali.graph.docs --pictures`` renders them with adali itself from an image of the package. An operator gets
its picture by a line in :data:`EXAMPLES`, or stands in :data:`WITHOUT` with the reason why it has none.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.graph.schema import OpSchema, registry, snake_case

__all__ = ["EXAMPLES", "FAMILIES", "WITHOUT", "file_name", "has_picture", "missing", "render", "write"]

#: Families whose operators make images of images.
FAMILIES = ("image", "color", "geometry", "filter")
SOURCE = Path(__file__).resolve().parent.parent / "cli" / "images" / "flowers" / "flowers_5.png"
HEIGHT, WIDTH, GAP, COLOURS = 108, 144, 8, 40
BACKGROUND = 238
#: Bytes a picture should not exceed.
LARGEST = 12_000
#: Colours where there would be more.
FEW = 16
_MATRIX = "np.float32([[0.9, 0.3, -20], [-0.2, 1.1, 10]])"

#: Schema name -> the example that the page shows; ``image`` is a node.
EXAMPLES: dict[str, str] = {
    "Brightness": "fn.brightness(image, brightness=1.5)",
    "BrightnessContrast": "fn.brightness_contrast(image, brightness=1.3, contrast=0.5)",
    "Clahe": "fn.clahe(image, tiles_x=4, tiles_y=4, clip_limit=4.0)",
    "ColorSpaceConversion": "fn.color_space_conversion(image, image_type=types.RGB, output_type=types.GRAY)",
    "ColorTwist": "fn.color_twist(image, hue=80.0, saturation=1.4, brightness=1.1)",
    "Contrast": "fn.contrast(image, contrast=2.0)",
    "Crop": "fn.crop(image, crop=(80, 80), crop_pos_x=0.9, crop_pos_y=0.2)",
    "CropMirrorNormalize": "fn.crop_mirror_normalize(image, crop=(96, 96), mirror=1, mean=[100.0, 120.0, 60.0], "
    'std=[50.0] * 3, output_layout="HWC")',
    "Debayer": "fn.debayer(mosaic, blue_position=[0, 0])",
    "Equalize": "fn.equalize(image)",
    "Erase": "fn.erase(image, anchor=[0.2, 0.5], shape=[0.4, 0.3], normalized=True, fill_value=[255, 200, 0])",
    "FastResizeCropMirror": "fn.fast_resize_crop_mirror(image, resize_shorter=90.0, crop=(80, 80), mirror=1)",
    "Filter": "fn.filter(image, np.float32([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]))",
    "Flip": "fn.flip(image, horizontal=1, vertical=0)",
    "GaussianBlur": "fn.gaussian_blur(image, sigma=3.0)",
    "GridMask": "fn.grid_mask(image, tile=30, ratio=0.4, angle=0.5)",
    "Hsv": "fn.hsv(image, hue=180.0, saturation=0.8, value=1.1)",
    "Hue": "fn.hue(image, hue=100.0)",
    "JpegCompressionDistortion": "fn.jpeg_compression_distortion(image, quality=5)",
    "Jitter": "fn.jitter(image, nDegree=8, seed=3)",
    "Laplacian": "fn.laplacian(image, window_size=5)",
    "MultiPaste": "fn.multi_paste(image, in_ids=np.int32([0, 0]), shapes=np.int32([[70, 70], [50, 60]]), "
    "in_anchors=np.int32([[10, 40], [50, 0]]), out_anchors=np.int32([[5, 5], [45, 70]]), output_size=[108, 144])",
    "Normalize": "fn.normalize(image, axes=[0, 1])",
    "Paste": "fn.paste(image, ratio=1.4, fill_value=[60, 90, 140], paste_x=0.2, paste_y=0.7)",
    "RandomResizedCrop": "fn.random_resized_crop(image, size=[90, 90], random_area=[0.2, 0.5], seed=3)",
    "Resize": "fn.resize(image, resize_x=60, resize_y=90)",
    "ResizeCropMirror": "fn.resize_crop_mirror(image, resize_shorter=90.0, crop=(80, 80), mirror=1)",
    "Rotate": "fn.rotate(image, angle=25.0, fill_value=0)",
    "Saturation": "fn.saturation(image, saturation=0.2)",
    "Slice": "fn.slice(image, rel_start=[0.2, 0.4], rel_end=[0.7, 1.0])",
    "Sphere": "fn.sphere(image, fill_value=0)",
    "TensorResize": "fn.tensor_resize(image, axes=[1], sizes=[70])",
    "WarpAffine": f"fn.warp_affine(image, matrix={_MATRIX}, fill_value=0)",
    "Water": "fn.water(image, ampl_x=6.0, ampl_y=4.0, freq_x=0.12, freq_y=0.1, fill_value=0)",
    "experimental__WarpPerspective": "fn.experimental.warp_perspective(image, "
    "matrix=np.float32([[0.8, 0.2, 5], [0.0, 0.9, 8], [0.0, 0.003, 1]]), fill_value=0)",
    "experimental__Dilate": "fn.experimental.dilate(image, mask_size=[7, 7])",
    "experimental__Erode": "fn.experimental.erode(image, mask_size=[7, 7])",
    "experimental__MedianBlur": "fn.experimental.median_blur(image, window_size=[9, 9])",
    "experimental__Remap": "fn.experimental.remap(image, wave_x, wave_y)",
    "noise__Gaussian": "fn.noise.gaussian(image, stddev=40.0, seed=3)",
    "noise__SaltAndPepper": "fn.noise.salt_and_pepper(image, prob=0.1, seed=3)",
    "noise__Shot": "fn.noise.shot(image, factor=40.0, seed=3)",
}
#: What stands for results that are no colours: schema name -> expression of the result ``out``, with a remark.
SHOWN = {
    "CropMirrorNormalize": ("out * 64 + 128", "0 is grey"),
    "Filter": ("out + 0", ""),
    "Normalize": ("out * 64 + 128", "0 is grey"),
}
#: Images that examples take besides ``image``.
EXTRA = {
    "wave_x": "np.float32(np.arange(144) + 8 * np.sin(np.arange(108) / 8)[:, None])",
    "wave_y": "np.float32(np.arange(108)[:, None] + 6 * np.cos(np.arange(144) / 10))",
    "mosaic": "fn.reshape(fn.cast(fn.reductions.sum(image * pattern, axes=[2]), dtype=types.UINT8), layout='HW')",
}
#: Operators of the families that make no image to look at.
WITHOUT = {
    "CoordFlip": "changes coordinates",
    "CoordTransform": "changes coordinates",
    "NormalizePermute": "makes values around 0, as crop_mirror_normalize",
    "OpticalFlow": "makes vectors of frames",
    "PerFrame": "marks values for the frames of a sequence",
    "ROIRandomCrop": "gives the position of a window",
    "RandomCropGenerator": "gives the position and size of a window",
    "SequenceRearrange": "changes the order of frames",
    "transforms__Combine": "makes a matrix",
    "transforms__Crop": "makes a matrix",
    "transforms__Rotation": "makes a matrix",
    "transforms__Scale": "makes a matrix",
    "transforms__Shear": "makes a matrix",
    "transforms__Translation": "makes a matrix",
}


def family(schema: OpSchema) -> str:
    """The folder of the operator's module."""
    return registry[schema.name][1].__module__.split(".")[2]


def has_picture(schema: OpSchema) -> bool:
    """Whether the operator has an example."""
    return schema.name in EXAMPLES


def missing(schemas: list[OpSchema]) -> list[str]:
    """Image operators that have neither an example nor a reason."""
    return [s.name for s in schemas if family(s) in FAMILIES and s.name not in EXAMPLES and s.name not in WITHOUT]


def file_name(schema: OpSchema) -> str:
    """``noise.gaussian.png`` for ``noise__Gaussian``."""
    *path, last = schema.name.split("__")
    return ".".join([*path, snake_case(last), "png"])


def remark(schema: OpSchema) -> str:
    """How a result that has no colours is shown."""
    return SHOWN.get(schema.name, ("", ""))[1]


def render(schema: OpSchema) -> bytes:
    """The picture as a PNG file: before on the left, after on the right."""
    from adali import fn, sync, types

    encoded = np.fromfile(SOURCE, np.uint8)
    # Filters of a colour camera: blue and green, green and red.
    pattern = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pattern[1::2, 1::2, 2] = pattern[::2, 1::2, 1] = pattern[1::2, ::2, 1] = pattern[::2, ::2, 0] = 1
    with sync.Pipeline(batch_size=1, num_threads=1, device_id=None, seed=1) as pipe:
        image = fn.resize(fn.decoders.image(fn.external_source(lambda: [encoded])), size=[HEIGHT, WIDTH])
        scope: dict[str, Any] = {"fn": fn, "types": types, "np": np, "image": image, "pattern": pattern}
        code = EXAMPLES[schema.name]
        before = image
        for name, expression in EXTRA.items():
            if f"({name}" in code or f" {name}" in code:
                scope[name] = eval(expression, scope)
                before = scope["mosaic"] if name == "mosaic" else before
        scope["out"] = eval(code, scope)
        shown = eval(SHOWN.get(schema.name, ("out", ""))[0], scope)
        pipe.set_outputs(before, fn.cast(shown, dtype=types.UINT8))
    pipe.build()
    try:
        pictures = [np.array(batch.at(0)) for batch in pipe.run()]
    finally:
        pipe.close()
    both = np.hstack([_framed(pictures[0]), np.full((HEIGHT, GAP, 3), 255, np.uint8), _framed(pictures[1])])
    # Noise takes most room, and few colours show it as well.
    data = png(both, COLOURS)
    return data if len(data) <= LARGEST else png(both, FEW)


def write(folder: Path) -> list[str]:
    """Render the pictures of all registered operators into the folder; returns the names of those that changed."""
    from adali.graph.stubs import operators

    wanted = {file_name(s): s for name, s in operators() if name == s.name and has_picture(s)}
    folder.mkdir(parents=True, exist_ok=True)
    changed = [p.name for p in folder.glob("*.png") if p.name not in wanted]
    for name in changed:
        (folder / name).unlink()
    for name, schema in wanted.items():
        data, path = render(schema), folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
            changed.append(name)
    return sorted(changed)


def _framed(picture: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The picture in the middle of a frame, made smaller where it does not fit."""
    import cv2

    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.shape[2] == 1:
        picture = np.repeat(picture, 3, axis=2)
    scale = min(1.0, HEIGHT / picture.shape[0], WIDTH / picture.shape[1])
    if scale < 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    frame = np.full((HEIGHT, WIDTH, 3), BACKGROUND, np.uint8)
    y, x = (HEIGHT - picture.shape[0]) // 2, (WIDTH - picture.shape[1]) // 2
    frame[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return frame


def png(picture: npt.NDArray[np.uint8], colours: int = COLOURS) -> bytes:
    """A PNG file of a few colours, found by median cut: the fullest box of colours is halved until there are enough."""
    pixels = picture.reshape(-1, 3).astype(np.int32)
    values, inverse, weights = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    boxes = [np.arange(len(values))]
    while len(boxes) < colours:
        spread = [int(np.ptp(values[b], axis=0).max()) * float(weights[b].sum()) ** 0.5 for b in boxes]
        box = boxes.pop(int(np.argmax(spread)))
        if len(box) < 2:
            boxes.append(box)
            break
        order = box[np.argsort(values[box, int(np.ptp(values[box], axis=0).argmax())], kind="stable")]
        half = int(np.searchsorted(np.cumsum(weights[order]), weights[order].sum() / 2))
        half = min(max(half, 1), len(order) - 1)
        boxes += [order[:half], order[half:]]
    palette = np.array([np.average(values[b], axis=0, weights=weights[b]).round() for b in boxes], np.int32)
    nearest = ((values[:, None] - palette[None]) ** 2).sum(-1).argmin(1).astype(np.uint8)
    height, width = picture.shape[:2]
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = nearest[inverse.reshape(-1)].reshape(height, width)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            chunk(b"IEND", b""),
        ]
    )
