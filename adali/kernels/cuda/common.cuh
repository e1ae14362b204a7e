// What all kernels share: element types chosen at run time, conversions as DALI makes them, and loops over a batch.
typedef long long i64;
typedef unsigned long long u64;
typedef unsigned char u8;

enum Type { U8, U16, U32, U64, I8, I16, I32, I64, F16, F32, F64, BOOL8 };

// Element types that are stored otherwise than they are computed with.
struct half_t { unsigned short bits; };
struct bool_t { u8 byte; };

__device__ __forceinline__ float half_to_float(unsigned short h) {
    const unsigned sign = (unsigned)(h & 0x8000u) << 16;
    const unsigned magnitude = h & 0x7fffu;
    if (magnitude >= 0x7c00u) return __uint_as_float(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
    if (magnitude < 0x400u) {
        const float value = (float)magnitude * 5.9604644775390625e-8f;  // 2^-24
        return sign ? -value : value;
    }
    return __uint_as_float(sign | ((magnitude << 13) + 0x38000000u));
}

__device__ __forceinline__ unsigned short float_to_half(float f) {  // to the nearest, ties to even
    const unsigned bits = __float_as_uint(f);
    const unsigned short sign = (unsigned short)(bits >> 16 & 0x8000u);
    const unsigned magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (unsigned short)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) return (unsigned short)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) {
        const float scaled = __uint_as_float(magnitude) * 16777216.f;  // 2^24
        return (unsigned short)(sign | (unsigned short)(int)rintf(scaled));
    }
    const unsigned rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
    return (unsigned short)(sign | (unsigned short)((rounded - 0x38000000u) >> 13));
}

__device__ __forceinline__ double infinity() { return __longlong_as_double(0x7ff0000000000000ll); }
__device__ __forceinline__ double not_a_number() { return __longlong_as_double(0x7ff8000000000000ll); }

// A range of an integer type, as double and as itself.
template <typename T> struct Limits;
#define ADALI_LIMITS(T, LOW, HIGH) template <> struct Limits<T> { \
    static __device__ __forceinline__ T low() { return (T)(LOW); } \
    static __device__ __forceinline__ T high() { return (T)(HIGH); } };
ADALI_LIMITS(u8, 0, 255)
ADALI_LIMITS(unsigned short, 0, 65535)
ADALI_LIMITS(unsigned, 0, 4294967295u)
ADALI_LIMITS(u64, 0, 18446744073709551615ull)
ADALI_LIMITS(signed char, -128, 127)
ADALI_LIMITS(short, -32768, 32767)
ADALI_LIMITS(int, -2147483647 - 1, 2147483647)
ADALI_LIMITS(i64, -9223372036854775807ll - 1, 9223372036854775807ll)

// Rounded to the nearest (halves away from zero) and clamped; not a number gives 0.
template <typename T> __device__ __forceinline__ T saturate(double v) {
    if (!(v == v)) return 0;
    v = round(v);
    if (v <= (double)Limits<T>::low()) return Limits<T>::low();
    if (v >= (double)Limits<T>::high()) return Limits<T>::high();
    return (T)v;
}
template <typename T> __device__ __forceinline__ T saturate(float v) {
    if (!(v == v)) return 0;
    v = roundf(v);
    if (v <= (float)Limits<T>::low()) return Limits<T>::low();
    if (v >= (float)Limits<T>::high()) return Limits<T>::high();
    return (T)v;
}

