// Sound, element by element: pre-emphasis, decibels, weighted sums along an axis, moving power.
#include "common.cuh"

struct Emphasis {
    const void* in;
    void* out;
    i64 size;
    i64 before;                // the sample in front of the first, -1 for silence
    double coefficient;
};

template <typename V, typename Load>
__device__ __forceinline__ void emphasize(const Emphasis& s, int out_type, Load load) {
    const V coefficient = (V)s.coefficient;
    FOR_ELEMENTS(e, s.size) {
        const V before = e ? load(e - 1) : s.before < 0 ? (V)0 : load(s.before);
        store(s.out, e, out_type, load(e) - coefficient * before);
    }
}

extern "C" __global__ void preemphasis(const Emphasis* table, int count, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Emphasis s = table[i];
        if (in_type == F32) emphasize<float>(s, out_type, [&](i64 at) { return ((const float*)s.in)[at]; });
        else if (in_type == F64) emphasize<double>(s, out_type, [&](i64 at) { return ((const double*)s.in)[at]; });
        else emphasize<float>(s, out_type, [&](i64 at) { return load_float(s.in, at, in_type); });
    }
}

struct Decibels {
    const float* in;
    float* out;
    const float* reference;    // the magnitude that becomes 0 dB
    i64 size;
};

extern "C" __global__ void to_decibels(const Decibels* table, int count, float lowest, float factor) {
    FOR_SAMPLES(i, count) {
        const Decibels s = table[i];
        const float scale = 1.f / *s.reference;
        FOR_ELEMENTS(e, s.size) s.out[e] = logf(fmaxf(s.in[e] * scale, lowest)) * factor;  // not a number: the lowest
    }
}

struct Weigh {
    const float* in;
    float* out;
    const float* weights;      // (elements, results)
    const int* spans;          // first and last element that counts for each result
    i64 size;                  // of the output
    i64 inner;                 // elements between neighbours on the axis
    int elements, results;
};

// out[o, k, i] = sum over n of weights[n, k] * in[o, n, i]
extern "C" __global__ void weigh(const Weigh* table, int count) {
    FOR_SAMPLES(s, count) {
        const Weigh w = table[s];
        FOR_ELEMENTS(e, w.size) {
            i64 outer, i;
            int k;
            if (w.size <= 0x7fffffff) {
                const unsigned row = (unsigned)e / (unsigned)w.inner, o = row / (unsigned)w.results;
                i = (unsigned)e - row * (unsigned)w.inner;
                k = (int)(row - o * (unsigned)w.results);
                outer = o;
            } else {
                const i64 row = e / w.inner;
                i = e - row * w.inner;
                outer = row / w.results;
                k = (int)(row - outer * w.results);
            }
            const int end = __ldg(w.spans + 2 * k + 1);
            int n = __ldg(w.spans + 2 * k);
            const float* x = w.in + (outer * w.elements + n) * w.inner + i;
            float sum = 0.f;
            for (; n < end; ++n) {
                sum += __ldg(w.weights + (i64)n * w.results + k) * __ldg(x);
                x += w.inner;
            }
            w.out[e] = sum;
        }
    }
}

struct Power {
    const void* in;
    float* out;
    float* peaks;              // the largest power of each segment
    i64 size;
    i64 segments;
};

// Neither operation may be fused with another: where silence begins depends on how the sums are rounded.
struct Rounded {
    typedef float V;
    static __device__ __forceinline__ V square(V v) { return __fmul_rn(v, v); }
    static __device__ __forceinline__ V add(V a, V b) { return __fadd_rn(a, b); }
    static __device__ __forceinline__ V load(const void* p, i64 i, int type) { return load_float(p, i, type); }
};
struct Exact {
    typedef i64 V;
    static __device__ __forceinline__ V square(V v) { return v * v; }
    static __device__ __forceinline__ V add(V a, V b) { return a + b; }
    static __device__ __forceinline__ V load(const void* p, i64 i, int type) { return load_int(p, i, type); }
};

template <typename Sum>
__device__ __forceinline__ void power_of(const Power& s, i64 window, i64 length, int type) {
    const float divisor = (float)window;
    FOR_ELEMENTS(segment, s.segments) {
        const i64 first = segment * length, end = first + length < s.size ? first + length : s.size;
        typename Sum::V total = Sum::square(Sum::load(s.in, first, type));
        for (i64 t = first >= window ? first - window + 1 : 0; t < first; ++t)
            total = Sum::add(total, Sum::square(Sum::load(s.in, t, type)));
        float peak = s.out[first] = (float)total / divisor;
        for (i64 t = first + 1; t < end; ++t) {
            if (t >= window) total = Sum::add(total, -Sum::square(Sum::load(s.in, t - window, type)));
            total = Sum::add(total, Sum::square(Sum::load(s.in, t, type)));
            const float power = (float)total / divisor;
            s.out[t] = power;
            if (power > peak || peak != peak) peak = power;
        }
        s.peaks[segment] = peak;
    }
}

// Mean square of the last `window` samples. A thread keeps up the sum along a segment of `length` samples.
extern "C" __global__ void moving_power(const Power* table, int count, i64 window, i64 length, int type) {
    FOR_SAMPLES(i, count) {
        const Power s = table[i];
        if (type == U8 || type == I8 || type == U16 || type == I16) power_of<Exact>(s, window, length, type);
        else power_of<Rounded>(s, window, length, type);
    }
}
