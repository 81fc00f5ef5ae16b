// The stand-ins' own check: right kernels work in every order of threads, wrong ones are found. Says "N checks passed".
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void **, int);
int cuCtxSetCurrent(void *);
int cuStreamCreate(void **, unsigned);
int cuStreamSynchronize(void *);
int cuStreamDestroy_v2(void *);
int cuMemAlloc_v2(void **, size_t);
int cuMemFree_v2(void *);
int cuMemHostAlloc(void **, size_t, unsigned);
int cuMemFreeHost(void *);
int cuMemcpyHtoDAsync_v2(void *, const void *, size_t, void *);
int cuMemcpyDtoHAsync_v2(void *, const void *, size_t, void *);
int cuMemsetD32Async(void *, unsigned, size_t, void *);
int cuModuleLoadData(void **, const void *);
int cuModuleUnload(void *);
int cuModuleGetFunction(void **, void *, const char *);
int cuFuncSetAttribute(void *, int, int);
int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
int nvrtcCreateProgram(void **, const char *, const char *, int, const char *const *, const char *const *);
int nvrtcCompileProgram(void *, int, const char *const *);
int nvrtcGetProgramLogSize(void *, size_t *);
int nvrtcGetProgramLog(void *, char *);
int nvrtcGetCUBINSize(void *, size_t *);
int nvrtcGetCUBIN(void *, char *);
int nvrtcDestroyProgram(void **);
int cublasLtCreate(void **);
int cublasLtMatmulDescCreate(void **, int, int);
int cublasLtMatmulDescSetAttribute(void *, int, const void *, size_t);
int cublasLtMatrixLayoutCreate(void **, int, uint64_t, uint64_t, int64_t);
int cublasLtMatmul(void *, void *, const void *, const void *, void *, const void *, void *, const void *, const void *, void *, void *, void *, const void *, void *, size_t,
                   void *);
void emulated_set_seed(unsigned long long);
const char *emulated_last_fault();
}

namespace {
int checks;
void *stream;

void expect(bool yes, const std::string &what) {
    if (!yes) {
        printf("failed: %s (last fault: %s)\n", what.c_str(), emulated_last_fault());
        exit(1);
    }
    checks++;
}

const char *kernels = R"(
#include "Common.cuh"
extern __shared__ float dynamic[];

/// y[block] = the sum of a block's values of x, by halves.
extern "C" __global__ void sum_halves(float *y, const float *x) {
    int i = threadIdx.x, n = blockDim.x;
    dynamic[i] = twice(x[blockIdx.x * n + i]);
    __syncthreads();
    for (int half = n / 2; half > 0; half /= 2) {
        if (i < half) dynamic[i] += dynamic[i + half];
        __syncthreads();
    }
    if (i == 0) y[blockIdx.x] = dynamic[0];
}

/// The same without the barrier that it needs.
extern "C" __global__ void sum_racing(float *y, const float *x) {
    int i = threadIdx.x, n = blockDim.x;
    dynamic[i] = twice(x[blockIdx.x * n + i]);
    __syncthreads();
    for (int half = n / 2; half > 0; half /= 2)
        if (i < half) dynamic[i] += dynamic[i + half];
    if (i == 0) y[blockIdx.x] = dynamic[0];
}

/// The sums of warps by shuffles, kept in static shared memory.
extern "C" __global__ void __launch_bounds__(256) sum_warps(float *y, const float *x) {
    __shared__ float sums[32];
    int i = threadIdx.x, lane = i % 32, warp = i / 32;
    float sum = twice(x[blockIdx.x * blockDim.x + i]);
    for (int by = 16; by > 0; by /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, by);
    if (lane == 0) sums[warp] = sum;
    __syncthreads();
    if (i == 0) {
        for (int w = 1; w < (int)blockDim.x / 32; w++) sum += sums[w];
        y[blockIdx.x] = sum;
    }
}

extern "C" __global__ void diverging(float *y, const float *x) {
    if (threadIdx.x < 20) __syncthreads();
    y[threadIdx.x] = x[threadIdx.x];
}

extern "C" __global__ void beyond(float *y, int at) { y[at] = 1.0f; }

extern "C" __global__ void ballots(unsigned *y) {
    unsigned odd = __ballot_sync(0xFFFFFFFFu, threadIdx.x % 2 == 1);
    int sum = __reduce_add_sync(0xFFFFFFFFu, (int)threadIdx.x), most = __reduce_max_sync(0xFFFFFFFFu, (int)threadIdx.x);
    if (threadIdx.x == 0) {
        y[0] = odd;
        y[1] = (unsigned)sum;
        y[2] = (unsigned)most;
        y[3] = (unsigned)__dp4a(0x01FF02FE, 0x03030303, 10);
    }
    atomicAdd(y + 4, threadIdx.x);
}

extern "C" __global__ void many(long long *y, int a, long long b, float c, unsigned d) { *y = a + b + (long long)c + d; }
)";

