// Runs a grid: blocks one after another, the threads of a block in an order drawn from a seed.
#pragma once
#include "Emulation.h"
#include <string>

// The words of the kernels would be in the way here.
#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

struct Grid {
    const EmulatedKernel *kernel;
    dim3 blocks, threads;
    unsigned dynamic_bytes;
    EmulatedThread *state;                  // of the module
    unsigned char *dynamic;                 // its dynamic shared memory, emulated_dynamic_most + 256 bytes
    unsigned char *shared;                  // its static shared memory
    size_t shared_bytes;
};

/// Empty when all went well; else what went wrong, where.
std::string run_grid(const Grid &grid, void **parameters, unsigned long long seed);