// Any value to any element type.
template <typename T> struct To {
    static __device__ __forceinline__ T from(float v) { return saturate<T>(v); }
    static __device__ __forceinline__ T from(double v) { return saturate<T>(v); }
    static __device__ __forceinline__ T from(i64 v) {
        if (v < 0 && (Limits<T>::low() == 0 || v < (i64)Limits<T>::low())) return Limits<T>::low();
        if (v > 0 && (u64)v > (u64)Limits<T>::high()) return Limits<T>::high();
        return (T)v;
    }
    static __device__ __forceinline__ T from(u64 v) {
        return v > (u64)Limits<T>::high() ? Limits<T>::high() : (T)v;
    }
};
template <> struct To<float> {
    template <typename V> static __device__ __forceinline__ float from(V v) { return (float)v; }
};
template <> struct To<double> {
    template <typename V> static __device__ __forceinline__ double from(V v) { return (double)v; }
};
template <> struct To<half_t> {
    template <typename V> static __device__ __forceinline__ half_t from(V v) {
        half_t h;
        h.bits = float_to_half((float)v);
        return h;
    }
};
__device__ __forceinline__ bool is_set(float v) { return roundf(v) != 0; }
__device__ __forceinline__ bool is_set(double v) { return round(v) != 0; }
__device__ __forceinline__ bool is_set(i64 v) { return v != 0; }
__device__ __forceinline__ bool is_set(u64 v) { return v != 0; }
template <> struct To<bool_t> {
    template <typename V> static __device__ __forceinline__ bool_t from(V v) {
        bool_t b;
        b.byte = is_set(v);
        return b;
    }
};

// A stored element as a number to compute with.
template <typename T> __device__ __forceinline__ T value_of(T v) { return v; }
__device__ __forceinline__ float value_of(half_t h) { return half_to_float(h.bits); }
__device__ __forceinline__ u8 value_of(bool_t b) { return b.byte != 0; }

// CALL(T) with the type of a number.
#define ADALI_TYPES(TYPE, CALL) \
    switch (TYPE) { \
        case U8: { typedef u8 T; CALL; break; } \
        case U16: { typedef unsigned short T; CALL; break; } \
        case U32: { typedef unsigned T; CALL; break; } \
        case U64: { typedef u64 T; CALL; break; } \
        case I8: { typedef signed char T; CALL; break; } \
        case I16: { typedef short T; CALL; break; } \
        case I32: { typedef int T; CALL; break; } \
        case I64: { typedef i64 T; CALL; break; } \
        case F16: { typedef half_t T; CALL; break; } \
        case F32: { typedef float T; CALL; break; } \
        case F64: { typedef double T; CALL; break; } \
        default: { typedef bool_t T; CALL; break; } \
    }

__device__ __forceinline__ float load_float(const void* p, i64 i, int type) {
    ADALI_TYPES(type, return (float)value_of(((const T*)p)[i]))
    return 0;
}
__device__ __forceinline__ double load_double(const void* p, i64 i, int type) {
    ADALI_TYPES(type, return (double)value_of(((const T*)p)[i]))
    return 0;
}
__device__ __forceinline__ i64 load_int(const void* p, i64 i, int type) {
    ADALI_TYPES(type, return (i64)value_of(((const T*)p)[i]))
    return 0;
}
template <typename V> __device__ __forceinline__ void store(void* p, i64 i, int type, V v) {
    ADALI_TYPES(type, ((T*)p)[i] = To<T>::from(v))
}
__device__ __forceinline__ bool is_float(int type) { return type == F16 || type == F32 || type == F64; }

// One element from one type to another, in the narrowest arithmetic that keeps it exact.
__device__ __forceinline__ void convert(void* out, i64 o, int out_type, const void* in, i64 i, int type) {
    if (type == F64) store(out, o, out_type, ((const double*)in)[i]);
    else if (type == F32 || type == F16) store(out, o, out_type, load_float(in, i, type));
    else if (type == U64) store(out, o, out_type, ((const u64*)in)[i]);
    else store(out, o, out_type, load_int(in, i, type));
}

// The rows of the table that a block serves, and the elements that a thread serves.
#define FOR_SAMPLES(s, count) for (int s = blockIdx.y; s < (count); s += gridDim.y)
#define FOR_ELEMENTS(e, size) \
    for (i64 e = blockIdx.x * (i64)blockDim.x + threadIdx.x; e < (size); e += (i64)gridDim.x * blockDim.x)
