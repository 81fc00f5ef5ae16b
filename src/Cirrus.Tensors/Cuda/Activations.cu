// Activations and their gradients: one thread an element.
#include "Common.cuh"

/// y = activation(x) + add; add may be null, y may be x.
extern "C" __global__ void activate(Element* y, const Element* x, const Element* add, long long count, int kind)
{
    long long i = element();
    if (i < count)
        store(y + i, activation(load(x + i), kind) + (add == nullptr ? 0.0f : load(add + i)));
}

/// dx = or += dy·activation'(x); dx may be dy.
extern "C" __global__ void activateGradient(Element* dx, const Element* dy, const Element* x, int accumulate, long long count, int kind)
{
    long long i = element();
    if (i < count)
        put(dx + i, load(dy + i) * activationSlope(load(x + i), kind), accumulate);
}

/// y[r, w] = a·SiLU(g); x is [r, 2w], a and g its halves.
extern "C" __global__ void gatedSilu(Element* y, const Element* x, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    const Element* row = x + i / w * 2 * w;
    int column = (int)(i % w);
    store(y + i, load(row + column) * activation(load(row + w + column), activationSilu));
}

/// dx += its gradient.
extern "C" __global__ void gatedSiluGradient(Element* dx, const Element* dy, const Element* x, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long a = i / w * 2 * w + i % w, g = a + w;
    float d = load(dy + i), gate = load(x + g);
    put(dx + a, d * activation(gate, activationSilu), 1);
    put(dx + g, d * load(x + a) * activationSlope(gate, activationSilu), 1);
}
