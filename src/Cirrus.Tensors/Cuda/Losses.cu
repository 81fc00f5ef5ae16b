// Losses and sums over everything: float32 within a block, float64 over blocks.
#include "Common.cuh"

/// parts[b] = Σ x² over elements [1024·b, 1024·(b + 1)). Blocks of 256 threads.
extern "C" __global__ void squareParts(float* parts, const Element* x, long long count)
{
    long long first = 1024ll * blockIdx.x;
    float sum = 0.0f;
    for (long long i = first + threadIdx.x; i < first + 1024 && i < count; i += blockDim.x)
        sum += load(x + i) * load(x + i);
    sum = blockSum(sum);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

/// The same of (x − target)².
extern "C" __global__ void squaredErrorParts(float* parts, const Element* x, const Element* target, long long count)
{
    long long first = 1024ll * blockIdx.x;
    float sum = 0.0f;
    for (long long i = first + threadIdx.x; i < first + 1024 && i < count; i += blockDim.x)
    {
        float d = load(x + i) - load(target + i);
        sum += d * d;
    }
    sum = blockSum(sum);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

/// *loss = Σ parts / count. One block.
extern "C" __global__ void meanOfParts(float* loss, const float* parts, long long n, long long count)
{
    double sum = 0.0;
    for (long long i = threadIdx.x; i < n; i += blockDim.x)
        sum += parts[i];
    sum = blockSum(sum);
    if (threadIdx.x == 0)
        *loss = (float)(sum / (double)count);
}

/// dx += dloss·2(x − target)/count.
extern "C" __global__ void squaredErrorGradient(Element* dx, const float* dloss, const Element* x, const Element* target, long long count)
{
    long long i = element();
    if (i < count)
        put(dx + i, *dloss * 2.0f / (float)count * (load(x + i) - load(target + i)), 1);
}

/// each[i] = log Σ exp − the right one's, of line i of logits; p = softmax − one-hot. A line's numbers are step apart. One block a line.
extern "C" __global__ void crossEntropy(double* each, Element* p, const Element* logits, const int* labels, long long lineStep, long long step, int length)
{
    long long first = lineStep * blockIdx.x;
    int right = labels[blockIdx.x];
    float most = load(logits + first), sum = 0.0f;
    for (int j = threadIdx.x; j < length; j += blockDim.x)
        most = larger(most, load(logits + first + j * step));
    most = blockMax(most);
    for (int j = threadIdx.x; j < length; j += blockDim.x)
        sum += expf(load(logits + first + j * step) - most);
    sum = blockSum(sum);
    for (int j = threadIdx.x; j < length; j += blockDim.x)
        store(p + first + j * step, expf(load(logits + first + j * step) - most) / sum - (j == right ? 1.0f : 0.0f));
    if (threadIdx.x == 0)
        each[blockIdx.x] = log((double)sum) - (double)(load(logits + first + right * step) - most);
}

/// *loss = (or +=) weight·Σ each / n. One block.
extern "C" __global__ void weightedMean(float* loss, const double* each, float weight, int accumulate, int n)
{
    double sum = 0.0;
    for (int i = threadIdx.x; i < n; i += blockDim.x)
        sum += each[i];
    sum = blockSum(sum);
    if (threadIdx.x == 0)
        put(loss, (float)(weight * sum / n), accumulate);
}
