// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/files.hpp"

#include <filesystem>
#include <fstream>

#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

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
}

TEST_CASE("reading stops after the bytes asked for", "[files]")
{
    const TemporaryFolder folder;
    const std::string text = sample(1'000'000);
    for (const std::size_t most : {std::size_t{0}, std::size_t{10}, std::size_t{500'000}, std::size_t{2'000'000}}) {
        const std::string expected = text.substr(0, most);
        CHECK(read_file_decompressed(folder.write("a", text), most) == expected);
        CHECK(read_file_decompressed(folder.write("a.gz", gzipped(text)), most) == expected);
        CHECK(read_file_decompressed(folder.write("a.xz", xzed(text)), most) == expected);
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
        folder.write("a" + std::string(suffix), packed + "garbage");
        CHECK_THAT(refusal(file), ContainsSubstring(file + ": the " + format + " data"));
    }
}
