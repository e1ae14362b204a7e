// Grids of black squares.
#include "common.cuh"

struct Grid {
    const void* in;
    void* out;
    i64 size;                // elements
    int width, channels;
    float cosine, sine;      // of the angle, in tiles for each pixel
    float shift_x, shift_y;  // in tiles
    float ratio;
};

// Each operation is rounded as on the CPU: where a square ends is decided by the last bit.
__device__ __forceinline__ float fraction(float v) { return __fsub_rn(v, floorf(v)); }

template <typename T> __device__ __forceinline__ void mask(const Grid& g) {
    const bool small = g.size <= 0x7fffffff;  // 64-bit divisions cost more than all the rest
    FOR_ELEMENTS(e, g.size) {
        const i64 pixel = small ? (int)e / g.channels : e / g.channels;
        const i64 row = small ? (int)pixel / g.width : pixel / g.width;
        const float x = (float)(int)(pixel - row * g.width), y = (float)(int)row;
        const float u = __fadd_rn(__fmul_rn(x, g.cosine), __fsub_rn(__fmul_rn(y, -g.sine), g.shift_x));
        const float v = __fadd_rn(__fmul_rn(x, g.sine), __fsub_rn(__fmul_rn(y, g.cosine), g.shift_y));
        const bool keep = fraction(u) >= g.ratio || fraction(v) >= g.ratio;
        ((T*)g.out)[e] = keep ? ((const T*)g.in)[e] : (T)0;
    }
}

extern "C" __global__ void grid_mask(const Grid* table, int count, int bytes) {
    FOR_SAMPLES(s, count) {
        const Grid g = table[s];
        if (bytes == 1) mask<u8>(g);
        else if (bytes == 2) mask<unsigned short>(g);
        else mask<unsigned>(g);
    }
}
