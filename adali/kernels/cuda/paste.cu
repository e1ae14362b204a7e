// Regions: boxes of one value in a copy, and canvases of regions of other images.
#include "common.cuh"

struct Erase {
    const void* in;
    void* out;
    i64 size;                    // elements
    i64 shape[6];
    int axes, fill_axis, fills;  // fill_axis: the axis whose position picks the value, where there are several
    int first_fill, first, regions;
};
struct Region {                  // positions from start to end, end excluded
    i64 start[6], end[6];
};

template <typename T> __device__ __forceinline__ void erase_as(const Erase& s, const Region* regions, const T* fills) {
    FOR_ELEMENTS(e, s.size) {
        i64 place[6], rest = e;
        for (int a = s.axes - 1; a >= 0; --a) {
            const i64 outer = rest / s.shape[a];
            place[a] = rest - outer * s.shape[a];
            rest = outer;
        }
        bool erased = false;
        for (int k = 0; k < s.regions && !erased; ++k) {
            const Region& r = regions[s.first + k];
            erased = true;
            for (int a = 0; a < s.axes; ++a) erased = erased && place[a] >= r.start[a] && place[a] < r.end[a];
        }
        ((T*)s.out)[e] = erased ? fills[s.first_fill + (s.fills > 1 ? place[s.fill_axis] : 0)] : ((const T*)s.in)[e];
    }
}

extern "C" __global__ void erase(const Erase* table, int count, const Region* regions, const void* fills, int bytes) {
    FOR_SAMPLES(i, count) {
        const Erase s = table[i];
        switch (bytes) {
            case 1: erase_as<u8>(s, regions, (const u8*)fills); break;
            case 2: erase_as<unsigned short>(s, regions, (const unsigned short*)fills); break;
            case 4: erase_as<unsigned>(s, regions, (const unsigned*)fills); break;
            default: erase_as<u64>(s, regions, (const u64*)fills);
        }
    }
}

struct Canvas {
    void* out;
    i64 size;                // pixels
    int width, channels;
    int first, regions;      // in the table of what is pasted
};
struct Pasted {
    const void* in;          // the region's first pixel
    i64 row;                 // elements from one row to the next
    int y, x, height, width; // in the canvas
};

// What was pasted last lies on top.
extern "C" __global__ void multi_paste(const Canvas* table, int count, const Pasted* pasted, int type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Canvas s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const int y = (int)(e / s.width), x = (int)(e - (i64)y * s.width);
            const void* in = 0;
            i64 from = 0;
            for (int k = s.regions - 1; k >= 0 && !in; --k) {
                const Pasted& p = pasted[s.first + k];
                if (y >= p.y && y - p.y < p.height && x >= p.x && x - p.x < p.width) {
                    in = p.in;
                    from = (i64)(y - p.y) * p.row + (i64)(x - p.x) * s.channels;
                }
            }
            for (int c = 0; c < s.channels; ++c) {
                if (in) convert(s.out, e * s.channels + c, out_type, in, from + c, type);
                else store(s.out, e * s.channels + c, out_type, 0.f);
            }
        }
    }
}
