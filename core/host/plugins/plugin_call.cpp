// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_call.hpp"

#include <atomic>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "espalier/error.hpp"

#include "host/plugins/crash.hpp"
#include "plugin_file/file_bytes.hpp"

namespace espalier::host {

PluginCall::PluginCall(std::string_view who, std::string_view doing, const AskedAbout& about) noexcept
    : slot_{slot_of_this_thread()}
{
    if (slot_ == nullptr)
        return;
    before_ = slot_->used;
    slot_->count_call();
    std::size_t left = sizeof slot_->frames - before_;
    CallFrame::Head head{
        static_cast<std::uint32_t>(about.round),      static_cast<std::uint32_t>(about.candidates),
        static_cast<std::uint32_t>(about.key.size()), static_cast<std::uint32_t>(about.choices.size_bytes()),
        static_cast<std::uint16_t>(who.size()),       static_cast<std::uint16_t>(doing.size()),
        static_cast<std::uint16_t>(about.role.size())};
    const std::size_t named = sizeof head + who.size() + doing.size();
    if (named + about.role.size() + about.key.size() + about.choices.size_bytes() > left)
        head.role = head.key = head.choices = 0;  // it can be told of, but not be passed over
    if (named > left)
        return;
    char* at = slot_->frames + before_;
    const auto put = [&at](const void* bytes, std::size_t size) {
        if (size > 0)
            std::memcpy(at, bytes, size);
        at += size;
    };
    put(&head, sizeof head);
    put(who.data(), head.who);
    put(doing.data(), head.doing);
    put(about.role.data(), head.role);
    put(about.key.data(), head.key);
    put(about.choices.data(), head.choices);
    std::atomic_signal_fence(std::memory_order_release);  // whole before it is there
    slot_->set_used(static_cast<std::uint32_t>(at - slot_->frames));
}

CallsFile::CallsFile(const std::filesystem::path& file, std::size_t threads) : file_{file}
{
    const std::size_t bytes = threads * sizeof(CallSlot);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return;
    // Reserved on the disk: a page that the disk has no room for would be a signal when it is written.
    if (::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) == 0) {
        void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (memory != MAP_FAILED)
            slots_ = {static_cast<CallSlot*>(memory), threads};
    }
    ::close(descriptor);
    use_call_slots(slots_);
}

CallsFile::~CallsFile()
{
    use_call_slots({});
    if (!slots_.empty())
        ::munmap(slots_.data(), slots_.size_bytes());
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

std::vector<EndedCall> ended_calls(const std::filesystem::path& file)
{
    std::vector<EndedCall> found;
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none))
        return found;
    std::optional<FileBytes> opened;
    try {
        opened.emplace(file);
    } catch (const Error&) {
        return found;  // whoever is to blame cannot be told; the run can do without
    }
    const std::span<const std::byte> bytes = opened->bytes();
    for (std::size_t at = 0; at + sizeof(CallSlot) <= bytes.size(); at += sizeof(CallSlot)) {
        CallSlot slot;
        std::memcpy(&slot, bytes.data() + at, sizeof slot);
        EndedCall ended;
        for_each_call(slot, [&](const CallFrame& frame) {
            ended.who = frame.who;
            ended.doing = frame.doing;
            if (frame.candidates == 0 || frame.role.empty())
                return;
            ended.role = frame.role;
            ended.key = frame.key;
            ended.choices.resize(frame.choices.size() / 2);
            if (!ended.choices.empty())
                std::memcpy(ended.choices.data(), frame.choices.data(), 2 * ended.choices.size());
            ended.round = static_cast<int>(frame.round);
            ended.candidates = frame.candidates;
        });
        if (ended.who.empty())
            continue;
        ended.how = slot.ended == 0 ? "" : how_it_ends(slot.ended);
        found.push_back(std::move(ended));
    }
    return found;
}

void blame_no_call() noexcept
{
    for (CallSlot& slot : call_slots())
        slot.set_used(0);
}

}  // namespace espalier::host
