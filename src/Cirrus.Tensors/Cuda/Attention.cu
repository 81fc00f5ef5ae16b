#include "Common.cuh"

// Attention of ragged sequences, y = softmax(q·kᵀ/√D + bias)·v, and its gradients; Cpu/Attention.cs says what is seen by whom.
// A warp holds a few rows. While scores are made its lanes stand for 32 rows of the other side, while they are used for the
// columns of the head. Scores are never stored: they are computed again in the gradients. Every sum has a fixed order.

constexpr int Warps = 4, PerWarp = 4;
constexpr int Rows = Warps * PerWarp;    // rows of a block
constexpr int Tile = 32;                 // rows of the other side that lie in shared memory at a time
constexpr int Parts = 8;                 // columns of a head are spread over the lanes so many times: D up to 256
constexpr float Nothing = -3e38f;        // below every score

// As CudaDevice.Attention.cs lays it out. Prefix and bias may be null.
struct Call
{
    const Element *q, *k, *v, *prefixK, *prefixV, *bias;
    const int *queryRows, *keyRows, *prefixRows, *prefixOf;
    int queryStride, keyStride, prefixStride, heads, d, causal;
};

// One head of one sequence: T queries over P rows of the prefix and then S − P of its own.
struct Head
{
    const Element *q, *k, *v, *prefixK, *prefixV, *bias;
    long long query, key;                // its first row of q and of k
    int T, S, P;
    int seenByFirst;                     // keys that query 0 sees; each later one sees one more, or all see the same
    int more;
};

__device__ Head headOf(const Call& c, int b, int h)
{
    Head head;
    head.query = c.queryRows[b];
    head.key = c.keyRows[b];
    head.T = c.queryRows[b + 1] - c.queryRows[b];
    head.P = 0;
    head.prefixK = head.prefixV = nullptr;
    if (c.prefixK)
    {
        int of = c.prefixOf[b];
        long long at = (long long)c.prefixRows[of] * c.prefixStride + h * c.d;
        head.P = c.prefixRows[of + 1] - c.prefixRows[of];
        head.prefixK = c.prefixK + at;
        head.prefixV = c.prefixV + at;
    }
    head.S = head.P + c.keyRows[b + 1] - c.keyRows[b];
    head.q = c.q + head.query * c.queryStride + h * c.d;
    head.k = c.k + head.key * c.keyStride + h * c.d;
    head.v = c.v + head.key * c.keyStride + h * c.d;
    head.bias = c.bias ? c.bias + (long long)h * head.T * head.S : nullptr;
    head.seenByFirst = c.causal ? head.S - head.T + 1 : head.S;
    head.more = c.causal ? 1 : 0;
    return head;
}

// Rows from.. of a matrix, one behind the other and `wide` apart; rows from `count` on are zeros.
__device__ void loadRows(float* to, int wide, const Element* x, int stride, int from, int count, int rows, int d)
{
    for (int i = threadIdx.x; i < rows * d; i += blockDim.x)
    {
        int row = from + i / d, column = i % d;
        to[i / d * wide + column] = row < count ? load(x + (long long)row * stride + column) : 0.f;
    }
}

// The same of keys or values, of which the first P lie in the prefix.
__device__ void loadKeys(float* to, int wide, const Element* prefix, int prefixStride, const Element* own, int stride, int from, const Head& head, int d)
{
    for (int i = threadIdx.x; i < Tile * d; i += blockDim.x)
    {
        int row = from + i / d, column = i % d;
        float x = 0;
        if (row < head.P)
            x = load(prefix + (long long)row * prefixStride + column);
        else if (row < head.S)
            x = load(own + (long long)(row - head.P) * stride + column);
        to[i / d * wide + column] = x;
    }
}

__device__ float dot(const float* x, const float* y, int d)
{
    float sum = 0;
    for (int i = 0; i < d; i++)
        sum += x[i] * y[i];
    return sum;
}

// score of query t and key s, or Nothing when it is not seen. q and k are their rows.
__device__ float scoreOf(const Head& head, int t, int s, const float* q, const float* k, int d, float scale)
{
    if (t >= head.T || s >= head.S || s >= head.seenByFirst + head.more * t)
        return Nothing;
    float score = dot(q, k, d) * scale;
    return head.bias ? score + load(head.bias + (long long)t * head.S + s) : score;
}

// Adds Σ_j weight_j·rows_j to the columns that this lane holds; lane j brings weight_j.
__device__ void addRows(float (&sums)[Parts], float weight, const float* rows, int wide, int d, int lane)
{
    for (int j = 0; j < Tile; j++)
    {
        float w = __shfl_sync(0xffffffff, weight, j);
#pragma unroll
        for (int part = 0; part < Parts; part++)
            if (part * 32 + lane < d)
                sums[part] += w * rows[j * wide + part * 32 + lane];
    }
}

