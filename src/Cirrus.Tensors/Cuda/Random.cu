// Dropout and noise: numbers that depend on (seed, stream, index) alone.
#include "Common.cuh"

/// 0 where the number drawn is below p, else kept = 1/(1 − p).
extern "C" __global__ void dropoutMask(Element* keep, float p, float kept, unsigned long long seed, unsigned long long stream, long long count)
{
    long long i = element();
    if (i < count)
        store(keep + i, philoxUniform(seed, stream, (unsigned long long)i) < p ? 0.0f : kept);
}

/// y[r] = x[r] + scale·u[r]·n[r]; u uniform, one a row, n standard normal (Box-Muller in float64, as Philox.Normal).
extern "C" __global__ void addNoise(Element* y, const Element* x, float scale, int w, unsigned long long uniformSeed, unsigned long long uniformStream,
                                    unsigned long long normalSeed, unsigned long long normalStream, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    uint4 words = philox(normalSeed, normalStream, (unsigned long long)i);
    double u = (words.x + 1.0) * (1.0 / 4294967296.0), v = words.y * (1.0 / 4294967296.0);
    float normal = (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
    float share = __fmul_rn(scale, philoxUniform(uniformSeed, uniformStream, (unsigned long long)(i / w)));
    store(y + i, __fadd_rn(load(x + i), __fmul_rn(share, normal)));
}
