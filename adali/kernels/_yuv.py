"""numba kernel of `yuv`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from adali.kernels._jit import kernel


@kernel("void(Array(uint8, 1, 'C', readonly=True), int32[::1], boolean)")
def stretch(row, out, left):
    """A row of chroma at twice its width, in 128ths; ``left`` tells where the samples lie."""
    last = len(out) // 2 - 1
    if left:
        for i in range(last):
            a, b = np.int32(row[i]), np.int32(row[i + 1])
            out[2 * i] = np.int32(a * np.int32(128))
            out[2 * i + 1] = np.int32((a + b) * np.int32(64))
        out[2 * last] = out[2 * last + 1] = np.int32(row[last]) * np.int32(128)
        return
    out[0] = np.int32(row[0]) * np.int32(128)
    for i in range(last):
        a, b = np.int32(row[i]), np.int32(row[i + 1])
        out[2 * i + 1] = np.int32(a * np.int32(96) + b * np.int32(32))
        out[2 * i + 2] = np.int32(a * np.int32(32) + b * np.int32(96))
    out[2 * last + 1] = np.int32(row[last]) * np.int32(128)


@kernel("int32(int32, int32)")
def times(a, b):
    """A product modulo 2^32, as the processor's instruction has it."""
    return np.int32(a * b)


@kernel(
    "void(Array(uint8, 2, 'C', readonly=True), Array(uint8, 2, 'C', readonly=True), "
    "Array(uint8, 2, 'C', readonly=True), uint8[:, ::1], int32[::1], boolean, boolean)"
)
def to_rgb(y, u, v, out, coefficients, left, halved):
    """Write the pixels of a frame; see `yuv.Converter`. ``halved`` tells whether chroma has half as many rows."""
    height, width = out.shape[0], out.shape[1] // 3
    rows = height // 2 if halved else height
    offset, gain, red_v, green_v, green_u, blue_u = coefficients
    # Of each kind the rows above, at and below.
    stretched = np.empty((6, width), np.int32)
    colours = np.empty((3, width), np.uint8)
    done = 0
    for r in range(height):
        if halved:
            near = r // 2
            far = min(max(near - 1 + 2 * (r & 1), 0), rows - 1)
        else:
            near = far = r
        while done <= max(near, far):
            stretch(u[done], stretched[done % 3], left)
            stretch(v[done], stretched[3 + done % 3], left)
            done += 1
        u_far, u_near = stretched[far % 3], stretched[near % 3]
        v_far, v_near = stretched[3 + far % 3], stretched[3 + near % 3]
        luma = y[r]
        for i in range(width):
            blue = np.int32(u_far[i] + np.int32(3) * u_near[i] - np.int32(65536))
            red = np.int32(v_far[i] + np.int32(3) * v_near[i] - np.int32(65536))
            light = np.int32(np.int32(luma[i]) * np.int32(512) - offset)
            light = np.int32(times(light, gain) + np.int32(1 << 21))
            r_ = np.int32(light + times(red, red_v))
            g_ = np.int32(light + times(red, green_v) + times(blue, green_u))
            b_ = np.int32(light + times(blue, blue_u))
            colours[0, i] = np.uint8(min(max(r_, np.int32(0)), np.int32((1 << 30) - 1)) >> 22)
            colours[1, i] = np.uint8(min(max(g_, np.int32(0)), np.int32((1 << 30) - 1)) >> 22)
            colours[2, i] = np.uint8(min(max(b_, np.int32(0)), np.int32((1 << 30) - 1)) >> 22)
        line = out[r]
        for i in range(width):
            line[3 * i] = colours[0, i]
            line[3 * i + 1] = colours[1, i]
            line[3 * i + 2] = colours[2, i]
