// libcublasLt.so.12: matrix products with the epilogues that cuBLASLt has, plainly. Sums in float64, rounded once.
#include "Driver.h"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

namespace {
enum : int { success = 0, not_initialized_status = 1, invalid = 7, not_supported = 15, execution_failed = 13 };
enum : int { f32 = 0, f16 = 2, bf16 = 14 };
enum : int { with_relu = 2, with_bias = 4, with_gelu = 32, with_aux = 128 };

struct Desc {
    int compute, scale;
    std::map<int, uint64_t> values;
    int64_t get(int attribute, int64_t otherwise) const {
        auto found = values.find(attribute);
        return found == values.end() ? otherwise : (int64_t)found->second;
    }
};

struct Layout {
    int type;
    uint64_t rows, columns;
    int64_t stride;
    int row_major = 0, batches = 1;
    int64_t batch_stride = 0;
    size_t at(uint64_t r, uint64_t c) const { return row_major != 0 ? r * (size_t)stride + c : c * (size_t)stride + r; }
    size_t elements() const {
        uint64_t lines = row_major != 0 ? rows : columns, length = row_major != 0 ? columns : rows;
        return lines == 0 || length == 0 ? 0 : (size_t)(batches - 1) * (size_t)batch_stride + (lines - 1) * (size_t)stride + length;
    }
    bool fits() const { return stride >= (int64_t)(row_major != 0 ? columns : rows); }
};

struct Preference {
    std::map<int, uint64_t> values;
};

/// cublasLtMatmulHeuristicResult_t.
struct Heuristic {
    uint64_t algorithm[8];
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};
static_assert(sizeof(Heuristic) == 96, "as in cublasLt.h");

constexpr uint64_t algorithm_mark = 0xC1AA05;

size_t size_of(int type) { return type == f32 ? 4 : 2; }

float load(const void *from, int type, size_t i) {
    if (type == f32) return ((const float *)from)[i];
    uint16_t half = ((const uint16_t *)from)[i];
    uint32_t bits = (uint32_t)half << 16;
    float value;
    if (type == f16) {
        int exponent = half >> 10 & 31, fraction = half & 1023;
        value = exponent == 31 ? (fraction != 0 ? NAN : INFINITY) : exponent == 0 ? ldexpf((float)fraction, -24) : ldexpf((float)(fraction + 1024), exponent - 25);
        return (half & 0x8000) != 0 ? -value : value;
    }
    memcpy(&value, &bits, 4);
    return value;
}

void store(void *to, int type, size_t i, float value) {
    if (type == f32) {
        ((float *)to)[i] = value;
        return;
    }
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bool nan = value != value;
    ((uint16_t *)to)[i] = nan ? 0x7FFF : (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

struct Product {
    Desc desc;
    Layout la, lb, lc, ld;
    float alpha, beta;
    const void *a, *b, *c;
    void *d;

    bool transposed(int attribute) const { return desc.get(attribute, 0) != 0; }

    int check() const {
        uint64_t m = transposed(3) ? la.columns : la.rows, k = transposed(3) ? la.rows : la.columns, n = transposed(4) ? lb.rows : lb.columns;
        if ((transposed(4) ? lb.columns : lb.rows) != k || ld.rows != m || ld.columns != n || lc.rows != m || lc.columns != n) return invalid;
        for (const Layout *l : {&la, &lb, &lc, &ld})
            if (!l->fits() || (l->type != f32 && l->type != bf16 && l->type != f16) || l->batches != ld.batches) return invalid;
        if (la.type != lb.type || lc.type == f16 || ld.type == f16 || lc.type != ld.type || desc.scale != f32 || desc.get(2, 0) != 0) return not_supported;
        if (desc.compute != 68 && !(la.type == f32 && (desc.compute == 77 || desc.compute == 69))) return not_supported;
        int epilogue = (int)desc.get(7, 1);
        if ((epilogue & ~(1 | with_relu | with_bias | with_gelu | with_aux)) != 0 || ((epilogue & with_bias) != 0 && desc.get(8, 0) == 0)) return not_supported;
        if ((epilogue & with_aux) != 0 && ((epilogue & with_gelu) == 0 || desc.get(11, 0) == 0)) return not_supported;
        return m == 0 || n == 0 || k == 0 ? invalid : (int)success;
    }

    bool reaches_only_memory() const {
        return memory::holds(a, la.elements() * size_of(la.type)) && memory::holds(b, lb.elements() * size_of(lb.type)) &&
            memory::holds(d, ld.elements() * size_of(ld.type)) && (beta == 0 || memory::holds(c, lc.elements() * size_of(lc.type)));
    }

    void run() const {
        uint64_t k = transposed(3) ? la.rows : la.columns;
        int epilogue = (int)desc.get(7, 1), bias_type = (int)desc.get(26, ld.type), aux_type = (int)desc.get(22, ld.type);
        std::vector<float> line(k), results(ld.rows * ld.columns);
        for (int batch = 0; batch < ld.batches; batch++) {
            auto part = [&](const void *from, const Layout &l) { return (const char *)from + (size_t)batch * (size_t)l.batch_stride * size_of(l.type); };
            const void *pa = part(a, la), *pb = part(b, lb), *pc = part(c, lc);
            void *pd = (void *)part(d, ld);
            std::vector<float> right(k * ld.columns);
            for (uint64_t j = 0; j < ld.columns; j++)
                for (uint64_t i = 0; i < k; i++) right[j * k + i] = load(pb, lb.type, transposed(4) ? lb.at(j, i) : lb.at(i, j));
            for (uint64_t i = 0; i < ld.rows; i++) {
                for (uint64_t s = 0; s < k; s++) line[s] = load(pa, la.type, transposed(3) ? la.at(s, i) : la.at(i, s));
                for (uint64_t j = 0; j < ld.columns; j++) {
                    double sum = 0;
                    for (uint64_t s = 0; s < k; s++) sum += (double)line[s] * (double)right[j * k + s];
                    float value = alpha * (float)sum;
                    if (beta != 0) value += beta * load(pc, lc.type, lc.at(i, j));
                    if ((epilogue & with_bias) != 0) value += load((void *)desc.get(8, 0), bias_type, i);
                    if ((epilogue & with_aux) != 0) store((void *)desc.get(11, 0), aux_type, j * (size_t)desc.get(12, 0) + i, value);
                    if ((epilogue & with_relu) != 0) value = std::max(value, 0.0f);
                    if ((epilogue & with_gelu) != 0) value = 0.5f * value * (1 + tanhf(0.79788456f * (value + 0.044715f * value * value * value)));
                    results[i * ld.columns + j] = value;
                }
            }
            for (uint64_t i = 0; i < ld.rows; i++)
                for (uint64_t j = 0; j < ld.columns; j++) store(pd, ld.type, ld.at(i, j), results[i * ld.columns + j]);
        }
    }
};

int put(std::map<int, uint64_t> &values, int attribute, const void *from, size_t size) {
    if (from == nullptr || (size != 4 && size != 8)) return invalid;
    uint64_t value = 0;
    memcpy(&value, from, size);
    if (size == 4) value = (uint64_t)(int64_t)(int32_t)value;
    values[attribute] = value;
    return success;
}
} // namespace

extern "C" {
int cublasLtCreate(void **handle) {
    *handle = new int(0);
    return success;
}

int cublasLtDestroy(void *handle) {
    delete (int *)handle;
    return success;
}

size_t cublasLtGetVersion() { return 120402; }

int cublasLtMatmulDescCreate(void **desc, int compute, int scale) {
    *desc = new Desc{compute, scale, {}};
    return success;
}

int cublasLtMatmulDescSetAttribute(void *desc, int attribute, const void *from, size_t size) {
    static const std::map<int, size_t> sizes{{0, 4}, {1, 4}, {2, 4}, {3, 4}, {4, 4}, {5, 4}, {7, 4}, {8, 8}, {11, 8}, {12, 8}, {22, 4}, {26, 4}};
    auto known = sizes.find(attribute);
    return known == sizes.end() || known->second != size ? (int)invalid : put(((Desc *)desc)->values, attribute, from, size);
}

int cublasLtMatmulDescDestroy(void *desc) {
    delete (Desc *)desc;
    return success;
}

int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
    *layout = new Layout{type, rows, columns, stride};
    return success;
}

int cublasLtMatrixLayoutSetAttribute(void *handle, int attribute, const void *from, size_t size) {
    Layout &layout = *(Layout *)handle;
    int32_t whole = 0;
    int64_t wide = 0;
    if (from == nullptr) return invalid;
    if (size == 4) memcpy(&whole, from, 4);
    if (size == 8) memcpy(&wide, from, 8);
    switch (attribute) {
    case 1: return size == 4 && (whole == 0 || whole == 1) ? layout.row_major = whole, success : invalid;
    case 5: return size == 4 && whole > 0 ? layout.batches = whole, success : invalid;
    case 6: return size == 8 ? layout.batch_stride = wide, success : invalid;
    default: return invalid;
    }
}

int cublasLtMatrixLayoutDestroy(void *layout) {
    delete (Layout *)layout;
    return success;
}

int cublasLtMatmulPreferenceCreate(void **preference) {
    *preference = new Preference;
    return success;
}

int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *from, size_t size) {
    return put(((Preference *)preference)->values, attribute, from, size);
}

int cublasLtMatmulPreferenceDestroy(void *preference) {
    delete (Preference *)preference;
    return success;
}

int cublasLtMatmulAlgoGetHeuristic(void *, void *desc, void *a, void *b, void *c, void *d, void *, int asked, Heuristic *results, int *found) {
    Product product{*(Desc *)desc, *(Layout *)a, *(Layout *)b, *(Layout *)c, *(Layout *)d, 1, 0, nullptr, nullptr, nullptr, nullptr};
    *found = 0;
    if (asked < 1) return invalid;
    if (int code = product.check(); code != success) return code;
    results[0] = {{algorithm_mark}, 0, success, 1.0f, {}};
    *found = 1;
    return success;
}

int cublasLtMatmul(void *, void *desc, const void *alpha, const void *a, void *la, const void *b, void *lb, const void *beta, const void *c, void *lc, void *d,
                   void *ld, const void *algorithm, void *, size_t, void *stream_handle) {
    std::lock_guard<std::recursive_mutex> guarded(emulated_lock);
    Product product{*(Desc *)desc, *(Layout *)la, *(Layout *)lb, *(Layout *)lc, *(Layout *)ld, *(const float *)alpha, *(const float *)beta, a, b, c, d};
    if (int code = product.check(); code != success) return code;
    if (algorithm != nullptr && *(const uint64_t *)algorithm != algorithm_mark) return invalid;
    Stream *stream = emulated_stream(stream_handle);
    if (stream == nullptr) return invalid;
    if (stream->error != ok) return execution_failed;
    stream->work.push_back([product] {
        if (!product.reaches_only_memory()) return emulated_fault(illegal_address, "a product reaches beyond its matrices' memory");
        product.run();
        return (int)ok;
    });
    return success;
}
}
