// Element by element: one thread each.
#include "Common.cuh"

/// y = a·x + b·z; z may be null.
extern "C" __global__ void blend(Element* y, const Element* x, float a, const Element* z, float b, long long count)
{
    long long i = element();
    if (i < count)
        store(y + i, z == nullptr ? a * load(x + i) : a * load(x + i) + b * load(z + i));
}

extern "C" __global__ void addScaled(Element* y, const Element* x, float a, long long count)
{
    long long i = element();
    if (i < count)
        store(y + i, load(y + i) + a * load(x + i));
}

extern "C" __global__ void multiply(Element* y, const Element* x, const Element* z, int accumulate, long long count)
{
    long long i = element();
    if (i < count)
        put(y + i, load(x + i) * load(z + i), accumulate);
}

extern "C" __global__ void exponentials(Element* y, const Element* x, long long count)
{
    long long i = element();
    if (i < count)
        store(y + i, exponential(load(x + i)));
}

/// y = x / √max(s, 1e-24).
extern "C" __global__ void divideByRoot(Element* y, const Element* x, const Element* s, long long count)
{
    long long i = element();
    if (i < count)
        store(y + i, load(x + i) / sqrtf(larger(load(s + i), 1e-24f)));
}

extern "C" __global__ void divideByRootGradient(Element* dx, Element* ds, const Element* dy, const Element* y, const Element* s, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    float d = load(dy + i), square = load(s + i);
    if (dx != nullptr)
        put(dx + i, d / sqrtf(larger(square, 1e-24f)), 1);
    if (ds != nullptr && square > 1e-24f)
        put(ds + i, -0.5f * d * load(y + i) / square, 1);
}

/// One thread a pair of the first 2f columns, and one for each other column of a row; sign is −1 for turning back.
extern "C" __global__ void rotary(Element* y, const Element* x, const int* at, const float* frequencies, int f, int w, float sign, int accumulate, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    int items = w - f, item = (int)(i % items);
    long long row = i / items, from = row * w + (item < f ? 2 * item : f + item);
    if (item >= f)
    {
        put(y + from, load(x + from), accumulate);
        return;
    }
    float angle = (float)at[row] * frequencies[item], sine = sign * sinf(angle), cosine = cosf(angle), a = load(x + from), b = load(x + from + 1);
    put(y + from, a * cosine - b * sine, accumulate);
    put(y + from + 1, b * cosine + a * sine, accumulate);
}
