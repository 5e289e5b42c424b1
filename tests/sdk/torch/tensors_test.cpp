// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/tensors.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <sstream>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier::torch_sdk;

namespace {

std::string bytes_of(const std::string& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

at::Tensor half_one()
{
    return at::scalar_tensor(0.5, at::kDouble);
}

void write(const std::string& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
}

/// A file with this header behind its check sum, which is right.
std::string summed(const std::string& header, const std::string& numbers, std::uint64_t longer = 0)
{
    const std::string begin = R"({"__metadata__":{"checksum":")", zeros(16, '0');
    const std::uint64_t length = begin.size() + zeros.size() + header.size() + longer;
    std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
    bytes += begin + zeros + header + numbers;
    std::ostringstream sum;
    sum << std::hex << std::setw(16) << std::setfill('0') << espalier::stable_hash(bytes);
    return bytes.replace(sizeof length + begin.size(), zeros.size(), sum.str());
}

}  // namespace

TEST_CASE("tensors come back with their names, types and numbers", "[tensors]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "t";
    const at::Tensor a = at::arange(24, at::kFloat).reshape({1, 2, 3, 4}).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor b = at::arange(3, at::kLong), c = at::scalar_tensor(0.5, at::kDouble), d = at::empty({0, 4});
    save_tensors(file, {{"a", a}, {"b", b}, {"", c}, {"d", d}});
    const auto loaded = load_tensors(file);
    REQUIRE(loaded.size() == 4);
    CHECK(loaded[0].first == "a");
    CHECK(at::equal(loaded[0].second, a));
    CHECK(at::equal(loaded[1].second, b));
    CHECK(loaded[2].second.item<double>() == 0.5);
    CHECK(loaded[3].second.sizes() == at::IntArrayRef({0, 4}));
    CHECK_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_CASE("the file lies as safetensors describes it, and notes come back", "[tensors]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "t";
    const at::Tensor half = at::arange(3, at::kFloat).to(at::kBFloat16);
    save_tensors(file, {{"a", at::arange(2, at::kLong)}, {"b \"c\"", half}, {"byte", at::arange(1, at::kByte)}},
                 {{"made by", "h\xc3\xa4nd\n"}});
    const std::string bytes = bytes_of(file);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    CHECK(length % 8 == 0);
    REQUIRE(bytes.size() == 8 + length + 16 + 6 + 1);
    const std::string header = bytes.substr(8, length);
    CHECK_THAT(header, ContainsSubstring(R"("a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]})"));
    CHECK_THAT(header, ContainsSubstring(R"("b \"c\"":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]})"));
    std::int64_t one = 0;
    std::memcpy(&one, bytes.data() + 8 + length + 8, 8);
    CHECK(one == 1);
    TensorNotes notes;
    const auto loaded = load_tensors(file, &notes);
    CHECK(notes.at("made by") == "h\xc3\xa4nd\n");
    notes["checksum"] = "mine";
    save_tensors(file, loaded, notes);
    CHECK_NOTHROW(load_tensors(file));
    CHECK(loaded[1].first == "b \"c\"");
    CHECK(loaded[1].second.scalar_type() == at::kBFloat16);
    CHECK(at::equal(loaded[1].second, half));
    CHECK(loaded[2].second.scalar_type() == at::kByte);
}

TEST_CASE("Python's safetensors reads the file", "[tensors]")
{
    const char* chosen = std::getenv("ESPALIER_PYTHON");
    const std::string python = chosen != nullptr ? chosen : "python3";
    if (std::system((python + " -c 'import safetensors' 2> /dev/null").c_str()) != 0) {
        WARN("skipped: " << python << " has no package safetensors (ESPALIER_PYTHON names another)");
        return;
    }
    const TemporaryFolder folder;
    save_tensors(folder / "t",
                 {{"numbers", at::arange(6, at::kFloat).reshape({2, 3})}, {"none", at::empty({0})}, {"", half_one()}},
                 {{"network", "4d\xc3\xa4"}});
    folder.write("read.py", R"(
import sys, struct, json
from safetensors import deserialize
raw = open(sys.argv[1], "rb").read()
tensors = dict(deserialize(raw))
assert set(tensors) == {"numbers", "none", ""}, tensors
numbers = tensors["numbers"]
assert (numbers["dtype"], numbers["shape"]) == ("F32", [2, 3]), numbers
assert struct.unpack("<6f", bytes(numbers["data"])) == (0, 1, 2, 3, 4, 5)
assert tensors["none"]["shape"] == [0] and tensors[""]["dtype"] == "F64"
notes = json.loads(raw[8:8 + struct.unpack("<Q", raw[:8])[0]])["__metadata__"]
assert notes["network"] == "4dä", notes
at = raw.index(notes["checksum"].encode())  # as docs/models.md describes it
sum = 0xcbf29ce484222325
for byte in raw[:at] + b"0" * 16 + raw[at + 16:]:
    sum = (sum ^ byte) * 0x100000001b3 % 2**64
assert f"{sum:016x}" == notes["checksum"]
)");
    CHECK(std::system((python + " " + (folder / "read.py").string() + " " + (folder / "t").string()).c_str()) == 0);
}