void *module_of(const char *text) {
    void *program, *module;
    const char *header = "__device__ inline float twice(float x) { return 2 * x; }\n", *name = "Common.cuh", *options[] = {"--gpu-architecture=sm_90", "--std=c++17"};
    expect(nvrtcCreateProgram(&program, text, "Check.cu", 1, &header, &name) == 0, "a program");
    int code = nvrtcCompileProgram(program, 2, options);
    size_t size;
    nvrtcGetProgramLogSize(program, &size);
    std::vector<char> log(size);
    nvrtcGetProgramLog(program, log.data());
    if (code != 0) {
        nvrtcDestroyProgram(&program);
        expect(strstr(log.data(), "Check.cu:") != nullptr, "a log with the place of the error");
        return nullptr;
    }
    expect(log[0] == 0, std::string("no warnings: ") + log.data());
    nvrtcGetCUBINSize(program, &size);
    std::vector<char> cubin(size);
    nvrtcGetCUBIN(program, cubin.data());
    expect(cuModuleLoadData(&module, cubin.data()) == 0, "a module");
    nvrtcDestroyProgram(&program);
    return module;
}

void *function_of(void *module, const char *name) {
    void *function;
    expect(cuModuleGetFunction(&function, module, name) == 0, name);
    return function;
}

template <class... A> int launch(void *function, unsigned blocks, unsigned threads, unsigned shared, A... values) {
    void *parameters[] = {&values...};
    return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, shared, stream, parameters, nullptr);
}

template <class T> std::vector<T> read(const void *from, size_t count) {
    std::vector<T> values(count);
    expect(cuMemcpyDtoHAsync_v2(values.data(), from, count * sizeof(T), stream) == 0, "a copy back");
    return values;
}

void anew() {
    expect(cuStreamDestroy_v2(stream) == 0 && cuStreamCreate(&stream, 1) == 0, "a new stream");
}

void check_sums(void *module) {
    constexpr int blocks = 5, threads = 256;
    std::vector<float> x(blocks * threads), expected(blocks);
    for (int i = 0; i < blocks * threads; i++) {
        x[i] = (float)(i % 23);
        expected[i / threads] += 2 * x[i];
    }
    void *dx, *dy;
    expect(cuMemAlloc_v2(&dx, x.size() * 4) == 0 && cuMemAlloc_v2(&dy, blocks * 4) == 0, "memory");
    expect(cuMemcpyHtoDAsync_v2(dx, x.data(), x.size() * 4, stream) == 0, "a copy");
    int racing_right = 0;
    for (unsigned long long seed : {0, 1, 2, 3, 4, 5, 6, 7}) {
        emulated_set_seed(seed);
        for (const char *name : {"sum_halves", "sum_warps", "sum_racing"}) {
            bool racing = strcmp(name, "sum_racing") == 0;
            expect(cuMemsetD32Async(dy, 0xFFFFFFFF, blocks, stream) == 0, "a fill");
            expect(launch(function_of(module, name), blocks, threads, threads * 4, dy, dx) == 0, "a launch");
            bool right = read<float>(dy, blocks) == expected;
            if (racing) racing_right += right;
            else expect(right, std::string(name) + " with seed " + std::to_string(seed));
        }
    }
    expect(racing_right == 0, "a missing barrier shows in every order");
    expect(cuMemFree_v2(dx) == 0 && cuMemFree_v2(dy) == 0, "freed");
    expect(cuMemFree_v2(dx) == 1, "not freed twice");
}

