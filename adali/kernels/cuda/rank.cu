// The least, the greatest and the middle value under a window, each channel by itself. A thread makes one value.
#include "common.cuh"
#include "borders.cuh"

struct Window {                  // a row is a frame or a plane
    const void* in;
    void* out;
    i64 size;                    // elements
    int rows, columns, channels;
    int height, width;           // of the window
    int top, left;               // its elements in front of the output's position
    int padding;
};

struct Place {
    int y, x, c;
};
__device__ __forceinline__ Place place_of(const Window& s, i64 e) {
    const i64 pixel = e / s.channels, row = pixel / s.columns;
    Place p;
    p.c = (int)(e - pixel * s.channels);
    p.y = (int)row;
    p.x = (int)(pixel - row * s.columns);
    return p;
}

template <typename T> __device__ __forceinline__ void extreme_as(const Window& s, int most, int border) {
    const T* in = (const T*)s.in;
    FOR_ELEMENTS(e, s.size) {
        const Place p = place_of(s, e);
        T best = in[e];
        for (int j = 0; j < s.height; ++j) {
            int y = p.y - s.top + j;
            if ((unsigned)y >= (unsigned)s.rows) {
                if (border == FILL) continue;  // only what is inside counts
                y = bordered(y, s.rows, border);
            }
            for (int k = 0; k < s.width; ++k) {
                int x = p.x - s.left + k;
                if ((unsigned)x >= (unsigned)s.columns) {
                    if (border == FILL) continue;
                    x = bordered(x, s.columns, border);
                }
                const T v = __ldg(in + ((i64)y * s.columns + x) * s.channels + p.c);
                if (most ? v > best : v < best) best = v;
            }
        }
        ((T*)s.out)[e] = best;
    }
}

extern "C" __global__ void extreme(const Window* table, int count, int type, int most, int border) {
    FOR_SAMPLES(n, count) {
        const Window s = table[n];
        switch (type) {
            case U8: extreme_as<u8>(s, most, border); break;
            case U16: extreme_as<unsigned short>(s, most, border); break;
            case I16: extreme_as<short>(s, most, border); break;
            case I32: extreme_as<int>(s, most, border); break;
            case F32: extreme_as<float>(s, most, border); break;
            default: extreme_as<double>(s, most, border);
        }
    }
}

// Numbers as unsigned ones of their size in the same order; what is not a number is the greatest.
enum Kind { UNSIGNED, SIGNED, FLOATING };

template <typename Key> struct Order {
    int kind;
    Key sign, infinite;          // the uppermost bit, and the bits of infinity
    __device__ __forceinline__ Key key(Key v) const {
        if (kind == UNSIGNED) return v;
        if (kind == SIGNED) return (Key)(v ^ sign);
        if ((Key)(v & (Key)~sign) > infinite) return (Key)~(Key)0;
        return v & sign ? (Key)~v : (Key)(v | sign);
    }
    __device__ __forceinline__ Key bits(Key k) const {
        if (kind == UNSIGNED) return k;
        return kind == SIGNED || (k & sign) ? (Key)(k ^ sign) : (Key)~k;
    }
};

template <typename Key>
__device__ __forceinline__ Key key_at(const Window& s, const Order<Key>& order, const Place& p, int j, int k) {
    // Beyond the border its pixels are repeated.
    const int y = min(max(p.y - s.top + j, 0), s.rows - 1), x = min(max(p.x - s.left + k, 0), s.columns - 1);
    return order.key(__ldg((const Key*)s.in + ((i64)y * s.columns + x) * s.channels + p.c));
}

// Of nine: the greatest of the rest goes to the end until the median is there.
template <typename Key>
__device__ __forceinline__ Key median_of_nine(const Window& s, const Order<Key>& order, const Place& p) {
    Key v[9];
    for (int k = 0; k < 9; ++k) v[k] = key_at(s, order, p, k / 3, k % 3);
#pragma unroll
    for (int end = 8; end >= 4; --end) {
#pragma unroll
        for (int k = 0; k < end; ++k) {
            const Key a = v[k], b = v[k + 1];
            v[k] = b < a ? b : a;
            v[k + 1] = b < a ? a : b;
        }
    }
    return v[4];
}

// Of any number: bit after bit, by counting.
template <typename Key>
__device__ __forceinline__ Key median_of_many(const Window& s, const Order<Key>& order, const Place& p) {
    int rank = s.height * s.width / 2;
    Key found = 0;
    for (int bit = 8 * (int)sizeof(Key) - 1; bit >= 0; --bit) {
        int zeros = 0;
        for (int j = 0; j < s.height; ++j)
            for (int k = 0; k < s.width; ++k) zeros += (key_at(s, order, p, j, k) >> bit) == (found >> bit);
        if (rank >= zeros) {
            rank -= zeros;
            found = (Key)(found | (Key)1 << bit);
        }
    }
    return found;
}

template <typename Key> __device__ __forceinline__ void median_as(const Window& s, int kind, Key infinite) {
    const Order<Key> order = {kind, (Key)((Key)1 << (8 * sizeof(Key) - 1)), infinite};
    FOR_ELEMENTS(e, s.size) {
        const Place p = place_of(s, e);
        const Key k = s.height == 3 && s.width == 3 ? median_of_nine(s, order, p) : median_of_many(s, order, p);
        ((Key*)s.out)[e] = order.bits(k);
    }
}

extern "C" __global__ void median(const Window* table, int count, int type) {
    const int kind = is_float(type) ? FLOATING : type >= I8 && type <= I64 ? SIGNED : UNSIGNED;
    FOR_SAMPLES(n, count) {
        const Window s = table[n];
        switch (type) {
            case U8: case I8: median_as<u8>(s, kind, 0); break;
            case U16: case I16: case F16: median_as<unsigned short>(s, kind, 0x7c00); break;
            case U32: case I32: case F32: median_as<unsigned>(s, kind, 0x7f800000u); break;
            default: median_as<u64>(s, kind, 0x7ff0000000000000ull);
        }
    }
}
