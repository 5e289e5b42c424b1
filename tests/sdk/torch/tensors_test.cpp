// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/tensors.hpp"

#include <fstream>
#include <sstream>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>

#include "espalier/error.hpp"

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

void write(const std::string& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
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

TEST_CASE("a file cut short anywhere or changed anywhere is refused", "[tensors]")
{
    const TemporaryFolder folder;
    const std::string file = folder / "t";
    save_tensors(file, {{"numbers", at::arange(4, at::kFloat)}});
    const std::string whole = bytes_of(file);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        write(file, whole.substr(0, n));
        CHECK_THROWS_AS(load_tensors(file), espalier::Error);
        std::string changed = whole;
        changed[n] = static_cast<char>(changed[n] ^ 1);
        write(file, changed);
        CHECK_THROWS_WITH(load_tensors(file), ContainsSubstring(file));
    }
}

TEST_CASE("a file that cannot be written or is not there is named", "[tensors]")
{
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(save_tensors(folder / "no/t", {}), ContainsSubstring("/no/t"));
    CHECK_THROWS_WITH(load_tensors(folder / "none"), ContainsSubstring("/none"));
}