extern "C" __global__ void attention(Element* y, const Call* call)
{
    extern __shared__ float shared[];
    const Call c = *call;
    const Head head = headOf(c, blockIdx.x, blockIdx.y);
    const int d = c.d, first = blockIdx.z * Rows, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (first >= head.T)
        return;
    float *queries = shared, *keys = queries + Rows * d, *values = keys + Tile * (d + 1);
    const float scale = 1 / sqrtf((float)d);
    float most[PerWarp], sum[PerWarp], out[PerWarp][Parts] = {};
    for (int i = 0; i < PerWarp; i++)
        most[i] = Nothing, sum[i] = 0;
    loadRows(queries, d, head.q, c.queryStride, first, head.T, Rows, d);
    for (int from = 0; from < head.S; from += Tile)
    {
        __syncthreads();
        loadKeys(keys, d + 1, head.prefixK, c.prefixStride, head.k, c.keyStride, from, head, d);
        loadKeys(values, d, head.prefixV, c.prefixStride, head.v, c.keyStride, from, head, d);
        __syncthreads();
#pragma unroll
        for (int i = 0; i < PerWarp; i++)
        {
            int row = warp * PerWarp + i;
            float score = scoreOf(head, first + row, from + lane, queries + row * d, keys + lane * (d + 1), d, scale);
            float highest = fmaxf(most[i], warpMax(score));
            float p = score > Nothing ? expf(score - highest) : 0.f, kept = expf(most[i] - highest);
            sum[i] = sum[i] * kept + warpSum(p);
            most[i] = highest;
#pragma unroll
            for (int part = 0; part < Parts; part++)
                out[i][part] *= kept;
            addRows(out[i], p, values, d, d, lane);
        }
    }
#pragma unroll
    for (int i = 0; i < PerWarp; i++)
    {
        int t = first + warp * PerWarp + i;
        if (t >= head.T)
            continue;
        float divisor = sum[i] > 0 ? 1 / sum[i] : 0.f;    // a query that sees nothing gets zeros
        Element* to = y + (head.query + t) * c.heads * d + blockIdx.y * d;
#pragma unroll
        for (int part = 0; part < Parts; part++)
            if (part * 32 + lane < d)
                store(to + part * 32 + lane, out[i][part] * divisor);
    }
}

