// The first pass of exact search: scores of 8-bit codes bounded from above and below, as Cpu/RowSearch.cs has them.
#include "Common.cuh"

constexpr int RowsOfBlock = 64, RowsOfWarp = 8;

/// Bit i % 32 of word i / 32 says whether row i counts; null: all do.
__device__ inline bool counts(const unsigned* bits, long long row) { return bits == nullptr || (bits[row / 32] >> (row % 32) & 1) != 0; }

/// upper[q, row], and lowest[q, block]: the largest finite lower bound of the block's rows that count, or −∞. A warp takes a row at a time.
/// codes [rows, words] are c + 128 in bytes, asked [queries, words] signed bytes; facts [3, rows] are scales, errors and lengths,
/// numbers [3, queries] scales and how often a row's error and length count. Blocks of 256 threads.
extern "C" __global__ void boundScores(float* upper, float* lowest, const unsigned* codes, const float* facts, const unsigned* bits, const int* asked,
                                       const float* numbers, int words, int queries, long long rows)
{
    int lane = threadIdx.x % 32;
    long long first = (long long)blockIdx.x * RowsOfBlock + threadIdx.x / 32 * RowsOfWarp;
    float nothing = __uint_as_float(0xFF800000u);
    for (int q = 0; q < queries; q++)
    {
        float best = nothing;
        for (long long row = first; row < first + RowsOfWarp && row < rows; row++)
        {
            int dot = 0;
            for (int i = lane; i < words; i += 32)
                dot = __dp4a((int)(codes[row * words + i] ^ 0x80808080u), asked[(long long)q * words + i], dot);
            dot = warpSum(dot);
            float about = facts[row] * numbers[q] * (float)dot;
            float off = facts[rows + row] * numbers[queries + q] + facts[2 * rows + row] * numbers[2 * queries + q];
            if (lane == 0)
                upper[q * rows + row] = about + off;
            if (about - off > best && about - off < -nothing && counts(bits, row))
                best = about - off;
        }
        best = blockMax(best);
        if (threadIdx.x == 0)
            lowest[(long long)q * gridDim.x + blockIdx.x] = best;
    }
}

/// The rows whose upper bound is not below the bar, in any order: found[0] is how many, found[1..] the first of them, uppers their bounds.
extern "C" __global__ void candidates(int* found, float* uppers, const float* upper, const unsigned* bits, float bar, int room, long long rows)
{
    long long row = element();
    if (row >= rows || upper[row] < bar || !counts(bits, row))
        return;
    int at = atomicAdd(found, 1);
    if (at < room)
    {
        found[1 + at] = (int)row;
        uppers[at] = upper[row];
    }
}
