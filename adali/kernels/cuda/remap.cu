// Every pixel from a point of the input: that which two maps give, or a perspective transform. A thread makes a pixel.
#include "common.cuh"
#include "borders.cuh"

// Images are of these types.
__device__ __forceinline__ float pixel(const void* p, i64 i, int type) {
    if (type == U8) return (float)__ldg((const u8*)p + i);
    if (type == F32) return __ldg((const float*)p + i);
    return type == U16 ? (float)__ldg((const unsigned short*)p + i) : (float)__ldg((const short*)p + i);
}
__device__ __forceinline__ void put(void* p, i64 i, int type, float v) {
    if (type == U8) ((u8*)p)[i] = To<u8>::from(v);
    else if (type == F32) ((float*)p)[i] = v;
    else if (type == U16) ((unsigned short*)p)[i] = To<unsigned short>::from(v);
    else ((short*)p)[i] = To<short>::from(v);
}

// Weights of the pixels around a point that lies the fraction f behind the middle one.
__device__ __forceinline__ void weigh(int taps, float f, float cubic, float* w) {
    if (taps == 2) {
        w[0] = 1.f - f;
        w[1] = f;
    } else if (taps == 4) {  // Keys' cubic, of the parameter `cubic`
        const float a = cubic;
        w[0] = ((a * f - 2.f * a) * f + a) * f;
        w[1] = ((a + 2.f) * f - (a + 3.f)) * f * f + 1.f;
        w[2] = ((-(a + 2.f) * f + (2.f * a + 3.f)) * f - a) * f;
        w[3] = (-a * f + a) * f * f;
    } else {                 // sinc(x) * sinc(x / 3)
        float total = 0.f;
        for (int k = 0; k < 6; ++k) {
            const float x = 3.14159265f * (f + 2.f - (float)k);
            w[k] = fabsf(x) < 1e-6f ? 1.f : 3.f * sinf(x) * sinf(x / 3.f) / (x * x);
            total += w[k];
        }
        for (int k = 0; k < 6; ++k) w[k] /= total;
    }
}

struct Remap {
    const void* in;
    void* out;
    const float* x;
    const float* y;
    i64 size;                        // pixels of the output
    int height, width, channels;     // of the input
    int padding;
};

// What lies outside of the input is 0. Coordinates are shifted in double precision, which decides whose pixel it is.
extern "C" __global__ void remap(const Remap* table, int count, int taps, int type, double shift) {
    FOR_SAMPLES(i, count) {
        const Remap s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const double px = (double)__ldg(s.x + e) + shift, py = (double)__ldg(s.y + e) + shift;
            const bool near = px > -taps && py > -taps && px < s.width + taps && py < s.height + taps;  // NaN is not
            if (!near || taps == 1) {
                const int u = near ? (int)floor(px + 0.5) : -1, v = near ? (int)floor(py + 0.5) : -1;
                const bool inside = u >= 0 && u < s.width && v >= 0 && v < s.height;
                for (int c = 0; c < s.channels; ++c) {
                    const i64 to = e * s.channels + c;
                    put(s.out, to, type, inside ? pixel(s.in, ((i64)v * s.width + u) * s.channels + c, type) : 0.f);
                }
                continue;
            }
            int u = (int)floor(px), v = (int)floor(py);
            float wx[6], wy[6];
            weigh(taps, (float)(px - u), -0.5f, wx);
            weigh(taps, (float)(py - v), -0.5f, wy);
            u -= (taps - 1) / 2;
            v -= (taps - 1) / 2;
            const int left = max(0, -u), right = min(taps, s.width - u);
            for (int c = 0; c < s.channels; ++c) {
                float total = 0.f;
                for (int j = max(0, -v); j < min(taps, s.height - v); ++j) {
                    float row = 0.f;
#pragma unroll 1
                    for (int k = left; k < right; ++k)
                        row += wx[k] * pixel(s.in, ((i64)(v + j) * s.width + u + k) * s.channels + c, type);
                    total += wy[j] * row;
                }
                put(s.out, e * s.channels + c, type, type == F32 ? total : floorf(total + 0.5f));
            }
        }
    }
}

