// SPDX-License-Identifier: Apache-2.0
// Where this process has its larger tensors on the CPU: in huge pages, which stay with it. LibTorch takes memory from
// the system for each tensor and gives it back; in training, which needs the same again a moment later, the new pages
// and the walks to small ones take a fifth to a quarter of the time.
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)  // which has to see each tensor's end
#include <sys/mman.h>
#include <unistd.h>

namespace espalier::torch_sdk {
namespace {

constexpr std::size_t kLeast = 32 << 10;  ///< bytes; of less than this much malloc keeps enough itself
constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = 2 << 20;

/// Address space as large as the machine's memory, of which blocks are taken from the smallest gap that has room.
/// Untouched it costs nothing.
class TensorRegion {
public:
    TensorRegion()
    {
        const std::size_t bytes = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                                  static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / kHugePage * kHugePage;
        void* const mapped = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)  // address space is limited; all goes as without this
            return;
        begin_ = (reinterpret_cast<std::uintptr_t>(mapped) + kHugePage - 1) / kHugePage * kHugePage;
        end_ = begin_ + bytes;
        madvise(reinterpret_cast<void*>(begin_), bytes, MADV_HUGEPAGE);
        add_gap(begin_, bytes);
    }

    /// @return null: there is no room.
    void* take(std::size_t bytes)
    {
        // one line more: tensors of a power of two would all begin at the same place of a page, and loads then wait for
        // stores to others
        const std::size_t size = (bytes + kLine - 1) / kLine * kLine + kLine;
        const std::lock_guard lock(mutex_);
        const auto found = by_size_.lower_bound({size, 0});
        if (found == by_size_.end())
            return nullptr;
        const auto [gap, place] = *found;
        remove_gap(gaps_.find(place));
        if (gap > size)
            add_gap(place + size, gap - size);
        taken_.emplace(place, size);
        return reinterpret_cast<void*>(place);
    }

    bool holds(const void* block) const
    {
        const auto place = reinterpret_cast<std::uintptr_t>(block);
        return place >= begin_ && place < end_;
    }

    void give_back(void* block)
    {
        const std::lock_guard lock(mutex_);
        const auto found = taken_.find(reinterpret_cast<std::uintptr_t>(block));
        std::uintptr_t place = found->first;
        std::size_t size = found->second;
        taken_.erase(found);
        const auto next = gaps_.lower_bound(place);
        if (next != gaps_.begin()) {
            const auto before = std::prev(next);
            if (before->first + before->second == place) {
                place = before->first;
                size += before->second;
                remove_gap(before);
            }
        }
        if (next != gaps_.end() && place + size == next->first) {
            size += next->second;
            remove_gap(next);
        }
        add_gap(place, size);
    }

private:
    using Gaps = std::map<std::uintptr_t, std::size_t>;

    void add_gap(std::uintptr_t place, std::size_t size)
    {
        gaps_.emplace(place, size);
        by_size_.emplace(size, place);
    }
    void remove_gap(Gaps::iterator gap)
    {
        by_size_.erase({gap->second, gap->first});
        gaps_.erase(gap);
    }

    std::uintptr_t begin_ = 0, end_ = 0;
    std::mutex mutex_;  // guards what follows
    Gaps gaps_;         // sizes by place
    std::set<std::pair<std::size_t, std::uintptr_t>> by_size_;
    std::unordered_map<std::uintptr_t, std::size_t> taken_;
};

TensorRegion& tensor_region()
{
    static auto* const region = new TensorRegion;  // tensors may live until the process ends
    return *region;
}

void give_back(void* block)
{
    if (tensor_region().holds(block))
        tensor_region().give_back(block);
    else
        c10::free_cpu(block);
}

class TensorMemory final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        void* block = bytes >= kLeast ? tensor_region().take(bytes) : nullptr;
        if (block == nullptr)
            block = c10::alloc_cpu(bytes);
        return {block, block, &give_back, c10::Device(c10::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

/// From when this library is loaded on.
[[maybe_unused]] const bool kInstalled = [] {
    static auto* const memory = new TensorMemory;
    c10::SetCPUAllocator(memory);
    return true;
}();

}  // namespace
}  // namespace espalier::torch_sdk
#endif
