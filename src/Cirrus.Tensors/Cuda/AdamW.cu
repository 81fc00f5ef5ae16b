// One step of AdamW; p, g and both moments are float32.
#include "Common.cuh"

/// rate = lr/(1 − β₁ᵗ), root = 1/√(1 − β₂ᵗ), shrink = 1 − lr·decay.
extern "C" __global__ void adamW(float* p, const float* g, float* m, float* v, float rate, float root, float shrink, float beta1, float beta2, float eps,
                                 float gradientScale, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    float d = g[i] * gradientScale, mean = m[i] * beta1 + d * (1.0f - beta1), square = v[i] * beta2 + d * d * (1.0f - beta2);
    m[i] = mean;
    v[i] = square;
    p[i] = p[i] * shrink - mean * rate / (sqrtf(square) * root + eps);
}
