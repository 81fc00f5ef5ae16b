// Threads of a block as fibers: each has a stack, and control goes from one to another only where one says so.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

/// A place to go on from. The first switch into a fiber calls its entry, which must never return.
class Fiber {
public:
    using Entry = void (*)();
    static constexpr size_t stack_bytes = 128 * 1024, guard_bytes = 4096;

    Fiber() = default;
    Fiber(const Fiber &) = delete;

    void begin(Entry entry);
    void switch_to(Fiber &other);

    ~Fiber() {
        if (stack_ != nullptr) munmap(stack_, stack_bytes);
    }

private:
    void *stack() {
        if (stack_ == nullptr) {
            stack_ = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (stack_ == MAP_FAILED || mprotect(stack_, guard_bytes, PROT_NONE) != 0) abort();
        }
        return stack_;
    }

    void *stack_ = nullptr;
#if defined(__x86_64__)
    void *at_ = nullptr;
#else
    ucontext_t at_{};
#endif
};

#if defined(__x86_64__)
// void emulated_switch(void **from, void *to): pushes what a call must keep, and changes the stack.
asm(R"(
.pushsection .text
.local emulated_switch
.type emulated_switch, @function
emulated_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size emulated_switch, .-emulated_switch
.popsection
)");
extern "C" void emulated_switch(void **from, void *to) asm("emulated_switch");

inline void Fiber::begin(Entry entry) {
    void **top = (void **)((char *)stack() + stack_bytes) - 1;
    *--top = (void *)entry;     // where the first switch returns to; the stack is aligned there as after a call
    for (int i = 0; i < 6; i++) *--top = nullptr;
    at_ = top;
}

inline void Fiber::switch_to(Fiber &other) { emulated_switch(&at_, other.at_); }
#else
inline void Fiber::begin(Entry entry) {
    getcontext(&at_);
    at_.uc_stack.ss_sp = stack();
    at_.uc_stack.ss_size = stack_bytes;
    at_.uc_link = nullptr;
    makecontext(&at_, entry, 0);
}

inline void Fiber::switch_to(Fiber &other) { swapcontext(&at_, &other.at_); }
#endif
