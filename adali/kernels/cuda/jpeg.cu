// What JPEG does to an image: colours at half the resolution, the DCT of 8x8 values, quantisation, and back.
//
// In the integer arithmetic of libjpeg ("islow", "fancy upsampling"), so that the values are those of the CPU.
#include "common.cuh"

struct Frame {
    const u8* in;
    u8* out;
    u8* planes;                // luma, Cb, Cr; whole blocks
    i64 pixels, threads;       // 8 threads for each block
    int width, height;
    int luma_w, luma_h;        // blocks of the planes
    int chroma_w, chroma_h;
    u8 divisors[2][64];        // of luma and chroma
};

// The cosines of the DCT with 13 binary places, as sums of the rounded factors of Loeffler's algorithm.
__constant__ int COSINES[8][8] = {
    {8192, 8192, 8192, 8192, 8192, 8192, 8192, 8192},
    {11363, 9633, 6437, 2260, -2260, -6437, -9633, -11363},
    {10703, 4433, -4433, -10703, -10703, -4433, 4433, 10703},
    {9633, -2259, -11362, -6436, 6436, 11362, 2259, -9633},
    {8192, -8192, -8192, 8192, 8192, -8192, -8192, 8192},
    {6437, -11362, 2261, 9633, -9633, -2261, 11362, -6437},
    {4433, -10704, 10704, -4433, -4433, 10704, -10704, 4433},
    {2260, -6436, 9633, -11363, 11363, -9633, 6436, -2260}};

__device__ __forceinline__ int descale(int v, int bits) { return (v + (1 << (bits - 1))) >> bits; }
__device__ __forceinline__ int clamped(int v) { return min(max(v, 0), 255); }

__device__ __forceinline__ void forward(const int* values, int* out, int bits) {
    #pragma unroll
    for (int k = 0; k < 8; ++k) {
        int sum = 0;
        #pragma unroll
        for (int j = 0; j < 8; ++j) sum += COSINES[k][j] * values[j];
        out[k] = descale(sum, bits);
    }
}
__device__ __forceinline__ void backward(const int* values, int* out, int bits) {
    #pragma unroll
    for (int j = 0; j < 8; ++j) {
        int sum = 0;
        #pragma unroll
        for (int k = 0; k < 8; ++k) sum += COSINES[k][j] * values[k];
        out[j] = descale(sum, bits);
    }
}

// Luma (0), Cb (1) or Cr (2) of a pixel; beyond the right edge, of the last one.
__device__ __forceinline__ int component(const Frame& f, int x, int y, int which) {
    const u8* p = f.in + ((i64)y * f.width + min(x, f.width - 1)) * 3;
    const int r = p[0], g = p[1], b = p[2];
    if (which == 0) return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    const int middle = (128 << 16) + 32767;
    if (which == 1) return (-11059 * r - 21709 * g + 32768 * b + middle) >> 16;
    return (32768 * r - 27439 * g - 5329 * b + middle) >> 16;
}

