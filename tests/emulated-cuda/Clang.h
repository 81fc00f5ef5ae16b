// CUDA's words for clang, which compiles device code to PTX without a toolkit: a check of the kernels' text, not of what they compute.
// Functions of mathematics stay undefined.
#pragma once
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __forceinline__ __attribute__((always_inline)) inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))

struct uint2 { unsigned x, y; };
struct uint3 { unsigned x, y, z; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };

#define threadIdx (uint3{(unsigned)__nvvm_read_ptx_sreg_tid_x(), (unsigned)__nvvm_read_ptx_sreg_tid_y(), (unsigned)__nvvm_read_ptx_sreg_tid_z()})
#define blockIdx (uint3{(unsigned)__nvvm_read_ptx_sreg_ctaid_x(), (unsigned)__nvvm_read_ptx_sreg_ctaid_y(), (unsigned)__nvvm_read_ptx_sreg_ctaid_z()})
#define blockDim (uint3{(unsigned)__nvvm_read_ptx_sreg_ntid_x(), (unsigned)__nvvm_read_ptx_sreg_ntid_y(), (unsigned)__nvvm_read_ptx_sreg_ntid_z()})
#define gridDim (uint3{(unsigned)__nvvm_read_ptx_sreg_nctaid_x(), (unsigned)__nvvm_read_ptx_sreg_nctaid_y(), (unsigned)__nvvm_read_ptx_sreg_nctaid_z()})

extern "C" {
__device__ float expf(float);
__device__ float erff(float);
__device__ float erfcf(float);
__device__ float logf(float);
__device__ float sinf(float);
__device__ float cosf(float);
__device__ float tanhf(float);
__device__ double log(double);
__device__ double cos(double);
}
__device__ inline float sqrtf(float x) { return __nvvm_sqrt_rn_f(x); }
__device__ inline double sqrt(double x) { return __nvvm_sqrt_rn_d(x); }
__device__ inline float rsqrtf(float x) { return __nvvm_rsqrt_approx_f(x); }
__device__ inline float fmaf(float x, float y, float z) { return __nvvm_fma_rn_f(x, y, z); }
__device__ inline float fmaxf(float x, float y) { return __nvvm_fmax_f(x, y); }
__device__ inline float fminf(float x, float y) { return __nvvm_fmin_f(x, y); }
__device__ inline float fabsf(float x) { return __builtin_fabsf(x); }
__device__ inline float __fmul_rn(float x, float y) { return __nvvm_mul_rn_f(x, y); }
__device__ inline float __fadd_rn(float x, float y) { return __nvvm_add_rn_f(x, y); }
__device__ inline float __uint_as_float(unsigned x) { return __nvvm_bitcast_i2f((int)x); }
__device__ inline float __int_as_float(int x) { return __nvvm_bitcast_i2f(x); }
__device__ inline unsigned __float_as_uint(float x) { return (unsigned)__nvvm_bitcast_f2i(x); }
__device__ inline int __float_as_int(float x) { return __nvvm_bitcast_f2i(x); }
__device__ inline int min(int x, int y) { return y < x ? y : x; }
__device__ inline int max(int x, int y) { return x < y ? y : x; }
__device__ inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
__device__ inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
__device__ inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }

__device__ inline int __shfl_xor_sync(unsigned mask, int x, int by) { return __nvvm_shfl_sync_bfly_i32(mask, x, by, 31); }
__device__ inline float __shfl_xor_sync(unsigned mask, float x, int by) { return __nvvm_shfl_sync_bfly_f32(mask, x, by, 31); }
__device__ inline float __shfl_sync(unsigned mask, float x, int from) { return __nvvm_shfl_sync_idx_f32(mask, x, from, 31); }
__device__ inline int __shfl_sync(unsigned mask, int x, int from) { return __nvvm_shfl_sync_idx_i32(mask, x, from, 31); }
__device__ inline double __shfl_xor_sync(unsigned mask, double x, int by) {
    union { double whole; int half[2]; } bits = {x};
    bits.half[0] = __shfl_xor_sync(mask, bits.half[0], by);
    bits.half[1] = __shfl_xor_sync(mask, bits.half[1], by);
    return bits.whole;
}
__device__ inline long long __shfl_xor_sync(unsigned mask, long long x, int by) {
    union { long long whole; int half[2]; } bits = {x};
    bits.half[0] = __shfl_xor_sync(mask, bits.half[0], by);
    bits.half[1] = __shfl_xor_sync(mask, bits.half[1], by);
    return bits.whole;
}
__device__ inline void __syncwarp(unsigned mask = 0xFFFFFFFFu) { __nvvm_bar_warp_sync(mask); }
__device__ inline unsigned __ballot_sync(unsigned mask, int yes) { return (unsigned)__nvvm_vote_ballot_sync(mask, yes != 0); }
__device__ inline int atomicAdd(int *at, int x) { return __nvvm_atom_add_gen_i(at, x); }
__device__ inline int atomicMin(int *at, int x) { return __nvvm_atom_min_gen_i(at, x); }
__device__ inline int atomicMax(int *at, int x) { return __nvvm_atom_max_gen_i(at, x); }
__device__ inline int __dp4a(int x, int y, int sum) {
    int result;
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(y), "r"(sum));
    return result;
}
