// libnvrtc.so.12: g++ in place of NVIDIA's compiler. A "cubin" is a shared object with a table of kernels.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <regex>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char **environ;
namespace fs = std::filesystem;

namespace {
enum : int { success = 0, invalid_input = 3, invalid_program = 4, invalid_option = 5, compilation_error = 6 };

struct Program {
    std::string text, name, log, cubin;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> definitions;
};

std::mutex compiling;

std::string read(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path &path, const std::string &text) { std::ofstream(path, std::ios::binary) << text; }

/// Where this library lies; Emulation.h is beside it.
fs::path home() {
    Dl_info info;
    dladdr((void *)&read, &info);
    return fs::absolute(info.dli_fname).parent_path();
}

/// Dynamic shared memory becomes a place in the module.
std::string with_dynamic(const std::string &text) {
    static const std::regex pattern(R"(extern\s+__shared__\s+((?:__align__\(\d+\)\s+)?)([A-Za-z_][\w ]*?)\s+(\w+)\[\]\s*;)");
    return std::regex_replace(text, pattern, "$2 *const $3 = ($2 *)emulated_dynamic;");
}

std::string table_of(const std::string &text) {
    static const std::regex pattern("extern\\s+\"C\"\\s+__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s+)?(\\w+)\\s*\\(");
    std::ostringstream calls, rows;
    for (std::sregex_iterator m(text.begin(), text.end(), pattern), end; m != end; ++m) {
        std::string name = (*m)[1];
        calls << "static void emulated_call_" << name << "(void **p) { emulated_call(" << name << ", p); }\n";
        rows << "    emulated_row(\"" << name << "\", emulated_call_" << name << ", " << name << "),\n";
    }
    return calls.str() + "extern \"C\" const EmulatedKernel emulated_kernels[] = {\n" + rows.str() + "    {nullptr, nullptr, {}}};\n";
}

int run(std::vector<std::string> words, const fs::path &log) {
    std::vector<char *> arguments;
    for (std::string &w : words) arguments.push_back(w.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t child;
    int status = posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (status != 0) return status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

int compile(Program &program) {
    std::string table = table_of(program.text), emulation = (home() / "Emulation.h").string();
    std::string source = "#include \"" + emulation + "\"\nEmulatedThread emulated_thread;\nunsigned char emulated_dynamic[emulated_dynamic_most + 256] __attribute__((aligned(256)));\n"
        "__shared__ int emulated_some_shared;\n#line 1 \"" + program.name + "\"\n" + with_dynamic(program.text) + "\n#line 1 \"kernels of " + program.name + "\"\n" + table;
    std::string all = source + read(emulation);
    for (auto &[name, text] : program.headers) all += name + text;
    for (std::string &d : program.definitions) all += d;
    char key[32];
    snprintf(key, sizeof key, "%016zx", std::hash<std::string>()(all));
    fs::path made = home() / (std::string(key) + ".so");
    if (!fs::exists(made)) {
        fs::path folder = home() / (std::string(key) + "." + std::to_string(getpid()));
        fs::create_directories(folder);
        write(folder / "kernels.cpp", source);
        for (auto &[name, text] : program.headers) write(folder / name, with_dynamic(text));
        fs::path log = folder / "log", result = folder / "kernels.so";
        std::vector<std::string> words{"g++", "-std=c++17", "-O1", "-fPIC", "-shared", "-fno-weak", "-fno-gnu-unique", "-ffp-contract=off", "-fno-strict-aliasing", "-Wall", "-Wno-unknown-pragmas",
            "-Wno-unused-function", "-Wno-unused-variable", "-Wl,-Bsymbolic", "-I" + folder.string(), "-o", result.string(), (folder / "kernels.cpp").string()};
        words.insert(words.end(), program.definitions.begin(), program.definitions.end());
        int status = run(words, log);
        program.log = read(log);
        if (status == 0) fs::rename(result, made);
        fs::remove_all(folder);
        if (status != 0) return compilation_error;
    }
    program.cubin = read(made);
    return success;
}
} // namespace

extern "C" {
int nvrtcVersion(int *major, int *minor) {
    *major = 12;
    *minor = 4;
    return success;
}

int nvrtcCreateProgram(void **result, const char *text, const char *name, int headers, const char *const *header_texts, const char *const *header_names) {
    if (text == nullptr) return invalid_input;
    auto *program = new Program{text, name == nullptr ? "default_program" : name, {}, {}, {}, {}};
    for (int i = 0; i < headers; i++) program->headers.emplace_back(header_names[i], header_texts[i]);
    *result = program;
    return success;
}

int nvrtcCompileProgram(void *handle, int count, const char *const *options) {
    if (handle == nullptr) return invalid_program;
    static const std::regex known(
        R"(--gpu-architecture=sm_(80|86|89|90|90a|100|120)|-arch=sm_\d+a?|--std=c\+\+(11|14|17|20)|-std=c\+\+(11|14|17|20)|-default-device|--device-as-default-execution-space|--fmad=(true|false)|--use_fast_math|--restrict|--extra-device-vectorization|-lineinfo|--generate-line-info|--maxrregcount=\d+|-D.+)");
    for (int i = 0; i < count; i++)
        if (!std::regex_match(options[i], known)) return invalid_option;
    for (int i = 0; i < count; i++)
        if (strncmp(options[i], "-D", 2) == 0) ((Program *)handle)->definitions.push_back(options[i]);
    std::lock_guard<std::mutex> one(compiling);
    return compile(*(Program *)handle);
}

int nvrtcGetProgramLogSize(void *handle, size_t *size) {
    if (handle == nullptr) return invalid_program;
    *size = ((Program *)handle)->log.size() + 1;
    return success;
}

int nvrtcGetProgramLog(void *handle, char *log) {
    if (handle == nullptr) return invalid_program;
    strcpy(log, ((Program *)handle)->log.c_str());
    return success;
}

int nvrtcGetCUBINSize(void *handle, size_t *size) {
    if (handle == nullptr) return invalid_program;
    *size = ((Program *)handle)->cubin.size();
    return success;
}

int nvrtcGetCUBIN(void *handle, char *to) {
    if (handle == nullptr) return invalid_program;
    auto &cubin = ((Program *)handle)->cubin;
    memcpy(to, cubin.data(), cubin.size());
    return success;
}

int nvrtcDestroyProgram(void **handle) {
    if (handle == nullptr || *handle == nullptr) return invalid_program;
    delete (Program *)*handle;
    *handle = nullptr;
    return success;
}

const char *nvrtcGetErrorString(int code) {
    switch (code) {
    case success: return "NVRTC_SUCCESS";
    case invalid_input: return "NVRTC_ERROR_INVALID_INPUT";
    case invalid_program: return "NVRTC_ERROR_INVALID_PROGRAM";
    case invalid_option: return "NVRTC_ERROR_INVALID_OPTION";
    case compilation_error: return "NVRTC_ERROR_COMPILATION";
    default: return "NVRTC_ERROR unknown";
    }
}
}
