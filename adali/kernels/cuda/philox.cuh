// NumPy's Philox4x64-10: the numbers of adali/kernels/philox.py, each from its place alone.
struct Stream {     // of one sample
    u64 key[2], sample, iteration;
};

struct Words {
    u64 word[4];
};

__device__ __forceinline__ Words philox(u64 c0, u64 c1, u64 c2, u64 c3, u64 k0, u64 k1) {
    for (int round = 0; round < 10; ++round) {
        const u64 a = 0xD2E7470EE14C6C93ull, b = 0xCA5A826395121157ull;
        const u64 high0 = __umul64hi(a, c0), low0 = a * c0, high1 = __umul64hi(b, c2), low1 = b * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B97F4A7C15ull;
        k1 += 0xBB67AE8584CAA73Bull;
    }
    Words w;
    w.word[0] = c0;
    w.word[1] = c1;
    w.word[2] = c2;
    w.word[3] = c3;
    return w;
}

// Word number `at` of a sample's generator. The generator counts before it makes four words.
__device__ __forceinline__ u64 word64(const Stream& s, u64 at) {
    return philox((at >> 2) + 1, s.sample, s.iteration, 1, s.key[0], s.key[1]).word[at & 3];
}
// The same where it is read by halves, the lower one first.
__device__ __forceinline__ unsigned word32(const Stream& s, u64 at) {
    return (unsigned)(word64(s, at >> 1) >> (at & 1 ? 32 : 0));
}
// In [0, 1), as Generator.random(dtype=float32) makes them.
__device__ __forceinline__ float uniform24(const Stream& s, u64 at) {
    return (float)(word32(s, at) >> 8) * 5.9604644775390625e-8f;
}
