// Compiles a CUDA C++ kernel with g++ and runs it on the host.
//
// The threads of a block run one after another in a plain loop, unless the kernel has barriers or shuffles: then each is
// a fiber that a barrier switches away from, until all that must meet there have come.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __shared__ static thread_local
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __restrict__ __restrict

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };

namespace emulated {

inline thread_local uint3 thread_index, block_index;
inline thread_local dim3 block_size, grid_size;
inline thread_local char* dynamic_shared;

struct Fault { const char* what; };

enum Where : unsigned char { RUNNABLE, AT_BLOCK_BARRIER, AT_WARP_BARRIER, FINISHED };

struct Fiber {
    ucontext_t context;
    char* stack = nullptr;
    uint3 index;
    Where where;
    unsigned mask;
    uint64_t published;
};

struct Block {
#ifdef __SANITIZE_ADDRESS__
    static constexpr size_t STACK = 256 << 10;
#else
    static constexpr size_t STACK = 32 << 10;
#endif
    ucontext_t scheduler;
    Fiber* fibers = nullptr;
    int capacity = 0, count = 0, current = -1;
    void (*body)(const void*) = nullptr;
    const void* arguments = nullptr;

    void reserve(int n) {
        if (n <= capacity) return;
        Fiber* more = new Fiber[n]();
        for (int i = 0; i < capacity; ++i) more[i].stack = fibers[i].stack;
        for (int i = capacity; i < n; ++i) more[i].stack = (char*)malloc(STACK);
        delete[] fibers;
        fibers = more;
        capacity = n;
    }
};

inline thread_local Block* running = nullptr;

inline void enter_fiber() {
    Block* block = running;
    block->body(block->arguments);
    block->fibers[block->current].where = FINISHED;
    swapcontext(&block->fibers[block->current].context, &block->scheduler);
}

inline void park(Where where, unsigned mask) {
    if (!running) throw Fault{"a barrier or shuffle in a kernel that was taken for one without"};
    Fiber& me = running->fibers[running->current];
    me.where = where;
    me.mask = mask;
    swapcontext(&me.context, &running->scheduler);
}

inline void run_fibers(void (*body)(const void*), const void* arguments) {
    static thread_local Block block;
    const int n = (int)(block_size.x * block_size.y * block_size.z);
    block.reserve(n);
    block.count = n;
    block.body = body;
    block.arguments = arguments;
    running = &block;
    for (int i = 0; i < n; ++i) {
        Fiber& f = block.fibers[i];
        f.index = {i % block_size.x, i / block_size.x % block_size.y, i / (block_size.x * block_size.y)};
        f.where = RUNNABLE;
        getcontext(&f.context);
        f.context.uc_stack.ss_sp = f.stack;
        f.context.uc_stack.ss_size = Block::STACK;
        f.context.uc_link = nullptr;
        makecontext(&f.context, enter_fiber, 0);
    }
    for (;;) {
        int finished = 0, at_barrier = 0;
        for (int i = 0; i < n; ++i) {
            Fiber& f = block.fibers[i];
            if (f.where == RUNNABLE) {
                block.current = i;
                thread_index = f.index;
                swapcontext(&block.scheduler, &f.context);
            }
            finished += f.where == FINISHED;
            at_barrier += f.where == AT_BLOCK_BARRIER;
        }
        if (finished == n) break;
        bool progress = false;
        if (finished + at_barrier == n) {
            for (int i = 0; i < n; ++i)
                if (block.fibers[i].where == AT_BLOCK_BARRIER) block.fibers[i].where = RUNNABLE;
            continue;
        }
        for (int warp = 0; warp < n; warp += 32) {  // a warp goes on when every living lane of its mask has come
            const int lanes = n - warp < 32 ? n - warp : 32;
            unsigned come = 0, gone = lanes < 32 ? ~0u << lanes : 0;
            for (int l = 0; l < lanes; ++l) {
                come |= (unsigned)(block.fibers[warp + l].where == AT_WARP_BARRIER) << l;
                gone |= (unsigned)(block.fibers[warp + l].where == FINISHED) << l;
            }
            for (int l = 0; l < lanes; ++l) {
                Fiber& f = block.fibers[warp + l];
                if ((come >> l & 1) && !(f.mask & ~(come | gone))) { f.where = RUNNABLE; progress = true; }
            }
        }
        if (!progress) { running = nullptr; throw Fault{"deadlock: not all threads reach the same barrier"}; }
    }
    running = nullptr;
}

template <class F> inline void run_grid(bool fibers, unsigned shared, const F& f) {
    char* memory = (char*)aligned_alloc(64, (shared / 64 + 1) * 64);
    dynamic_shared = memory;
    struct Free { char* m; ~Free() { free(m); } } guard{memory};
    for (block_index.z = 0; block_index.z < grid_size.z; ++block_index.z)
    for (block_index.y = 0; block_index.y < grid_size.y; ++block_index.y)
    for (block_index.x = 0; block_index.x < grid_size.x; ++block_index.x) {
        if (fibers) { run_fibers([](const void* p) { (*(const F*)p)(); }, &f); continue; }
        for (thread_index.z = 0; thread_index.z < block_size.z; ++thread_index.z)
        for (thread_index.y = 0; thread_index.y < block_size.y; ++thread_index.y)
        for (thread_index.x = 0; thread_index.x < block_size.x; ++thread_index.x) f();
    }
}

template <class T> struct KindOf { static constexpr char value = T(0.5) != T(0) ? 'f' : T(-1) < T(0) ? 'i' : 'u'; };
template <class T> struct KindOf<T*> { static constexpr char value = 'P'; };

template <int... I> struct Indices {};
template <int N, int... I> struct MakeIndices : MakeIndices<N - 1, N - 1, I...> {};
template <int... I> struct MakeIndices<0, I...> { using type = Indices<I...>; };

template <class... A, int... I>
inline const char* launch(void (*kernel)(A...), void** arguments, const unsigned* grid, const unsigned* block,
                          unsigned shared, int fibers, Indices<I...>) {
    grid_size = {grid[0], grid[1], grid[2]};
    block_size = {block[0], block[1], block[2]};
    try {
        run_grid(fibers, shared, [&] { kernel(*(A*)arguments[I]...); });
        return nullptr;
    } catch (const Fault& fault) {
        return fault.what;
    }
}
template <class... A>
inline const char* launch(void (*kernel)(A...), void** a, const unsigned* g, const unsigned* b, unsigned s, int f) {
    return launch(kernel, a, g, b, s, f, typename MakeIndices<sizeof...(A)>::type());
}
template <class... A> inline void signature(void (*)(A...), char* out) {
    int used = 0;
    ((used += sprintf(out + used, "%c%d ", KindOf<A>::value, (int)sizeof(A))), ...);
}

inline int flat() {
    return thread_index.x + block_size.x * (thread_index.y + block_size.y * thread_index.z);
}
template <class T> inline T exchange(unsigned mask, T value, int lane) {
    const int me = flat(), peer = (me & ~31) + lane;
    memcpy(&running->fibers[me].published, &value, sizeof value);
    park(AT_WARP_BARRIER, mask);
    T result;
    memcpy(&result, &running->fibers[peer < running->count ? peer : me].published, sizeof result);
    park(AT_WARP_BARRIER, mask);
    return result;
}

}  // namespace emulated

