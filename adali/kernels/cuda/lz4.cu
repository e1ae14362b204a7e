// Blocks of LZ4, decompressed: a warp for each, which reads the sequences together and divides the copying.
#include "common.cuh"

struct Chunk {
    const u8* in;
    u8* out;
    i64* made;      // how many bytes it holds; -1 for what is no such block
    i64 size, room; // what there is no room for is counted, and not written
};

// The bytes that prolong a length of 15; false if they do not end.
__device__ __forceinline__ bool prolong(const Chunk& c, i64* at, i64* length) {
    for (;;) {
        if (*at >= c.size) return false;
        const int more = c.in[(*at)++];
        *length += more;
        if (more < 255) return true;
    }
}

extern "C" __global__ void inflate_lz4(const Chunk* table, int count) {
    const int lane = threadIdx.x;
    FOR_SAMPLES(s, count) {
        const Chunk c = table[s];
        i64 at = 0, made = 0;
        bool whole = false;
        while (at < c.size) {
            const int token = c.in[at++];
            i64 length = token >> 4;
            if (length == 15 && !prolong(c, &at, &length)) break;
            if (length > c.size - at) break;
            for (i64 k = lane; k < min(length, c.room - made); k += 32) c.out[made + k] = c.in[at + k];
            at += length;
            made += length;
            __syncwarp();
            if (at == c.size) {  // a block ends with bytes that are copied from it
                whole = true;
                break;
            }
            if (c.size - at < 2) break;
            const int distance = c.in[at] | c.in[at + 1] << 8;
            at += 2;
            length = token & 15;
            if (length == 15 && !prolong(c, &at, &length)) break;
            length += 4;
            if (!distance || distance > made) break;
            const u8* from = c.out + made - distance;
            for (i64 k = lane; k < min(length, c.room - made); k += 32)  // what repeats itself is there once
                c.out[made + k] = from[k < distance ? k : (unsigned)k % (unsigned)distance];
            made += length;
            __syncwarp();
        }
        if (lane == 0) *c.made = whole ? made : -1;
    }
}
