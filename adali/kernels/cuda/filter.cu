// Correlation with windows, and sums. A thread makes one value.
// The data has up to three axes that are filtered, and channels behind them; a row is a frame or a plane.
#include "common.cuh"
#include "borders.cuh"

struct Correlate {
    const void* in;
    void* out;
    const float* window;
    const float* fill;           // one value, or 0
    i64 size;                    // elements of the output
    int shape[3], in_shape[3], window_shape[3];
    int before[3];               // of the window's elements, those in front of the output's position
    int channels, padding;
};

template <typename Load>
__device__ __forceinline__ void correlate_as(const Correlate& s, int border, int out_type, Load load) {
    const float fill = s.fill ? __ldg(s.fill) : 0.f;
    FOR_ELEMENTS(e, s.size) {
        i64 rest = e / s.channels;
        const int c = (int)(e - rest * s.channels);
        const i64 row = rest / s.shape[2], slice = row / s.shape[1];
        const int x0 = (int)(rest - row * s.shape[2]) - s.before[2];
        const int y0 = (int)(row - slice * s.shape[1]) - s.before[1], z0 = (int)slice - s.before[0];
        const float* w = s.window;
        float sum = 0.f;
        for (int k = 0; k < s.window_shape[0]; ++k) {
            int z = z0 + k;
            const bool above = (unsigned)z >= (unsigned)s.in_shape[0];
            if (above) z = border == FILL ? 0 : bordered(z, s.in_shape[0], border);
            for (int j = 0; j < s.window_shape[1]; ++j) {
                int y = y0 + j;
                const bool over = (unsigned)y >= (unsigned)s.in_shape[1];
                if (over) y = border == FILL ? 0 : bordered(y, s.in_shape[1], border);
                const i64 line = ((i64)z * s.in_shape[1] + y) * s.in_shape[2];
                for (int i = 0; i < s.window_shape[2]; ++i, ++w) {
                    int x = x0 + i;
                    const bool beside = (unsigned)x >= (unsigned)s.in_shape[2];
                    if (beside && border != FILL) x = bordered(x, s.in_shape[2], border);
                    const bool outside = border == FILL && (above || over || beside);
                    sum += __ldg(w) * (outside ? fill : load((line + x) * s.channels + c));
                }
            }
        }
        store(s.out, e, out_type, sum);
    }
}

extern "C" __global__ void correlate(const Correlate* table, int count, int border, int type, int out_type) {
    FOR_SAMPLES(n, count) {
        const Correlate s = table[n];
        if (type == U8) correlate_as(s, border, out_type, [&](i64 at) { return (float)__ldg((const u8*)s.in + at); });
        else if (type == F32) correlate_as(s, border, out_type, [&](i64 at) { return __ldg((const float*)s.in + at); });
        else correlate_as(s, border, out_type, [&](i64 at) { return load_float(s.in, at, type); });
    }
}

struct Sum {
    const float* part[3];        // 0 where there are fewer
    void* out;
    i64 size;
};

extern "C" __global__ void sum_parts(const Sum* table, int count, int out_type) {
    FOR_SAMPLES(n, count) {
        const Sum s = table[n];
        FOR_ELEMENTS(e, s.size) {
            float sum = 0.f;
            for (int k = 0; k < 3 && s.part[k]; ++k) sum += s.part[k][e];
            store(s.out, e, out_type, sum);
        }
    }
}
