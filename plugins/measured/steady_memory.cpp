// SPDX-License-Identifier: Apache-2.0
#include "steady_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

namespace espalier::measured {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kLine = 64;  // of a cache; LibTorch aligns to it, too

/// Ranges of one reserved range, the lowest that is free first. Pages are had when they are first written.
class Range {
public:
    Range()
    {
        size_ = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / kLargePage * kLargePage;
        void* const got = ::mmap(nullptr, size_ + kLargePage, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) {
            size_ = 0;
            return;
        }
        const auto address = reinterpret_cast<std::uintptr_t>(got);
        begin_ = static_cast<std::byte*>(got) + (kLargePage - address % kLargePage) % kLargePage;
        ::madvise(begin_, size_, MADV_HUGEPAGE);  // an advice: not everywhere taken
        free_.emplace(0, size_);
    }
    /// Null: no more.
    void* take(std::size_t bytes)
    {
        const std::size_t wanted = (bytes + kLine - 1) / kLine * kLine;
        const std::lock_guard guard(mutex_);
        for (auto at = free_.begin(); at != free_.end(); ++at) {
            const auto [offset, size] = *at;
            if (size < wanted)
                continue;
            free_.erase(at);
            if (size > wanted)
                free_.emplace(offset + wanted, size - wanted);
            taken_.emplace(offset, wanted);
            return begin_ + offset;
        }
        return nullptr;
    }
    /// @return whether it was taken here.
    bool give_back(void* place)
    {
        const auto offset = reinterpret_cast<std::uintptr_t>(place) - reinterpret_cast<std::uintptr_t>(begin_);
        if (offset >= size_)
            return false;
        const std::lock_guard guard(mutex_);
        const auto taken = taken_.find(offset);
        auto at = free_.emplace(taken->first, taken->second).first;
        taken_.erase(taken);
        if (const auto next = std::next(at); next != free_.end() && at->first + at->second == next->first) {
            at->second += next->second;
            free_.erase(next);
        }
        if (const auto before = at == free_.begin() ? at : std::prev(at);
            before != at && before->first + before->second == at->first) {
            before->second += at->second;
            free_.erase(at);
        }
        return true;
    }

private:
    std::byte* begin_ = nullptr;
    std::size_t size_ = 0;
    std::mutex mutex_;
    std::map<std::size_t, std::size_t> free_, taken_;  // sizes by offsets
};

/// Lives as long as the process: a tensor may be freed at its very end.
Range& range()
{
    static Range* const one = new Range;
    return *one;
}

/// Stays LibTorch's allocator once it is: what it gave away may be given back at any time, and by nobody else. Where
/// nobody measures it is the one that was there before.
class Allocator final : public c10::Allocator {
public:
    std::atomic<int> uses = 0;

    c10::DataPtr allocate(std::size_t bytes) override
    {
        void* const place = uses > 0 && bytes > 0 ? range().take(bytes) : nullptr;
        return place ? c10::DataPtr{place, place, &free, c10::Device(c10::DeviceType::CPU)} : before().allocate(bytes);
    }
    c10::DeleterFnPtr raw_deleter() const override { return &free; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

    static c10::Allocator& before()
    {
        static c10::Allocator& one = *c10::GetCPUAllocator();
        return one;
    }

private:
    static void free(void* place)
    {
        if (!range().give_back(place))
            before().raw_deallocate(place);
    }
};

Allocator& allocator()
{
    static Allocator& one = [&]() -> Allocator& {
        Allocator::before();
        auto* const steady = new Allocator;  // never deleted, as the range
        c10::SetCPUAllocator(steady);
        return *steady;
    }();
    return one;
}

}  // namespace

SteadyMemory::SteadyMemory()
{
    ++allocator().uses;
}

SteadyMemory::~SteadyMemory()
{
    --allocator().uses;
}

}  // namespace espalier::measured
