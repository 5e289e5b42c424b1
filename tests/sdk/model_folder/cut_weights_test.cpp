// SPDX-License-Identifier: Apache-2.0
// tests/plugins/supernet holds it beside what LibTorch cuts out of super-networks of the shipped spaces.
#include "espalier/model_folder/cut_weights.hpp"

#include "catch.hpp"

using namespace espalier;

namespace {

/// A convolution of two channels to one, with the weights of one of three to two whose kernel is 5 wide.
Network narrow(const Attributes& more = {})
{
    Attributes attributes{{"out", {1}}, {"kernel", {3}}};
    attributes.insert(more.begin(), more.end());
    Network n;
    n.add(Op::conv, {n.add(Op::input, {}, {{"shape", {2, 8, 8}}})}, attributes, "w");
    return n;
}

}  // namespace

TEST_CASE("of weights the first channels are cut out, of kernels the centre", "[cut_weights]")
{
    std::vector<std::uint8_t> numbers(2 * 3 * 5 * 5);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<std::uint8_t>(i);
    const std::string_view bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size());
    std::vector<StoredTensor> whole{{"other", "U8", {2}, bytes.substr(0, 2)}, {"w.weight", "U8", {2, 3, 5, 5}, bytes}};
    const auto cut = cut_weights(narrow(), whole);
    REQUIRE(cut);
    REQUIRE(cut->tensors.size() == 1);
    CHECK(cut->tensors[0].name == "w.weight");
    CHECK(cut->tensors[0].type == "U8");
    CHECK(cut->tensors[0].extents == std::vector<std::int64_t>{1, 2, 3, 3});
    const std::string expected{6, 7, 8, 11, 12, 13, 16, 17, 18, 31, 32, 33, 36, 37, 38, 41, 42, 43};
    CHECK(cut->tensors[0].bytes == expected);

    CHECK(!cut_weights(narrow({{"bias", {1}}}), whole));               // which are not there
    CHECK(!cut_weights(narrow({{"transform", {3, 5}}}), whole));       // nor are its matrices
    CHECK(!cut_weights(narrow({{"out", {3}}, {"kernel", {1}}}), {}));  // nor anything
    whole[1].extents = {2, 3, 1, 25};
    CHECK(!cut_weights(narrow(), whole));
    whole = {{"w.weight", "U8", {2, 3, 5, 5}, bytes}, {"w.transform_5to3", "U8", {9, 9}, bytes.substr(0, 81)}};
    CHECK(!cut_weights(narrow({{"transform", {3, 5}}}), whole));  // its kernel is computed, not cut out
}
