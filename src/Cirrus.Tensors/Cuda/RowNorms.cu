// Rows by their length, by their largest value, and softmax: one block a row.
#include "Common.cuh"

/// y = x / max(‖x‖, 1e-12).
extern "C" __global__ void l2Normalize(Element* y, float* norm, const Element* x, int w)
{
    long long first = (long long)blockIdx.x * w;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        squares += load(x + first + i) * load(x + first + i);
    float length = larger(sqrtf(blockSum(squares)), 1e-12f);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        store(y + first + i, load(x + first + i) / length);
    if (threadIdx.x == 0)
        norm[blockIdx.x] = length;
}

/// dx += (dy − y·Σ y·dy)/‖x‖.
extern "C" __global__ void l2NormalizeGradient(Element* dx, const Element* dy, const Element* y, const float* norm, int w)
{
    long long first = (long long)blockIdx.x * w;
    float along = 0.0f, scale = 1.0f / norm[blockIdx.x];
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        along += load(y + first + i) * load(dy + first + i);
    along = blockSum(along);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        put(dx + first + i, (load(dy + first + i) - load(y + first + i) * along) * scale, 1);
}

/// y = x / the row's largest value, which most keeps.
extern "C" __global__ void divideByMaximum(Element* y, float* most, const Element* x, int w)
{
    long long first = (long long)blockIdx.x * w;
    float m = load(x + first);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        m = larger(m, load(x + first + i));
    m = blockMax(m);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        store(y + first + i, load(x + first + i) / m);
    if (threadIdx.x == 0)
        most[blockIdx.x] = m;
}

/// dx += dy/most, less Σ dy·y/most where the largest value stands first.
extern "C" __global__ void divideByMaximumGradient(Element* dx, const Element* dy, const Element* y, const float* most, const Element* x, int w)
{
    __shared__ int place;
    long long first = (long long)blockIdx.x * w;
    float m = most[blockIdx.x], scale = 1.0f / m, along = 0.0f;
    int mine = w;
    if (threadIdx.x == 0)
        place = w;
    __syncthreads();
    for (int i = threadIdx.x; i < w; i += blockDim.x)
    {
        along += load(dy + first + i) * load(y + first + i);
        if (mine == w && load(x + first + i) == m)
            mine = i;
    }
    atomicMin(&place, mine);
    along = blockSum(along);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        put(dx + first + i, scale * (load(dy + first + i) - (i == place ? along : 0.0f)), 1);
}

extern "C" __global__ void softmax(Element* y, const Element* x, int w)
{
    long long first = (long long)blockIdx.x * w;
    float most = load(x + first), sum = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        most = larger(most, load(x + first + i));
    most = blockMax(most);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        sum += exponential(load(x + first + i) - most);
    float share = 1.0f / blockSum(sum);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        store(y + first + i, exponential(load(x + first + i) - most) * share);
}

/// dx += y·(dy − Σ y·dy).
extern "C" __global__ void softmaxGradient(Element* dx, const Element* dy, const Element* y, int w)
{
    long long first = (long long)blockIdx.x * w;
    float along = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        along += load(y + first + i) * load(dy + first + i);
    along = blockSum(along);
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        put(dx + first + i, load(y + first + i) * (load(dy + first + i) - along), 1);
}
