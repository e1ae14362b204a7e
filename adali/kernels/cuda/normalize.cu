// Means and deviations to subtract and to divide by.
#include "common.cuh"

struct Moments {
    const double* average;        // calculated; 0 where nothing is
    const double* variance;       // about the average, by the number of elements; 0 where the factor is given
    const double* given_mean;     // 0 where none is
    const double* given_factor;   // 0 where none is
    float* mean;
    float* factor;
    i64 size;                     // of each of them
    int samples;                  // that share them; their averages lie one behind the other
    int first;                    // in the table of numbers of elements
};

// One mean and one factor from the moments of the samples that share them.
extern "C" __global__ void moments_to_factors(const Moments* table, int count, const double* counts, double ddof,
                                              double epsilon, double scale) {
    FOR_SAMPLES(n, count) {
        const Moments s = table[n];
        FOR_ELEMENTS(p, s.size) {
            double total = 0, average = 0, variance = 0;
            for (int k = 0; k < s.samples; ++k) total += counts[s.first + k];
            for (int k = 0; k < s.samples && s.average; ++k)
                if (counts[s.first + k] > 0) average += counts[s.first + k] / total * s.average[k * s.size + p];
            for (int k = 0; k < s.samples && s.variance; ++k) {
                if (!(counts[s.first + k] > 0)) continue;
                const double apart = s.average[k * s.size + p] - average;
                variance += counts[s.first + k] / total * (s.variance[k * s.size + p] + apart * apart);
            }
            if (s.given_mean) {
                variance += (average - s.given_mean[p]) * (average - s.given_mean[p]);
                average = s.given_mean[p];
            }
            double factor;
            if (s.given_factor) factor = s.given_factor[p];
            else {
                variance = (total > ddof ? variance * (total / (total - ddof)) : 0.) + epsilon;
                factor = variance > 0 ? scale / sqrt(variance) : 0.;
            }
            s.mean[p] = (float)average;
            s.factor[p] = (float)factor;
        }
    }
}

struct Normalize {
    const void* in;
    void* out;
    const float* mean;
    const float* factor;
    i64 size;
    i64 shape[6], stride[6];      // axes, and where a step along them leads among the means
    int axes, padding;
};

template <typename Load>
__device__ __forceinline__ void normalize_as(const Normalize& s, float shift, int out_type, Load load) {
    FOR_ELEMENTS(e, s.size) {
        i64 rest = e, at = 0;
        for (int a = s.axes - 1; a >= 0; --a) {
            const i64 outer = a ? rest / s.shape[a] : 0;
            at += (rest - outer * s.shape[a]) * s.stride[a];
            rest = outer;
        }
        store(s.out, e, out_type, (load(e) - __ldg(s.mean + at)) * __ldg(s.factor + at) + shift);
    }
}

extern "C" __global__ void normalize_values(const Normalize* table, int count, int type, int out_type, float shift) {
    FOR_SAMPLES(n, count) {
        const Normalize s = table[n];
        if (type == U8) normalize_as(s, shift, out_type, [&](i64 e) { return (float)__ldg((const u8*)s.in + e); });
        else if (type == F32) normalize_as(s, shift, out_type, [&](i64 e) { return __ldg((const float*)s.in + e); });
        else normalize_as(s, shift, out_type, [&](i64 e) { return load_float(s.in, e, type); });
    }
}
