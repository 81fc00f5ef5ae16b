// What kernel text finds when g++ compiles it in place of nvrtc: CUDA's words, one thread after another on the processor.
#pragma once
#include <math.h>
#include <string.h>

struct uint2 { unsigned x, y; };
struct uint3 { unsigned x, y, z; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) ushort4 { unsigned short x, y, z, w; };
struct dim3 { unsigned x = 1, y = 1, z = 1; };

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

/// Shared between a module and the driver, which sets it before a thread goes on.
struct EmulatedThread {
    uint3 thread, block;
    dim3 block_size, grid_size;
    void (*barrier)(int line);
    /// Waits for the lanes of mask; the values of all 32 (ones in every bit where a lane takes no part).
    const unsigned long long *(*exchange)(unsigned mask, unsigned long long value, int line);
};

/// One kernel of a module: its name, how to call it, and for each parameter 'p' (a pointer) or its size in bytes.
struct EmulatedKernel {
    const char *name;
    void (*call)(void **parameters);
    char kinds[32];
};

constexpr int emulated_dynamic_most = 227 * 1024;
extern "C" EmulatedThread emulated_thread;
extern "C" unsigned char emulated_dynamic[emulated_dynamic_most + 256];

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __constant__
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("emulated_shared")))
#define __CUDA_ARCH__ 900

#define threadIdx (emulated_thread.thread)
#define blockIdx (emulated_thread.block)
#define blockDim (emulated_thread.block_size)
#define gridDim (emulated_thread.grid_size)
constexpr int warpSize = 32;

#define __syncthreads() emulated_thread.barrier(__LINE__)
#define __syncwarp(...) emulated_syncwarp(__LINE__, ##__VA_ARGS__)
#define __shfl_sync(mask, value, ...) emulated_shuffle<0>(__LINE__, mask, value, __VA_ARGS__)
#define __shfl_up_sync(mask, value, ...) emulated_shuffle<1>(__LINE__, mask, value, __VA_ARGS__)
#define __shfl_down_sync(mask, value, ...) emulated_shuffle<2>(__LINE__, mask, value, __VA_ARGS__)
#define __shfl_xor_sync(mask, value, ...) emulated_shuffle<3>(__LINE__, mask, value, __VA_ARGS__)
#define __ballot_sync(mask, yes) emulated_ballot(__LINE__, mask, yes)
#define __any_sync(mask, yes) (emulated_ballot(__LINE__, mask, yes) != 0)
#define __all_sync(mask, yes) (emulated_ballot(__LINE__, mask, yes) == (unsigned)(mask))
#define __reduce_add_sync(mask, value) emulated_reduce(__LINE__, mask, value, [](auto a, auto b) { return a + b; })
#define __reduce_max_sync(mask, value) emulated_reduce(__LINE__, mask, value, [](auto a, auto b) { return a > b ? a : b; })
#define __reduce_min_sync(mask, value) emulated_reduce(__LINE__, mask, value, [](auto a, auto b) { return a < b ? a : b; })
inline void __threadfence() {}
inline void __threadfence_block() {}

inline int emulated_lane() {
    return (int)((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32);
}

inline void emulated_syncwarp(int line, unsigned mask = 0xFFFFFFFFu) { emulated_thread.exchange(mask, 0, line); }

template <int kind, class T> T emulated_shuffle(int line, unsigned mask, T value, int by, int width = 32) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
    unsigned long long bits = 0;
    memcpy(&bits, &value, sizeof(T));
    const unsigned long long *lanes = emulated_thread.exchange(mask, bits, line);
    int lane = emulated_lane(), first = lane / width * width, from = lane;
    if (kind == 0) from = first + (by & (width - 1));
    if (kind == 1 && lane - by >= first) from = lane - by;
    if (kind == 2 && lane + by < first + width) from = lane + by;
    if (kind == 3 && (lane ^ by) < first + width) from = lane ^ by;
    memcpy(&value, &lanes[from], sizeof(T));
    return value;
}

inline unsigned emulated_ballot(int line, unsigned mask, int yes) {
    const unsigned long long *lanes = emulated_thread.exchange(mask, yes != 0, line);
    unsigned bits = 0;
    for (int i = 0; i < 32; i++)
        if ((mask >> i & 1) != 0 && lanes[i] == 1) bits |= 1u << i;
    return bits;
}

