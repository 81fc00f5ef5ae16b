// What the kernels share. No header of a toolkit is included, for many machines have a driver only: bf16 is taken apart by its bits.
#pragma once

struct BFloat16
{
    unsigned short bits;
};

#if defined(ELEMENT_BF16)
typedef BFloat16 Element;
#else
typedef float Element;
#endif

__device__ inline float load(const float* at) { return *at; }
__device__ inline float load(const BFloat16* at) { return __uint_as_float((unsigned)at->bits << 16); }

__device__ inline void store(float* at, float x) { *at = x; }

/// Rounds to nearest, ties to even; a NaN stays one.
__device__ inline void store(BFloat16* at, float x)
{
    unsigned bits = __float_as_uint(x);
    at->bits = (unsigned short)(x != x ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// *at += x, or = x.
template <class T> __device__ inline void put(T* at, float x, int accumulate) { store(at, accumulate != 0 ? load(at) + x : x); }

/// The number of this thread in the grid: the element it works on.
__device__ inline long long element() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }

/// The larger one; NaN when one is NaN, as on the processor.
__device__ inline float larger(float x, float y) { return y > x || y != y ? y : x; }

/// Σ of the 32 lanes, which all get it. The order is the same in every run.
template <class T> __device__ inline T warpSum(T x)
{
    for (int by = 16; by > 0; by /= 2)
        x += __shfl_xor_sync(0xFFFFFFFFu, x, by);
    return x;
}

__device__ inline float warpMax(float x)
{
    for (int by = 16; by > 0; by /= 2)
        x = larger(x, __shfl_xor_sync(0xFFFFFFFFu, x, by));
    return x;
}

/// Σ of the threads of a block of whole warps, which all get it.
template <class T> __device__ inline T blockSum(T x)
{
    __shared__ T parts[32];
    int warps = blockDim.x / 32;
    x = warpSum(x);
    __syncthreads();                            // what an earlier sum left may still be read
    if (threadIdx.x % 32 == 0)
        parts[threadIdx.x / 32] = x;
    __syncthreads();
    T sum = parts[0];
    for (int i = 1; i < warps; i++)
        sum += parts[i];
    return sum;
}

__device__ inline float blockMax(float x)
{
    __shared__ float parts[32];
    int warps = blockDim.x / 32;
    x = warpMax(x);
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        parts[threadIdx.x / 32] = x;
    __syncthreads();
    float most = parts[0];
    for (int i = 1; i < warps; i++)
        most = larger(most, parts[i]);
    return most;
}

/// eˣ; 0 below −87, e⁸⁸ above 88, as on the processor.
__device__ inline float exponential(float x) { return x < -87.0f ? 0.0f : expf(x > 88.0f ? 88.0f : x); }

__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

/// The numbers of Activation in Graph.
enum { activationNone, activationGelu, activationQuickGelu, activationRelu, activationSigmoid, activationSilu };

__device__ inline float activation(float x, int kind)
{
    switch (kind)
    {
    case activationGelu: return 0.5f * x * erfcf(-0.70710678f * x);
    case activationQuickGelu: return x * sigmoid(1.702f * x);
    case activationRelu: return x < 0.0f ? 0.0f : x;
    case activationSigmoid: return sigmoid(x);
    case activationSilu: return x * sigmoid(x);
    default: return x;
    }
}

__device__ inline float activationSlope(float x, int kind)
{
    float s;
    switch (kind)
    {
    case activationGelu: return 0.5f * erfcf(-0.70710678f * x) + x * 0.3989422804f * exponential(-0.5f * x * x);
    case activationQuickGelu:
        s = sigmoid(1.702f * x);
        return s * (1.0f + 1.702f * x * (1.0f - s));
    case activationRelu: return x > 0.0f ? 1.0f : 0.0f;
    case activationSigmoid:
        s = sigmoid(x);
        return s * (1.0f - s);
    case activationSilu:
        s = sigmoid(x);
        return s * (1.0f + x * (1.0f - s));
    default: return 1.0f;
    }
}

/// Philox4x32-10, the same words as Philox.Words.
__device__ inline uint4 philox(unsigned long long seed, unsigned long long stream, unsigned long long index)
{
    unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
    uint4 c = make_uint4((unsigned)index, (unsigned)(index >> 32), (unsigned)stream, (unsigned)(stream >> 32));
    for (int round = 0; round < 10; round++)
    {
        unsigned long long p0 = 0xD2511F53ull * c.x, p1 = 0xCD9E8D57ull * c.z;
        c = make_uint4((unsigned)(p1 >> 32) ^ c.y ^ k0, (unsigned)p1, (unsigned)(p0 >> 32) ^ c.w ^ k1, (unsigned)p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

/// Uniform in [0, 1), 24 bits.
__device__ inline float philoxUniform(unsigned long long seed, unsigned long long stream, unsigned long long index)
{
    return (float)(philox(seed, stream, index).x >> 8) * (1.0f / 16777216.0f);
}
