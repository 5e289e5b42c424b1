// SPDX-License-Identifier: Apache-2.0
// What others have computed from public data: the runs published with DyNAS-T, and the latencies published with HAT.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <sstream>

#include "espalier/regression/genome_predictor.hpp"
#include "espalier/regression/metrics.hpp"
#include "espalier/rng.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::regression;

namespace {

/// A file of ESPALIER_DATA; empty, with a warning, where it is not there.
std::filesystem::path data(const std::string& name)
{
    const char* folder = std::getenv("ESPALIER_DATA");
    const std::filesystem::path file = std::filesystem::path(folder == nullptr ? "" : folder) / name;
    if (folder != nullptr && std::filesystem::exists(file))
        return file;
    WARN("skipped: " << name << " is not below ESPALIER_DATA");
    return {};
}

Gene option(int value, const std::vector<int>& values)
{
    return static_cast<Gene>(std::find(values.begin(), values.end(), value) - values.begin());
}

/// One run of MobileNetV3 searches: kernel sizes, expansion ratios, depths; accuracy in %, multiply-accumulates.
struct Log {
    Log(const std::filesystem::path& file, const std::string& run)
    {
        const CsvColumns csv(file, {"run", "ks", "e", "d", "imagenet_top1_acc_pct", "macs"});
        const std::vector<std::vector<int>> values{{3, 5, 7}, {3, 4, 6}, {2, 3, 4}};
        for (std::size_t row = 0; row < csv.rows(); ++row) {
            if (csv.cell(row, 0) != run)
                continue;
            for (std::size_t list = 0; list < 3; ++list) {
                std::istringstream words(csv.cell(row, 1 + list));
                for (int value; words >> value;)
                    genes.push_back(option(value, values[list]));
            }
            top1.push_back(csv.number(row, 4).value());
            macs.push_back(csv.number(row, 5).value());
        }
    }
    std::vector<Gene> genes;
    std::vector<double> top1, macs;
};

struct Result {
    double mape, tau, rho, first;
    FitReport report;
};

/// The first 400 rows teach, the last 140 test.
Result result(const Log& log, const std::vector<double>& targets, const char* regressor,
              const RegressorSettings& settings)
{
    constexpr std::size_t kGenes = 45, kTrain = 400, kTest = 140;
    REQUIRE(targets.size() == kTrain + kTest);
    const Genomes all(log.genes, kGenes);
    GenomePredictor predictor(Features(std::vector<std::uint32_t>(kGenes, 3), FeatureKind::plain), regressor, settings);
    predictor.fit({all.values().first(kTrain * kGenes), kGenes}, std::span(targets).first(kTrain));
    std::vector<double> out(kTest);
    predictor.predict({all.values().subspan(kTrain * kGenes), kGenes}, out);
    const std::span<const double> truth = std::span(targets).subspan(kTrain);
    return {mape(truth, out), kendall_tau(truth, out), spearman_rho(truth, out), out[0], predictor.report()};
}

void check(const Result& found, double expected_mape, double tau, double rho, double first)
{
    CHECK(found.mape == Approx(expected_mape).margin(5e-7));
    CHECK(found.tau == Approx(tau).margin(5e-7));
    CHECK(found.rho == Approx(rho).margin(5e-7));
    CHECK(found.first == Approx(first).epsilon(1e-8));
}

}  // namespace

TEST_CASE("predictors of a MobileNetV3 search have the errors that scikit-learn's have", "[published]")
{
    const std::filesystem::path file = data("ofa_mbv3_accuracy/ofa_mbv3_w10_imagenet.csv.gz");
    if (file.empty())
        return;
    const Log log(file, "mbnv3w10_evonsga2_acc_macs");
    RegressorSettings settings;
    settings.alpha = 1;
    settings.c = 20;

    const Result ridge = result(log, log.top1, "ridge", settings);
    check(ridge, 0.192260, 0.920831, 0.990772, 74.240032);
    CHECK(ridge.report.scale == 1);
    check(result(log, log.top1, "svr_rbf", settings), 0.153221, 0.927822, 0.992228, 74.280544);
    const Result macs = result(log, log.macs, "ridge", settings);
    check(macs, 3.617943, 0.905596, 0.984618, 191359543.17);
    CHECK(macs.report.scale == 1e7);
    check(result(log, log.macs, "svr_rbf", settings), 2.586946, 0.915874, 0.988370, 179229795.66);
}