template <class T, class F> T emulated_reduce(int line, unsigned mask, T value, F join) {
    static_assert(sizeof(T) == 4 && T(0.5) == T(0), "warps reduce whole numbers of 4 bytes only");
    unsigned long long bits = 0;
    memcpy(&bits, &value, sizeof(T));
    const unsigned long long *lanes = emulated_thread.exchange(mask, bits, line);
    bool first = true;
    for (int i = 0; i < 32; i++)
        if ((mask >> i & 1) != 0) {
            T lane;
            memcpy(&lane, &lanes[i], sizeof(T));
            value = first ? lane : join(value, lane);
            first = false;
        }
    return value;
}

template <class T, class F> T emulated_atomic(T *at, F change) {
    T old = *at;
    *at = change(old);
    return old;
}
template <class T> T atomicAdd(T *at, T x) { return emulated_atomic(at, [=](T old) { return (T)(old + x); }); }
template <class T> T atomicMax(T *at, T x) { return emulated_atomic(at, [=](T old) { return old > x ? old : x; }); }
template <class T> T atomicMin(T *at, T x) { return emulated_atomic(at, [=](T old) { return old < x ? old : x; }); }
template <class T> T atomicOr(T *at, T x) { return emulated_atomic(at, [=](T old) { return (T)(old | x); }); }
template <class T> T atomicExch(T *at, T x) { return emulated_atomic(at, [=](T) { return x; }); }
template <class T> T atomicCAS(T *at, T is, T x) { return emulated_atomic(at, [=](T old) { return old == is ? x : old; }); }

template <class To, class From> To emulated_bits(From x) {
    static_assert(sizeof(To) == sizeof(From), "the same number of bits");
    To y;
    memcpy(&y, &x, sizeof(To));
    return y;
}
inline int __float_as_int(float x) { return emulated_bits<int>(x); }
inline float __int_as_float(int x) { return emulated_bits<float>(x); }
inline unsigned __float_as_uint(float x) { return emulated_bits<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return emulated_bits<float>(x); }
inline long long __double_as_longlong(double x) { return emulated_bits<long long>(x); }
inline double __longlong_as_double(long long x) { return emulated_bits<double>(x); }

inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline float __expf(float x) { return expf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline double __dmul_rn(double x, double y) { return x * y; }
inline double __dadd_rn(double x, double y) { return x + y; }
inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned)((unsigned long long)x * y >> 32); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
template <class T> T __ldg(const T *at) { return *at; }
template <class T> T min(T x, T y) { return y < x ? y : x; }
template <class T> T max(T x, T y) { return x < y ? y : x; }

/// Four products of bytes added to sum; signed by signed.
inline int __dp4a(int x, int y, int sum) {
    for (int i = 0; i < 32; i += 8) sum += (int)(signed char)(x >> i) * (int)(signed char)(y >> i);
    return sum;
}
inline unsigned __dp4a(unsigned x, unsigned y, unsigned sum) {
    for (int i = 0; i < 32; i += 8) sum += (x >> i & 255) * (y >> i & 255);
    return sum;
}

template <int... I> struct EmulatedPlaces {};
template <int N, int... I> struct EmulatedCount : EmulatedCount<N - 1, N - 1, I...> {};
template <int... I> struct EmulatedCount<0, I...> { using Places = EmulatedPlaces<I...>; };
template <class T> constexpr char emulated_kind(T *) { return '0' + sizeof(T); }
template <class T> constexpr char emulated_kind(T **) { return 'p'; }

/// Calls a kernel with parameters as cuLaunchKernel gets them: pointers to their values.
template <class... A, int... I> void emulated_call(void (*kernel)(A...), void **parameters, EmulatedPlaces<I...>) {
    kernel(*(A *)parameters[I]...);
}
template <class... A> void emulated_call(void (*kernel)(A...), void **parameters) {
    emulated_call(kernel, parameters, typename EmulatedCount<sizeof...(A)>::Places());
}
template <class... A> constexpr EmulatedKernel emulated_row(const char *name, void (*call)(void **), void (*)(A...)) {
    return {name, call, {emulated_kind((A *)nullptr)..., 0}};
}
