// A pool of large blocks behind the arrays that ops return.
//
// A training or prediction step allocates the same sizes again and again. Blocks that the allocator of the
// system would map and unmap each time (page faults, zeroing) are kept here when their array dies and handed
// to the next array of that size class. At most `limit` bytes are kept idle. Thread-safe and fork-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#if defined(_WIN32)
#include <malloc.h>
#else
#include <pthread.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace thinc {

// Tells the address sanitizer that of a block of `held` bytes, the first `used` may be touched; else does nothing.
inline void mark_usable(char* block, size_t used, size_t held) {
#if defined(__SANITIZE_ADDRESS__)
    ASAN_UNPOISON_MEMORY_REGION(block, used);
    ASAN_POISON_MEMORY_REGION(block + used, held - used);
#else
    (void)block, (void)used, (void)held;
#endif
}

class Pool {
public:
    static constexpr size_t alignment = 64, header = 64, smallest = 8192;

    static Pool& instance() {
        static Pool* pool = new Pool;  // never destroyed: arrays may outlive static destructors
        return *pool;
    }

    void* allocate(size_t size) {
        const size_t cls = class_of(size + header), bytes = bytes_of(cls);
        if (bytes < size) return nullptr;
        {
            std::lock_guard<std::mutex> guard(lock_);
            if (!free_[cls].empty()) {
                void* block = free_[cls].back();
                free_[cls].pop_back();
                idle_ -= bytes;
                mark_usable(static_cast<char*>(block), size, bytes - header);
                return block;
            }
        }
        char* raw = static_cast<char*>(system_allocate(bytes));
        if (!raw) return nullptr;
        std::memcpy(raw, &cls, sizeof cls);
        mark_usable(raw + header, size, bytes - header);
        return raw + header;
    }

    void release(void* block) {
        if (!block) return;
        char* raw = static_cast<char*>(block) - header;
        const size_t cls = stored_class(raw), bytes = bytes_of(cls);
        {
            std::lock_guard<std::mutex> guard(lock_);
            if (idle_ + bytes <= limit_) {
                free_[cls].push_back(block);
                idle_ += bytes;
                mark_usable(raw + header, 0, bytes - header);
                return;
            }
        }
        release_to_system(raw);
    }

    void* resize(void* block, size_t size) {
        if (!block) return allocate(size);
        const size_t held = bytes_of(stored_class(static_cast<char*>(block) - header)) - header;
        if (size <= held && size >= held / 2) {
            mark_usable(static_cast<char*>(block), size, held);
            return block;
        }
        void* other = allocate(size);
        if (!other) return nullptr;
        mark_usable(static_cast<char*>(block), held, held);
        std::memcpy(other, block, size < held ? size : held);
        release(block);
        return other;
    }

    // Hands all idle blocks back to the system; returns how many bytes that were.
    size_t trim() {
        std::lock_guard<std::mutex> guard(lock_);
        for (auto& blocks : free_) {
            for (void* block : blocks) release_to_system(static_cast<char*>(block) - header);
            blocks.clear();
        }
        const size_t freed = idle_;
        idle_ = 0;
        return freed;
    }

    size_t idle() {
        std::lock_guard<std::mutex> guard(lock_);
        return idle_;
    }

    void set_limit(size_t bytes) {
        std::lock_guard<std::mutex> guard(lock_);
        limit_ = bytes;
    }

private:
    // Four classes per power of two: at most a quarter of a block is unused.
    static constexpr size_t classes = 4 * 40;

    Pool() {
#if !defined(_WIN32)
        pthread_atfork([] { instance().lock_.lock(); }, [] { instance().lock_.unlock(); },
                       [] { instance().lock_.unlock(); });
#endif
    }

    static size_t class_of(size_t bytes) {
        size_t cls = 0;
        while (cls + 1 < classes && bytes_of(cls) < bytes) cls += 4;
        while (cls > 0 && bytes_of(cls - 1) >= bytes) --cls;
        return cls < classes ? cls : classes - 1;
    }
    static size_t bytes_of(size_t cls) { return (smallest << (cls / 4)) / 4 * (4 + cls % 4); }
    static size_t stored_class(const char* raw) {
        size_t cls;
        std::memcpy(&cls, raw, sizeof cls);
        return cls;
    }

    static void release_to_system(char* raw) {
        const size_t held = bytes_of(stored_class(raw)) - header;
        mark_usable(raw + header, held, held);
        system_release(raw);
    }

    static void* system_allocate(size_t bytes) {
#if defined(_WIN32)
        return _aligned_malloc(bytes, alignment);
#else
        const size_t huge = size_t(1) << 21;
        void* raw = nullptr;
        if (posix_memalign(&raw, bytes >= 2 * huge ? huge : alignment, bytes)) return nullptr;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        if (bytes >= 2 * huge) madvise(raw, bytes, MADV_HUGEPAGE);
#endif
        return raw;
#endif
    }
    static void system_release(void* raw) {
#if defined(_WIN32)
        _aligned_free(raw);
#else
        std::free(raw);
#endif
    }

    std::mutex lock_;
    std::vector<void*> free_[classes];
    size_t idle_ = 0, limit_ = size_t(512) << 20;
};

// The C functions of a NumPy data allocator over the pool.
inline void* pool_malloc(void*, size_t size) { return Pool::instance().allocate(size); }
inline void* pool_calloc(void*, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size) return nullptr;
    void* block = Pool::instance().allocate(count * size);
    if (block) std::memset(block, 0, count * size);
    return block;
}
inline void* pool_realloc(void*, void* block, size_t size) { return Pool::instance().resize(block, size); }
inline void pool_free(void*, void* block, size_t) { Pool::instance().release(block); }

}  // namespace thinc
