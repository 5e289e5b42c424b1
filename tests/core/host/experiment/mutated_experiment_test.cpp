// SPDX-License-Identifier: Apache-2.0
// Shipped experiments, damaged: each is refused with places, or is one that can be read.
#include <fmt/format.h>

#include "catch.hpp"
#include "host/experiment/components.hpp"
#include "host/experiment/price_check.hpp"
#include "shipped_configs.hpp"
#include "toys/mutated.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// Reads it, makes what it names, and of some prices an architecture. @return whether it is a good one.
bool read(const std::string& text, const std::filesystem::path& file, PluginHost& plugins, bool priced)
{
    Diagnostics diagnostics;
    try {
        const Experiment experiment = parse_experiment(text, file, {}, plugins.catalog(), diagnostics);
        const Components parts = assemble(experiment, plugins, diagnostics);
        if (priced && diagnostics.errors.empty())
            check_prices(experiment, parts, diagnostics);
    } catch (const Error&) {
        return false;
    }
    for (const Diagnostic& error : diagnostics.errors)
        if (error.sentence.empty() || error.line < 0)
            throw std::logic_error("an error without a sentence");
    return diagnostics.errors.empty();
}

void damage_experiments(std::uint64_t count)
{
    const ShippedConfigs shipped;
    std::vector<std::filesystem::path> files;
    std::vector<std::string> texts;
    for (const std::filesystem::path& file : shipped.files()) {
        if (const std::string why = shipped.unusable(file); !why.empty())
            continue;
        files.push_back(file);
        texts.push_back(shipped.text(file));
    }
    REQUIRE(!files.empty());
    PluginHost plugins(shipped.catalog());
    for (std::size_t i = 0; i < files.size(); ++i)
        read(texts[i], files[i], plugins, false);  // plug-ins are opened here, once
    test::all_survive(count, [&](std::uint64_t i) {
        Rng rng(i, "mutated experiments");
        const std::size_t which = rng.below(files.size());
        read(test::mutated(texts[which], texts, rng), files[which], plugins, i % 100 == 0);
    });
}

}  // namespace

TEST_CASE("1,000 damaged experiments are read or refused, soon and in little memory", "[mutated]")
{
    damage_experiments(1000);
}

TEST_CASE("100,000 damaged experiments are read or refused, soon and in little memory", "[mutated][slow]")
{
    damage_experiments(100'000);
}
