#include "Block.h"
#include "Fibers.h"
#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace {
enum class Wait { ready, barrier, warp, done };

struct Thread {
    Fiber fiber;
    uint3 index;
    int number = 0;
    Wait wait = Wait::done;
    int line = 0;
    unsigned mask = 0;
    unsigned long long value = 0;
    unsigned long long lanes[32];
};

// One grid runs at a time (the driver holds a lock), so this is the one card.
Fiber scheduler;
std::vector<std::unique_ptr<Thread>> threads;
std::vector<int> ready[32];                  // those that can go on: of each warp, or all together in the first
bool by_warp;
Thread *current;
EmulatedThread *state;
const EmulatedKernel *kernel;
void **arguments;
int count;
std::string fault;
unsigned long long random_state;

unsigned draw(unsigned below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 32) % below);
}

void go_on(Thread &t) {
    t.wait = Wait::ready;
    ready[by_warp ? t.number / 32 : 0].push_back(t.number);
}

void give_up_turn() { current->fiber.switch_to(scheduler); }

void live() {
    for (;;) {
        kernel->call(arguments);
        current->wait = Wait::done;
        give_up_turn();
    }
}

void barrier(int line) {
    current->wait = Wait::barrier;
    current->line = line;
    give_up_turn();
}

/// The lanes of a mask go on when the last of them has come.
void meet(Thread &last) {
    int first = last.number / 32 * 32;
    for (int lane = 0; lane < 32; lane++) {
        if ((last.mask >> lane & 1) == 0) continue;
        if (first + lane >= count) {
            fault = "line " + std::to_string(last.line) + ": the mask of a warp names lane " + std::to_string(lane) + ", which the block does not have";
            return;
        }
        const Thread &other = *threads[first + lane];
        if (other.wait != Wait::warp || other.mask != last.mask || other.line != last.line) return;
    }
    for (int lane = 0; lane < 32; lane++) {
        if ((last.mask >> lane & 1) == 0) continue;
        Thread &other = *threads[first + lane];
        for (int i = 0; i < 32; i++) other.lanes[i] = (last.mask >> i & 1) != 0 ? threads[first + i]->value : ~0ull;
        go_on(other);
    }
}

const unsigned long long *exchange(unsigned mask, unsigned long long value, int line) {
    Thread &me = *current;
    if ((mask >> me.number % 32 & 1) == 0) fault = "line " + std::to_string(line) + ": a thread outside the mask takes part in a warp's exchange";
    me.wait = Wait::warp;
    me.mask = mask;
    me.value = value;
    me.line = line;
    meet(me);
    give_up_turn();
    return me.lanes;
}

std::string describe(const Thread &t) {
    std::string at = "thread " + std::to_string(t.number);
    switch (t.wait) {
    case Wait::done: return at + " has ended";
    case Wait::barrier: return at + " waits at the __syncthreads of line " + std::to_string(t.line);
    default: return at + " waits for its warp at line " + std::to_string(t.line);
    }
}

/// After a barrier that all have reached everybody may go on; any other standstill is a fault.
bool is_at_barrier() {
    const Thread &one = *threads[0];
    for (int i = 1; i < count; i++)
        if (threads[i]->wait != one.wait || (one.wait == Wait::barrier && threads[i]->line != one.line)) {
            fault = "the threads of the block do not meet: " + describe(one) + ", " + describe(*threads[i]);
            return false;
        }
    if (one.wait == Wait::warp) fault = "the threads of a warp do not meet: " + describe(one);
    return one.wait == Wait::barrier;
}

/// From barrier to barrier: either all threads mixed, or one warp after another as far as it gets.
void run_block(bool shuffled) {
    int warps[32];
    std::iota(warps, warps + 32, 0);
    for (int i = 0; i < count; i++) threads[i]->fiber.begin(live);
    do {
        by_warp = !shuffled || draw(2) == 0;
        for (int i = 0; shuffled && i < 32; i++) std::swap(warps[i], warps[i + (int)draw((unsigned)(32 - i))]);
        for (int i = 0; i < count; i++) go_on(*threads[i]);
        for (int warp : warps) {
            std::vector<int> &queue = ready[warp];
            for (size_t next = 0; next < queue.size() && fault.empty(); next++) {
                if (shuffled) std::swap(queue[next], queue[next + draw((unsigned)(queue.size() - next))]);
                current = threads[queue[next]].get();
                state->thread = current->index;
                scheduler.switch_to(current->fiber);
            }
            queue.clear();
        }
    } while (fault.empty() && is_at_barrier());
}

bool is_filled(const unsigned char *from, size_t bytes) {
    return std::all_of(from, from + bytes, [](unsigned char b) { return b == 255; });
}
} // namespace

std::string run_grid(const Grid &grid, void **parameters, unsigned long long seed) {
    count = (int)(grid.threads.x * grid.threads.y * grid.threads.z);
    while ((int)threads.size() < count) threads.push_back(std::make_unique<Thread>());
    for (int i = 0; i < count; i++) {
        threads[i]->number = i;
        threads[i]->index = {i % grid.threads.x, i / grid.threads.x % grid.threads.y, i / (grid.threads.x * grid.threads.y)};
    }
    state = grid.state;
    *state = {{}, {}, grid.threads, grid.blocks, barrier, exchange};
    kernel = grid.kernel;
    arguments = parameters;
    fault.clear();
    random_state = seed * 0x9E3779B97F4A7C15ull + 1;
    std::vector<unsigned> order((size_t)grid.blocks.x * grid.blocks.y * grid.blocks.z);
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = 0; seed != 0 && i + 1 < order.size(); i++) std::swap(order[i], order[i + draw((unsigned)(order.size() - i))]);
    for (unsigned block : order) {
        memset(grid.shared, 255, grid.shared_bytes);
        memset(grid.dynamic, 255, grid.dynamic_bytes + 256);
        state->block = {block % grid.blocks.x, block / grid.blocks.x % grid.blocks.y, block / (grid.blocks.x * grid.blocks.y)};
        run_block(seed != 0);
        if (fault.empty() && !is_filled(grid.dynamic + grid.dynamic_bytes, 256)) fault = "dynamic shared memory is written behind its end";
        if (!fault.empty())
            return std::string(grid.kernel->name) + ", block (" + std::to_string(state->block.x) + ", " + std::to_string(state->block.y) + ", " +
                   std::to_string(state->block.z) + "): " + fault;
    }
    return {};
}
