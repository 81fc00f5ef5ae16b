#include "Common.cuh"

// db += Σ rows of dy [rows, columns]. A block holds 32 columns; its 8 warps take every eighth row, and their sums are added in order.
extern "C" __global__ void biasGradient(float* db, const Element* dy, int rows, int columns)
{
    __shared__ float sums[8][32];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, column = blockIdx.x * 32 + lane;
    float sum = 0;
    if (column < columns)
        for (int row = warp; row < rows; row += 8)
            sum += load(dy + (long long)row * columns + column);
    sums[warp][lane] = sum;
    __syncthreads();
    if (warp > 0 || column >= columns)
        return;
    for (int i = 1; i < 8; i++)
        sum += sums[i][lane];
    db[column] += sum;
}
