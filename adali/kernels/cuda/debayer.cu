// Colours of a sensor behind a Bayer filter, as OpenCV finds those that are missing. A row is a frame.
#include "common.cuh"

enum Method { BILINEAR, EDGES, GRADIENTS, GREY };

struct Mosaic {
    const void* in;
    void* out;
    i64 pixels;
    int width, height;
    int red_x, red_y;  // parity of the columns and rows with red
};

// The pixels around one. What is left unfound of a colour comes as `own` (that of the pixel), `beside` (of its left and
// right neighbours, where it is green itself) and `across` (the third one).
struct Found { int own, beside, across; };

// The image around a pixel; beyond its edges it is mirrored, without repeating the outermost pixels.
template <typename T> struct Around {
    const T* image;
    int width, height, y, x;
    __device__ __forceinline__ int operator()(int dy, int dx) const {
        int v = y + dy, u = x + dx;
        v = v < 0 ? -v : v >= height ? 2 * height - 2 - v : v;
        u = u < 0 ? -u : u >= width ? 2 * width - 2 - u : u;
        return image[v * (i64)width + u];
    }
    __device__ __forceinline__ int differ(int v, int u, int w, int t) const {
        const int d = (*this)(v, u) - (*this)(w, t);
        return d < 0 ? -d : d;
    }
};

// Green pixels: (green, the neighbours' colour in the row, that in the column). Others: (their colour, green, opposite).
// With `edges`, green comes from the column or the row, where it changes less.
template <typename T> __device__ __forceinline__ Found bilinear(const Around<T>& a, bool green, bool edges) {
    Found f;
    f.own = a(0, 0);
    if (green) {
        f.beside = (a(0, -1) + a(0, 1) + 1) >> 1;
        f.across = (a(-1, 0) + a(1, 0) + 1) >> 1;
    } else {
        const int row = a(0, -1) + a(0, 1), column = a(-1, 0) + a(1, 0);
        if (!edges) f.beside = (row + column + 2) >> 2;
        else f.beside = ((a.differ(0, -1, 0, 1) > a.differ(1, 0, -1, 0) ? column : row) + 1) >> 1;
        f.across = (a(-1, -1) + a(-1, 1) + a(1, -1) + a(1, 1) + 2) >> 2;
    }
    return f;
}

// Change of the values around (y, x) along the column (0), the row (1) and the two diagonals; `wide` for those of pixels
// that are not green.
template <typename T> __device__ __forceinline__ int change(const Around<T>& a, int y, int x, int along, bool wide) {
    if (along == 0)
        return a.differ(y - 1, x - 1, y + 1, x - 1) + 2 * a.differ(y - 1, x, y + 1, x) + a.differ(y - 1, x + 1, y + 1, x + 1);
    if (along == 1)
        return a.differ(y - 1, x - 1, y - 1, x + 1) + 2 * a.differ(y, x - 1, y, x + 1) + a.differ(y + 1, x - 1, y + 1, x + 1);
    const int side = along == 2 ? 1 : -1;  // towards the upper right, or the upper left
    int sum = 2 * a.differ(y - 1, x + side, y + 1, x - side);
    if (wide) sum += a.differ(y - 1, x, y, x - side) + a.differ(y + 1, x, y, x + side);
    return sum;
}