TEST_CASE("tensors that would not come back are not written", "[tensors]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "t";
    const at::Tensor one = half_one();
    CHECK_THROWS_WITH(save_tensors(file, {{"a", one}, {"a", one}}), ContainsSubstring("two tensors are named 'a'"));
    CHECK_THROWS_WITH(save_tensors(file, {{"__metadata__", one}}), ContainsSubstring("__metadata__"));
    CHECK_THROWS_WITH(save_tensors(file, {{"z", one.to(at::kComplexDouble)}}), ContainsSubstring("ComplexDouble"));
    CHECK_THROWS_WITH(save_tensors(file, {{"\xff", one}}), ContainsSubstring(file));
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("a checkpoint of an earlier version is refused with the remedy", "[tensors]")
{
    const TemporaryFolder folder;
    folder.write("t", "espalier tensors 1\nand so on");
    CHECK_THROWS_WITH(load_tensors(folder / "t"),
                      ContainsSubstring("/t: written by an earlier version") && ContainsSubstring("`reuse:` this run"));
}

TEST_CASE("a file cut short anywhere or changed anywhere is refused", "[tensors]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "t";
    save_tensors(file, {{"numbers", at::arange(4, at::kFloat)}}, {{"a note", "text"}});
    const std::string whole = bytes_of(file);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        write(file, whole.substr(0, n));
        CHECK_THROWS_AS(load_tensors(file), espalier::Error);
        std::string changed = whole;
        changed[n] = static_cast<char>(changed[n] ^ 1);
        write(file, changed);
        CHECK_THROWS_WITH(load_tensors(file), ContainsSubstring(file));
    }
    write(file, whole + '\0');
    CHECK_THROWS_WITH(load_tensors(file), ContainsSubstring("damaged"));
}

TEST_CASE("a file whose sum is right but whose header is not is refused", "[tensors]")
{
    const TemporaryFolder folder;
    const auto told = [&](const std::string& bytes) -> std::string {
        folder.write("t", bytes);
        try {
            load_tensors(folder / "t");
        } catch (const espalier::Error& error) {
            return error.what();
        }
        return "";
    };
    const auto entry = [](const std::string& shape, const std::string& offsets) {
        return R"("},"a":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    };
    CHECK(told(summed(entry("[4]", "[0,4]"), "abcd")).empty());
    CHECK(told(summed("\"}}", "")).empty());
    const std::string elsewhere = "a tensor of type U8 that is not where the former ends";
    CHECK_THAT(told(summed(entry("[3]", "[1,4]"), "abcd")), ContainsSubstring(elsewhere));
    CHECK_THAT(told(summed(entry("[5]", "[0,5]"), "abcd")), ContainsSubstring(elsewhere));
    CHECK_THAT(told(summed(entry("[3]", "[0,4]"), "abcd")), ContainsSubstring("a tensor of 3 bytes elsewhere"));
    CHECK_THAT(told(summed(entry("[3]", "[0,3]"), "abcd")), ContainsSubstring("numbers without a name"));
    CHECK_THAT(told(summed("\"}}", "", 8)), ContainsSubstring("damaged"));
}

TEST_CASE("a file is replaced as a whole", "[tensors]")
{
    const TemporaryFolder folder;
    save_tensors(folder / "t", {{"a", half_one()}});
    const std::string before = bytes_of(folder / "t");
    std::filesystem::create_hard_link(folder / "t", folder / "former");
    save_tensors(folder / "t", {{"b", half_one()}});
    CHECK(load_tensors(folder / "t").at(0).first == "b");
    CHECK(bytes_of(folder / "former") == before);  // never written into: a crash leaves one or the other
}

TEST_CASE("a file that cannot be written or is not there is named", "[tensors]")
{
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(save_tensors(folder / "no/t", {}), ContainsSubstring("/no/t"));
    CHECK_THROWS_WITH(load_tensors(folder / "none"), ContainsSubstring("/none"));
}
