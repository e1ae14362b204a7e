// One function of up to three operands, element by element, with broadcasting.
#include "common.cuh"

// In the order of the names by which expressions call them; the host reads them here.
enum Op {
    OP_add, OP_sub, OP_mul, OP_fdiv, OP_div, OP_mod, OP_pow, OP_fpow, OP_min, OP_max, OP_atan2, OP_clamp,
    OP_bitand, OP_bitor, OP_bitxor, OP_lshift, OP_rshift, OP_bitnot, OP_minus, OP_plus, OP_abs, OP_rsqrt,
    OP_eq, OP_neq, OP_lt, OP_leq, OP_gt, OP_geq,
    OP_sqrt, OP_cbrt, OP_exp, OP_log, OP_log2, OP_log10, OP_fabs, OP_floor, OP_ceil, OP_sin, OP_cos, OP_tan,
    OP_asin, OP_acos, OP_atan, OP_sinh, OP_cosh, OP_tanh, OP_asinh, OP_acosh, OP_atanh
};

struct Expression {
    const void* in[3];
    void* out;
    i64 size;
    i64 shape[6], stride[18];  // of the result; of each operand, 0 where it is repeated
    double real[3];            // constants, where there is no pointer
    i64 whole[3];
    int axes, padding;
};

// An integer in the range of a type, wrapped around.
__device__ __forceinline__ i64 wrapped(i64 v, int type) {
    switch (type) {
        case U8: return (u8)v;
        case U16: return (unsigned short)v;
        case U32: return (unsigned)v;
        case I8: return (signed char)v;
        case I16: return (short)v;
        case I32: return (int)v;
        case BOOL8: return v != 0;
        default: return v;
    }
}
__device__ __forceinline__ bool is_unsigned(int type) { return type <= U64 || type == BOOL8; }

template <typename F> __device__ __forceinline__ F real_op(int op, F a, F b, F c) {
    switch (op) {
        case OP_add: return a + b;
        case OP_sub: return a - b;
        case OP_mul: return a * b;
        case OP_fdiv: case OP_div: return a / b;
        case OP_mod: return fmod(a, b);
        case OP_pow: case OP_fpow: return pow(a, b);
        case OP_min: return a < b ? a : b;
        case OP_max: return a > b ? a : b;
        case OP_atan2: return atan2(a, b);
        case OP_clamp: { F v = a != a ? a : b != b ? b : a > b ? a : b; return v != v ? v : c != c ? c : v < c ? v : c; }
        case OP_minus: return -a;
        case OP_abs: case OP_fabs: return fabs(a);
        case OP_rsqrt: return (F)1 / sqrt(a);
        case OP_sqrt: return sqrt(a);
        case OP_cbrt: return cbrt(a);
        case OP_exp: return exp(a);
        case OP_log: return log(a);
        case OP_log2: return log2(a);
        case OP_log10: return log10(a);
        case OP_floor: return floor(a);
        case OP_ceil: return ceil(a);
        case OP_sin: return sin(a);
        case OP_cos: return cos(a);
        case OP_tan: return tan(a);
        case OP_asin: return asin(a);
        case OP_acos: return acos(a);
        case OP_atan: return atan(a);
        case OP_sinh: return sinh(a);
        case OP_cosh: return cosh(a);
        case OP_tanh: return tanh(a);
        case OP_asinh: return asinh(a);
        case OP_acosh: return acosh(a);
        case OP_atanh: return atanh(a);
        default: return a;
    }
}

template <typename T> __device__ __forceinline__ bool compared(int op, T a, T b) {
    switch (op) {
        case OP_eq: return a == b;
        case OP_neq: return a != b;
        case OP_lt: return a < b;
        case OP_leq: return a <= b;
        case OP_gt: return a > b;
        default: return a >= b;
    }
}

__device__ __forceinline__ i64 power(i64 a, i64 b, bool is_signed) {
    if (is_signed && b < 0) return 0;
    u64 result = 1, base = (u64)a, left = (u64)b;
    while (left) {
        if (left & 1) result *= base;
        base *= base;
        left >>= 1;
    }
    return (i64)result;
}