extern "C" __global__ void jpeg_blocks(const Frame* table, int count) {
    __shared__ int values[32][8][9];
    const int mine = threadIdx.x >> 3, t = threadIdx.x & 7;  // 32 blocks, a thread for each line of one
    FOR_SAMPLES(s, count) {
        const Frame& f = table[s];
        const int luma = f.luma_w * f.luma_h, chroma = f.chroma_w * f.chroma_h;
        for (i64 base = blockIdx.x * (i64)blockDim.x; base < f.threads; base += (i64)gridDim.x * blockDim.x) {
            const bool active = base + threadIdx.x < f.threads;
            int block = (int)((base + threadIdx.x) >> 3);
            const int which = block < luma ? 0 : block < luma + chroma ? 1 : 2;
            block -= which == 0 ? 0 : luma + (which - 1) * chroma;
            const int across = which ? f.chroma_w : f.luma_w, row = block / across * 8 + t, column = block % across * 8;
            const u8* divisors = f.divisors[which > 0];
            int line[8], out[8];
            if (active) {
                for (int i = 0; i < 8; ++i) {
                    if (which == 0) line[i] = component(f, column + i, min(row, f.height - 1), 0) - 128;
                    else {
                        const int upper = min(row, (f.height - 1) / 2) * 2, lower = min(upper + 1, f.height - 1);
                        const int x = (column + i) * 2;
                        line[i] = component(f, x, upper, which) + component(f, x + 1, upper, which);
                        line[i] += component(f, x, lower, which) + component(f, x + 1, lower, which);
                        line[i] = ((line[i] + 1 + (i & 1)) >> 2) - 128;
                    }
                }
                forward(line, out, 11);
                for (int k = 0; k < 8; ++k) values[mine][t][k] = out[k];
            }
            __syncthreads();
            if (active) {
                for (int k = 0; k < 8; ++k) line[k] = values[mine][k][t];
                forward(line, out, 15);
                for (int k = 0; k < 8; ++k) {
                    const int divisor = divisors[k * 8 + t], whole = divisor * 8;  // the DCT's values are 8 times too large
                    const int level = ((out[k] < 0 ? -out[k] : out[k]) + whole / 2) / whole;
                    line[k] = (out[k] < 0 ? -level : level) * divisor;
                }
                backward(line, out, 11);
                for (int k = 0; k < 8; ++k) values[mine][k][t] = out[k];
            }
            __syncthreads();
            if (active) {
                for (int k = 0; k < 8; ++k) line[k] = values[mine][t][k];
                backward(line, out, 18);
                u8* plane = f.planes + (which ? luma + (which - 1) * (i64)chroma : 0) * 64;
                for (int k = 0; k < 8; ++k) plane[(i64)row * across * 8 + column + k] = (u8)clamped(out[k] + 128);
            }
            __syncthreads();
        }
    }
}

// A colour plane's value at a pixel: between the four nearest ones, the nearest of them three times along each axis.
__device__ __forceinline__ int raised(const u8* plane, int stride, int x, int y, int width, int height) {
    const int cx = x / 2, cy = y / 2;
    if (width <= 2) return plane[cy * (i64)stride + cx];
    const u8* near = plane + cy * (i64)stride;
    const u8* far = plane + min(max(y & 1 ? cy + 1 : cy - 1, 0), height - 1) * (i64)stride;
    const int beside = min(max(x & 1 ? cx + 1 : cx - 1, 0), width - 1);
    return (3 * (3 * near[cx] + far[cx]) + 3 * near[beside] + far[beside] + 8 - (x & 1)) >> 4;
}

extern "C" __global__ void jpeg_colors(const Frame* table, int count) {
    FOR_SAMPLES(s, count) {
        const Frame& f = table[s];
        const u8* first = f.planes + (i64)f.luma_w * f.luma_h * 64;
        const u8* second = first + (i64)f.chroma_w * f.chroma_h * 64;
        const int width = (f.width + 1) / 2, height = (f.height + 1) / 2;
        const bool small = f.pixels <= 0x7fffffff;  // 64-bit divisions cost more than all the rest
        FOR_ELEMENTS(p, f.pixels) {
            const int y = small ? (int)p / f.width : (int)(p / f.width), x = (int)(p - (i64)y * f.width);
            const int luma = f.planes[y * (i64)f.luma_w * 8 + x];
            const int cb = raised(first, f.chroma_w * 8, x, y, width, height) - 128;
            const int cr = raised(second, f.chroma_w * 8, x, y, width, height) - 128;
            f.out[p * 3] = (u8)clamped(luma + ((91881 * cr + 32768) >> 16));
            f.out[p * 3 + 1] = (u8)clamped(luma + ((-22554 * cb - 46802 * cr + 32768) >> 16));
            f.out[p * 3 + 2] = (u8)clamped(luma + ((116130 * cb + 32768) >> 16));
        }
    }
}
