// SPDX-License-Identifier: Apache-2.0
#include <new>

#include <lzma.h>

#include "decompressor.hpp"

namespace espalier {
namespace {

constexpr std::uint64_t kMemoryBytes = std::uint64_t{1} << 30;  // xz -9 needs 65 MiB

class Xz final : public Decompressor {
public:
    Xz()
    {
        if (lzma_stream_decoder(&stream_, kMemoryBytes, LZMA_CONCATENATED) != LZMA_OK)
            throw std::bad_alloc();
    }
    ~Xz() override { lzma_end(&stream_); }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;

    Progress step(std::string_view in, std::span<char> out) override
    {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const lzma_ret result = lzma_code(&stream_, LZMA_FINISH);
        Progress progress{in.size() - stream_.avail_in, out.size() - stream_.avail_out, State::more};
        if (result == LZMA_STREAM_END)
            progress.state = State::end;
        else if (result == LZMA_MEMLIMIT_ERROR)
            progress.state = State::too_large;
        else if (result == LZMA_MEM_ERROR)
            throw std::bad_alloc();
        else if (result != LZMA_OK && result != LZMA_BUF_ERROR)
            progress.state = State::damaged;
        return progress;
    }

private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Decompressor> xz_decompressor()
{
    return std::make_unique<Xz>();
}

}  // namespace espalier
