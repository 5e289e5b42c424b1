// SPDX-License-Identifier: Apache-2.0
#include "espalier/model_folder/model_folder.hpp"

#include <sstream>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"
#include "espalier/sdk/files.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;

namespace {

const std::vector<float> kWeight{1, -2, 0.5, 1e-30F}, kBias{3, 4};
const std::vector<double> kStatistics{0.1};

template <class Number>
std::string_view bytes(const std::vector<Number>& numbers)
{
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

std::vector<StoredTensor> tensors()
{
    return {{"l.weight", "F32", {2, 2}, bytes(kWeight)},
            {"l.bias", "F32", {2}, bytes(kBias)},
            {"mean", "F64", {1}, bytes(kStatistics)},
            {"none", "I64", {3, 0}, {}}};
}

Network layers()
{
    Network n;
    n.add(Op::linear, {n.add(Op::input, {}, {{"shape", {2}}})}, {{"out", {2}}}, "l");
    return n;
}

/// A file of tensors with this header, and the right sum.
std::string with_header(const std::string& entries, const std::string& numbers)
{
    const std::string zeros(16, '0');
    std::string header = R"({"__metadata__":{"checksum":")" + zeros + R"("})" + entries + "}";
    const std::uint64_t length = header.size();
    std::string file(reinterpret_cast<const char*>(&length), sizeof length);
    file += header + numbers;
    file.replace(file.find(zeros), 16, hexadecimal(stable_hash(file)));
    return file;
}

}  // namespace

TEST_CASE("a model folder is read as it was written", "[model_folder]")
{
    const TemporaryFolder folder;
    const ModelFacts facts{{{"user", {2}, 0}, {"word", {4}, 100}}, {2}, {{"mean", {0.5}}}, {{"top1_pct", 91.5}}};
    write_model_folder(folder / "m", layers(), tensors(), facts);
    const ModelFolder read = read_model_folder(folder / "m");
    CHECK(to_string(read.network) == to_string(layers()));
    REQUIRE(read.weights.tensors.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        const StoredTensor given = read.weights.tensors[i], wanted = tensors()[i];
        CHECK(given.name == wanted.name);
        CHECK(given.type == wanted.type);
        CHECK(given.extents == wanted.extents);
        CHECK(given.bytes == wanted.bytes);
    }
    REQUIRE(read.facts.inputs.size() == 2);
    CHECK(read.facts.inputs[1].below == 100);
    CHECK(read.facts.output == Shape{2});
    CHECK(read.facts.preprocessing == facts.preprocessing);
    CHECK(read.facts.metrics == facts.metrics);
}

TEST_CASE("a model folder of which any byte is changed is refused, and the file named", "[model_folder]")
{
    const TemporaryFolder folder;
    write_model_folder(folder.path(), layers(), tensors(), {{}, {2}, {}, {}});
    for (const char* name : {"network.json", "model.json", "weights.safetensors"}) {
        const std::string whole = read_file(folder / name);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            folder.write(name, changed);
            INFO(name << " " << i);
            CHECK_THROWS_WITH(read_model_folder(folder.path()), ContainsSubstring(name));
            folder.write(name, whole.substr(0, i));
            CHECK_THROWS_WITH(read_model_folder(folder.path()), ContainsSubstring(name));
        }
        folder.write(name, whole);
    }
    CHECK_NOTHROW(read_model_folder(folder.path()));
    CHECK_THROWS_WITH(read_model_folder(folder / "none"), ContainsSubstring("none/weights.safetensors"));
}

TEST_CASE("a file of tensors that somebody else made up is refused", "[model_folder]")
{
    const TemporaryFolder folder;
    const std::string good = R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    CHECK(read_tensor_file(folder.write("t", with_header(good, "01234567"))).tensors.size() == 1);
    for (const char* bad : {R"(,"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
                            R"(,"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]})",
                            R"(,"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]})",
                            R"(,"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]})",
                            R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]})",
                            R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]})",
                            R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})", R"(,"a":1)", ""}) {
        INFO(bad);
        CHECK_THROWS_WITH(read_tensor_file(folder.write("t", with_header(bad, "01234567"))),
                          ContainsSubstring("/t: not what Espalier writes"));
    }
}
