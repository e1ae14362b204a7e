// Reductions along axes: sums, means, mean squares, variances, extremes.
#include "common.cuh"

enum What { SUM, MEAN, MEAN_SQUARE, RMS, MAX, MIN, VARIANCE, STD_DEV };

struct Reduce {
    const void* in;
    const void* mean;             // of variances; the place is that of the output, or 0
    void* out;
    i64 outputs, length;          // elements of the output, and of the input for each of them
    i64 shape[6], stride[6];      // axes that stay
    i64 along[6], along_stride[6];
    double count;                 // what a mean divides by
    int axes, reduced;
    int mean_step, padding;
};

__device__ __forceinline__ i64 offset(const i64* shape, const i64* stride, int axes, i64 e) {
    i64 at = 0;
    for (int a = axes - 1; a >= 0; --a) {
        const i64 outer = a ? e / shape[a] : 0;
        at += (e - outer * shape[a]) * stride[a];
        e = outer;
    }
    return at;
}

struct Sum {   // a sum in two arithmetics, of which one is used
    double real;
    i64 whole;
};

__device__ __forceinline__ Sum neutral(int what, int type) {
    Sum s;
    s.real = what == MAX ? -infinity() : what == MIN ? infinity() : 0;
    if (what == MAX) s.whole = type <= U64 || type == BOOL8 ? 0 : -9223372036854775807ll - 1;
    else if (what == MIN) s.whole = type == U64 ? -1 : 9223372036854775807ll;
    else s.whole = 0;
    return s;
}

__device__ __forceinline__ void combine(Sum& a, const Sum& b, int what, int type) {
    if (what == MAX) {
        a.real = fmax(a.real, b.real);
        if (type == U64 ? (u64)b.whole > (u64)a.whole : b.whole > a.whole) a.whole = b.whole;
    } else if (what == MIN) {
        a.real = fmin(a.real, b.real);
        if (type == U64 ? (u64)b.whole < (u64)a.whole : b.whole < a.whole) a.whole = b.whole;
    } else {
        a.real += b.real;
        a.whole += b.whole;
    }
}

__device__ __forceinline__ Sum element(const Reduce& r, i64 at, int what, int type, double mean) {
    Sum s;
    s.real = 0;
    s.whole = 0;
    if ((what == SUM || what == MEAN || what == MAX || what == MIN) && !is_float(type)) {
        s.whole = load_int(r.in, at, type);
        return s;
    }
    s.real = load_double(r.in, at, type);
    if (what == MEAN_SQUARE || what == RMS) s.real *= s.real;
    else if (what == VARIANCE || what == STD_DEV) s.real = (s.real - mean) * (s.real - mean);
    return s;
}

__device__ __forceinline__ void finish(const Reduce& r, i64 o, const Sum& total, int what, int type, int out_type) {
    if (!is_float(type) && (what == SUM || what == MAX || what == MIN)) {
        if (what == SUM && !is_float(out_type) && out_type != BOOL8) {  // integers wrap around
            switch (out_type) {
                case U8: case I8: ((u8*)r.out)[o] = (u8)total.whole; break;
                case U16: case I16: ((unsigned short*)r.out)[o] = (unsigned short)total.whole; break;
                case U32: case I32: ((unsigned*)r.out)[o] = (unsigned)total.whole; break;
                default: ((i64*)r.out)[o] = total.whole;
            }
        } else if (type <= U64) store(r.out, o, out_type, (u64)total.whole);
        else store(r.out, o, out_type, total.whole);
        return;
    }
    double v = total.real;
    if (what == MEAN && !is_float(type)) v = type == U64 ? (double)(u64)total.whole : (double)total.whole;
    if (what == MAX || what == MIN) {  // of nothing, or of nothing but NaN
        const double limit = type == F16 ? 65504. : type == F32 ? 3.4028234663852886e38 : 1.7976931348623157e308;
        if (what == MAX && v == -infinity()) v = -limit;
        if (what == MIN && v == infinity()) v = limit;
    } else if (what != SUM) v = r.count > 0 ? v / r.count : not_a_number();
    if (what == RMS || what == STD_DEV) v = sqrt(v);
    store(r.out, o, out_type, v);
}

__device__ __forceinline__ double mean_of(const Reduce& r, i64 o, int what, int mean_type) {
    return what == VARIANCE || what == STD_DEV ? load_double(r.mean, o * r.mean_step, mean_type) : 0.;
}

// A thread for each element of the output: where few elements make one.
extern "C" __global__ void reduce_few(const Reduce* table, int count, int what, int type, int out_type, int mean_type) {
    FOR_SAMPLES(s, count) {
        const Reduce& r = table[s];
        FOR_ELEMENTS(o, r.outputs) {
            const i64 start = offset(r.shape, r.stride, r.axes, o);
            const double mean = mean_of(r, o, what, mean_type);
            Sum total = neutral(what, type);
            for (i64 k = 0; k < r.length; ++k) {
                const Sum v = element(r, start + offset(r.along, r.along_stride, r.reduced, k), what, type, mean);
                combine(total, v, what, type);
            }
            finish(r, o, total, what, type, out_type);
        }
    }
}

// A block of 256 threads for each element of the output.
extern "C" __global__ void reduce_many(const Reduce* table, int count, int what, int type, int out_type, int mean_type) {
    __shared__ double reals[8];
    __shared__ i64 wholes[8];
    for (int s = blockIdx.y; s < count; s += gridDim.y) {
        const Reduce& r = table[s];
        for (i64 o = blockIdx.x; o < r.outputs; o += gridDim.x) {
            const i64 start = offset(r.shape, r.stride, r.axes, o);
            const double mean = mean_of(r, o, what, mean_type);
            Sum total = neutral(what, type);
            for (i64 k = threadIdx.x; k < r.length; k += blockDim.x) {
                const Sum v = element(r, start + offset(r.along, r.along_stride, r.reduced, k), what, type, mean);
                combine(total, v, what, type);
            }
            for (int step = 16; step; step >>= 1) {
                Sum other;
                other.real = __shfl_down_sync(0xffffffffu, total.real, step);
                other.whole = __shfl_down_sync(0xffffffffu, total.whole, step);
                if ((threadIdx.x & 31) + step < 32) combine(total, other, what, type);
            }
            if ((threadIdx.x & 31) == 0) {
                reals[threadIdx.x >> 5] = total.real;
                wholes[threadIdx.x >> 5] = total.whole;
            }
            __syncthreads();
            if (threadIdx.x == 0) {
                for (int w = 1; w < 8; ++w) {
                    Sum other;
                    other.real = reals[w];
                    other.whole = wholes[w];
                    combine(total, other, what, type);
                }
                finish(r, o, total, what, type, out_type);
            }
            __syncthreads();
        }
    }
}