TEST_CASE("the full grids choose what scikit-learn's grid search chooses", "[published][slow]")
{
    const std::filesystem::path file = data("ofa_mbv3_accuracy/ofa_mbv3_w10_imagenet.csv.gz");
    if (file.empty())
        return;
    const Log log(file, "mbnv3w10_evonsga2_acc_macs");
    RegressorSettings settings;
    settings.grid = Grid::full;
    const auto chosen = [&](const std::vector<double>& targets, const char* name) {
        return result(log, targets, name, settings).report;
    };
    const FitReport ridge = chosen(log.top1, "ridge"), svr = chosen(log.top1, "svr_rbf");
    CHECK(*ridge.alpha == Approx(1.2));
    CHECK(*ridge.cv_mape == Approx(0.179295).margin(5e-7));
    CHECK(*svr.c == 31);
    CHECK(*svr.cv_mape == Approx(0.152009).margin(5e-7));
    const FitReport macs_ridge = chosen(log.macs, "ridge"), macs_svr = chosen(log.macs, "svr_rbf");
    CHECK(*macs_ridge.alpha == Approx(2.5));
    CHECK(*macs_ridge.cv_mape == Approx(2.979552).margin(5e-7));
    CHECK(*macs_svr.c == 100);
    CHECK(*macs_svr.cv_mape == Approx(2.307778).margin(5e-7));
}

TEST_CASE("latencies of transformers are predicted as well as published", "[published]")
{
    struct Device {
        const char* name;
        double mape;  // %, of one split
    };
    constexpr std::size_t kFeatures = 10, kSplit = 500;
    for (const Device device : {Device{"cpu_xeon", 5.14}, {"cpu_raspberrypi", 5.42}, {"gpu_titanxp", 5.89}}) {
        const std::filesystem::path file = data(std::string("hat_latency/hat_wmt14ende_") + device.name + ".csv.gz");
        if (file.empty())
            return;
        std::vector<std::string> columns = csv_header(file);
        columns.resize(kFeatures + 2);  // then the encoder's and the decoder's mean latency
        const CsvColumns csv(file, columns);
        std::vector<double> errors;
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            std::vector<std::size_t> order(csv.rows());
            std::iota(order.begin(), order.end(), std::size_t{0});
            Rng rng(seed, device.name);
            choose(order, 2 * kSplit, rng);
            std::vector<double> rows, latencies;
            for (std::size_t i = 0; i < 2 * kSplit; ++i) {
                for (std::size_t column = 0; column < kFeatures; ++column)
                    rows.push_back(csv.number(order[i], column).value());
                latencies.push_back(csv.number(order[i], kFeatures).value() +
                                    csv.number(order[i], kFeatures + 1).value());
            }
            for (std::size_t column = 0; column < kFeatures; ++column) {  // standardised by what teaches
                double sum = 0, squares = 0;
                for (std::size_t i = 0; i < kSplit; ++i)
                    sum += rows[i * kFeatures + column];
                for (std::size_t i = 0; i < kSplit; ++i)
                    squares += std::pow(rows[i * kFeatures + column] - sum / kSplit, 2);
                const double deviation = squares > 0 ? std::sqrt(squares / kSplit) : 1;
                for (std::size_t i = 0; i < 2 * kSplit; ++i)
                    rows[i * kFeatures + column] = (rows[i * kFeatures + column] - sum / kSplit) / deviation;
            }
            RegressorSettings settings;
            settings.alpha = 1;
            const auto regressor = make_regressor("ridge", settings);
            regressor->fit({std::span(rows).first(kSplit * kFeatures), kFeatures}, std::span(latencies).first(kSplit));
            std::vector<double> out(kSplit);
            regressor->predict({std::span(rows).subspan(kSplit * kFeatures), kFeatures}, out);
            errors.push_back(mape(std::span(latencies).subspan(kSplit), out));
        }
        const double mean = std::accumulate(errors.begin(), errors.end(), 0.0) / 10;
        double squares = 0;
        for (const double error : errors)
            squares += (error - mean) * (error - mean);
        INFO(device.name << ": " << mean << " +- " << std::sqrt(squares / 9));
        CHECK(std::abs(mean - device.mape) <= 3 * std::sqrt(squares / 9));
    }
}
