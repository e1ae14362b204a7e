// Warps: every pixel of the output is taken from where a matrix sends it. A row is an image, a volume or a frame.
#include "common.cuh"

struct Warp {
    const void* in;
    void* out;
    i64 size;                    // pixels of the output
    int in_shape[3], shape[3];   // depth, height, width
    int channels, use_fill;
    float matrix[12];            // from (x, y, z, 1) of the output to (x, y, z) of the input
    float scale[4];              // of the common divisor of a perspective: (x, y, z, 1); 0, 0, 0, 1 for none
    float fill;
    int flat;                    // images: there is no z
};

__device__ __forceinline__ float pixel(const Warp& s, int x, int y, int z, int c, int type, bool* inside) {
    const bool in = x >= 0 && x < s.in_shape[2] && y >= 0 && y < s.in_shape[1] && z >= 0 && z < s.in_shape[0];
    if (!in && s.use_fill) return s.fill;
    x = min(max(x, 0), s.in_shape[2] - 1);
    y = min(max(y, 0), s.in_shape[1] - 1);
    z = min(max(z, 0), s.in_shape[0] - 1);
    return load_float(s.in, (((i64)z * s.in_shape[1] + y) * s.in_shape[2] + x) * s.channels + c, type);
}

// Near enough to the input to be an integer: beyond it, how far no longer matters.
__device__ __forceinline__ float near_input(float v, int extent) {
    return !(v > -2.f) ? -2.f : fminf(v, (float)extent + 1.f);
}

extern "C" __global__ void warp(const Warp* table, int count, int linear, int type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Warp& s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const i64 row = e / s.shape[2];
            const float x = (float)(int)(e - row * s.shape[2]) + 0.5f;
            const i64 slice = row / s.shape[1];
            const float y = (float)(int)(row - slice * s.shape[1]) + 0.5f, z = (float)(int)slice + 0.5f;
            const float* m = s.matrix;
            const float w = s.scale[0] * x + s.scale[1] * y + s.scale[2] * z + s.scale[3];
            float sx = (m[0] * x + m[1] * y + m[2] * z + m[3]) / w;
            float sy = (m[4] * x + m[5] * y + m[6] * z + m[7]) / w;
            float sz = s.flat ? 0.f : (m[8] * x + m[9] * y + m[10] * z + m[11]) / w;
            if (!linear) {
                const int u = (int)floorf(near_input(sx, s.in_shape[2])), v = (int)floorf(near_input(sy, s.in_shape[1]));
                const int t = s.flat ? 0 : (int)floorf(near_input(sz, s.in_shape[0]));
                for (int c = 0; c < s.channels; ++c) {
                    if (s.use_fill && (u < 0 || u >= s.in_shape[2] || v < 0 || v >= s.in_shape[1] || t < 0 || t >= s.in_shape[0]))
                        store(s.out, e * s.channels + c, out_type, s.fill);
                    else {
                        const int a = min(max(u, 0), s.in_shape[2] - 1), b = min(max(v, 0), s.in_shape[1] - 1);
                        const int d = min(max(t, 0), s.in_shape[0] - 1);
                        const i64 at = (((i64)d * s.in_shape[1] + b) * s.in_shape[2] + a) * s.channels + c;
                        convert(s.out, e * s.channels + c, out_type, s.in, at, type);
                    }
                }
                continue;
            }
            sx = near_input(sx - 0.5f, s.in_shape[2]);
            sy = near_input(sy - 0.5f, s.in_shape[1]);
            sz = s.flat ? 0.f : near_input(sz - 0.5f, s.in_shape[0]);
            const int u = (int)floorf(sx), v = (int)floorf(sy), t = (int)floorf(sz);
            const float fx = sx - (float)u, fy = sy - (float)v, fz = sz - (float)t;
            for (int c = 0; c < s.channels; ++c) {
                float sum = 0.f;
                for (int k = 0; k < (s.flat ? 4 : 8); ++k) {
                    const int a = k & 1, b = k >> 1 & 1, d = k >> 2;
                    const float weight = (a ? fx : 1.f - fx) * (b ? fy : 1.f - fy) * (d ? fz : 1.f - fz);
                    if (weight != 0.f) sum += weight * pixel(s, u + a, v + b, t + d, c, type, 0);
                }
                store(s.out, e * s.channels + c, out_type, sum);
            }
        }
    }
}
