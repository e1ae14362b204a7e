// Copies of boxes: windows, mirrored and transposed views, padding; with a change of type or without.
#include "common.cuh"
#include "borders.cuh"

struct Gather {
    const void* in;
    void* out;
    i64 size;                          // elements of the output
    int axes, fill_axis, fills;        // fill_axis: the axis whose position picks the fill value
    int first_fill;                    // in the table of fill values
    int border, scattered;             // scattered: the output is not packed, out_stride says where
    i64 shape[6], stride[6];           // of the output, in elements of the input
    i64 start[6], step[6], extent[6];  // an output position p is the input's start + step * p, if within 0..extent-1
    i64 out_stride[6];
};

// Where an output element comes from and goes to; false if it is outside. *place is the position along fill_axis.
template <typename Index>
__device__ __forceinline__ bool locate(const Gather& g, i64 e, i64* source, i64* to, int* place) {
    i64 from = 0, target = 0;
    bool inside = true;
    Index rest = (Index)e;
    for (int a = g.axes - 1; a >= 0; --a) {
        const Index extent = (Index)g.shape[a], outer = a ? rest / extent : 0, p = rest - outer * extent;
        rest = outer;
        i64 q = g.start[a] + g.step[a] * (i64)p;
        if (q < 0 || q >= g.extent[a]) {
            if (g.border == FILL) inside = false;
            else q = bordered(q, g.extent[a], g.border);
        }
        from += q * g.stride[a];
        if (g.scattered) target += (i64)p * g.out_stride[a];
        if (a == g.fill_axis) *place = (int)p;
    }
    *to = g.scattered ? target : e;
    *source = from;
    return inside;
}
__device__ __forceinline__ bool locate(const Gather& g, i64 e, i64* from, i64* to, int* place) {
    return g.size <= 0x7fffffff ? locate<unsigned>(g, e, from, to, place) : locate<u64>(g, e, from, to, place);
}

// The same type on both sides, by its size.
template <typename T> __device__ __forceinline__ void gather_same(const Gather& g, const double* fills, int type) {
    FOR_ELEMENTS(e, g.size) {
        int place = 0;
        i64 from, to;
        if (locate(g, e, &from, &to, &place)) ((T*)g.out)[to] = ((const T*)g.in)[from];
        else store(g.out, to, type, fills[g.first_fill + (g.fills > 1 ? place : 0)]);
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
            i64 from, to;
            if (locate(g, e, &from, &to, &place)) convert(g.out, to, out_type, g.in, from, type);
            else store(g.out, to, out_type, fills[g.first_fill + (g.fills > 1 ? place : 0)]);
        }
    }
}
