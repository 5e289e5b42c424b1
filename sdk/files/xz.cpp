// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include <lzma.h>

#include "decompressor.hpp"

namespace espalier {
namespace {

constexpr std::uint64_t kMemoryBytes = std::uint64_t{1} << 29;  // xz -9 needs 65 MiB
constexpr std::string_view kXzMagic("\xFD\x37zXZ\0", 6);

class Xz final : public Decompressor {
public:
    Xz() { begin(); }
    ~Xz() override { lzma_end(&stream_); }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;

    Progress step(std::string_view in, std::span<char> out) override
    {
        if (between_streams_ && !in.empty()) {
            if (in.front() == '\0')
                return after(std::min(in.find_first_not_of('\0'), in.size()), 0, in);
            if (!begins_as(in, kXzMagic))
                return {0, 0, State::trailing};
            begin();
        }
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const lzma_ret result = lzma_code(&stream_, LZMA_FINISH);
        Progress progress{in.size() - stream_.avail_in, out.size() - stream_.avail_out, State::more};
        between_streams_ = result == LZMA_STREAM_END;
        if (between_streams_)
            return after(progress.read, progress.written, in);
        if (result == LZMA_MEMLIMIT_ERROR)
            progress.state = State::too_large;
        else if (result == LZMA_MEM_ERROR)
            throw std::bad_alloc();
        else if (result != LZMA_OK && result != LZMA_BUF_ERROR)
            progress.state = State::damaged;
        return progress;
    }

private:
    void begin()
    {
        if (lzma_stream_decoder(&stream_, kMemoryBytes, 0) != LZMA_OK)
            throw std::bad_alloc();
        between_streams_ = false;
    }
    /// At the end of a stream or of the zeros behind it.
    static Progress after(std::size_t read, std::size_t written, std::string_view in)
    {
        return {read, written, read == in.size() ? State::end : State::more};
    }

    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool between_streams_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> xz_decompressor()
{
    return std::make_unique<Xz>();
}

}  // namespace espalier
