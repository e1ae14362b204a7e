// Noise: the numbers of adali/kernels/noise.py, each from its element's place alone. A thread makes one value.
// What decides whether a number is taken is of double precision, so that host and device take the same ones.
#include "common.cuh"
#include "philox.cuh"

// Three words that only this element has.
__device__ __forceinline__ Words own_words(const Stream& s, u64 element, u64 attempt) {
    return philox(attempt, s.sample, s.iteration, element + 2, s.key[0], s.key[1]);
}
__device__ __forceinline__ double unit(u64 word) {  // in (0, 1]
    return ((double)(word >> 11) + 1.) * 1.1102230246251565e-16;
}

struct Noise {
    const void* in;
    void* out;
    i64 size;                // elements
    u64 sample;              // names its random numbers
    double a, b;             // mean and deviation, or the factor
};

// A layer of the ziggurat holds a place that does not surely lie under the density: the number, or not a number.
static __device__ double beyond(u64 word, int layer, double x, const double* edges, const double* heights,
                                const Stream& s, u64 element, u64 attempt) {
    Words w = own_words(s, element, attempt);
    if (layer == 0) {
        const double tail = edges[1];
        double away = -log(unit(w.word[0])) / tail;
        while (!(-2 * log(unit(w.word[1])) > away * away)) {
            w = own_words(s, element, ++attempt);
            away = -log(unit(w.word[0])) / tail;
        }
        x = tail + away;
    } else {
        const double low = heights[layer], high = heights[layer + 1];
        if (!(low + unit(w.word[0]) * (high - low) < exp(-0.5 * x * x))) return not_a_number();
    }
    return word & 256 ? -x : x;
}

__device__ __forceinline__ u64 first_word(const Stream& s, u64 e, float) { return word32(s, e); }
__device__ __forceinline__ u64 first_word(const Stream& s, u64 e, double) { return word64(s, e); }

// Real is float or double, Place what the upper bits of its words are.
template <typename Real, typename Place>
__device__ __forceinline__ Real normal(const Stream& s, u64 e, const Place* inside, const Real* steps,
                                       const double* edges, const double* heights) {
    u64 word = first_word(s, e, Real());
    for (u64 attempt = 0;; ++attempt) {
        const int layer = (int)(word & 255);
        const Place at = (Place)(word >> (sizeof(Real) == 4 ? 9 : 11));
        const Real x = (Real)at * __ldg(steps + layer);
        if (at < __ldg(inside + layer)) return word & 256 ? -x : x;
        const double value = beyond(word, layer, (double)x, edges, heights, s, e, attempt);
        if (value == value) return (Real)value;
        word = own_words(s, e, attempt).word[2] >> (sizeof(Real) == 4 ? 32 : 0);
    }
}

extern "C" __global__ void gaussian_float(const Noise* table, int count, const unsigned* inside, const float* steps,
                                          const double* edges, const double* heights, u64 key0, u64 key1,
                                          u64 iteration, int type) {
    FOR_SAMPLES(n, count) {
        const Noise r = table[n];
        const Stream s = {{key0, key1}, r.sample, iteration};
        const float mean = (float)r.a, deviation = (float)r.b;
        FOR_ELEMENTS(e, r.size) {
            const float z = normal<float, unsigned>(s, (u64)e, inside, steps, edges, heights);
            store(r.out, e, type, z * deviation + mean + load_float(r.in, e, type));
        }
    }
}
extern "C" __global__ void gaussian_double(const Noise* table, int count, const u64* inside, const double* steps,
                                           const double* edges, const double* heights, u64 key0, u64 key1,
                                           u64 iteration, int type) {
    FOR_SAMPLES(n, count) {
        const Noise r = table[n];
        const Stream s = {{key0, key1}, r.sample, iteration};
        FOR_ELEMENTS(e, r.size) {
            const double z = normal<double, u64>(s, (u64)e, inside, steps, edges, heights);
            store(r.out, e, type, z * r.b + r.a + load_double(r.in, e, type));
        }
    }
}

