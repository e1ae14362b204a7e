// Copies of boxes: windows, mirrored and transposed views, padding; with a change of type or without.
#include "common.cuh"

struct Gather {
    const void* in;
    void* out;
    i64 size;                     // elements of the output
    int axes, fill_axis, fills;   // fill_axis: the output axis whose position picks the fill value
    int first_fill;               // in the table of fill values
    i64 shape[6], stride[6];      // of the output, in elements of the input
    i64 start[6], step[6], extent[6];  // an output position p is the input's start + step * p, if within 0..extent-1
};

// The input position of an output element, or -1 where it is outside; then *place is the position along fill_axis.
__device__ __forceinline__ i64 locate(const Gather& g, i64 e, int* place) {
    i64 from = 0;
    bool inside = true;
    if (g.size <= 0x7fffffff) {
        unsigned rest = (unsigned)e;
#pragma unroll
        for (int a = 5; a >= 0; --a) {
            if (a >= g.axes) continue;
            const unsigned extent = (unsigned)g.shape[a], p = a ? rest % extent : rest;
            rest = a ? rest / extent : 0;
            const i64 q = g.start[a] + g.step[a] * (i64)p;
            inside = inside && q >= 0 && q < g.extent[a];
            from += q * g.stride[a];
            if (a == g.fill_axis) *place = (int)p;
        }
    } else {
        i64 rest = e;
        for (int a = g.axes - 1; a >= 0; --a) {
            const i64 p = a ? rest % g.shape[a] : rest;
            rest = a ? rest / g.shape[a] : 0;
            const i64 q = g.start[a] + g.step[a] * p;
            inside = inside && q >= 0 && q < g.extent[a];
            from += q * g.stride[a];
            if (a == g.fill_axis) *place = (int)p;
        }
    }
    return inside ? from : -1;
}

// The same type on both sides, by its size.
template <typename T> __device__ __forceinline__ void gather_same(const Gather& g, const double* fills, int type) {
    FOR_ELEMENTS(e, g.size) {
        int place = 0;
        const i64 from = locate(g, e, &place);
        if (from >= 0) ((T*)g.out)[e] = ((const T*)g.in)[from];
        else store(g.out, e, type, fills[g.first_fill + (g.fills > 1 ? place : 0)]);
    }
}

extern "C" __global__ void gather(const Gather* table, int count, const double* fills, int type, int bytes) {
    FOR_SAMPLES(s, count) {
        const Gather g = table[s];
        switch (bytes) {
            case 1: gather_same<u8>(g, fills, type); break;
            case 2: gather_same<unsigned short>(g, fills, type); break;
            case 4: gather_same<unsigned>(g, fills, type); break;
            default: gather_same<u64>(g, fills, type);
        }
    }
}

extern "C" __global__ void gather_convert(const Gather* table, int count, const double* fills, int type, int out_type) {
    FOR_SAMPLES(s, count) {
        const Gather g = table[s];
        FOR_ELEMENTS(e, g.size) {
            int place = 0;
            const i64 from = locate(g, e, &place);
            if (from < 0) store(g.out, e, out_type, fills[g.first_fill + (g.fills > 1 ? place : 0)]);
            else convert(g.out, e, out_type, g.in, from, type);
        }
    }
}
