// What the stand-ins share: one lock, streams whose work is put off, and memory that knows its bounds.
#pragma once
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

enum : int {
    ok = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, invalid_device = 101, invalid_image = 200, invalid_context = 201,
    invalid_handle = 400, not_found = 500, not_ready = 600, illegal_address = 700, out_of_resources = 701, launch_failed = 719,
};

/// What a machine could have: lines "key value" of emulated.txt beside libcuda.so.1, or these.
struct Settings {
    unsigned long long driver = 12040, devices = 1, sm = 90, memory = 8ull << 30;
    unsigned long long poison = 0;          // 1: new memory is ones in every bit, which is NaN
    unsigned long long seed = 0;            // 0: threads and blocks run in their order; else in an order drawn from it, another for each launch
};
const Settings &settings();

/// Work waits here until somebody asks for its results. The first failure stays: every later call on the stream returns it.
struct Stream {
    std::deque<std::function<int()>> work;
    int error = ok;
    unsigned long long launches = 0;

    int run();
};

extern "C++" std::recursive_mutex emulated_lock;

/// The stream of a handle (null is the default one), or null when there is none such.
Stream *emulated_stream(void *handle);

/// Prints a fault and keeps it for emulated_last_fault; returns the code.
int emulated_fault(int code, const std::string &text);

/// Device and pinned host memory, each with guard zones before and behind it.
namespace memory {
void *take(size_t bytes, bool pinned);
int give_back(void *at, bool pinned);
/// True when [at, at + bytes) lies in one live piece of device memory (or, when pinned, of pinned host memory).
bool holds(const void *at, size_t bytes, bool pinned = false);
/// Empty, or which guard zone was written.
std::string find_overrun();
size_t used();
} // namespace memory