// A variable number of gradients: the mean over those of eight directions in which little changes.
template <typename T> __device__ __forceinline__ Found by_gradients(const Around<T>& a, bool green) {
    const int ys[8] = {-1, 1, 0, 0, -1, 1, -1, 1}, xs[8] = {0, 0, -1, 1, 1, -1, -1, 1};
    const int along[8] = {0, 0, 1, 1, 2, 2, 3, 3};
    int gradients[8], least = 0x7fffffff, most = 0;
    for (int d = 0; d < 8; ++d) {
        const int y = ys[d], x = xs[d], way = along[d];
        int sum = change(a, 0, 0, way, !green);
        if (d < 4 || !green) sum += change(a, y, x, way, !green);
        else sum += change(a, 0, x, way, false) + change(a, y, 0, way, false) + change(a, y, x, way, false);
        gradients[d] = sum;
        least = min(least, sum);
        most = max(most, sum);
    }
    const int limit = least + max(most / 2, 1);
    int own = 0, beside = 0, across = 0, count = 0;
    for (int d = 0; d < 8; ++d) {
        if (gradients[d] >= limit) continue;
        const int y = ys[d], x = xs[d];
        ++count;
        if (!green) {
            own += a(2 * y, 2 * x) + a(0, 0);
            if (d < 4) {
                beside += 2 * a(y, x);
                across += a(y - x, x - y) + a(y + x, x + y);
            } else {
                beside += (a(y - 1, x) + a(y + 1, x) + a(y, x - 1) + a(y, x + 1)) >> 1;
                across += 2 * a(y, x);
            }
        } else if (d < 2) {
            own += a(2 * y, 0) + a(0, 0);
            beside += a(2 * y, -1) + a(2 * y, 1);
            across += 2 * a(y, 0);
        } else if (d < 4) {
            own += a(0, 2 * x) + a(0, 0);
            beside += 2 * a(0, x);
            across += a(-1, 2 * x) + a(1, 2 * x);
        } else {
            own += 2 * a(y, x);
            beside += a(2 * y, x) + a(0, x);
            across += a(y, 0) + a(y, 2 * x);
        }
    }
    const float scale = count ? 0.5f / (float)count : 0.f;
    Found f;
    f.own = a(0, 0);
    f.beside = f.own + (int)rintf((float)(beside - own) * scale);
    f.across = f.own + (int)rintf((float)(across - own) * scale);
    return f;
}

// Grey with 14 binary places, of the sums before they are rounded. `red`: the pixel, or its row if it is green, has red.
template <typename T> __device__ __forceinline__ int grey(const Around<T>& a, bool green, bool red) {
    const i64 mine = red ? 4899 : 1868, other = red ? 1868 : 4899;
    i64 sum;
    if (green) sum = 2 * mine * (a(0, -1) + a(0, 1)) + 2 * other * (a(-1, 0) + a(1, 0)) + 4 * 9617 * (i64)a(0, 0);
    else {
        sum = 4 * mine * a(0, 0) + 9617 * (i64)(a(0, -1) + a(0, 1) + a(-1, 0) + a(1, 0));
        sum += other * (a(-1, -1) + a(-1, 1) + a(1, -1) + a(1, 1));
    }
    return (int)((sum + (1 << 15)) >> 16);
}

template <typename T> __device__ __forceinline__ void debayered(const Mosaic& m, int method, int most) {
    const int channels = method == GREY ? 1 : 3;
    if (method == GRADIENTS && min(m.width, m.height) < 8) method = BILINEAR;
    const bool small = m.pixels <= 0x7fffffff;  // 64-bit divisions cost more than all the rest
    FOR_ELEMENTS(p, m.pixels) {
        T* out = (T*)m.out + p * channels;
        if (m.width <= 2 || m.height <= 2) {
            for (int c = 0; c < channels; ++c) out[c] = 0;
            continue;
        }
        int y = small ? (int)p / m.width : (int)(p / m.width), x = (int)(p - (i64)y * m.width);
        if (method != GRADIENTS) {  // at the edge stands what is beside it
            y = min(max(y, 1), m.height - 2);
            x = min(max(x, 1), m.width - 2);
        }
        const Around<T> around = {(const T*)m.in, m.width, m.height, y, x};
        const bool red_row = (y & 1) == m.red_y, red_column = (x & 1) == m.red_x, green = red_row != red_column;
        if (method == GREY) {
            out[0] = (T)grey(around, green, red_row);
            continue;
        }
        const Found f = method == GRADIENTS ? by_gradients(around, green) : bilinear(around, green, method == EDGES);
        const int in_row = green ? f.beside : f.own;
        const int values[3] = {red_row ? in_row : f.across, green ? f.own : f.beside, red_row ? f.across : in_row};
        for (int c = 0; c < 3; ++c) out[c] = (T)min(max(values[c], 0), most);
    }
}

extern "C" __global__ void debayer(const Mosaic* table, int count, int method, int bytes) {
    FOR_SAMPLES(s, count) {
        const Mosaic m = table[s];
        if (bytes == 1) debayered<u8>(m, method, 255);
        else debayered<unsigned short>(m, method, 65535);
    }
}
