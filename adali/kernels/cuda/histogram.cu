// Histograms of regions of 8-bit images, and the tables that equalise them.
#include "common.cuh"
#include "lab.cuh"

struct Region {
    const u8* in;            // the image
    unsigned* counts;        // 256, which begin at 0
    i64 row;                 // bytes from row to row
    i64 size;                // pixels of the region
    int step;                // bytes from pixel to pixel
    int x, y, w;             // the region, which may reach beyond the image: there it is mirrored
    int width, height;
};

__device__ __forceinline__ int mirrored(int q, int extent) {
    if (q < extent) return q;
    if (extent == 1) return 0;
    q %= 2 * extent - 2;
    return q < extent ? q : 2 * extent - 2 - q;
}

// `lab`: 0, or the tables by which the lightness of RGB pixels is counted.
extern "C" __global__ void histogram(const Region* table, int count, int bins, const unsigned short* lab) {
    __shared__ unsigned counts[256];
    FOR_SAMPLES(s, count) {
        const Region r = table[s];
        for (int i = threadIdx.x; i < 256; i += blockDim.x) counts[i] = 0;
        __syncthreads();
        const bool small = r.size <= 0x7fffffff;  // 64-bit divisions cost more than all the rest
        FOR_ELEMENTS(e, r.size) {
            const int dy = small ? (int)e / r.w : (int)(e / r.w), dx = (int)(e - (i64)dy * r.w);
            const u8* p = r.in + mirrored(r.y + dy, r.height) * r.row + (i64)mirrored(r.x + dx, r.width) * r.step;
            const int value = lab ? to_lab(p, lab).l : p[0];
            atomicAdd(counts + (value * bins >> 8), 1u);
        }
        __syncthreads();
        for (int i = threadIdx.x; i < 256; i += blockDim.x)
            if (counts[i]) atomicAdd(r.counts + i, counts[i]);
        __syncthreads();
    }
}

struct Table {
    const unsigned* counts;
    u8* out;                 // a value for each bin
    int limit;               // most pixels in a bin, the others are spread over all; 0 for no limit
    float scale;             // by which the pixels up to a bin become its value; 0 for plain equalisation
};

// The sum up to each bin, by the 256 threads of a block.
__device__ __forceinline__ unsigned sum_up_to(unsigned* sums, unsigned mine) {
    const int t = threadIdx.x;
    sums[t] = mine;
    for (int reach = 1; reach < 256; reach *= 2) {
        __syncthreads();
        const unsigned more = t >= reach ? sums[t - reach] : 0;
        __syncthreads();
        sums[t] += more;
    }
    __syncthreads();
    return sums[t];
}

extern "C" __global__ void equalizing_table(const Table* table, int count, int bins) {
    __shared__ unsigned sums[256];
    __shared__ unsigned least;
    const int t = threadIdx.x;
    FOR_SAMPLES(s, count) {
        const Table r = table[s];
        unsigned mine = t < bins ? r.counts[t] : 0;
        if (r.limit > 0) {
            const unsigned over = mine > (unsigned)r.limit ? mine - r.limit : 0;
            sum_up_to(sums, over);
            const unsigned spread = sums[255];
            __syncthreads();
            const unsigned rest = spread % bins, every = rest ? max(bins / rest, 1u) : 1;
            mine = mine - over + spread / bins + (rest && t % every == 0 && t / every < rest);
            if (t >= bins) mine = 0;
        }
        const unsigned up_to = sum_up_to(sums, mine);
        const unsigned total = sums[255];
        if (mine && up_to == mine) least = mine;
        __syncthreads();
        float value;
        if (r.scale > 0.f) value = (float)up_to * r.scale;
        else if (least == total) value = (float)t;  // an image of one value stays
        else value = up_to < least ? 0.f : (float)(up_to - least) * (255.f / (float)(total - least));
        if (t < bins) r.out[t] = (u8)min(max((int)rintf(value), 0), 255);
        __syncthreads();
    }
}
