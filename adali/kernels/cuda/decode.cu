// What follows the decoder: the range of the stored samples scaled to that of another type, and YCbCr.
#include "common.cuh"

struct Pixels {
    const void* in;
    void* out;
    i64 size;  // values, or pixels of three
    int type;  // of the input
    float unit;  // what makes its largest value 1
};

extern "C" __global__ void rescale(const Pixels* table, int count, float top, int out_type) {
    FOR_SAMPLES(i, count) {
        const Pixels s = table[i];
        FOR_ELEMENTS(e, s.size) {
            if (s.type == out_type) {
                convert(s.out, e, out_type, s.in, e, s.type);
                continue;
            }
            const float v = load_float(s.in, e, s.type) * s.unit;
            if (is_float(out_type)) store(s.out, e, out_type, v);
            else store(s.out, e, out_type, rint((double)(v * top)));
        }
    }
}

// ITU-R BT.601, full-range RGB to studio range; black is 16 of 256 and grey 128. Halves go up.
extern "C" __global__ void to_ycbcr(const Pixels* table, int count, float top, float base, int out_type) {
    const float weights[3][3] = {{0.25678824f, 0.50412941f, 0.09790588f},
                                 {-0.14822290f, -0.29099279f, 0.43921569f},
                                 {0.43921569f, -0.36778831f, -0.07142737f}};
    FOR_SAMPLES(i, count) {
        const Pixels s = table[i];
        FOR_ELEMENTS(e, s.size) {
            float v[3];
            for (int c = 0; c < 3; ++c) {
                v[c] = load_float(s.in, 3 * e + c, s.type);
                if (s.type != out_type) v[c] *= s.unit;
                if (s.type != out_type && !is_float(out_type)) v[c] *= top;
            }
            for (int c = 0; c < 3; ++c) {
                float sum = (c ? 0.5f : 0.0625f) * base + v[0] * weights[c][0];
                sum += v[1] * weights[c][1];
                sum += v[2] * weights[c][2];
                if (is_float(out_type)) store(s.out, 3 * e + c, out_type, sum);
                else store(s.out, 3 * e + c, out_type, floor((double)sum + 0.5));
            }
        }
    }
}
