// libcuda.so.1: one device, contexts, streams, events and copies.
#include "Driver.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <set>

std::recursive_mutex emulated_lock;

namespace {
constexpr int context_magic = 0x0C1AA05;
int initialized, retained;
int context_object = context_magic;
thread_local void *context;
Stream default_stream;
std::set<Stream *> streams;
std::string last_fault;

struct Event {
    bool recorded = false, passed = false;
    double milliseconds = 0;
};
std::set<Event *> events;

int device_count() { return (int)settings().devices; }

double now() {
    using namespace std::chrono;
    return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

int run_all() {
    int result = default_stream.run();
    for (Stream *s : streams)
        if (int code = s->run(); code != ok && result == ok) result = code;
    return result;
}

/// What every call needs: cuInit, and a context of this thread.
int ready() { return initialized == 0 ? not_initialized : context == nullptr ? invalid_context : ok; }

int enqueue(void *handle, std::function<int()> work) {
    if (int code = ready(); code != ok) return code;
    Stream *stream = emulated_stream(handle);
    if (stream == nullptr) return invalid_handle;
    if (stream->error != ok) return stream->error;
    stream->work.push_back(std::move(work));
    return ok;
}
} // namespace

const Settings &settings() {
    static const Settings read = [] {
        Settings result;
        Dl_info here;
        dladdr((void *)&settings, &here);
        std::string path(here.dli_fname), key;
        std::ifstream file(path.substr(0, path.rfind('/') + 1) + "emulated.txt");
        for (unsigned long long value; file >> key >> value;) {
            if (key == "driver") result.driver = value;
            if (key == "devices") result.devices = value;
            if (key == "sm") result.sm = value;
            if (key == "memory") result.memory = value;
            if (key == "poison") result.poison = value;
            if (key == "seed") result.seed = value;
        }
        return result;
    }();
    return read;
}

int Stream::run() {
    while (!work.empty()) {
        auto next = std::move(work.front());
        work.pop_front();
        if (error == ok) error = next();
    }
    return error;
}

Stream *emulated_stream(void *handle) {
    if (handle == nullptr) return &default_stream;
    auto found = streams.find((Stream *)handle);
    return found == streams.end() ? nullptr : *found;
}

int emulated_fault(int code, const std::string &text) {
    last_fault = text;
    fprintf(stderr, "emulated CUDA: %s\n", text.c_str());
    return code;
}

#define GUARDED std::lock_guard<std::recursive_mutex> guarded(emulated_lock)
#define NEED(condition, code) if (!(condition)) return code
#define NEED_READY if (int code = ready(); code != ok) return code

extern "C" {
const char *emulated_last_fault() { return last_fault.c_str(); }

int cuInit(unsigned flags) {
    GUARDED;
    NEED(flags == 0, invalid_value);
    NEED(settings().devices > 0, 100);
    initialized = 1;
    return ok;
}

int cuDriverGetVersion(int *version) {
    *version = (int)settings().driver;
    return ok;
}

int cuDeviceGetCount(int *count) {
    NEED(initialized != 0, not_initialized);
    *count = device_count();
    return ok;
}

int cuDeviceGet(int *device, int ordinal) {
    NEED(initialized != 0, not_initialized);
    NEED(ordinal >= 0 && ordinal < device_count(), invalid_device);
    *device = ordinal;
    return ok;
}

int cuDeviceGetName(char *name, int room, int device) {
    NEED(device >= 0 && device < device_count(), invalid_device);
    snprintf(name, (size_t)room, "Emulated card");
    return ok;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    NEED(device >= 0 && device < device_count(), invalid_device);
    switch (attribute) {
    case 1: case 2: case 3: *value = 1024; break;       // threads of a block; its x, y
    case 4: *value = 64; break;
    case 5: *value = 0x7FFFFFFF; break;                 // blocks of a grid along x, y, z
    case 6: case 7: *value = 65535; break;
    case 8: *value = 48 * 1024; break;                  // shared memory of a block
    case 10: *value = 32; break;                        // lanes of a warp
    case 13: *value = 1000000; break;                   // kHz
    case 16: *value = 4; break;                         // multiprocessors
    case 36: *value = 1000000; break;                   // memory: kHz, bits
    case 37: *value = 64; break;
    case 38: *value = 1 << 20; break;                   // second cache
    case 39: *value = 2048; break;                      // threads of a multiprocessor
    case 41: *value = 1; break;                         // one address space
    case 75: *value = (int)settings().sm / 10; break;    // compute capability
    case 76: *value = (int)settings().sm % 10; break;
    case 81: *value = 228 * 1024; break;                // shared memory of a multiprocessor
    case 97: *value = 227 * 1024; break;                // and what a block can ask for
    default: return invalid_value;
    }
    return ok;
}

int cuDevicePrimaryCtxRetain(void **result, int device) {
    GUARDED;
    NEED(initialized != 0, not_initialized);
    NEED(device >= 0 && device < device_count(), invalid_device);
    retained++;
    *result = &context_object;
    return ok;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
    GUARDED;
    NEED(device >= 0 && device < device_count(), invalid_device);
    NEED(retained > 0, invalid_context);
    retained--;
    return ok;
}

int cuCtxSetCurrent(void *handle) {
    GUARDED;
    NEED(initialized != 0, not_initialized);
    NEED(handle == nullptr || (handle == &context_object && retained > 0), invalid_context);
    context = handle;
    return ok;
}

int cuStreamCreate(void **stream, unsigned) {
    GUARDED;
    NEED_READY;
    *stream = *streams.insert(new Stream).first;
    return ok;
}

int cuStreamSynchronize(void *handle) {
    GUARDED;
    NEED_READY;
    Stream *stream = emulated_stream(handle);
    return stream == nullptr ? invalid_handle : stream->run();
}

int cuStreamDestroy_v2(void *handle) {
    GUARDED;
    NEED_READY;
    Stream *stream = emulated_stream(handle);
    NEED(handle != nullptr && stream != nullptr, invalid_handle);
    stream->run();
    streams.erase(stream);
    delete stream;
    return ok;
}

int cuMemAlloc_v2(void **at, size_t bytes) {
    GUARDED;
    NEED_READY;
    NEED(bytes > 0, invalid_value);
    NEED(bytes <= settings().memory && memory::used() <= settings().memory - bytes, out_of_memory);
    *at = memory::take(bytes, false);
    return *at == nullptr ? out_of_memory : ok;
}

int cuMemFree_v2(void *at) {
    GUARDED;
    NEED_READY;
    if (at == nullptr) return ok;
    run_all();
    if (std::string overrun = memory::find_overrun(); !overrun.empty()) return emulated_fault(illegal_address, overrun + ", found by cuMemFree");
    return memory::give_back(at, false);
}

int cuMemGetInfo_v2(size_t *left, size_t *all) {
    GUARDED;
    NEED_READY;
    *left = settings().memory - memory::used();
    *all = settings().memory;
    return ok;
}

int cuMemHostAlloc(void **at, size_t bytes, unsigned) {
    GUARDED;
    NEED_READY;
    NEED(bytes > 0, invalid_value);
    *at = memory::take(bytes, true);
    return *at == nullptr ? out_of_memory : ok;
}

int cuMemFreeHost(void *at) {
    GUARDED;
    NEED_READY;
    run_all();
    return memory::give_back(at, true);
}

// Pageable memory is copied aside before the call returns; pinned memory is read when the stream gets there.
int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream) {
    GUARDED;
    NEED(memory::holds(to, bytes), invalid_value);
    if (memory::holds(from, bytes, true)) return enqueue(stream, [=] { return memcpy(to, from, bytes), (int)ok; });
    std::string copy((const char *)from, bytes);
    return enqueue(stream, [to, copy] { return memcpy(to, copy.data(), copy.size()), (int)ok; });
}

int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream) {
    GUARDED;
    NEED(memory::holds(from, bytes), invalid_value);
    int code = enqueue(stream, [=] { return memcpy(to, from, bytes), (int)ok; });
    return code != ok || memory::holds(to, bytes, true) ? code : emulated_stream(stream)->run();
}

