// y = gain·(x − mean)/√(variance + eps) + bias: one block a row. mean and scale (1/√…) are kept for backward.
#include "Common.cuh"

extern "C" __global__ void layerNorm(Element* y, float* mean, float* scale, const Element* x, const Element* gain, const Element* bias, float eps, int w)
{
    long long row = blockIdx.x;
    const Element* from = x + row * w;
    float sum = 0.0f, squares = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        sum += load(from + i);
    float m = blockSum(sum) / w;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
    {
        float d = load(from + i) - m;
        squares += d * d;
    }
    float s = 1.0f / sqrtf(blockSum(squares) / w + eps);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        store(y + row * w + i, (load(from + i) - m) * s * load(gain + i) + (bias == nullptr ? 0.0f : load(bias + i)));
    if (threadIdx.x == 0)
    {
        mean[row] = m;
        scale[row] = s;
    }
}

/// dx += scale·(g − mean(g) − n·mean(g·n)), g = dy·gain, n the normalised row.
extern "C" __global__ void layerNormInputGradient(Element* dx, const Element* dy, const Element* x, const Element* gain, const float* mean, const float* scale, int w)
{
    long long row = blockIdx.x, first = row * w;
    float m = mean[row], s = scale[row], sum = 0.0f, along = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
    {
        float g = load(dy + first + i) * load(gain + i);
        sum += g;
        along += g * ((load(x + first + i) - m) * s);
    }
    sum = blockSum(sum) / w;
    along = blockSum(along) / w;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
    {
        float g = load(dy + first + i) * load(gain + i), n = (load(x + first + i) - m) * s;
        put(dx + first + i, s * (g - sum - n * along), 1);
    }
}

/// parts[chunk, 0] = Σ dy·n and parts[chunk, 1] = Σ dy over a chunk of rows; one thread a column.
extern "C" __global__ void layerNormWeightParts(float* parts, const Element* dy, const Element* x, const float* mean, const float* scale, int rows, int w, int chunk)
{
    int column = blockIdx.x * blockDim.x + threadIdx.x, first = blockIdx.y * chunk, end = min(rows, first + chunk);
    if (column >= w)
        return;
    float gain = 0.0f, bias = 0.0f;
    for (int r = first; r < end; r++)
    {
        float d = load(dy + (long long)r * w + column);
        gain += d * ((load(x + (long long)r * w + column) - mean[r]) * scale[r]);
        bias += d;
    }
    parts[(2ll * blockIdx.y) * w + column] = gain;
    parts[(2ll * blockIdx.y + 1) * w + column] = bias;
}

/// dgain and dbias (either may be null) += the parts in their order.
extern "C" __global__ void layerNormWeightGradient(Element* dgain, Element* dbias, const float* parts, int chunks, int w)
{
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= w)
        return;
    float gain = 0.0f, bias = 0.0f;
    for (int i = 0; i < chunks; i++)
    {
        gain += parts[2ll * i * w + column];
        bias += parts[(2ll * i + 1) * w + column];
    }
    if (dgain != nullptr)
        put(dgain + column, gain, 1);
    if (dbias != nullptr)
        put(dbias + column, bias, 1);
}
