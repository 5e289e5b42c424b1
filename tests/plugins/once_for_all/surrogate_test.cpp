// SPDX-License-Identifier: Apache-2.0
#include "surrogate.hpp"

#include <fstream>

#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"
#include "dense.hpp"
#include "mobilenet_v3.hpp"
#include "npy.hpp"
#include "ofa_data.hpp"
#include "resnet50.hpp"
#include "toys/quiet.hpp"
#include "toys/setup_of.hpp"
#include "toys/temporary_folder.hpp"

namespace espalier::once_for_all {
namespace {

using espalier::test::Quiet;
using espalier::test::setup_of;

double top1(Evaluator& evaluator, const SearchSpace& space, const Architecture& a)
{
    Quiet quiet;
    const Candidate candidate(space, a);
    return evaluator.evaluate({&candidate, 1}, quiet).at(0).metrics.at("top1_pct");
}

/// float32 sums of some hundred terms in another order differ by a few units of the seventh digit.
constexpr double kTolerance = 2e-4;

std::vector<std::uint16_t> numbers(const std::string& text)
{
    std::vector<std::uint16_t> all;
    std::istringstream words(text);
    for (int number = 0; words >> number;)
        all.push_back(static_cast<std::uint16_t>(number));
    return all;
}

std::string npy(const std::string& header, const std::vector<float>& values)
{
    std::string bytes = "\x93NUMPY";
    bytes += '\1';
    bytes += '\0';
    bytes += static_cast<char>(header.size());
    bytes += '\0';
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return bytes;
}

}  // namespace

TEST_CASE("the MobileNetV3 predictor gives the published values", "[ofa_surrogate]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const MobileNetV3 space({.width = 1.2}, {});
    Surrogate surrogate({*folder}, setup_of(space));
    const CsvColumns rows(*folder / "mbv3_test_vectors.csv", {"kernels", "expansions", "depths", "top1_pct"});
    REQUIRE(rows.rows() > 10);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const Architecture a =
            space.parse("ks " + rows.cell(row, 0) + " e " + rows.cell(row, 1) + " d " + rows.cell(row, 2));
        CHECK(top1(surrogate, space, a) == Approx(*rows.number(row, 3)).margin(kTolerance));
    }
}

TEST_CASE("the ResNet50 predictor gives the published values", "[ofa_surrogate]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const ResNet50 space({}, {});
    Surrogate surrogate({*folder}, setup_of(space));
    const CsvColumns rows(*folder / "resnet50_test_vectors.csv",
                          {"depths", "expansion_indices", "width_indices", "top1_pct"});
    REQUIRE(rows.rows() > 5);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        Architecture a;
        for (std::size_t column = 0; column < 3; ++column)
            for (const std::uint16_t number : numbers(rows.cell(row, column)))
                a.choices.push_back(number);
        REQUIRE(a.choices.size() == 29);
        a.choices[0] = a.choices[0] == 2 ? 1 : 0;  // the published depth 0 or 2, ours the option
        CHECK(top1(surrogate, space, a) == Approx(*rows.number(row, 3)).margin(kTolerance));
    }
}

TEST_CASE("the surrogate keeps what evaluators promise, in batches of any size", "[ofa_surrogate]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const MobileNetV3 mobilenet({.width = 1.2, .resolution = 160}, {});
    Surrogate first({*folder}, setup_of(mobilenet));
    CHECK(conformance::check_evaluator(first, conformance::random_candidates(mobilenet, 71)) ==
          conformance::Violations{});
    const ResNet50 resnet({}, {});
    Surrogate second({*folder}, setup_of(resnet));
    CHECK(conformance::check_evaluator(second, conformance::random_candidates(resnet, 9)) == conformance::Violations{});
}

TEST_CASE("spaces without a published predictor are refused with the remedy", "[ofa_surrogate]")
{
    const MobileNetV3 narrow({}, {});
    CHECK_THROWS_WITH(Surrogate({}, setup_of(narrow)), ContainsSubstring("`width: 1.2`"));
    const MobileNetV3 large({.width = 1.2, .resolution = 256}, {});
    CHECK_THROWS_WITH(Surrogate({}, setup_of(large)), ContainsSubstring("192, 208, 224 pixels; the space has 256"));
    CHECK_THROWS_WITH(Surrogate({}, Setup{}), ContainsSubstring("use `space: {use: ofa_mobilenet_v3, width: 1.2}`"));
    const MobileNetV3 right({.width = 1.2}, {});
    CHECK_THROWS_WITH(Surrogate({"/nowhere"}, setup_of(right)),
                      ContainsSubstring("there is no /nowhere/mbv3_layer0_weight.npy"));
}

TEST_CASE("array files are read to the byte", "[ofa_surrogate]")
{
    const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    const Matrix read = read_npy(TemporaryFile(npy(header, {1, 2, 3, 4, 5, 6})).path());
    CHECK(read.rows == 2);
    CHECK(read.columns == 3);
    CHECK(read.values == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(
        read_npy(TemporaryFile(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", {7, 8})).path()).rows ==
        1);

    const auto refusal = [](const std::string& bytes) -> std::string {
        const TemporaryFile file(bytes);
        try {
            read_npy(file.path());
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    CHECK_THAT(refusal("PK"), ContainsSubstring("is no array file of NumPy"));
    CHECK_THAT(refusal(npy(header, {1, 2, 3, 4, 5})), ContainsSubstring("has 20 bytes of numbers, its header says 24"));
    CHECK_THAT(refusal(npy(header, {1, 2, 3, 4, 5, 6, 7})), ContainsSubstring("has 28 bytes"));
    CHECK_THAT(refusal(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", {1, 2})),
               ContainsSubstring("holds other numbers than little-endian float32"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", {1})),
               ContainsSubstring("is stored by columns"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }", {1})),
               ContainsSubstring("has 3 dimensions"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': False, }", {1})),
               ContainsSubstring("the header has no shape"));
}

TEST_CASE("a layer's outputs do not depend on how many are computed at once", "[ofa_surrogate]")
{
    Matrix weight{19, 5, {}}, bias{1, 19, {}};
    for (std::size_t i = 0; i < 95; ++i)
        weight.values.push_back(static_cast<float>(i % 7) - 2.5F);
    for (std::size_t i = 0; i < 19; ++i)
        bias.values.push_back(static_cast<float>(i));
    const Dense layer(weight, bias);
    std::vector<float> x(7 * 5), y(7 * layer.stride());
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(i % 4);
    layer(x.data(), 5, 7, y.data());
    for (std::size_t row = 0; row < 7; ++row) {
        std::vector<float> alone(layer.stride());
        layer(x.data() + 5 * row, 5, 1, alone.data());
        for (std::size_t o = 0; o < 19; ++o) {
            float sum = bias.values[o];
            for (std::size_t k = 0; k < 5; ++k)
                sum += weight.values[5 * o + k] * x[5 * row + k];
            CHECK(alone[o] == sum);
            CHECK(y[row * layer.stride() + o] == sum);
        }
    }
    CHECK_THROWS_WITH(Dense(weight, Matrix{1, 3, {1, 2, 3}}), ContainsSubstring("19 outputs has 3 biases"));
}

}  // namespace espalier::once_for_all
