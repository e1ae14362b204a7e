// What lies outside of data. FILL is the caller's affair.
enum Border { FILL, EDGE, REFLECT, REFLECT_101, WRAP };

// Where to read for a position outside of 0..extent-1.
__device__ __forceinline__ i64 bordered(i64 q, i64 extent, int border) {
    if (border == EDGE || extent == 1) return q < 0 ? 0 : extent - 1;
    const i64 period = border == WRAP ? extent : border == REFLECT ? 2 * extent : 2 * extent - 2;
    q %= period;
    if (q < 0) q += period;
    if (border == WRAP || q < extent) return q;
    return (border == REFLECT ? 2 * extent - 1 : 2 * extent - 2) - q;
}
static __device__ __noinline__ int bordered(int q, int extent, int border) {
    if (border == EDGE || extent == 1) return q < 0 ? 0 : extent - 1;
    const int period = border == WRAP ? extent : border == REFLECT ? 2 * extent : 2 * extent - 2;
    q %= period;
    if (q < 0) q += period;
    if (border == WRAP || q < extent) return q;
    return (border == REFLECT ? 2 * extent - 1 : 2 * extent - 2) - q;
}
