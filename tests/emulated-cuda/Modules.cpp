// libcuda.so.1: modules (shared objects made by the stand-in for nvrtc) and launches.
#include "Block.h"
#include "Driver.h"
#include <csignal>
#include <dlfcn.h>
#include <memory>
#include <set>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {
struct Module;

struct Function {
    Module *module;
    const EmulatedKernel *kernel;
    unsigned dynamic_most = 48 * 1024;
};

struct Module {
    void *library;
    int file;                               // open while the module is: its number makes the path that the loader knows it by
    std::vector<std::unique_ptr<Function>> functions;
};

std::set<Module *> modules;
std::set<Function *> functions;
// Of the thread that launches, so that tests side by side do not change each other's order.
thread_local unsigned long long seed = settings().seed;

struct Launch {
    Function *function;
    dim3 blocks, threads;
    unsigned dynamic_bytes;
    unsigned long long order;               // 0 or the seed of this launch
    std::vector<unsigned long long> values;

    int run() const {
        void *library = function->module->library;
        Grid grid{function->kernel, blocks, threads, dynamic_bytes, (EmulatedThread *)dlsym(library, "emulated_thread"),
                  (unsigned char *)dlsym(library, "emulated_dynamic"), (unsigned char *)dlsym(library, "__start_emulated_shared"), 0};
        grid.shared_bytes = (size_t)((unsigned char *)dlsym(library, "__stop_emulated_shared") - grid.shared);
        std::vector<void *> parameters;
        for (const unsigned long long &value : values) parameters.push_back((void *)&value);
        // A stack that belongs to no thread is no place for another's signal handlers.
        sigset_t all, before;
        sigfillset(&all);
        for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, s);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        std::string fault = run_grid(grid, parameters.data(), order);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (!fault.empty()) return emulated_fault(launch_failed, fault);
        fault = memory::find_overrun();
        return fault.empty() ? (int)ok : emulated_fault(illegal_address, std::string(function->kernel->name) + ": " + fault);
    }
};

size_t size_of(char kind) { return kind == 'p' ? 8 : (size_t)(kind - '0'); }
} // namespace

#define GUARDED std::lock_guard<std::recursive_mutex> guarded(emulated_lock)

extern "C" {
/// For tests: as the setting, for what this thread launches.
void emulated_set_seed(unsigned long long value) { seed = value; }

int cuModuleLoadData(void **result, const void *image) {
    GUARDED;
    // An ELF says where its section headers end, which come last in what the linker writes.
    const unsigned char *bytes = (const unsigned char *)image;
    if (memcmp(bytes, "\177ELF", 4) != 0) return invalid_image;
    unsigned long long headers;
    unsigned short size, count;
    memcpy(&headers, bytes + 40, 8);
    memcpy(&size, bytes + 58, 2);
    memcpy(&count, bytes + 60, 2);
    size_t length = headers + (size_t)size * count, written = 0;
    int file = memfd_create("module", MFD_CLOEXEC);
    if (file < 0) return out_of_memory;
    while (written < length) {
        ssize_t n = write(file, bytes + written, length - written);
        if (n <= 0) break;
        written += (size_t)n;
    }
    void *library = dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(), RTLD_NOW | RTLD_LOCAL);
    std::string why = library == nullptr ? dlerror() : "";
    if (library == nullptr) {
        close(file);
        return emulated_fault(invalid_image, why);
    }
    auto *module = new Module{library, file, {}};
    for (auto *k = (const EmulatedKernel *)dlsym(library, "emulated_kernels"); k->name != nullptr; k++) {
        module->functions.push_back(std::make_unique<Function>(Function{module, k}));
        functions.insert(module->functions.back().get());
    }
    modules.insert(module);
    *result = module;
    return ok;
}

int cuModuleUnload(void *handle) {
    GUARDED;
    auto *module = (Module *)handle;
    if (modules.erase(module) == 0) return invalid_handle;
    for (auto &f : module->functions) functions.erase(f.get());
    dlclose(module->library);
    close(module->file);
    delete module;
    return ok;
}

int cuModuleGetFunction(void **result, void *handle, const char *name) {
    GUARDED;
    auto *module = (Module *)handle;
    if (modules.count(module) == 0) return invalid_handle;
    for (auto &f : module->functions)
        if (std::string(f->kernel->name) == name) return *result = f.get(), ok;
    return not_found;
}

int cuFuncSetAttribute(void *handle, int attribute, int value) {
    GUARDED;
    auto *function = (Function *)handle;
    if (functions.count(function) == 0) return invalid_handle;
    if (attribute == 9) return ok;                                     // how much of the cache is to be shared memory: a wish
    if (attribute != 8 || value < 0 || value > emulated_dynamic_most) return invalid_value;
    function->dynamic_most = (unsigned)value;
    return ok;
}

int cuLaunchKernel(void *handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned dynamic_bytes, void *stream_handle,
                   void **parameters, void **extra) {
    GUARDED;
    auto *function = (Function *)handle;
    Stream *stream = emulated_stream(stream_handle);
    if (functions.count(function) == 0 || stream == nullptr) return invalid_handle;
    if (stream->error != ok) return stream->error;
    unsigned long long threads = (unsigned long long)bx * by * bz;
    if (gx == 0 || gy == 0 || gz == 0 || gx > 0x7FFFFFFFu || gy > 65535 || gz > 65535 || threads == 0 || bx > 1024 || by > 1024 || bz > 64 || threads > 1024 ||
        dynamic_bytes > function->dynamic_most || extra != nullptr)
        return invalid_value;
    Launch launch{function, {gx, gy, gz}, {bx, by, bz}, dynamic_bytes, seed == 0 ? 0 : seed + 1000003 * ++stream->launches, {}};
    for (const char *kind = function->kernel->kinds; *kind != 0; kind++) {
        unsigned long long value = 0;
        memcpy(&value, *parameters++, size_of(*kind));
        launch.values.push_back(value);
    }
    stream->work.push_back([launch] {
        for (size_t i = 0; i < launch.values.size(); i++)
            if (launch.function->kernel->kinds[i] == 'p' && launch.values[i] != 0 && !memory::holds((void *)launch.values[i], 0))
                return emulated_fault(illegal_address, std::string(launch.function->kernel->name) + ": parameter " + std::to_string(i) + " is no device memory");
        return launch.run();
    });
    return ok;
}
}
