// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fcntl.h>

#include "espalier/error.hpp"

#include "decompressor.hpp"

namespace espalier {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
};

/// What a file is that cannot be read as one; null: it can.
const char* kind(std::filesystem::file_type type)
{
    using Type = std::filesystem::file_type;
    switch (type) {
        case Type::directory:
            return "a folder";
        case Type::fifo:
            return "a pipe";
        case Type::socket:
            return "a socket";
        case Type::block:
        case Type::character:
            return "a device";
        default:
            return nullptr;
    }
}

std::string size_text(std::size_t bytes)
{
    return bytes % (std::size_t{1} << 20) == 0 ? std::to_string(bytes >> 20) + " MiB"
                                               : std::to_string(bytes) + " bytes";
}

/// Reads pieces of a file and says in a sentence what goes wrong.
class Source {
public:
    explicit Source(const std::filesystem::path& path) : name_{path.string()}
    {
        std::error_code none;
        if (const char* const other = kind(std::filesystem::status(path, none).type()))
            throw Error(name_ + ": is " + other + ", not a file");
        // What it stands for may change meanwhile, and some files of /proc wait for something to be said.
        if (const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); descriptor >= 0)
            file_.reset(::fdopen(descriptor, "rb"));
        if (!file_)
            throw Error((name_.empty() ? "a file without a name" : name_) + ": " +
                        (errno == ENOENT ? "no such file" : std::strerror(errno)));
        const std::uintmax_t bytes = std::filesystem::file_size(path, none);
        bytes_ = none ? 0 : static_cast<std::size_t>(bytes);
    }

    std::size_t read(char* to, std::size_t most)
    {
        const std::size_t count = std::fread(to, 1, most, file_.get());
        if (std::ferror(file_.get()))
            throw Error(name_ + ": cannot be read: " + std::strerror(errno));
        return count;
    }
    [[noreturn]] void damaged(const std::string& what) const { throw Error(name_ + ": " + what); }
    std::size_t bytes() const { return bytes_; }

private:
    std::string name_;
    std::unique_ptr<std::FILE, Close> file_;
    std::size_t bytes_ = 0;
};

/// Doubles `text` where it is full, up to `most`. @return the room behind `used`.
std::span<char> room(std::string& text, std::size_t used, std::size_t most)
{
    if (used == text.size())
        text.resize(std::min(most, std::max(kPieceBytes, 2 * text.size())));
    return {text.data() + used, text.size() - used};
}

std::string read_plain(Source& source, std::size_t most)
{
    std::string text(std::min(most, source.bytes() + 1), '\0');  // +1: the end is seen without growing
    std::size_t used = 0;
    while (used < most) {
        const std::span<char> free = room(text, used, most);
        const std::size_t count = source.read(free.data(), free.size());
        used += count;
        if (count < free.size())
            break;
    }
    text.resize(used);
    return text;
}

std::string read_whole(Source& source, std::size_t limit)
{
    if (source.bytes() <= limit) {  // of what has no size, as in /proc, the bytes are counted
        std::string text = read_plain(source, limit + 1);
        if (text.size() <= limit)
            return text;
    }
    source.damaged("has more than " + size_text(limit) + ", which is the most that is read");
}

struct Unpacked {
    std::string text;
    std::size_t read = 0;  // bytes of the packed data
    Decompressor::State state = Decompressor::State::more;
};

/// As much text as `packed` gives, at most `most` bytes. Less, and state `more`: the data end too early.
Unpacked unpacked(std::string_view packed, Decompressor& decompressor, std::size_t most)
{
    Unpacked result{.text = std::string(std::min(most, 5 * packed.size() + kPieceBytes), '\0')};
    std::size_t used = 0;
    while (used < most && result.state == Decompressor::State::more) {
        const std::span<char> free = room(result.text, used, most);
        const Decompressor::Progress done = decompressor.step(packed.substr(result.read), free);
        result.read += done.read;
        used += done.written;
        result.state = done.state;
        if (done.read == 0 && done.written == 0)
            break;
    }
    result.text.resize(used);
    return result;
}

std::string read_compressed(Source& source, Decompressor& decompressor, const std::string& format, std::size_t limit)
{
    const std::string packed = read_whole(source, kMostFileBytes);
    if (packed.empty())
        source.damaged("is empty, not " + format + " data");
    Unpacked result = unpacked(packed, decompressor, limit + 1);
    if (result.state == Decompressor::State::too_large)
        source.damaged("needs more than 512 MiB of memory to be decompressed");
    if (result.text.size() > limit)
        source.damaged("has more than " + size_text(limit) +
                       " when it is decompressed, which is the most that is read");
    if (result.state == Decompressor::State::trailing)
        source.damaged("behind the " + format + " data, at byte " + std::to_string(result.read) +
                       ", stands something "
                       "else: " +
                       std::to_string(packed.size() - result.read) + " bytes");
    if (result.state == Decompressor::State::damaged)
        source.damaged(result.text.empty() && result.read < 32
                           ? "is not " + format + " data, or damaged at its beginning"
                           : "the " + format + " data are damaged near byte " + std::to_string(result.read));
    if (result.state == Decompressor::State::more)
        source.damaged("the " + format + " data end too early, after " + std::to_string(packed.size()) +
                       " bytes: the file is incomplete");
    return std::move(result.text);
}

using MakeDecompressor = std::unique_ptr<Decompressor> (*)();

std::string read_compressed(const std::filesystem::path& file, MakeDecompressor make, const std::string& format,
                            std::size_t limit)
{
    Source source(file);
    return read_compressed(source, *make(), format, limit);
}

/// The beginning of a file gives the beginning of its text; where it does not, the whole file tells why.
std::string read_beginning(const std::filesystem::path& file, MakeDecompressor make, const std::string& format,
                           std::size_t most)
{
    for (std::size_t piece = most + kPieceBytes; piece < kMostFileBytes; piece *= 16) {
        Source source(file);
        const std::string packed = read_plain(source, piece);
        std::string text = unpacked(packed, *make(), most).text;
        if (text.size() == most)
            return text;
        if (packed.size() < piece)
            break;
    }
    std::string text = read_compressed(file, make, format, kMostFileBytes);
    text.resize(std::min(text.size(), most));
    return text;
}

}  // namespace

std::string read_file(const std::filesystem::path& file, std::size_t limit)
{
    Source source(file);
    return read_whole(source, limit);
}

std::string read_file_decompressed(const std::filesystem::path& file, std::size_t limit)
{
    if (file.extension() == ".gz")
        return read_compressed(file, gzip_decompressor, "gzip", limit);
    if (file.extension() == ".xz")
        return read_compressed(file, xz_decompressor, "xz", limit);
    return read_file(file, limit);
}

std::string read_beginning_decompressed(const std::filesystem::path& file, std::size_t most)
{
    if (file.extension() == ".gz")
        return read_beginning(file, gzip_decompressor, "gzip", most);
    if (file.extension() == ".xz")
        return read_beginning(file, xz_decompressor, "xz", most);
    Source source(file);
    return read_plain(source, most);
}

}  // namespace espalier
