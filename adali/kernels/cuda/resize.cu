// Resizing: one separable pass along an axis with weights made by the host, and nearest neighbours.
#include "common.cuh"

struct Pass {
    const void* in;
    void* out;
    i64 size;             // elements of the output
    i64 in_length, length, inner;  // along the axis, and elements between neighbours on it
    i64 starts, weights;  // where this axis' tables begin
    int taps, padding;
};

template <typename Load, typename Store>
__device__ __forceinline__ void resize_pass(const Pass& s, const int* starts, const float* weights, Load load, Store put) {
    FOR_ELEMENTS(e, s.size) {
        i64 outer, place, k;
        if (s.size <= 0x7fffffff) {
            const unsigned row = (unsigned)e / (unsigned)s.inner, o = row / (unsigned)s.length;
            k = (unsigned)e - row * (unsigned)s.inner;
            place = row - o * (unsigned)s.length;
            outer = o;
        } else {
            const i64 row = e / s.inner;
            k = e - row * s.inner;
            outer = row / s.length;
            place = row - outer * s.length;
        }
        const float* w = weights + s.weights + place * s.taps;
        i64 from = (outer * s.in_length + __ldg(starts + s.starts + place)) * s.inner + k;
        float sum = 0.f;
        for (int t = 0; t < s.taps; ++t) {
            sum += __ldg(w + t) * load(from);
            from += s.inner;
        }
        put(e, sum);
    }
}

template <typename In, typename Out>
__device__ __forceinline__ void resize_as(const Pass* table, int count, const int* starts, const float* weights) {
    FOR_SAMPLES(i, count) {
        const Pass s = table[i];
        resize_pass(s, starts, weights, [&](i64 at) { return (float)value_of(__ldg((const In*)s.in + at)); },
                    [&](i64 at, float v) { ((Out*)s.out)[at] = To<Out>::from(v); });
    }
}

// The types that pipelines use most; the last two parameters are those of resize_any.
extern "C" __global__ void resize_u8_f32(const Pass* table, int count, const int* starts, const float* weights,
                                         int in_type, int out_type) {
    resize_as<u8, float>(table, count, starts, weights);
}
extern "C" __global__ void resize_f32_u8(const Pass* table, int count, const int* starts, const float* weights,
                                         int in_type, int out_type) {
    resize_as<float, u8>(table, count, starts, weights);
}
extern "C" __global__ void resize_f32_f32(const Pass* table, int count, const int* starts, const float* weights,
                                          int in_type, int out_type) {
    resize_as<float, float>(table, count, starts, weights);
}
extern "C" __global__ void resize_any(const Pass* table, int count, const int* starts, const float* weights,
                                      int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Pass s = table[i];
        resize_pass(s, starts, weights, [&](i64 at) { return load_float(s.in, at, in_type); },
                    [&](i64 at, float v) { store(s.out, at, out_type, v); });
    }
}

struct Nearest {
    const void* in;
    void* out;
    i64 size;                  // elements of the output
    i64 inner, outer_stride;   // elements of a pixel; of an image of the input
    i64 shape[3], stride[3];   // of the output; of the input, in elements
    i64 index[3];              // where each axis' positions begin
};

template <typename T> __device__ __forceinline__ void nearest_as(const Nearest& s, const int* index) {
    FOR_ELEMENTS(e, s.size) {
        i64 rest = e / s.inner;
        i64 from = e - rest * s.inner;
        for (int a = 2; a >= 0; --a) {
            const i64 outer = rest / s.shape[a];
            from += __ldg(index + s.index[a] + (rest - outer * s.shape[a])) * s.stride[a];
            rest = outer;
        }
        ((T*)s.out)[e] = ((const T*)s.in)[from + rest * s.outer_stride];
    }
}

extern "C" __global__ void resize_nearest(const Nearest* table, int count, const int* index, int bytes) {
    FOR_SAMPLES(i, count) {
        const Nearest s = table[i];
        switch (bytes) {
            case 1: nearest_as<u8>(s, index); break;
            case 2: nearest_as<unsigned short>(s, index); break;
            case 4: nearest_as<unsigned>(s, index); break;
            default: nearest_as<u64>(s, index);
        }
    }
}
