// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/files.hpp"

#include <filesystem>
#include <fstream>

#include <lzma.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using espalier::read_beginning_decompressed;
using espalier::read_file;
using espalier::read_file_decompressed;

namespace {

std::string gzipped(const std::string& text)
{
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&z, text.size()) + 32, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

std::string xzed(const std::string& text)
{
    std::string out(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                    out.size()) == LZMA_OK);
    out.resize(size);
    return out;
}

/// Compresses well at first and badly later, so that buffers grow in the middle.
std::string sample(std::size_t bytes)
{
    std::string text(bytes, 'a');
    std::uint32_t state = 1;
    for (std::size_t i = bytes / 2; i < bytes; ++i)
        text[i] = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
    return text;
}

}  // namespace

TEST_CASE("plain, gzip and xz files give the same bytes, whatever their size", "[files]")
{
    const TemporaryFolder folder;
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{262143}, std::size_t{262144},
                                    std::size_t{262145}, std::size_t{5'000'000}}) {
        const std::string text = sample(bytes);
        CHECK(read_file_decompressed(folder.write("a.bin", text)) == text);
        CHECK(read_file_decompressed(folder.write("a.bin.gz", gzipped(text))) == text);
        CHECK(read_file_decompressed(folder.write("a.bin.xz", xzed(text))) == text);
    }
    // all of one byte: a thousand times smaller when compressed
    const std::string zeros(5'000'000, '\0');
    CHECK(read_file_decompressed(folder.write("zeros.gz", gzipped(zeros))) == zeros);
    CHECK(read_file_decompressed(folder.write("zeros.xz", xzed(zeros))) == zeros);
}

TEST_CASE("members one after the other are one file, and zeros behind them are padding", "[files]")
{
    const TemporaryFolder folder;
    CHECK(read_file_decompressed(folder.write("a.gz", gzipped("one ") + gzipped("two"))) == "one two");
    CHECK(read_file_decompressed(folder.write("b.gz", gzipped("one") + std::string(100, '\0'))) == "one");
    CHECK(read_file_decompressed(folder.write("a.xz", xzed("one ") + xzed("two"))) == "one two");
    CHECK(read_file_decompressed(folder.write("b.xz", xzed("one") + std::string(8, '\0') + xzed("two"))) == "onetwo");
}

