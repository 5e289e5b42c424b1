// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

#include "decompressor.hpp"

namespace espalier {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B\x08";
constexpr int kGzipOnly = 15 + 16;  // the largest window; +16: gzip's header and checksum, not zlib's

uInt piece(std::size_t size)
{
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class Gzip final : public Decompressor {
public:
    Gzip()
    {
        if (inflateInit2(&stream_, kGzipOnly) != Z_OK)
            throw std::bad_alloc();
    }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    Progress step(std::string_view in, std::span<char> out) override
    {
        if (between_members_ && !in.empty()) {
            if (in.front() == '\0')
                return after(std::min(in.find_first_not_of('\0'), in.size()), 0, in);
            if (!begins_as(in, kGzipMagic))
                return {0, 0, State::trailing};
            inflateReset(&stream_);
            between_members_ = false;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = piece(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = piece(out.size());
        const uInt read_before = stream_.avail_in, room_before = stream_.avail_out;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        const std::size_t read = read_before - stream_.avail_in, written = room_before - stream_.avail_out;
        between_members_ = result == Z_STREAM_END;
        if (between_members_)
            return after(read, written, in);
        return {read, written, result == Z_OK || result == Z_BUF_ERROR ? State::more : State::damaged};
    }

private:
    /// At the end of a member or of the zeros behind it.
    static Progress after(std::size_t read, std::size_t written, std::string_view in)
    {
        return {read, written, read == in.size() ? State::end : State::more};
    }

    z_stream stream_{};
    bool between_members_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> gzip_decompressor()
{
    return std::make_unique<Gzip>();
}

}  // namespace espalier