// dq += its gradient, and for the other two kernels stats[row, head] = (log Σ eˢᶜᵒʳᵉ, Σ_s p·dy·v). dq may be null.
extern "C" __global__ void attentionQueryGradient(Element* dq, int dqStride, float* stats, const Element* dy, const Call* call)
{
    extern __shared__ float shared[];
    const Call c = *call;
    const Head head = headOf(c, blockIdx.x, blockIdx.y);
    const int d = c.d, first = blockIdx.z * Rows, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (first >= head.T)
        return;
    float *queries = shared, *arriving = queries + Rows * d, *keys = arriving + Rows * d, *values = keys + Tile * (d + 1);
    const float scale = 1 / sqrtf((float)d);
    const int w = c.heads * d;
    float most[PerWarp], sum[PerWarp], along[PerWarp], out[PerWarp][Parts] = {};
    for (int i = 0; i < PerWarp; i++)
        most[i] = Nothing, sum[i] = 0, along[i] = 0;
    loadRows(queries, d, head.q, c.queryStride, first, head.T, Rows, d);
    loadRows(arriving, d, dy + head.query * w + blockIdx.y * d, w, first, head.T, Rows, d);
    for (int pass = 0; pass < (dq ? 2 : 1); pass++)       // the second needs what the first has summed
    {
        for (int from = 0; from < head.S; from += Tile)
        {
            __syncthreads();
            loadKeys(keys, d + 1, head.prefixK, c.prefixStride, head.k, c.keyStride, from, head, d);
            loadKeys(values, d + 1, head.prefixV, c.prefixStride, head.v, c.keyStride, from, head, d);
            __syncthreads();
#pragma unroll
            for (int i = 0; i < PerWarp; i++)
            {
                int row = warp * PerWarp + i;
                float score = scoreOf(head, first + row, from + lane, queries + row * d, keys + lane * (d + 1), d, scale);
                float dp = dot(arriving + row * d, values + lane * (d + 1), d);
                if (pass == 0)
                {
                    float highest = fmaxf(most[i], warpMax(score));
                    float p = score > Nothing ? expf(score - highest) : 0.f, kept = expf(most[i] - highest);
                    sum[i] = sum[i] * kept + warpSum(p);
                    along[i] = along[i] * kept + warpSum(p * dp);
                    most[i] = highest;
                    continue;
                }
                float p = score > Nothing ? expf(score - most[i]) / sum[i] : 0.f;
                addRows(out[i], p * (dp - along[i] / sum[i]) * scale, keys, d + 1, d, lane);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < PerWarp; i++)
    {
        int t = first + warp * PerWarp + i;
        if (t >= head.T)
            continue;
        if (lane == 0)
        {
            float* stat = stats + 2 * ((head.query + t) * c.heads + blockIdx.y);
            stat[0] = sum[i] > 0 ? most[i] + logf(sum[i]) : 0.f;
            stat[1] = sum[i] > 0 ? along[i] / sum[i] : 0.f;
        }
        if (!dq)
            continue;
        Element* to = dq + (head.query + t) * dqStride + blockIdx.y * d;
#pragma unroll
        for (int part = 0; part < Parts; part++)
            if (part * 32 + lane < d)
                store(to + part * 32 + lane, load(to + part * 32 + lane) + out[i][part]);
    }
}

// dk, dv += their gradients; a prefix gets none. A warp holds keys, its lanes stand for queries.
extern "C" __global__ void attentionKeyGradient(Element* dk, Element* dv, int stride, const float* stats, const Element* dy, const Call* call)
{
    extern __shared__ float shared[];
    const Call c = *call;
    const Head head = headOf(c, blockIdx.x, blockIdx.y);
    const int d = c.d, own = head.S - head.P, first = blockIdx.z * Rows, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (first >= own)
        return;
    float *keys = shared, *values = keys + Rows * d, *queries = values + Rows * d, *arriving = queries + Tile * (d + 1);
    const float scale = 1 / sqrtf((float)d);
    const int w = c.heads * d;
    float outK[PerWarp][Parts] = {}, outV[PerWarp][Parts] = {};
    loadRows(keys, d, head.k, c.keyStride, first, own, Rows, d);
    loadRows(values, d, head.v, c.keyStride, first, own, Rows, d);
    for (int from = 0; from < head.T; from += Tile)
    {
        __syncthreads();
        loadRows(queries, d + 1, head.q, c.queryStride, from, head.T, Tile, d);
        loadRows(arriving, d + 1, dy + head.query * w + blockIdx.y * d, w, from, head.T, Tile, d);
        __syncthreads();
        int t = from + lane;
        const float* stat = stats + 2 * ((head.query + min(t, head.T - 1)) * c.heads + blockIdx.y);
#pragma unroll
        for (int i = 0; i < PerWarp; i++)
        {
            int row = warp * PerWarp + i;
            float score = scoreOf(head, t, head.P + first + row, queries + lane * (d + 1), keys + row * d, d, scale);
            float p = score > Nothing ? expf(score - stat[0]) : 0.f, dp = dot(arriving + lane * (d + 1), values + row * d, d);
            addRows(outV[i], p, arriving, d + 1, d, lane);
            addRows(outK[i], p * (dp - stat[1]) * scale, queries, d + 1, d, lane);
        }
    }
#pragma unroll
    for (int i = 0; i < PerWarp; i++)
    {
        int s = first + warp * PerWarp + i;
        if (s >= own)
            continue;
        long long at = (head.key + s) * stride + blockIdx.y * d;
#pragma unroll
        for (int part = 0; part < Parts; part++)
            if (part * 32 + lane < d)
            {
                store(dk + at + part * 32 + lane, load(dk + at + part * 32 + lane) + outK[i][part]);
                store(dv + at + part * 32 + lane, load(dv + at + part * 32 + lane) + outV[i][part]);
            }
    }
}

// dbias += Σ over the sequences, which are of one length: a thread for each of its heads·T·S numbers.
extern "C" __global__ void attentionBiasGradient(Element* dbias, int sequences, const float* stats, const Element* dy, const Call* call)
{
    const Call c = *call;
    Head head = headOf(c, 0, 0);
    const int d = c.d, w = c.heads * d;
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= (long long)c.heads * head.T * head.S)
        return;
    const int s = (int)(i % head.S), t = (int)(i / head.S % head.T), h = (int)(i / head.S / head.T);
    const float scale = 1 / sqrtf((float)d);
    float sum = 0;
    for (int b = 0; b < sequences; b++)
    {
        head = headOf(c, b, h);
        const Element *q = head.q + (long long)t * c.queryStride, *k = head.k + (long long)s * c.keyStride, *v = head.v + (long long)s * c.keyStride;
        const Element* arriving = dy + (head.query + t) * w + h * d;
        float score = 0, dp = 0;
        for (int j = 0; j < d; j++)
        {
            score += load(q + j) * load(k + j);
            dp += load(arriving + j) * load(v + j);
        }
        const float* stat = stats + 2 * ((head.query + t) * c.heads + h);
        sum += expf(score * scale + load(head.bias + (long long)t * head.S + s) - stat[0]) * (dp - stat[1]);
    }
    store(dbias + i, load(dbias + i) + sum);
}