#define threadIdx emulated::thread_index
#define blockIdx emulated::block_index
#define blockDim emulated::block_size
#define gridDim emulated::grid_size
#define EMULATED_DYNAMIC_SHARED(T, name) T* name = (T*)emulated::dynamic_shared

static inline void __syncthreads() { emulated::park(emulated::AT_BLOCK_BARRIER, ~0u); }
static inline void __syncwarp(unsigned mask = ~0u) { emulated::park(emulated::AT_WARP_BARRIER, mask); }
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, int by) {
    if (!emulated::running) throw emulated::Fault{"a shuffle in a kernel that was taken for one without"};
    const int lane = emulated::flat() & 31;
    return emulated::exchange(mask, value, lane + by < 32 ? lane + by : lane);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int with) {
    if (!emulated::running) throw emulated::Fault{"a shuffle in a kernel that was taken for one without"};
    return emulated::exchange(mask, value, (emulated::flat() & 31) ^ with);
}
template <class T> static inline T __ldg(const T* p) { return *p; }
template <class T> static inline T min(T a, T b) { return b < a ? b : a; }
template <class T> static inline T max(T a, T b) { return a < b ? b : a; }
static inline unsigned __float_as_uint(float x) { unsigned u; memcpy(&u, &x, 4); return u; }
static inline float __uint_as_float(unsigned u) { float x; memcpy(&x, &u, 4); return x; }
static inline double __longlong_as_double(long long v) { double x; memcpy(&x, &v, 8); return x; }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)a * b >> 64);
}
// Kernels run on one thread, and a fiber is left only at barriers.
template <class T> static inline T atomicAdd(T* p, T value) { const T old = *p; *p = old + value; return old; }
// Never contracted to a multiplication with addition.
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
