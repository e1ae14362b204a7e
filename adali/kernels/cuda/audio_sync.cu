// Sound, where the threads of a block work together: largest values, where it is loud, another sample rate.
#include "common.cuh"

struct Peak {
    const float* in;
    float* out;                // one value for each block
    i64 size;
};

// The largest values of the shares of the blocks, of 256 threads; not a number counts for nothing unless all is that.
extern "C" __global__ void peaks(const Peak* table, int count) {
    __shared__ float values[256];
    for (int i = blockIdx.y; i < count; i += gridDim.y) {
        const Peak s = table[i];
        float most = (float)not_a_number();
        FOR_ELEMENTS(e, s.size) most = fmaxf(most, s.in[e]);
        values[threadIdx.x] = most;
        __syncthreads();
        for (int step = 128; step; step >>= 1) {
            if (threadIdx.x < step) values[threadIdx.x] = fmaxf(values[threadIdx.x], values[threadIdx.x + step]);
            __syncthreads();
        }
        if (threadIdx.x == 0) s.out[blockIdx.x] = values[0];
        __syncthreads();
    }
}

struct Loud {
    const float* power;
    const float* peaks;        // the largest of each segment
    int* begin;
    int* length;
    i64 size, segments;
};

// The first and the last element that reach a threshold; -1 where there is none. A block of 256 threads.
__device__ __forceinline__ void reach(const float* values, i64 from, i64 to, float threshold, i64* first, i64* last) {
    i64 low = to, high = -1;
    for (i64 t = from + threadIdx.x; t < to; t += blockDim.x) {
        if (!(values[t] >= threshold)) continue;
        if (t < low) low = t;
        high = t;
    }
    first[threadIdx.x] = low;
    last[threadIdx.x] = high;
    __syncthreads();
    for (int step = 128; step; step >>= 1) {
        if (threadIdx.x < step) {
            if (first[threadIdx.x + step] < first[threadIdx.x]) first[threadIdx.x] = first[threadIdx.x + step];
            if (last[threadIdx.x + step] > last[threadIdx.x]) last[threadIdx.x] = last[threadIdx.x + step];
        }
        __syncthreads();
    }
}

// A block of 256 threads for each sample: the reference is the largest power unless it is given.
extern "C" __global__ void loud_range(const Loud* table, int count, float reference, float ratio, i64 window, i64 length) {
    __shared__ i64 first[256], last[256];
    __shared__ float values[256];
    for (int i = blockIdx.y; i < count; i += gridDim.y) {
        const Loud s = table[i];
        float top = reference;
        if (reference == 0.f) {
            float most = s.power[0];  // the whole sample is silent if this is not a number, as on the host
            for (i64 t = threadIdx.x; t < s.segments; t += blockDim.x)
                if (s.peaks[t] > most) most = s.peaks[t];
            values[threadIdx.x] = most;
            __syncthreads();
            for (int step = 128; step; step >>= 1) {
                if (threadIdx.x < step && values[threadIdx.x + step] > values[threadIdx.x])
                    values[threadIdx.x] = values[threadIdx.x + step];
                __syncthreads();
            }
            top = values[0];
            __syncthreads();
        }
        const float threshold = __fmul_rn(top, ratio);
        reach(s.peaks, 0, s.segments, threshold, first, last);
        const i64 opening = first[0], closing = last[0];
        __syncthreads();
        i64 begin = 0, end = -1;
        if (closing >= 0) {
            reach(s.power, opening * length, opening * length + length < s.size ? opening * length + length : s.size,
                  threshold, first, last);
            begin = first[0] - window + 1 > 0 ? first[0] - window + 1 : 0;
            __syncthreads();
            reach(s.power, closing * length, closing * length + length < s.size ? closing * length + length : s.size,
                  threshold, first, last);
            end = last[0];
            __syncthreads();
        }
        if (threadIdx.x == 0) {
            *s.begin = (int)begin;
            *s.length = end >= 0 ? (int)(end + 1 - begin) : 0;
        }
    }
}

struct Resample {
    const void* in;
    void* out;
    i64 in_length, length;     // samples of all channels
    double step;               // from one sample of the output to the next, in samples of the input
    float factor, addend;      // from the range of the input's type to that of the output's
    int channels, padding;
};

struct Share {                 // of a block
    const float* positions;
    i64 whole, first;
};

template <typename T>
__device__ __forceinline__ void resampled(const Resample& s, const Share& share, const float* sinc, int lobes, int out_type) {
    const i64 at = share.first + threadIdx.x;
    if (at >= s.length) return;
    const float position = share.positions[threadIdx.x], reach = (float)lobes;
    const int start = (int)ceilf(position - reach);
    const float place = ((float)start - position + reach) * 32.f;
    const int phase = (int)place;
    const float fraction = place - (float)phase;
    const i64 from = share.whole + start;
    const int begin = from < 0 ? (int)-from : 0;
    const int end = from + 2 * lobes > s.in_length ? (int)(s.in_length - from) : 2 * lobes;
    for (int c = 0; c < s.channels; ++c) {
        float sum = 0.f;
        for (int j = begin; j < end; ++j) {
            const float* w = sinc + j * 34 + phase;
            const float weight = __ldg(w) + fraction * (__ldg(w + 1) - __ldg(w));
            sum += weight * (s.factor * (float)value_of(((const T*)s.in)[(from + j) * s.channels + c]) + s.addend);
        }
        store(s.out, at * s.channels + c, out_type, sum);
    }
}

// A block of 256 threads makes 256 samples. `sinc` has 34 phases, 1/32 apart, of each of 2 * lobes weights.
//
// Positions are summed up in single precision within a block, as DALI does on the host; thread 0 adds, because the
// rounding of each sum is part of the result.
extern "C" __global__ void resample(const Resample* table, int count, const float* sinc, int lobes, int type, int out_type) {
    __shared__ float positions[256];
    for (int i = blockIdx.y; i < count; i += gridDim.y) {
        const Resample s = table[i];
        for (i64 first = blockIdx.x * 256ll; first < s.length; first += gridDim.x * 256ll) {
            const double origin = (double)first * s.step;
            Share share;
            share.positions = positions;
            share.whole = (i64)floor(origin);
            share.first = first;
            if (threadIdx.x == 0) {
                const float increment = (float)s.step;
                float position = (float)(origin - (double)share.whole);
                for (int k = 0; k < 256; ++k) {
                    positions[k] = position;
                    position = __fadd_rn(position, increment);
                }
            }
            __syncthreads();
            ADALI_TYPES(type, resampled<T>(s, share, sinc, lobes, out_type))
            __syncthreads();
        }
    }
}
