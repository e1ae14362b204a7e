// Conditions: scalars of any type, one a sample.
#include "common.cuh"

struct Operand {
    const void* in;
    bool* out;
};

extern "C" __global__ void logical_not(const Operand* table, int count, int type) {
    FOR_SAMPLES(i, count) {
        if (blockIdx.x == 0 && threadIdx.x == 0) table[i].out[0] = load_double(table[i].in, 0, type) == 0.;
    }
}
