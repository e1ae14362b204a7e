// Bounding boxes: what the threads of a block find together.
#include "overlap.cuh"

// A block of 256 threads for each box: the anchor that it overlaps most, the last one of equals.
extern "C" __global__ void best_anchors(const Encode* table, int count, const float* anchors, int total) {
    __shared__ float values[256];
    __shared__ int places[256];
    for (int i = blockIdx.y; i < count; i += gridDim.y) {
        const Encode s = table[i];
        for (i64 b = blockIdx.x; b < s.size; b += gridDim.x) {
            float most = -1.f;
            int place = 0;
            for (int a = threadIdx.x; a < total; a += blockDim.x) {
                const float common = overlap(s.boxes + 4 * b, anchors + 4 * a);
                if (common >= most) {
                    most = common;
                    place = a;
                }
            }
            values[threadIdx.x] = most;
            places[threadIdx.x] = place;
            __syncthreads();
            for (int step = 128; step; step >>= 1) {
                if (threadIdx.x < step) {
                    const float other = values[threadIdx.x + step];
                    const int at = places[threadIdx.x + step];
                    if (other > values[threadIdx.x] || (other == values[threadIdx.x] && at > places[threadIdx.x])) {
                        values[threadIdx.x] = other;
                        places[threadIdx.x] = at;
                    }
                }
                __syncthreads();
            }
            if (threadIdx.x == 0) s.best[b] = places[0];
            __syncthreads();
        }
    }
}
