// What moves, adds and scales rows: one thread an element. Where rows meet they are added in their order, by one thread.
#include "Common.cuh"

/// y[r] = word + positions[at[r]]; the word is pseudo[pseudoRow[r]] where that is not negative, else table[ids[r]].
extern "C" __global__ void embedding(Element* y, const int* ids, const int* at, const Element* table, const Element* positions, const Element* pseudo,
                                     const int* pseudoRow, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long row = i / w, column = i % w;
    const Element* word = pseudoRow != nullptr && pseudoRow[row] >= 0 ? pseudo + (long long)pseudoRow[row] * w : table + (long long)ids[row] * w;
    store(y + i, load(word + column) + load(positions + (long long)at[row] * w + column));
}

/// x[targets[g]] += y[sources[k]] for k in [offsets[g], offsets[g + 1]), in this order; targets differ. One block a group.
extern "C" __global__ void addGroups(Element* x, const Element* y, const int* targets, const int* offsets, const int* sources, int w)
{
    int g = blockIdx.x, first = offsets[g], end = offsets[g + 1];
    for (int column = threadIdx.x; column < w; column += blockDim.x)
    {
        Element* to = x + (long long)targets[g] * w + column;
        float sum = load(to);
        for (int k = first; k < end; k++)
            sum += load(y + (long long)sources[k] * w + column);
        store(to, sum);
    }
}

extern "C" __global__ void gatherRows(Element* y, const Element* x, const int* rows, int w, long long count)
{
    long long i = element();
    if (i < count)
        y[i] = x[(long long)rows[i / w] * w + i % w];
}

/// pixels [b, c, h, w] → y [b·(h/p)·(w/p), c·p·p].
extern "C" __global__ void patches(Element* y, const Element* pixels, int channels, int h, int w, int patch, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    int across = w / patch, n = h / patch * across, columns = channels * patch * patch, column = (int)(i % columns);
    long long row = i / columns, image = row / n;
    int place = (int)(row % n), channel = column / (patch * patch), line = place / across * patch + column / patch % patch, at = place % across * patch + column % patch;
    y[i] = pixels[((image * channels + channel) * h + line) * w + at];
}

/// Each picture's rows of x behind a class token, plus positions [t, w].
extern "C" __global__ void classToken(Element* y, const Element* x, const Element* cls, const Element* positions, int t, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long row = i / w, column = i % w, at = row % t, picture = row / t;
    store(y + i, load(at == 0 ? cls + column : x + (picture * (t - 1) + at - 1) * w + column) + load(positions + at * w + column));
}

/// One thread for each number of positions: it goes through the pictures in their order.
extern "C" __global__ void classTokenGradient(Element* dx, Element* dcls, Element* dpositions, const Element* dy, int t, int w, int pictures)
{
    long long i = element();
    if (i >= (long long)t * w)
        return;
    long long at = i / w, column = i % w;
    float position = dpositions == nullptr ? 0.0f : load(dpositions + i), token = dcls == nullptr || at > 0 ? 0.0f : load(dcls + column);
    for (int b = 0; b < pictures; b++)
    {
        float d = load(dy + ((long long)b * t + at) * w + column);
        position += d;
        token += d;
        if (at > 0 && dx != nullptr)
            put(dx + ((long long)b * (t - 1) + at - 1) * w + column, d, 1);
    }
    if (dpositions != nullptr)
        store(dpositions + i, position);
    if (at == 0 && dcls != nullptr)
        store(dcls + column, token);
}

extern "C" __global__ void copyColumns(Element* y, int yWidth, int yAt, const Element* x, int xWidth, int xAt, int columns, int accumulate, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long row = i / columns, column = i % columns;
    put(y + row * yWidth + yAt + column, load(x + row * xWidth + xAt + column), accumulate);
}

/// s has a number for each row, or one for all (each is 0 then).
extern "C" __global__ void scaleRows(Element* y, const Element* x, const Element* s, int each, int w, int accumulate, long long count)
{
    long long i = element();
    if (i < count)
        put(y + i, load(x + i) * load(s + (each != 0 ? i / w : 0)), accumulate);
}

/// Σ x[r]·y[r] of the block's row, for all its threads.
__device__ float rowProduct(const Element* x, const Element* y, int w)
{
    long long first = (long long)blockIdx.x * w;
    float sum = 0.0f;
    for (int i = threadIdx.x; i < w; i += blockDim.x)
        sum += load(x + first + i) * load(y + first + i);
    return blockSum(sum);
}

/// along[r] += Σ x[r]·y[r]. One block a row.
extern "C" __global__ void rowProducts(Element* along, const Element* x, const Element* y, int w)
{
    float sum = rowProduct(x, y, w);
    if (threadIdx.x == 0)
        put(along + blockIdx.x, sum, 1);
}

/// parts[r] = Σ x[r]·y[r]. One block a row.
extern "C" __global__ void rowProductParts(float* parts, const Element* x, const Element* y, int w)
{
    float sum = rowProduct(x, y, w);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

/// *to += Σ parts, in float64. One block.
extern "C" __global__ void addAll(Element* to, const float* parts, int n)
{
    double sum = 0.0;
    for (int i = threadIdx.x; i < n; i += blockDim.x)
        sum += parts[i];
    sum = blockSum(sum);
    if (threadIdx.x == 0)
        put(to, (float)sum, 1);
}

/// The mean of rows [offsets[b], offsets[b + 1]); of none it is 0.
extern "C" __global__ void meanRows(Element* y, const Element* x, const int* offsets, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long b = i / w, column = i % w;
    int first = offsets[b], end = offsets[b + 1];
    float sum = 0.0f;
    for (int r = first; r < end; r++)
        sum += load(x + (long long)r * w + column);
    store(y + i, sum / (float)max(1, end - first));
}

extern "C" __global__ void meanRowsGradient(Element* dx, const Element* dy, const int* offsets, int w, long long count)
{
    long long i = element();
    if (i >= count)
        return;
    long long b = i / w, column = i % w;
    int first = offsets[b], end = offsets[b + 1];
    for (int r = first; r < end; r++)
        put(dx + (long long)r * w + column, load(dy + i) * (1.0f / (float)(end - first)), 1);
}