__device__ __forceinline__ double log_factorial(double k) {
    if (k < 10) {
        double product = 1;
        for (int i = 2; i <= (int)k; ++i) product *= i;
        return log(product);
    }
    const double n = k + 1, r = 1 / (n * n);  // Stirling's series of the gamma function
    const double series = (1. / 12 - r * (1. / 360 - r * (1. / 1260 - r * (1. / 1680)))) / n;
    return (n - 0.5) * log(n) - n + 0.9189385332046727 + series;
}

__device__ __forceinline__ double poisson(const Stream& s, u64 e, double mean) {
    u64 word = word64(s, e);
    if (mean < 10) {  // by inversion
        double rest = unit(word), share = exp(-mean);
        int count = 0;
        while (rest > share && count < 100) {
            rest -= share;
            ++count;
            share *= mean / count;
        }
        return count;
    }
    // Hoermann's transformed rejection with squeeze (PTRS, 1993).
    const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    for (u64 attempt = 0;; ++attempt) {
        const double u = ((double)(word >> 32) + 0.5) * 2.3283064365386963e-10 - 0.5;
        const double v = ((double)(word & 0xffffffffu) + 0.5) * 2.3283064365386963e-10;
        const double room = 0.5 - fabs(u), count = floor((2 * a / room + b) * u + mean + 0.43);
        if (room >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return count;
        if (count >= 0 && !(room < 0.013 && v > room)) {
            const double left = log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (room * room) + b));
            if (left <= count * log(mean) - mean - log_factorial(count)) return count;
        }
        word = own_words(s, e, attempt).word[0];
    }
}

extern "C" __global__ void shot(const Noise* table, int count, u64 key0, u64 key1, u64 iteration, int type) {
    FOR_SAMPLES(n, count) {
        const Noise r = table[n];
        const Stream s = {{key0, key1}, r.sample, iteration};
        FOR_ELEMENTS(e, r.size) {
            if (r.a == 0) {
                convert(r.out, e, type, r.in, e, type);
                continue;
            }
            // Floats are divided in their own precision.
            double mean = type == F32 ? (double)(load_float(r.in, e, type) / (float)r.a) : load_double(r.in, e, type) / r.a;
            mean = mean > 0 ? fmin(mean, 1e15) : 0.;  // not a number is 0
            store(r.out, e, type, poisson(s, (u64)e, mean) * r.a);
        }
    }
}

struct SaltAndPepper {
    const void* in;
    void* out;
    i64 size;                // elements
    u64 sample;              // names its random numbers
    i64 channels, inner;     // that are hit together, and elements from one to the next
    u64 salt, pepper;        // the bits of an element
    float hit, bright;       // below which draw an element is hit, and becomes salt
};

// One draw decides both.
template <typename T>
__device__ __forceinline__ void salt_and_pepper_as(const SaltAndPepper& r, const Stream& s) {
    FOR_ELEMENTS(e, r.size) {
        const float draw = uniform24(s, (u64)(e / (r.channels * r.inner) * r.inner + e % r.inner));
        T v = ((const T*)r.in)[e];
        if (draw < r.hit) v = (T)(draw < r.bright ? r.salt : r.pepper);
        ((T*)r.out)[e] = v;
    }
}

extern "C" __global__ void salt_and_pepper(const SaltAndPepper* table, int count, u64 key0, u64 key1, u64 iteration,
                                           int bytes) {
    FOR_SAMPLES(n, count) {
        const SaltAndPepper r = table[n];
        const Stream s = {{key0, key1}, r.sample, iteration};
        switch (bytes) {
            case 1: salt_and_pepper_as<u8>(r, s); break;
            case 2: salt_and_pepper_as<unsigned short>(r, s); break;
            case 4: salt_and_pepper_as<unsigned>(r, s); break;
            default: salt_and_pepper_as<u64>(r, s);
        }
    }
}
