// Power spectra of many windows. A block transforms some of them together, in shared memory where they fit.
#include "common.cuh"

struct Complex { float re, im; };

struct Spectrum {
    const float* in;
    float* out;
    const float* window;           // weights; 0: all are 1
    const Complex* roots;          // exp(-2 pi i n / stride of the transform that is computed)
    const Complex* turns;          // exp(-2 pi i k / nfft), for bins 0 to nfft / 2
    const Complex* chirp;          // lengths with large prime factors: exp(-pi i n n / size), else 0
    const Complex* filter;         // and the transform of its conjugate, divided by its length
    i64 windows, inner;            // inner: windows that lie side by side
    i64 in_outer, in_inner, in_step;       // from element to element of the input
    i64 out_outer, out_inner, out_step;
    i64 hop, offset, samples;      // window i begins at sample i * hop - offset
    int length, nfft;              // elements that are not filled up with zeros; of the transform
    int size, padded;              // elements of the complex transform; of the one that is computed for it
    int reflect, stages;
    int radices[32];
};

__device__ __forceinline__ Complex product(const Complex& a, const Complex& b) {
    Complex c;
    c.re = a.re * b.re - a.im * b.im;
    c.im = a.re * b.im + a.im * b.re;
    return c;
}

// The discrete Fourier transform of R values; root[r] is exp(-2 pi i r / R).
template <int R> __device__ __forceinline__ void small_transform(Complex* v, const Complex* root) {
    Complex out[R];
    for (int m = 0; m < R; ++m) {
        out[m] = v[0];
        for (int j = 1; j < R; ++j) {
            const Complex p = product(v[j], root[j * m % R]);
            out[m].re += p.re;
            out[m].im += p.im;
        }
    }
    for (int m = 0; m < R; ++m) v[m] = out[m];
}
template <> __device__ __forceinline__ void small_transform<2>(Complex* v, const Complex*) {
    const Complex a = v[0], b = v[1];
    v[0].re = a.re + b.re;
    v[0].im = a.im + b.im;
    v[1].re = a.re - b.re;
    v[1].im = a.im - b.im;
}
template <> __device__ __forceinline__ void small_transform<4>(Complex* v, const Complex*) {
    const Complex a = v[0], b = v[1], c = v[2], d = v[3];
    const float er = a.re + c.re, ei = a.im + c.im, fr = a.re - c.re, fi = a.im - c.im;
    const float gr = b.re + d.re, gi = b.im + d.im, hr = b.re - d.re, hi = b.im - d.im;
    v[0].re = er + gr;
    v[0].im = ei + gi;
    v[1].re = fr + hi;
    v[1].im = fi - hr;
    v[2].re = er - gr;
    v[2].im = ei - gi;
    v[3].re = fr - hi;
    v[3].im = fi + hr;
}

// One stage of a transform that leaves its results in order (Stockham), for all windows of the block.
template <int R>
__device__ __forceinline__ void stage(const Complex* in, Complex* out, const Complex* roots, int size, int done, int windows, int stride) {
    const int quotient = size / R, turn = quotient / done;
    Complex root[R];
    for (int r = 0; r < R; ++r) root[r] = roots[r * quotient];
    for (int e = threadIdx.x; e < windows * quotient; e += blockDim.x) {
        const int t = e / quotient, j = e - t * quotient, k = j % done;
        const Complex* from = in + (i64)t * stride + j;
        Complex* to = out + (i64)t * stride + (j - k) * R + k;
        Complex v[R];
        v[0] = from[0];
        for (int r = 1; r < R; ++r) v[r] = product(from[r * quotient], roots[r * k * turn]);
        small_transform<R>(v, root);
        for (int r = 0; r < R; ++r) to[r * done] = v[r];
    }
}

// The transforms of all windows of the block: from `a`, which may be overwritten; returns where they are, a or b.
__device__ __forceinline__ Complex* transform(const Spectrum& s, Complex* a, Complex* b, int windows, int stride) {
    int done = 1;
    for (int k = 0; k < s.stages; ++k) {
        const int radix = s.radices[k];
        switch (radix) {
            case 2: stage<2>(a, b, s.roots, s.padded, done, windows, stride); break;
            case 3: stage<3>(a, b, s.roots, s.padded, done, windows, stride); break;
            case 4: stage<4>(a, b, s.roots, s.padded, done, windows, stride); break;
            case 5: stage<5>(a, b, s.roots, s.padded, done, windows, stride); break;
            default: stage<7>(a, b, s.roots, s.padded, done, windows, stride);
        }
        __syncthreads();
        done *= radix;
        Complex* other = a;
        a = b;
        b = other;
    }
    return a;
}

