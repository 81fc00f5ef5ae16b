#include "Common.cuh"

// y = or += x, from float32 to Element and back.

extern "C" __global__ void fromFloat(Element* y, const float* x, long long count, int accumulate)
{
    long long i = element();
    if (i < count)
        put(y + i, x[i], accumulate);
}

extern "C" __global__ void toFloat(float* y, const Element* x, long long count, int accumulate)
{
    long long i = element();
    if (i < count)
        put(y + i, load(x + i), accumulate);
}