void check_faults(void *module) {
    void *x, *y;
    expect(cuMemAlloc_v2(&x, 128) == 0 && cuMemAlloc_v2(&y, 128) == 0, "memory");
    cuMemsetD32Async(x, 0, 32, stream);
    expect(launch(function_of(module, "diverging"), 1, 32, 0, y, x) == 0 && cuStreamSynchronize(stream) == 719, "a barrier that not all reach");
    expect(strstr(emulated_last_fault(), "diverging") != nullptr, "named");
    expect(cuMemsetD32Async(x, 0, 32, stream) == 719, "the error stays");
    anew();
    expect(launch(function_of(module, "beyond"), 1, 1, 0, y, 31) == 0 && cuStreamSynchronize(stream) == 0, "the last number");
    expect(launch(function_of(module, "beyond"), 1, 1, 0, (char *)y + 4, 30) == 0 && cuStreamSynchronize(stream) == 0, "the last number, from within");
    float host[32];
    expect(launch(function_of(module, "beyond"), 1, 1, 0, (void *)host, 3) == 0 && cuStreamSynchronize(stream) == 700, "host memory for device memory");
    anew();
    expect(launch(function_of(module, "sum_halves"), 1, 1025, 0, y, x) == 1, "too many threads");
    expect(launch(function_of(module, "sum_halves"), 0, 32, 0, y, x) == 1, "no blocks");
    expect(launch(function_of(module, "sum_halves"), 1, 32, 48 * 1024 + 4, y, x) == 1, "too much shared memory");
    expect(cuFuncSetAttribute(function_of(module, "sum_halves"), 8, 64 * 1024) == 0, "allowed now");
    expect(launch(function_of(module, "sum_halves"), 1, 32, 48 * 1024 + 4, y, x) == 0 && cuStreamSynchronize(stream) == 0, "and it runs");
    expect(launch(function_of(module, "sum_halves"), 1, 32, 124, y, x) == 0 && cuStreamSynchronize(stream) == 719, "dynamic shared memory too short");
    anew();
    void *none;
    expect(cuModuleGetFunction(&none, module, "nothing") == 500, "no such kernel");
    expect(cuStreamSynchronize(&none) == 400 && launch(&none, 1, 1, 0) == 400, "unknown handles");
    expect(cuModuleLoadData(&none, "no module at all") == 200, "no module");
    expect(cuMemcpyHtoDAsync_v2((char *)x + 120, host, 12, stream) == 1, "a copy beyond the end");
    expect(module_of("extern \"C\" __global__ void broken(int x) { return y; }") == nullptr, "an error of compilation");
    expect(launch(function_of(module, "beyond"), 1, 1, 0, y, 32) == 0 && cuStreamSynchronize(stream) == 700, "a write behind the end");
}

void check_order() {
    void *pinned, *x;
    expect(cuMemHostAlloc(&pinned, 4, 0) == 0 && cuMemAlloc_v2(&x, 4) == 0, "memory");
    int value = 1;
    cuMemcpyHtoDAsync_v2(x, &value, 4, stream);
    value = 2;
    expect(read<int>(x, 1)[0] == 1, "pageable memory is copied at the call");
    *(int *)pinned = 3;
    cuMemcpyHtoDAsync_v2(x, pinned, 4, stream);
    *(int *)pinned = 4;
    expect(read<int>(x, 1)[0] == 4, "pinned memory is read when its turn comes");
    cuMemcpyDtoHAsync_v2(pinned, x, 4, stream);
    *(int *)pinned = 5;
    expect(*(int *)pinned == 5 && cuStreamSynchronize(stream) == 0 && *(int *)pinned == 4, "pinned memory is written when its turn comes");
    expect(cuMemFreeHost(pinned) == 0 && cuMemFree_v2(x) == 0, "freed");
}

