// Equalised images, by the tables of histogram.cu.
#include "common.cuh"
#include "lab.cuh"

struct Apply {
    const u8* in;
    u8* out;
    const u8* tables;   // one of 256 values for each channel of each frame
    i64 size;           // elements
    i64 frame;          // elements of a frame
    int channels;       // which alternate
};

extern "C" __global__ void apply_tables(const Apply* table, int count) {
    FOR_SAMPLES(s, count) {
        const Apply r = table[s];
        const bool small = r.size <= 0x7fffffff;  // 64-bit divisions cost more than all the rest
        FOR_ELEMENTS(e, r.size) {
            const i64 frame = small ? (int)e / (int)r.frame : e / r.frame;
            const i64 channel = frame * r.channels + (small ? (int)e % r.channels : e % r.channels);
            r.out[e] = r.tables[channel * 256 + r.in[e]];
        }
    }
}

struct Blend {
    const u8* in;
    u8* out;
    const u8* tables;          // 256 values for each tile of each channel
    i64 pixels;
    int width, channels;
    int tiles_x, tiles_y;
    float per_width, per_height;  // tiles in a pixel
};

// What four tiles around a pixel make of a value, by the distance of their centres.
__device__ __forceinline__ u8 blended(const Blend& r, int x, int y, int value, int channel, int bins) {
    const float u = __fsub_rn(__fmul_rn((float)x, r.per_width), 0.5f), v = __fsub_rn(__fmul_rn((float)y, r.per_height), 0.5f);
    const int left = (int)floorf(u), top = (int)floorf(v);
    const float fx = u - (float)left, fy = v - (float)top;
    const u8* tables = r.tables + (i64)channel * r.tiles_x * r.tiles_y * 256 + (value * bins >> 8);
    const int x0 = max(left, 0), x1 = min(left + 1, r.tiles_x - 1), y0 = max(top, 0), y1 = min(top + 1, r.tiles_y - 1);
    const u8* upper = tables + y0 * r.tiles_x * 256;
    const u8* lower = tables + y1 * r.tiles_x * 256;
    const float above = __fadd_rn(__fmul_rn(upper[x0 * 256], 1.f - fx), __fmul_rn(upper[x1 * 256], fx));
    const float below = __fadd_rn(__fmul_rn(lower[x0 * 256], 1.f - fx), __fmul_rn(lower[x1 * 256], fx));
    const float sum = __fadd_rn(__fmul_rn(above, 1.f - fy), __fmul_rn(below, fy));
    return (u8)min(max((int)rintf(sum), 0), 255);
}

// `lab`: 0, or the tables by which only the lightness of RGB pixels is changed.
extern "C" __global__ void blend_tiles(const Blend* table, int count, int bins, const unsigned short* lab) {
    FOR_SAMPLES(s, count) {
        const Blend r = table[s];
        const bool small = r.pixels <= 0x7fffffff;
        FOR_ELEMENTS(p, r.pixels) {
            const int y = small ? (int)p / r.width : (int)(p / r.width), x = (int)(p - (i64)y * r.width);
            const u8* in = r.in + p * r.channels;
            u8* out = r.out + p * r.channels;
            if (lab) {
                const Lab color = to_lab(in, lab);
                from_lab(blended(r, x, y, color.l, 0, bins), color.a, color.b, lab, out);
            } else {
                for (int c = 0; c < r.channels; ++c) out[c] = blended(r, x, y, in[c], c, bins);
            }
        }
    }
}
