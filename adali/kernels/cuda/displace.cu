// Every pixel from where a formula sends it: waves, a ball, random steps. A thread makes a pixel.
#include "common.cuh"
#include "philox.cuh"

struct Displace {
    const void* in;
    void* out;
    i64 size;                        // pixels
    u64 sample;                      // names its random numbers
    int height, width, channels;
    int still;                       // the image stays as it is
};

template <typename T> __device__ __forceinline__ float at(const Displace& s, int u, int v, int c, float fill) {
    if (u < 0 || v < 0 || u >= s.width || v >= s.height) return fill;
    return (float)__ldg((const T*)s.in + ((i64)v * s.width + u) * s.channels + c);
}

// point(x, y, &sx, &sy): (0, 0) is the corner of the first pixel.
template <typename T, typename Point>
__device__ __forceinline__ void displace_as(const Displace& s, float fill, int linear, Point point) {
    const T* in = (const T*)s.in;
    T* out = (T*)s.out;
    FOR_ELEMENTS(e, s.size) {
        if (s.still) {
            for (int c = 0; c < s.channels; ++c) out[e * s.channels + c] = in[e * s.channels + c];
            continue;
        }
        const int y = (int)(e / s.width), x = (int)(e - (i64)y * s.width);
        float sx, sy;
        point(x, y, &sx, &sy);
        if (!linear) {
            const bool inside = sx >= 0 && sy >= 0 && sx < (float)s.width && sy < (float)s.height;  // NaN is not
            const i64 from = inside ? ((i64)(int)sy * s.width + (int)sx) * s.channels : 0;
            for (int c = 0; c < s.channels; ++c) out[e * s.channels + c] = inside ? __ldg(in + from + c) : (T)fill;
            continue;
        }
        sx -= 0.5f;
        sy -= 0.5f;
        if (!(sx > -2.f && sy > -2.f && sx < (float)s.width + 1.f && sy < (float)s.height + 1.f)) sx = sy = -2.f;
        const int u = (int)floorf(sx), v = (int)floorf(sy);
        const float fx = sx - (float)u, fy = sy - (float)v;
        for (int c = 0; c < s.channels; ++c) {
            float top = at<T>(s, u, v, c, fill), low = at<T>(s, u, v + 1, c, fill);
            top += fx * (at<T>(s, u + 1, v, c, fill) - top);
            low += fx * (at<T>(s, u + 1, v + 1, c, fill) - low);
            out[e * s.channels + c] = To<T>::from(top + fy * (low - top));
        }
    }
}

template <typename Point>
__device__ __forceinline__ void displace(const Displace& s, float fill, int linear, int type, Point point) {
    if (type == U8) displace_as<u8>(s, fill, linear, point);
    else displace_as<float>(s, fill, linear, point);
}

extern "C" __global__ void water(const Displace* table, int count, int type, int linear, float fill, float ampl_x,
                                 float ampl_y, float freq_x, float freq_y, float phase_x, float phase_y) {
    FOR_SAMPLES(i, count) {
        displace(table[i], fill, linear, type, [&](int x, int y, float* sx, float* sy) {
            *sx = (float)x + ampl_x * sinf(freq_x * (float)y + phase_x);
            *sy = (float)y + ampl_y * cosf(freq_y * (float)x + phase_y);
        });
    }
}

extern "C" __global__ void sphere(const Displace* table, int count, int type, int linear, float fill) {
    FOR_SAMPLES(i, count) {
        const Displace s = table[i];
        const float middle_x = (float)s.width * 0.5f, middle_y = (float)s.height * 0.5f;
        const float radius = (float)(max(s.width, s.height) / 2);
        displace(s, fill, linear, type, [&](int x, int y, float* sx, float* sy) {
            const float dx = (float)x + 0.5f - middle_x, dy = (float)y + 0.5f - middle_y;
            const float scale = sqrtf(dx * dx + dy * dy) / radius;  // a single pixel has no radius and is filled
            *sx = scale * dx + middle_x;
            *sy = scale * dy + middle_y;
        });
    }
}

extern "C" __global__ void jitter(const Displace* table, int count, int type, int linear, float fill, float degree,
                                  u64 key0, u64 key1, u64 iteration) {
    FOR_SAMPLES(i, count) {
        const Displace s = table[i];
        const Stream stream = {{key0, key1}, s.sample, iteration};
        displace(s, fill, linear, type, [&](int x, int y, float* sx, float* sy) {
            const u64 place = (u64)y * s.width + x;
            *sx = (uniform24(stream, place) - 0.5f) * degree + ((float)x + 0.5f);
            *sy = (uniform24(stream, place + s.size) - 0.5f) * degree + ((float)y + 0.5f);
        });
    }
}