// Operands are in the range of the type already; the result is wrapped around by the caller.
__device__ __forceinline__ i64 whole_op(int op, i64 a, i64 b, i64 c, int type) {
    const bool is_signed = !is_unsigned(type);
    const int bits = type == U64 || type == I64 ? 63 : 31;
    switch (op) {
        case OP_add: return (i64)((u64)a + (u64)b);
        case OP_sub: return (i64)((u64)a - (u64)b);
        case OP_mul: return type == BOOL8 ? a && b : (i64)((u64)a * (u64)b);
        case OP_div: return !b ? 0 : !is_signed ? (i64)((u64)a / (u64)b) : b == -1 ? (i64)(0 - (u64)a) : a / b;
        case OP_mod: return !b ? 0 : !is_signed ? (i64)((u64)a % (u64)b) : b == -1 ? 0 : a % b;
        case OP_pow: return power(a, b, is_signed);
        case OP_min: return is_signed ? (a < b ? a : b) : ((u64)a < (u64)b ? a : b);
        case OP_max: return is_signed ? (a > b ? a : b) : ((u64)a > (u64)b ? a : b);
        case OP_clamp: {
            i64 v = is_signed ? (a > b ? a : b) : ((u64)a > (u64)b ? a : b);
            return is_signed ? (v < c ? v : c) : ((u64)v < (u64)c ? v : c);
        }
        case OP_bitand: return a & b;
        case OP_bitor: return a | b;
        case OP_bitxor: return a ^ b;
        case OP_lshift: return (i64)((u64)a << (b & bits));
        case OP_rshift: return is_signed ? a >> (b & bits) : (i64)((u64)a >> (b & bits));
        case OP_bitnot: return type == BOOL8 ? !a : ~a;
        case OP_minus: return (i64)(0 - (u64)a);
        case OP_abs: return is_signed && a < 0 ? (i64)(0 - (u64)a) : a;
        default: return a;
    }
}

// The result as a number of the type that it is computed in, or a truth value.
extern "C" __global__ void arithmetic(const Expression* table, int count, int op, int work, int out_type, int type0,
                                      int type1, int type2) {
    const bool compares = op >= OP_eq && op <= OP_geq;
    FOR_SAMPLES(s, count) {
        const Expression& x = table[s];
        FOR_ELEMENTS(e, x.size) {
            i64 at[3] = {0, 0, 0};
            i64 rest = e;
            for (int a = x.axes - 1; a >= 0; --a) {
                const i64 outer = a ? rest / x.shape[a] : 0, p = rest - outer * x.shape[a];
                rest = outer;
                for (int k = 0; k < 3; ++k) at[k] += p * x.stride[6 * k + a];
            }
            const int types[3] = {type0, type1, type2};
            if (work == F64) {
                double v[3];
                for (int k = 0; k < 3; ++k) v[k] = x.in[k] ? load_double(x.in[k], at[k], types[k]) : x.real[k];
                if (compares) ((u8*)x.out)[e] = compared(op, v[0], v[1]);
                else ((double*)x.out)[e] = real_op<double>(op, v[0], v[1], v[2]);
            } else if (is_float(work)) {
                float v[3];
                for (int k = 0; k < 3; ++k) {
                    v[k] = x.in[k] ? load_float(x.in[k], at[k], types[k]) : (float)x.real[k];
                    if (work == F16) v[k] = half_to_float(float_to_half(v[k]));
                }
                if (compares) ((u8*)x.out)[e] = compared(op, v[0], v[1]);
                else if (work == F16) ((half_t*)x.out)[e].bits = float_to_half(real_op<float>(op, v[0], v[1], v[2]));
                else ((float*)x.out)[e] = real_op<float>(op, v[0], v[1], v[2]);
            } else {
                i64 v[3];
                for (int k = 0; k < 3; ++k) v[k] = x.in[k] ? load_int(x.in[k], at[k], types[k]) : x.whole[k];
                if (compares) {
                    const bool u0 = is_unsigned(type0), u1 = is_unsigned(type1);
                    bool result;
                    if (u0 == u1 || work != I64) {
                        v[0] = wrapped(v[0], work);
                        v[1] = wrapped(v[1], work);
                        result = u0 && u1 ? compared(op, (u64)v[0], (u64)v[1]) : compared(op, v[0], v[1]);
                    } else if (!u0 && v[0] < 0) result = compared(op, -1, 0);
                    else if (!u1 && v[1] < 0) result = compared(op, 0, -1);
                    else result = compared(op, (u64)v[0], (u64)v[1]);
                    ((u8*)x.out)[e] = result;
                } else {
                    const bool shifts = op == OP_lshift || op == OP_rshift;
                    for (int k = 0; k < 3; ++k) v[k] = wrapped(v[k], shifts && k == 1 ? types[k] : work);
                    const i64 r = wrapped(whole_op(op, v[0], v[1], v[2], work), out_type);
                    switch (out_type) {
                        case U8: case I8: case BOOL8: ((u8*)x.out)[e] = (u8)r; break;
                        case U16: case I16: ((unsigned short*)x.out)[e] = (unsigned short)r; break;
                        case U32: case I32: ((unsigned*)x.out)[e] = (unsigned)r; break;
                        default: ((i64*)x.out)[e] = r;
                    }
                }
            }
        }
    }
}
