// Enough of CUDA to run the sources of kernels on the host: a launch is a loop over blocks and threads.
//
// Where a block is made of whole warps, its threads are fibers, so that they can wait for each other in a shuffle. They
// run one at a time, either in order or backwards: a kernel whose result depends on that has a race.
#pragma once

#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#define __global__
#define __device__

namespace shim {

struct Index {
    unsigned x;
};

constexpr unsigned WARP = 32, MOST_THREADS = 1024;
constexpr size_t STACK = 64 * 1024;

struct Fiber {
    ucontext_t context;
    char* stack;
    void* fake_stack;
    unsigned long exchanges;
    bool done;
};

inline Index thread, block, block_size, grid_size;
inline Fiber fibers[MOST_THREADS];
inline ucontext_t scheduler;
inline void* scheduler_fake_stack;
inline const void* scheduler_stack;
inline size_t scheduler_stack_size;
inline unsigned char slots[2][MOST_THREADS][32];
inline void (*body)(void*);
inline void* body_state;

// The address sanitizer has to know about every change of stacks.
inline void leaving(void** fake_stack, const void* stack, size_t size) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(fake_stack, stack, size);
#else
    (void)fake_stack, (void)stack, (void)size;
#endif
}
inline void arrived(void* fake_stack, const void** stack, size_t* size) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, stack, size);
#else
    (void)fake_stack, (void)stack, (void)size;
#endif
}

inline void yield() {
    Fiber& fiber = fibers[thread.x];
    leaving(&fiber.fake_stack, scheduler_stack, scheduler_stack_size);
    swapcontext(&fiber.context, &scheduler);
    arrived(fiber.fake_stack, &scheduler_stack, &scheduler_stack_size);
}

inline void fiber_main() {
    arrived(nullptr, &scheduler_stack, &scheduler_stack_size);
    body(body_state);
    fibers[thread.x].done = true;
    leaving(nullptr, scheduler_stack, scheduler_stack_size);
    setcontext(&scheduler);
}

inline void resume(unsigned t) {
    thread.x = t;
    leaving(&scheduler_fake_stack, fibers[t].stack, STACK);
    swapcontext(&scheduler, &fibers[t].context);
    arrived(scheduler_fake_stack, nullptr, nullptr);
}

inline void run_block_of_warps(bool backwards) {
    const unsigned n = block_size.x;
    for (unsigned t = 0; t < n; ++t) {
        Fiber& fiber = fibers[t];
        if (!fiber.stack) fiber.stack = static_cast<char*>(std::malloc(STACK));
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack;
        fiber.context.uc_stack.ss_size = STACK;
        fiber.context.uc_link = nullptr;
        fiber.exchanges = 0;
        fiber.done = false;
        makecontext(&fiber.context, fiber_main, 0);
    }
    for (unsigned left = n; left;) {
        left = 0;
        for (unsigned i = 0; i < n; ++i) {
            const unsigned t = backwards ? n - 1 - i : i;
            if (!fibers[t].done) resume(t);
            left += !fibers[t].done;
        }
    }
}

inline void run_grid(unsigned grid, unsigned threads, bool backwards) {
    grid_size = {grid};
    block_size = {threads};
    for (unsigned b = 0; b < grid; ++b) {
        block = {backwards ? grid - 1 - b : b};
        if (threads % WARP == 0) {
            run_block_of_warps(backwards);
            continue;
        }
        for (unsigned t = 0; t < threads; ++t) {
            thread = {backwards ? threads - 1 - t : t};
            body(body_state);
        }
    }
}

// Arguments lie as a launch of CUDA gets them: an array of pointers to them.
template <class... A, size_t... I>
void launch(void (*kernel)(A...), unsigned grid, unsigned threads, bool backwards, void** args,
            std::index_sequence<I...>) {
    static_assert(((sizeof(A) == 8) && ...), "an argument takes eight bytes");
    auto call = [=] { kernel(*static_cast<A*>(args[I])...); };
    body = [](void* state) { (*static_cast<decltype(call)*>(state))(); };
    body_state = &call;
    run_grid(grid, threads, backwards);
}

template <class... A>
void launch(void (*kernel)(A...), unsigned grid, unsigned threads, bool backwards, void** args) {
    launch(kernel, grid, threads, backwards, args, std::index_sequence_for<A...>());
}

inline bool warp_has_reached(unsigned long exchanges) {
    const unsigned first = thread.x / WARP * WARP;
    for (unsigned t = first; t < first + WARP; ++t)
        if (fibers[t].exchanges < exchanges) {
            if (fibers[t].done) {
                std::fprintf(stderr, "a thread left while others wait for it in a shuffle\n");
                std::abort();
            }
            return false;
        }
    return true;
}

}  // namespace shim

#define threadIdx shim::thread
#define blockIdx shim::block
#define blockDim shim::block_size
#define gridDim shim::grid_size

// Two sets of slots: a thread can be one exchange ahead of another of its warp, but not two.
template <class T> T __shfl_xor_sync(unsigned mask, T x, unsigned distance) {
    static_assert(sizeof(T) <= sizeof(shim::slots[0][0]));
    if (mask != 0xffffffffu || shim::block_size.x % shim::WARP) {
        std::fprintf(stderr, "a shuffle needs whole warps\n");
        std::abort();
    }
    const unsigned long exchange = ++shim::fibers[shim::thread.x].exchanges;
    auto& set = shim::slots[exchange % 2];
    std::memcpy(set[shim::thread.x], &x, sizeof(T));
    while (!shim::warp_has_reached(exchange)) shim::yield();
    std::memcpy(&x, set[shim::thread.x ^ distance], sizeof(T));
    return x;
}

template <class T> T atomicAdd(T* at, T x) {
    const T before = *at;
    *at += x;
    return before;
}

// A C function that launches a kernel, whose name is in parentheses.
#define LAUNCHER(name, kernel)                                                           \
    extern "C" void name(unsigned grid, unsigned threads, bool backwards, void** args) { \
        shim::launch(kernel, grid, threads, backwards, args);                            \
    }