TEST_CASE("reading stops after the bytes asked for", "[files]")
{
    const TemporaryFolder folder;
    const std::string text = sample(1'000'000);
    for (const std::size_t most : {std::size_t{0}, std::size_t{10}, std::size_t{500'000}, std::size_t{2'000'000}}) {
        const std::string expected = text.substr(0, most);
        CHECK(read_beginning_decompressed(folder.write("a", text), most) == expected);
        CHECK(read_beginning_decompressed(folder.write("a.gz", gzipped(text)), most) == expected);
        CHECK(read_beginning_decompressed(folder.write("a.xz", xzed(text)), most) == expected);
    }
}

TEST_CASE("what is wrong with a file is said in one sentence that begins with its name", "[files]")
{
    const TemporaryFolder folder;
    const auto refusal = [](const std::filesystem::path& file) -> std::string {
        try {
            read_file_decompressed(file);
        } catch (const espalier::Error& error) {
            return error.what();
        }
        return "read without complaint";
    };
    const std::string name = (folder.path() / "a").string();
    CHECK(refusal(name) == name + ": no such file");
    CHECK(refusal(folder.path()) == folder.path().string() + ": is a folder, not a file");

    for (const auto& [suffix, packed, format] :
         {std::tuple{".gz", gzipped(sample(100'000)), "gzip"}, std::tuple{".xz", xzed(sample(100'000)), "xz"}}) {
        const std::string file = name + suffix;
        folder.write("a" + std::string(suffix), "");
        CHECK(refusal(file) == file + ": is empty, not " + format + " data");
        folder.write("a" + std::string(suffix), "index,arch\n0,x\n");
        CHECK(refusal(file) == file + ": is not " + format + " data, or damaged at its beginning");
        for (const std::size_t size : {std::size_t{5}, packed.size() / 2, packed.size() - 1}) {
            folder.write("a" + std::string(suffix), packed.substr(0, size));
            CHECK(refusal(file) == file + ": the " + format + " data end too early, after " + std::to_string(size) +
                                       " bytes: the file is incomplete");
        }
        std::string flipped = packed;
        flipped[packed.size() / 2] = static_cast<char>(flipped[packed.size() / 2] ^ 0x10);
        folder.write("a" + std::string(suffix), flipped);
        CHECK_THAT(refusal(file), ContainsSubstring(file + ": the " + format + " data are damaged near byte"));
        for (const std::string garbage : {"g", "garbage", "\nmore than one header has bytes, or two of them"}) {
            folder.write("a" + std::string(suffix), packed + garbage);
            CHECK(refusal(file) == file + ": behind the " + format + " data, at byte " + std::to_string(packed.size()) +
                                       ", stands something else: " + std::to_string(garbage.size()) + " bytes");
        }
        folder.write("a" + std::string(suffix), packed + packed.substr(0, 4));
        CHECK_THAT(refusal(file), ContainsSubstring(file + ": the " + format + " data end too early"));
    }
}

TEST_CASE("what is no file is neither waited for nor read", "[files]")
{
    const TemporaryFolder folder;
    const std::string pipe = (folder.path() / "pipe.gz").string(), name = (folder.path() / "socket").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(listener);
    std::filesystem::create_symlink("loop", folder.path() / "loop");
    std::filesystem::create_symlink("/dev/zero", folder.path() / "zero.xz");
    const std::string loop = (folder.path() / "loop").string(), zero = (folder.path() / "zero.xz").string(),
                      longest = (folder.path() / std::string(300, 'x')).string();
    using Read = std::string (*)(const std::filesystem::path&, std::size_t);
    for (const Read read : {&read_file, &read_file_decompressed, &read_beginning_decompressed}) {
        CHECK_THROWS_WITH(read("/dev/zero", 10), "/dev/zero: is a device, not a file");
        CHECK_THROWS_WITH(read(zero, 10), zero + ": is a device, not a file");
        CHECK_THROWS_WITH(read(pipe, 10), pipe + ": is a pipe, not a file");
        CHECK_THROWS_WITH(read(name, 10), name + ": is a socket, not a file");
        CHECK_THROWS_WITH(read(loop, 10), loop + ": Too many levels of symbolic links");
        CHECK_THROWS_WITH(read(longest, 10), longest + ": File name too long");
        CHECK_THROWS_WITH(read("", 10), "a file without a name: no such file");
    }
}

TEST_CASE("more than the limit is refused without being read", "[files]")
{
    const TemporaryFolder folder;
    const std::string text = sample(1000), zeros(3 << 20, '\0');
    CHECK(read_file(folder.write("a", text), 1000) == text);
    const std::string file = folder.write("a", text);
    CHECK_THROWS_WITH(read_file(file, 999), file + ": has more than 999 bytes, which is the most that is read");
    for (const auto& [ending, packed] : {std::pair{".gz", gzipped(zeros)}, {".xz", xzed(zeros)}}) {
        const std::string bomb = folder.write(std::string("bomb") + ending, packed);
        CHECK(read_file_decompressed(bomb, zeros.size()) == zeros);
        CHECK_THROWS_WITH(read_file_decompressed(bomb, 2 << 20),
                          bomb + ": has more than 2 MiB when it is decompressed, which is the most that is read");
    }
    const std::string sparse = folder.write("sparse", "");
    std::filesystem::resize_file(sparse, std::uintmax_t{1} << 40);
    CHECK_THROWS_WITH(read_file(sparse), sparse + ": has more than 1024 MiB, which is the most that is read");
}
