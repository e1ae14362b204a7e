// Crop, mirror, normalize, change of type and of layout, in one pass. A thread makes one pixel with all its channels.
#include "common.cuh"

struct Cmn {
    const void* in;
    void* out;
    i64 size;                        // pixels of the output
    i64 in_stride[5], out_stride[5]; // frame, depth, row, column, channel
    int shape[4];                    // of the output: frames, depth, rows, columns
    int start[3], extent[3];         // window and input: depth, rows, columns
    int channels, total;             // of the input and of the output
    int mirror;
    int means, scales, fills;        // where the channels' values begin in the table of values
    int fill_step;                   // 0 for one fill value
};

template <typename Load, typename Store>
__device__ __forceinline__ void normalize(const Cmn& s, const float* values, Load load, Store put) {
    FOR_ELEMENTS(e, s.size) {
        unsigned rest = (unsigned)e;
        const unsigned row = rest / s.shape[3], x = rest - row * s.shape[3];
        const unsigned slice = row / s.shape[2], y = row - slice * s.shape[2];
        const unsigned f = slice / s.shape[1], z = slice - f * s.shape[1];
        const int sx = s.start[2] + (s.mirror ? s.shape[3] - 1 - (int)x : (int)x);
        const int sy = s.start[1] + (int)y, sz = s.start[0] + (int)z;
        const bool inside = sx >= 0 && sx < s.extent[2] && sy >= 0 && sy < s.extent[1] && sz >= 0 && sz < s.extent[0];
        i64 from = (i64)f * s.in_stride[0] + (i64)sz * s.in_stride[1] + (i64)sy * s.in_stride[2] + (i64)sx * s.in_stride[3];
        i64 to = (i64)f * s.out_stride[0] + (i64)z * s.out_stride[1] + (i64)y * s.out_stride[2] + (i64)x * s.out_stride[3];
        for (int c = 0; c < s.total; ++c) {
            float v;
            if (inside && c < s.channels) v = (load(from) - __ldg(values + s.means + c)) * __ldg(values + s.scales + c);
            else v = __ldg(values + s.fills + c * s.fill_step);
            put(to, v);
            from += s.in_stride[4];
            to += s.out_stride[4];
        }
    }
}

template <typename In, typename Out>
__device__ __forceinline__ void normalize_as(const Cmn* table, int count, const float* values) {
    FOR_SAMPLES(i, count) {
        const Cmn s = table[i];
        normalize(s, values, [&](i64 at) { return (float)value_of(__ldg((const In*)s.in + at)); },
                  [&](i64 at, float v) { ((Out*)s.out)[at] = To<Out>::from(v); });
    }
}

// The types that pipelines use most; the last two parameters are those of cmn_any.
extern "C" __global__ void cmn_u8_f32(const Cmn* table, int count, const float* values, int in_type, int out_type) {
    normalize_as<u8, float>(table, count, values);
}
extern "C" __global__ void cmn_u8_f16(const Cmn* table, int count, const float* values, int in_type, int out_type) {
    normalize_as<u8, half_t>(table, count, values);
}
extern "C" __global__ void cmn_f32_f32(const Cmn* table, int count, const float* values, int in_type, int out_type) {
    normalize_as<float, float>(table, count, values);
}
extern "C" __global__ void cmn_f32_f16(const Cmn* table, int count, const float* values, int in_type, int out_type) {
    normalize_as<float, half_t>(table, count, values);
}

extern "C" __global__ void cmn_any(const Cmn* table, int count, const float* values, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Cmn s = table[i];
        normalize(s, values, [&](i64 at) { return load_float(s.in, at, in_type); },
                  [&](i64 at, float v) { store(s.out, at, out_type, v); });
    }
}