// A sample of a window with its weight.
__device__ __forceinline__ float sample(const Spectrum& s, i64 outer, i64 i, int n) {
    if (n >= s.length) return 0.f;
    i64 p = i * s.hop + n - s.offset;
    if (p < 0 || p >= s.samples) {
        if (!s.reflect) return 0.f;
        const i64 period = 2 * (s.samples - 1);
        p = period ? (p < 0 ? -p : p) % period : 0;
        if (p >= s.samples) p = period - p;
    }
    const float x = __ldg(s.in + outer * s.in_outer + i * s.in_inner + p * s.in_step);
    return s.window ? x * __ldg(s.window + n) : x;
}

// Bluestein: a transform of any length is a convolution with a chirp, made by transforms of a power of two.
__device__ __forceinline__ Complex* chirped(const Spectrum& s, Complex* a, Complex* b, int windows, int stride) {
    Complex* z = transform(s, a, b, windows, stride);
    for (int e = threadIdx.x; e < windows * s.padded; e += blockDim.x) {
        const int t = e / s.padded, k = e - t * s.padded;
        Complex* at = z + (i64)t * stride + k;
        *at = product(*at, s.filter[k]);
        at->im = -at->im;
    }
    __syncthreads();
    z = transform(s, z, z == a ? b : a, windows, stride);
    for (int e = threadIdx.x; e < windows * s.size; e += blockDim.x) {
        const int t = e / s.size, k = e - t * s.size;
        Complex* at = z + (i64)t * stride + k;
        at->im = -at->im;
        *at = product(*at, s.chirp[k]);
    }
    __syncthreads();
    return z;
}

// A block of 256 threads for each `group` windows. `stride`: elements between windows in the buffers; `scratch`: where
// the buffers are that shared memory cannot hold; `root`: magnitudes and not their squares.
extern "C" __global__ void spectra(const Spectrum* table, int count, int group, int stride, Complex* scratch, int root) {
    extern __shared__ float memory[];
    Complex* buffers = (Complex*)memory;
    if (scratch) buffers = scratch + (blockIdx.y * (i64)gridDim.x + blockIdx.x) * 2 * group * stride;
    for (int sample_number = blockIdx.y; sample_number < count; sample_number += gridDim.y) {
        const Spectrum& s = table[sample_number];
        const int even = s.nfft % 2 == 0, bins = s.nfft / 2 + 1;
        const bool side_in = s.in_inner == 1 && s.inner > 1, side_out = s.out_inner == 1 && s.inner > 1;
        for (i64 first = blockIdx.x * (i64)group; first < s.windows; first += gridDim.x * (i64)group) {
            const int windows = (int)(s.windows - first < group ? s.windows - first : group);
            Complex *a = buffers, *b = buffers + (i64)group * stride;
            for (int e = threadIdx.x; e < windows * s.padded; e += blockDim.x) {
                const int t = side_in ? e % windows : e / s.padded, n = side_in ? e / windows : e - t * s.padded;
                const i64 outer = (first + t) / s.inner, i = first + t - outer * s.inner;
                Complex z;
                z.re = z.im = 0.f;
                if (n < s.size) {
                    // Even and odd samples make one complex signal of half the length.
                    z.re = sample(s, outer, i, even ? 2 * n : n);
                    if (even) z.im = sample(s, outer, i, 2 * n + 1);
                    if (s.chirp) z = product(z, s.chirp[n]);
                }
                a[(i64)t * stride + n] = z;
            }
            __syncthreads();
            Complex* z = s.chirp ? chirped(s, a, b, windows, stride) : transform(s, a, b, windows, stride);
            for (int e = threadIdx.x; e < windows * bins; e += blockDim.x) {
                const int t = side_out ? e % windows : e / bins, k = side_out ? e / windows : e - t * bins;
                const i64 outer = (first + t) / s.inner, i = first + t - outer * s.inner;
                const Complex* at = z + (i64)t * stride;
                Complex x = at[k == s.size ? 0 : k];
                if (even) {
                    const Complex y = at[k == 0 || k == s.size ? 0 : s.size - k];
                    Complex odd;
                    odd.re = 0.5f * (x.im + y.im);
                    odd.im = -0.5f * (x.re - y.re);
                    odd = product(odd, s.turns[k]);
                    x.re = 0.5f * (x.re + y.re) + odd.re;
                    x.im = 0.5f * (x.im - y.im) + odd.im;
                }
                const float power = x.re * x.re + x.im * x.im;
                s.out[outer * s.out_outer + i * s.out_inner + k * s.out_step] = root ? sqrtf(power) : power;
            }
            __syncthreads();
        }
    }
}
