// Colour: a matrix and an addend for each pixel, or a factor and an addend for each value. A row is a frame.
#include "common.cuh"

struct Mix {
    const void* in;
    void* out;
    i64 size;                  // pixels
    int channels, wanted;      // of the input and of the output, at most 3
    float matrix[9], offset[3];
};

extern "C" __global__ void mix_channels(const Mix* table, int count, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Mix s = table[i];
        FOR_ELEMENTS(e, s.size) {
            float v[3];
            for (int c = 0; c < 3; ++c) v[c] = load_float(s.in, e * s.channels + (s.channels == 3 ? c : 0), in_type);
            for (int c = 0; c < s.wanted; ++c) {
                const float* m = s.matrix + 3 * c;
                store(s.out, e * s.wanted + c, out_type, m[0] * v[0] + m[1] * v[1] + m[2] * v[2] + s.offset[c]);
            }
        }
    }
}

struct Scale {
    const void* in;
    void* out;
    i64 size;
    float factor, addend;
};

extern "C" __global__ void multiply_add(const Scale* table, int count, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Scale s = table[i];
        FOR_ELEMENTS(e, s.size) store(s.out, e, out_type, s.factor * load_float(s.in, e, in_type) + s.addend);
    }
}

struct Lookup {
    const void* in;
    void* out;
    i64 size;
};

// Integers replaced by what a table holds; its last element is for those that are no key.
extern "C" __global__ void lookup(const Lookup* table, int count, const void* values, int keys, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Lookup s = table[i];
        FOR_ELEMENTS(e, s.size) {
            i64 key = load_int(s.in, e, in_type);
            if (key < 0 || key >= keys) key = keys;
            convert(s.out, e, out_type, values, key, out_type);
        }
    }
}

struct OneHot {
    const void* in;
    void* out;
    i64 size;            // of the output
    i64 inner;           // elements behind the new axis
};

extern "C" __global__ void one_hot(const OneHot* table, int count, int classes, int in_type, int out_type, double on,
                                   double off) {
    FOR_SAMPLES(i, count) {
        const OneHot s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const i64 inner = e % s.inner, rest = e / s.inner, place = rest % classes, outer = rest / classes;
            const i64 at = outer * s.inner + inner;
            const i64 key = is_float(in_type) ? (i64)load_double(s.in, at, in_type) : load_int(s.in, at, in_type);
            store(s.out, e, out_type, key == place ? on : off);
        }
    }
}