void check_words(void *module) {
    void *y;
    expect(cuMemAlloc_v2(&y, 64) == 0 && cuMemsetD32Async(y, 0, 16, stream) == 0, "memory");
    expect(launch(function_of(module, "ballots"), 2, 32, 0, y) == 0, "a launch");
    std::vector<unsigned> words = read<unsigned>(y, 5);
    expect(words[0] == 0xAAAAAAAAu && words[1] == 496 && words[2] == 31 && words[3] == 10 + 3 * (1 - 1 + 2 - 2) && words[4] == 992, "warps and atomics");
    expect(launch(function_of(module, "many"), 1, 1, 0, y, -3, 1ll << 40, 2.5f, 4000000000u) == 0, "parameters of all sizes");
    expect(read<long long>(y, 1)[0] == (1ll << 40) - 3 + 2 + 4000000000ll, "arrive");
    void *other = module_of("extern \"C\" __global__ void three(int *y) { *y = 3; }");
    expect(launch(function_of(other, "three"), 1, 1, 0, y) == 0 && read<int>(y, 1)[0] == 3, "a second module");
    expect(cuModuleUnload(other) == 0, "unloaded");
    expect(cuMemFree_v2(y) == 0, "freed");
}

/// Row-major y[2, 3] = x[2, 4]·w[3, 4]ᵀ + b is column-major yᵀ = w·xᵀ.
void check_product() {
    std::vector<float> x(8), w(12), b{1, 2, 3}, expected(6);
    for (int i = 0; i < 8; i++) x[i] = (float)(i - 3);
    for (int i = 0; i < 12; i++) w[i] = (float)(i * i % 7);
    for (int r = 0; r < 2; r++)
        for (int o = 0; o < 3; o++) {
            expected[r * 3 + o] = b[o];
            for (int i = 0; i < 4; i++) expected[r * 3 + o] += x[r * 4 + i] * w[o * 4 + i];
        }
    void *handle, *desc, *lx, *lw, *ly, *all;
    expect(cuMemAlloc_v2(&all, 4096) == 0, "memory");
    char *dx = (char *)all, *dw = dx + 512, *db = dw + 512, *dy = db + 512;
    cuMemcpyHtoDAsync_v2(dx, x.data(), 32, stream);
    cuMemcpyHtoDAsync_v2(dw, w.data(), 48, stream);
    cuMemcpyHtoDAsync_v2(db, b.data(), 12, stream);
    int transposed = 1, epilogue = 4;
    float one = 1, zero = 0;
    expect(cublasLtCreate(&handle) == 0 && cublasLtMatmulDescCreate(&desc, 68, 0) == 0, "a description");
    cublasLtMatmulDescSetAttribute(desc, 3, &transposed, 4);
    cublasLtMatmulDescSetAttribute(desc, 7, &epilogue, 4);
    cublasLtMatmulDescSetAttribute(desc, 8, &db, 8);
    cublasLtMatrixLayoutCreate(&lx, 0, 4, 2, 4);
    cublasLtMatrixLayoutCreate(&lw, 0, 4, 3, 4);
    cublasLtMatrixLayoutCreate(&ly, 0, 3, 2, 3);
    expect(cublasLtMatmul(handle, desc, &one, dw, lw, dx, lx, &zero, dy, ly, dy, ly, nullptr, nullptr, 0, stream) == 0, "a product");
    expect(read<float>(dy, 6) == expected, "is right");
    expect(cublasLtMatmul(handle, desc, &one, dw, lw, dx, ly, &zero, dy, ly, dy, ly, nullptr, nullptr, 0, stream) == 7, "sizes that do not fit");
    expect(cublasLtMatmul(handle, desc, &one, dw, lw, dx, lx, &zero, dy, ly, (char *)all + 4080, ly, nullptr, nullptr, 0, stream) == 0 && cuStreamSynchronize(stream) == 700,
           "a result that does not fit its memory");
    anew();
    expect(cuMemFree_v2(all) == 0, "freed");
}
} // namespace

int main() {
    void *context;
    expect(cuStreamCreate(&stream, 0) == 201 || cuStreamCreate(&stream, 0) == 3, "nothing before cuInit");
    expect(cuInit(0) == 0 && cuDevicePrimaryCtxRetain(&context, 0) == 0 && cuCtxSetCurrent(context) == 0 && cuStreamCreate(&stream, 1) == 0, "a stream");
    void *module = module_of(kernels);
    check_sums(module);
    check_order();
    check_words(module);
    check_product();
    check_faults(module);
    expect(cuModuleUnload(module) == 0 && cuModuleUnload(module) == 400, "unloaded once");
    printf("%d checks passed\n", checks);
}
