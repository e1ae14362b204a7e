// How much boxes (left, top, right, bottom) overlap.
#include "common.cuh"

struct Encode {
    const float* boxes;
    const int* labels;
    int* best;                 // the anchor that each box overlaps most
    float* encoded;
    int* classes;
    i64 size;                  // boxes
};

// What kernels round must be what the host rounds: equal overlaps decide. So nothing here may become a fused operation.
__device__ __forceinline__ float area(const float* box) { return __fmul_rn(box[2] - box[0], box[3] - box[1]); }

__device__ __forceinline__ float overlap(const float* box, const float* anchor) {
    const float width = fminf(box[2], anchor[2]) - fmaxf(box[0], anchor[0]);
    const float height = fminf(box[3], anchor[3]) - fmaxf(box[1], anchor[1]);
    const float common = __fmul_rn(fmaxf(width, 0.f), fmaxf(height, 0.f));
    if (!(common > 0.f)) return 0.f;
    const float ratio = common / (area(box) + area(anchor) - common);
    return ratio == ratio ? ratio : 0.f;
}