struct Perspective {
    const void* in;
    void* out;
    const float* matrix;             // 3 x 3
    i64 size;                        // pixels of the output
    int height, width, channels;     // of the input
    int out_width;
    float fill[4];
};

// From pixels of the output to those of the input, centres at whole numbers: the matrix as it is used.
__device__ __forceinline__ void from_output(const float* given, int invert, int corner, float* matrix) {
    double m[9], n[9];
    for (int k = 0; k < 9; ++k) m[k] = (double)given[k];
    if (corner) {  // T(-1/2) m T(1/2)
        for (int r = 0; r < 3; ++r) m[3 * r + 2] += 0.5 * (m[3 * r] + m[3 * r + 1]);
        for (int c = 0; c < 3; ++c) {
            m[c] -= 0.5 * m[6 + c];
            m[3 + c] -= 0.5 * m[6 + c];
        }
    }
    if (invert) {
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 3; ++c) {
                const int a = (c + 1) % 3, b = (c + 2) % 3, d = (r + 1) % 3, f = (r + 2) % 3;
                n[3 * r + c] = m[3 * a + d] * m[3 * b + f] - m[3 * a + f] * m[3 * b + d];
            }
        const double determinant = m[0] * n[0] + m[1] * n[3] + m[2] * n[6];
        for (int k = 0; k < 9; ++k) m[k] = determinant != 0 ? n[k] / determinant : 0.;
    }
    for (int k = 0; k < 9; ++k) matrix[k] = (float)m[k];
}

__device__ __forceinline__ float seen(const Perspective& s, int u, int v, int c, int border, int type) {
    if ((unsigned)u >= (unsigned)s.width || (unsigned)v >= (unsigned)s.height) {
        if (border == FILL) return s.fill[c];
        if ((unsigned)u >= (unsigned)s.width) u = bordered(u, s.width, border);
        if ((unsigned)v >= (unsigned)s.height) v = bordered(v, s.height, border);
    }
    return pixel(s.in, ((i64)v * s.width + u) * s.channels + c, type);
}

// As far away as an integer tells; not a number is far.
__device__ __forceinline__ float within(float v) { return v > -1e9f ? fminf(v, 1e9f) : -1e9f; }

extern "C" __global__ void perspective(const Perspective* table, int count, int taps, int type, int border, int invert,
                                       int corner) {
    FOR_SAMPLES(i, count) {
        const Perspective& s = table[i];
        float m[9];
        from_output(s.matrix, invert, corner, m);
        FOR_ELEMENTS(e, s.size) {
            const i64 row = e / s.out_width;
            const float x = (float)(int)(e - row * s.out_width), y = (float)(int)row;
            const float w = m[6] * x + m[7] * y + m[8];
            const float px = within((m[0] * x + m[1] * y + m[2]) / w), py = within((m[3] * x + m[4] * y + m[5]) / w);
            if (taps == 1) {
                const int u = (int)rintf(px), v = (int)rintf(py);
                for (int c = 0; c < s.channels; ++c) put(s.out, e * s.channels + c, type, seen(s, u, v, c, border, type));
                continue;
            }
            float wx[4], wy[4];
            int u = (int)floorf(px), v = (int)floorf(py);
            weigh(taps, px - (float)u, -0.75f, wx);
            weigh(taps, py - (float)v, -0.75f, wy);
            u -= (taps - 1) / 2;
            v -= (taps - 1) / 2;
            for (int c = 0; c < s.channels; ++c) {
                float total = 0.f;
                for (int j = 0; j < taps; ++j) {
                    float line = 0.f;
#pragma unroll 1
                    for (int k = 0; k < taps; ++k) line += wx[k] * seen(s, u + k, v + j, c, border, type);
                    total += wy[j] * line;
                }
                put(s.out, e * s.channels + c, type, total);
            }
        }
    }
}