int cuMemsetD32Async(void *to, unsigned value, size_t count, void *stream) {
    GUARDED;
    NEED(memory::holds(to, 4 * count) && (size_t)to % 4 == 0, invalid_value);
    return enqueue(stream, [=] {
        for (size_t i = 0; i < count; i++) ((unsigned *)to)[i] = value;
        return (int)ok;
    });
}

int cuMemsetD16Async(void *to, unsigned short value, size_t count, void *stream) {
    GUARDED;
    NEED(memory::holds(to, 2 * count) && (size_t)to % 2 == 0, invalid_value);
    return enqueue(stream, [=] {
        for (size_t i = 0; i < count; i++) ((unsigned short *)to)[i] = value;
        return (int)ok;
    });
}

int cuEventCreate(void **event, unsigned) {
    GUARDED;
    NEED_READY;
    *event = *events.insert(new Event).first;
    return ok;
}

int cuEventRecord(void *handle, void *stream) {
    GUARDED;
    Event *event = (Event *)handle;
    NEED(events.count(event) != 0, invalid_handle);
    event->recorded = true;
    event->passed = false;
    return enqueue(stream, [=] {
        event->passed = true;
        event->milliseconds = now();
        return (int)ok;
    });
}

int cuEventSynchronize(void *handle) {
    GUARDED;
    NEED_READY;
    NEED(events.count((Event *)handle) != 0, invalid_handle);
    return run_all();
}

int cuEventElapsedTime(float *milliseconds, void *first, void *second) {
    GUARDED;
    Event *a = (Event *)first, *b = (Event *)second;
    NEED(events.count(a) != 0 && events.count(b) != 0 && a->recorded && b->recorded, invalid_handle);
    NEED(a->passed && b->passed, not_ready);
    *milliseconds = (float)(b->milliseconds - a->milliseconds);
    return ok;
}

int cuEventDestroy_v2(void *handle) {
    GUARDED;
    NEED(events.count((Event *)handle) != 0, invalid_handle);
    run_all();
    events.erase((Event *)handle);
    delete (Event *)handle;
    return ok;
}

static const struct { int code; const char *name, *text; } errors[] = {
    {ok, "CUDA_SUCCESS", "no error"},
    {invalid_value, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {not_initialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {invalid_device, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {invalid_image, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {invalid_context, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {invalid_handle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {not_found, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {not_ready, "CUDA_ERROR_NOT_READY", "device not ready"},
    {illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {out_of_resources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {launch_failed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
};

int cuGetErrorName(int code, const char **text) {
    for (auto &e : errors)
        if (e.code == code) return *text = e.name, ok;
    return *text = nullptr, invalid_value;
}

int cuGetErrorString(int code, const char **text) {
    for (auto &e : errors)
        if (e.code == code) return *text = e.text, ok;
    return *text = nullptr, invalid_value;
}
}
