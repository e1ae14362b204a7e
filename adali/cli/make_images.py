"""Paints the sample images of the package: ``python -m adali.cli.make_images [FOLDER]``.

The pictures are computed, so they are free to ship. They are as different in size and shape as photos are: landscape
and portrait, JPEG and PNG, some of them turned by an EXIF orientation, as a phone's camera does.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["SCENES", "main"]

Image = npt.NDArray[Any]
Random = np.random.Generator
Scene = Callable[[int, int, Random], Image]


# ---- painting tools: images are float32 RGB in 0..1; x and y are in units of the height, y points down ----


def grid(height: int, width: int) -> tuple[Image, Image]:
    """Coordinates of the pixels: x in 0..width/height, y in 0..1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x + 0.5) / height, (y + 0.5) / height


def noise(height: int, width: int, rng: Random, scale: float, octaves: int = 5, gain: float = 0.5) -> Image:
    """Fractal value noise in about 0..1; ``scale`` is the number of cells along the height."""
    total = np.zeros((height, width), np.float32)
    weight, norm = 1.0, 0.0
    for _ in range(octaves):
        rows, columns = max(2, round(scale)), max(2, round(scale * width / height))
        cells = rng.random((rows + 3, columns + 3), dtype=np.float32)
        big = cv2.resize(
            cells, (width * (columns + 3) // columns, height * (rows + 3) // rows), interpolation=cv2.INTER_CUBIC
        )
        total += weight * big[:height, :width]
        norm += weight
        weight *= gain
        scale *= 2
        if scale > height:
            break
    return total / norm


def ridge(width: int, rng: Random, roughness: float, steps: int = 9) -> Image:
    """A line of mountains: midpoint displacement, in about -1..1."""
    line = rng.uniform(-0.6, 0.6, 3)
    size = 0.6
    for _ in range(steps):
        middle = (line[1:] + line[:-1]) / 2 + rng.uniform(-size, size, len(line) - 1)
        line = np.insert(line, np.arange(1, len(line)), middle)
        size *= roughness
    return np.interp(np.linspace(0, 1, width), np.linspace(0, 1, len(line)), line).astype(np.float32)


def mix(a: Any, b: Any, t: Any) -> Image:
    """Colour between ``a`` and ``b``; ``t`` is one number for each pixel."""
    t = np.clip(np.asarray(t, np.float32), 0, 1)[..., None]
    return np.asarray(np.asarray(a, np.float32) * (1 - t) + np.asarray(b, np.float32) * t, np.float32)


def smooth(low: float, high: float, value: Any) -> Image:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def glow(image: Image, distance: Image, radius: float, colour: Any, strength: float) -> Image:
    """Add light that falls off around a point."""
    light = strength * np.exp(-((distance / radius) ** 2)).astype(np.float32)
    lit: Image = image + light[..., None] * np.asarray(colour, np.float32)
    return lit


def palette(t: Any, offsets: Any) -> Image:
    """A cyclic palette: each channel is a cosine of its own phase."""
    return np.asarray(0.5 + 0.5 * np.cos(2 * np.pi * (np.asarray(t)[..., None] + np.asarray(offsets))), np.float32)


# ---- scenes ----------------------------------------------------------------------------------------------------


def mountains(height: int, width: int, rng: Random) -> Image:
    """Ranges that fade with distance, under a morning or an evening sky."""
    x, y = grid(height, width)
    skies = [
        ((0.20, 0.38, 0.66), (0.98, 0.82, 0.66), (0.16, 0.24, 0.30)),
        ((0.16, 0.20, 0.42), (0.99, 0.62, 0.45), (0.15, 0.12, 0.22)),
        ((0.36, 0.58, 0.80), (0.93, 0.94, 0.92), (0.12, 0.26, 0.24)),
        ((0.26, 0.24, 0.48), (0.96, 0.72, 0.74), (0.10, 0.13, 0.24)),
    ]
    top, low, near = skies[int(rng.integers(len(skies)))]
    image = mix(top, low, y / 0.62)
    clouds = smooth(0.52, 0.78, noise(height, width, rng, 3) + 0.12 * (0.4 - y))
    image = mix(image, mix(low, (1, 1, 1), np.full_like(y, 0.6)), 0.55 * clouds)
    sun_x = float(rng.uniform(0.2, 0.8)) * width / height
    sun = np.hypot(x - sun_x, y - 0.36)
    image = glow(image, sun, 0.32, (1.0, 0.85, 0.6), 0.35)
    image = mix(image, (1.0, 0.97, 0.88), 1 - smooth(0.040, 0.045, sun))
    layers = 6
    for k in range(layers):
        depth = k / (layers - 1)
        line = 0.42 + 0.50 * depth**1.3 + (0.17 - 0.07 * depth) * ridge(width, rng, 0.52)
        rock = noise(height, width, rng, 10 + 14 * depth, 5, 0.6)
        colour = mix(mix(low, top, np.full_like(y, 0.35)), near, 0.12 + 0.88 * depth + 0.34 * (rock - 0.5))
        if k in (1, 2):  # snow on the high ones
            snow = smooth(0.0, 0.05, 0.10 - (y - line) + 0.16 * (rock - 0.5)) * smooth(0.40, 0.50, rock)
            colour = mix(colour, (0.97, 0.95, 0.97), 0.75 * snow)
        mist = 0.55 * (1 - depth) * smooth(0.0, 0.25, y - line)
        image = mix(image, mix(colour, low, mist), smooth(-0.0015, 0.0015, y - line))
    return image


def sea(height: int, width: int, rng: Random) -> Image:
    """The sun over water, with its road of light."""
    x, y = grid(height, width)
    aspect = width / height
    horizon = float(rng.uniform(0.50, 0.62))
    top, middle, low = [
        ((0.14, 0.13, 0.34), (0.82, 0.33, 0.38), (1.00, 0.76, 0.42)),
        ((0.10, 0.24, 0.48), (0.55, 0.58, 0.74), (0.99, 0.84, 0.66)),
        ((0.24, 0.10, 0.28), (0.86, 0.40, 0.30), (0.99, 0.80, 0.36)),
        ((0.05, 0.22, 0.36), (0.20, 0.56, 0.64), (0.92, 0.92, 0.74)),
    ][int(rng.integers(4))]

    def sky(height_above: Image) -> Image:
        return mix(mix(low, middle, height_above / 0.30), top, (height_above - 0.16) / 0.44)

    above = np.clip(horizon - y, 0, None)
    image = sky(above)
    stretched = cv2.resize(noise(height, max(2, width // 3), rng, 6, 6), (width, height), interpolation=cv2.INTER_CUBIC)
    clouds = smooth(0.46, 0.70, stretched) * smooth(0.02, 0.16, above)
    image = mix(image, mix(low, (1.0, 0.93, 0.88), stretched), 0.65 * clouds)
    sun_x, sun_y = float(rng.uniform(0.3, 0.7)) * aspect, horizon - float(rng.uniform(0.06, 0.16))
    sun = np.hypot(x - sun_x, y - sun_y)
    image = glow(image, sun, 0.35, (1.0, 0.66, 0.36), 0.4)
    image = mix(image, (1.0, 0.96, 0.82), 1 - smooth(0.052, 0.057, sun))

    depth = np.clip((y - horizon) / (1 - horizon), 1e-4, 1)
    waves = np.zeros_like(x)
    for _ in range(7):  # waves shorten towards the horizon
        frequency, angle, phase = rng.uniform(5, 26), rng.uniform(-0.5, 0.5), rng.uniform(0, 6.28)
        waves += np.sin(frequency * ((x - aspect / 2) * angle / (depth + 0.12) + 3.0 * np.log(depth + 0.05)) + phase)
    waves = waves / 7 + 0.5 * (noise(height, width, rng, 40, 3) - 0.5)
    water = mix(sky(depth * 0.5 + 0.10 * waves), np.asarray(top, np.float32) * 0.5, 0.30 + 0.42 * depth - 0.22 * waves)
    road = np.exp(-(((x - sun_x) / (0.035 + 0.26 * depth)) ** 2)) * smooth(0.10, 0.62, waves + 0.42 - 0.30 * depth)
    water = mix(water, (1.0, 0.93, 0.72), 0.9 * road)
    image = mix(image, water, smooth(-0.001, 0.001, y - horizon))
    if rng.random() < 0.6:  # a sail
        bx, by, size = float(rng.uniform(0.15, 0.85)) * aspect, horizon + 0.015, float(rng.uniform(0.09, 0.15))
        sail = np.array([[bx, by - size], [bx, by - 0.02], [bx + 0.5 * size, by - 0.02]])
        hull = np.array(
            [
                [bx - 0.35 * size, by - 0.012],
                [bx + 0.6 * size, by - 0.012],
                [bx + 0.4 * size, by + 0.012],
                [bx - 0.2 * size, by + 0.012],
            ]
        )
        image = fill(image, sail, (0.97, 0.93, 0.86))
        image = fill(image, hull, (0.16, 0.09, 0.10))
    return image


def fill(image: Image, points: npt.NDArray[Any], colour: Any) -> Image:
    """Fill a polygon given in units of the height."""
    height = image.shape[0]
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points * height * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return mix(image, colour, mask / np.float32(255))


def planets(height: int, width: int, rng: Random) -> Image:
    """A planet with clouds or rings, in front of a nebula."""
    x, y = grid(height, width)
    aspect = width / height
    hue = rng.random(3)
    nebula = noise(height, width, rng, 2.2, 6, 0.55)
    image = palette(hue[0] + 0.7 * nebula, (0.0, 0.33, 0.62)) * (smooth(0.42, 0.95, nebula) * 0.75)[..., None] + 0.012
    stars = np.zeros((height, width), np.float32)
    count = int(height * width / 420)
    stars[rng.integers(0, height, count), rng.integers(0, width, count)] = rng.random(count).astype(np.float32) ** 5 * 5
    image = image + cv2.GaussianBlur(stars, (0, 0), 0.75)[..., None] * np.asarray((1.0, 0.96, 0.90), np.float32)

    radius = float(rng.uniform(0.24, 0.34))
    cx, cy = float(rng.uniform(0.42, 0.58)) * aspect, float(rng.uniform(0.44, 0.56))
    u, v = (x - cx) / radius, (y - cy) / radius
    r2 = u * u + v * v
    z = np.sqrt(np.clip(1 - r2, 0, None))
    tilt = float(rng.uniform(-0.5, 0.5))
    latitude = v * np.cos(tilt) + u * np.sin(tilt)
    warp = noise(height, width, rng, 5, 5) - 0.5
    banded = rng.random() < 0.5
    if banded:
        surface = palette(
            hue[1] + 1.1 * latitude + 0.5 * warp + 0.08 * np.sin(17 * latitude + 5 * warp), (0.02, 0.09, 0.20)
        )
        surface = 0.35 + 0.6 * surface
    else:
        land = noise(height, width, rng, 6, 7, 0.55)
        surface = mix(
            mix((0.03, 0.13, 0.36), (0.07, 0.36, 0.56), land / 0.5), (0.22, 0.36, 0.15), smooth(0.50, 0.53, land)
        )
        surface = mix(surface, (0.66, 0.55, 0.36), smooth(0.56, 0.68, land))
        surface = mix(surface, (0.98, 0.98, 1.0), smooth(0.66, 0.92, np.abs(latitude) + 0.3 * warp))
        surface = mix(surface, (1, 1, 1), 0.8 * smooth(0.52, 0.72, noise(height, width, rng, 5, 6, 0.6)))
    light = np.asarray((-0.62, -0.42, 0.66))
    shade = np.clip(u * light[0] + v * light[1] + z * light[2], 0, None)
    body = surface * (0.025 + 1.12 * shade)[..., None]
    rim = np.clip(1 - z, 0, 1) ** 3 * smooth(0.0, 0.5, shade)
    body = body + rim[..., None] * np.asarray((0.35, 0.55, 0.85), np.float32)
    inside = 1 - smooth(1 - 3.0 / (radius * height), 1.0, r2)
    image = glow(image, np.maximum(np.sqrt(r2) - 1, 0), 0.16, (0.25, 0.42, 0.75), 0.35 * float(not banded))
    image = mix(image, body, inside)
    if banded:
        along = u * np.cos(tilt) - v * np.sin(tilt)
        ring = np.hypot(along, latitude / 0.26)
        grain = cv2.resize(rng.random((1, 96), dtype=np.float32), (1024, 1), interpolation=cv2.INTER_CUBIC)[0]
        level = grain[np.clip((ring - 1.25) / 1.0 * 1023, 0, 1023).astype(np.int32)]
        visible = smooth(1.30, 1.34, ring) * (1 - smooth(2.05, 2.12, ring)) * (0.25 + 0.75 * level)
        visible *= 1 - inside * (latitude < 0)
        shadow = 1 - 0.85 * smooth(0.9, 1.0, 1 - np.abs(latitude + 0.25 * along)) * (along > 0.6) * (along < 2.0)
        image = mix(
            image,
            palette(hue[1] + 0.15 * level, (0.02, 0.07, 0.14)) * (0.55 + 0.45 * shadow)[..., None],
            0.85 * visible,
        )
    return image


def fractals(height: int, width: int, rng: Random) -> Image:
    """A Julia set in a cyclic palette."""
    constants = [(-0.7269, 0.1889), (-0.8, 0.156), (0.285, 0.01), (-0.4, 0.6), (-0.70176, -0.3842), (-0.835, -0.2321)]
    a, b = constants[int(rng.integers(len(constants)))]
    scale = 2  # antialiasing
    x, y = grid(height * scale, width * scale)
    zoom, angle = float(rng.uniform(1.2, 2.4)), float(rng.uniform(0, 6.28))
    z = ((x - width / height / 2) + 1j * (y - 0.5)) * zoom * np.exp(1j * angle)
    c = complex(a, b)
    count = np.zeros(z.shape, np.float32)
    alive = np.ones(z.shape, bool)
    trap = np.full(z.shape, 9.0, np.float32)
    for step in range(160):
        z[alive] = z[alive] ** 2 + c
        size = np.abs(z)
        trap = np.where(alive, np.minimum(trap, np.abs(size - 0.5).astype(np.float32)), trap)
        out = alive & (size > 24)
        count[out] = step + 1 - np.log2(np.log(size[out]) / np.log(24))
        alive &= ~out
    phase = float(rng.random())
    image = palette(phase + 0.22 * np.log1p(count), (0.0, 0.12, 0.27)) * smooth(0.0, 5.0, count)[..., None]
    inner = palette(phase + 0.5 + 0.8 * np.sqrt(trap), (0.1, 0.2, 0.4)) * (1 - smooth(0.0, 0.6, trap))[..., None]
    image = np.where(alive[..., None], inner, image)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def flowers(height: int, width: int, rng: Random) -> Image:
    """Blossoms in front of an unsharp meadow."""
    x, y = grid(height, width)
    aspect = width / height
    image = mix((0.12, 0.30, 0.10), (0.62, 0.72, 0.28), noise(height, width, rng, 3, 3))
    image = mix(image, (0.05, 0.16, 0.07), 0.55 * noise(height, width, rng, 5, 2))
    for _ in range(22):  # lights out of focus
        bx, by, radius = rng.uniform(0, aspect), rng.uniform(0, 1), rng.uniform(0.02, 0.085)
        disc = 1 - smooth(radius * 0.9, radius, np.hypot(x - bx, y - by))
        image = mix(
            image,
            palette(np.full_like(x, rng.random()), (0.0, 0.12, 0.5)) * 0.35 + 0.6,
            float(rng.uniform(0.08, 0.30)) * disc,
        )
    colours = [
        ((0.98, 0.72, 0.80), (0.78, 0.16, 0.42)),
        ((1.0, 0.86, 0.30), (0.93, 0.45, 0.06)),
        ((0.99, 0.98, 0.95), (0.80, 0.80, 0.92)),
        ((0.72, 0.58, 0.98), (0.32, 0.16, 0.68)),
        ((0.98, 0.44, 0.34), (0.66, 0.05, 0.12)),
    ]
    count = int(rng.integers(2, 5))
    places = sorted(
        ((k + float(rng.uniform(0.3, 0.7))) / count * aspect, float(rng.uniform(0.28, 0.66))) for k in range(count)
    )
    order = rng.permutation(count)
    for k in order:
        cx, cy = places[k]
        size = float(rng.uniform(0.20, 0.32)) * min(1.0, 1.6 * aspect / count)
        stem = np.abs(x - cx - 0.06 * np.sin(3.5 * (y - cy)))
        image = mix(image, (0.16, 0.38, 0.12), (1 - smooth(0.009, 0.013, stem)) * smooth(0.0, 0.01, y - cy))
        outer, inner = colours[int(rng.integers(len(colours)))]
        petals, turn = int(rng.integers(5, 14)), float(rng.uniform(0, 6.28))
        for layer in range(2):
            r = np.hypot(x - cx, (y - cy) * 1.08) / (size * (1.0 - 0.28 * layer))
            angle = np.arctan2(y - cy, x - cx) + turn + layer * np.pi / petals
            petal = np.abs(np.cos(petals * angle / 2))
            edge = (0.42 + 0.58 * petal**0.55) * (1 + 0.03 * np.sin(23 * angle))
            inside = 1 - smooth(0.97, 1.0, r / edge)
            under = 1 - smooth(0.8, 1.25, r / edge)
            image = image * (1 - 0.30 * under * (1 - inside))[..., None]
            veins = 0.5 + 0.5 * np.cos(petals * 9 * angle)
            colour = mix(inner, outer, smooth(0.15, 0.95, r) + 0.10 * veins) * (0.55 + 0.45 * petal**0.7)[..., None]
            image = mix(image, colour * (0.88 + 0.12 * layer), inside)
        r = np.hypot(x - cx, y - cy) / (size * 0.26)
        dots = noise(height, width, rng, 90, 1)
        heart = (
            mix((0.98, 0.80, 0.20), (0.55, 0.26, 0.05), 0.75 * r**2 + 0.9 * (dots - 0.5)) * (1.05 - 0.35 * r)[..., None]
        )
        image = mix(image, heart, 1 - smooth(0.93, 1.0, r))
    return image


def cities(height: int, width: int, rng: Random) -> Image:
    """A skyline at night, mirrored in a river."""
    image: Image
    x, y = grid(height, width)
    aspect = width / height
    shore = 0.74
    top, low = [
        ((0.03, 0.04, 0.12), (0.42, 0.24, 0.42)),
        ((0.02, 0.06, 0.14), (0.16, 0.38, 0.50)),
        ((0.07, 0.03, 0.12), (0.86, 0.42, 0.30)),
    ][int(rng.integers(3))]
    image = mix(top, low, (y / shore) ** 1.6)
    image = mix(image, np.asarray(low, np.float32) * 0.8, 0.5 * smooth(0.5, 0.8, noise(height, width, rng, 4)))
    moon = np.hypot(x - float(rng.uniform(0.15, 0.85)) * aspect, y - 0.17)
    image = glow(image, moon, 0.16, (0.6, 0.6, 0.7), 0.30)
    image = mix(image, (0.97, 0.95, 0.86), 1 - smooth(0.046, 0.050, moon))
    lights = np.zeros_like(image)
    for layer in range(3):
        tone = mix(np.asarray(low) * 0.55, np.asarray((0.03, 0.03, 0.06)), np.float32(0.45 + 0.27 * layer))
        left = -0.02
        while left < aspect:
            wide = float(rng.uniform(0.06, 0.15))
            tall = float(rng.uniform(0.14, 0.52)) * (1.0 - 0.22 * layer)
            x0, x1 = int(max(left, 0) * height), int(min(left + wide, aspect) * height)
            y0, y1 = int((shore - tall) * height), int(shore * height)
            left += wide * float(rng.uniform(0.8, 1.15))
            if x1 - x0 < 4:
                continue
            image[y0:y1, x0:x1] = tone
            lights[y0:y1, x0:x1] = 0
            if rng.random() < 0.35:
                image[max(0, y0 - int(0.07 * height)) : y0, (x0 + x1) // 2 : (x0 + x1) // 2 + 2] = tone
            cell = max(4, round(height * 0.017))
            warm = np.asarray(
                [(1.0, 0.82, 0.48), (1.0, 0.93, 0.76), (0.66, 0.84, 1.0)][int(rng.integers(3))], np.float32
            )
            lit = float(rng.uniform(0.2, 0.65))
            for wy in range(y0 + cell // 2, y1 - cell, cell):
                for wx in range(x0 + cell // 2, x1 - cell // 2, cell):
                    if rng.random() < lit:
                        lights[wy : wy + cell // 2 + 1, wx : wx + cell // 2] = warm * float(rng.uniform(0.4, 1.0))
    image = image + lights + 0.8 * cv2.GaussianBlur(lights, (0, 0), height * 0.010)
    row = int(shore * height)
    mirrored = image[np.clip(2 * row - np.arange(row, height), 0, row - 1)]
    mirrored = cv2.GaussianBlur(mirrored, (0, 0), sigmaX=1.2, sigmaY=height * 0.012)
    ripple = np.round(
        (0.004 + 0.012 * (y[row:] - shore))
        * height
        * np.sin(160 * y[row:] ** 1.5 + 5 * noise(height - row, width, rng, 7, 2) * 6.28)
    ).astype(int)
    columns = np.clip(np.arange(width)[None] + ripple, 0, width - 1)
    mirrored = np.take_along_axis(mirrored, columns[..., None].repeat(3, 2), axis=1)
    image[row:] = mirrored * (0.75 - 0.5 * (y[row:] - shore))[..., None] + np.asarray(top, np.float32) * 0.3
    return image


SCENES: dict[str, Scene] = {
    "cities": cities,
    "flowers": flowers,
    "fractals": fractals,
    "mountains": mountains,
    "planets": planets,
    "sea": sea,
}

#: height, width, file type, EXIF orientation (1 = upright) of the pictures of each class.
SHAPES = [
    (360, 480, "jpg", 1),
    (427, 640, "jpg", 1),
    (480, 360, "jpg", 6),
    (300, 300, "jpg", 1),
    (200, 267, "png", 1),
]

#: EXIF orientation -> how an upright picture has to be stored so that a viewer turns it upright again.
STORED = {1: None, 3: cv2.ROTATE_180, 6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}


def exif(orientation: int) -> bytes:
    """An APP1 segment that holds nothing but the orientation (Exif 2.3, section 4.6.4, tag 0x0112)."""
    tiff = (
        b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack("<I", 0)
    )
    return b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(tiff)) + b"Exif\0\0" + tiff


def encode(image: Image, kind: str, orientation: int, rng: Random) -> bytes:
    """The file's bytes: JPEG of quality 86 (with EXIF) or PNG."""
    grain = rng.normal(0, 0.008, image.shape[:2]).astype(np.float32)[..., None] if kind == "jpg" else np.float32(0)
    pixels = np.clip(np.round(255 * (image + grain)), 0, 255).astype(np.uint8)[..., ::-1]
    turn = STORED[orientation]
    if turn is not None:
        pixels = cv2.rotate(np.ascontiguousarray(pixels), turn)
    if kind == "png":
        return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1])
    data = bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 86, cv2.IMWRITE_JPEG_OPTIMIZE, 1])[1])
    return data if orientation == 1 else data[:2] + exif(orientation) + data[2:]


def main(folder: str | None = None) -> int:
    """Paint all pictures into ``folder/<class>/``; returns the number of bytes written."""
    root = Path(folder) if folder else Path(__file__).with_name("images")
    total = 0
    for number, (name, scene) in enumerate(SCENES.items()):
        (root / name).mkdir(parents=True, exist_ok=True)
        for index, (height, width, kind, orientation) in enumerate(SHAPES):
            rng = np.random.default_rng((number, index, 2))
            if orientation == 6:  # not all cameras are held the same way
                orientation = (6, 8, 3)[number % 3]
            data = encode(scene(height, width, rng), kind, orientation, rng)
            path = root / name / f"{name}_{index + 1}.{kind}"
            path.write_bytes(data)
            total += len(data)
    return total


if __name__ == "__main__":
    print(f"{main(sys.argv[1] if len(sys.argv) > 1 else None) / 1e3:.0f} kB")
