// SPDX-License-Identifier: Apache-2.0
// configs/hurricane/this_cpu.yaml, with a profile that a formula made, so that nothing is measured.
#include <cstdlib>

#include "catch.hpp"
#include "core/app/shell.hpp"
#include "small_search.hpp"

TEST_CASE("the space of this processor is made of what was measured once", "[end_to_end]")
{
    if (std::getenv("ESPALIER_DATA") == nullptr) {
        WARN("skipped: ESPALIER_DATA is not set");
        return;
    }
    const Shell shell(small_search::kPlugins);
    std::filesystem::copy(ESPALIER_SOURCE_DIR "/configs/hurricane/this_cpu.yaml", shell.folder());
    std::string by_formula;
    for (const char* space : {"space", "evaluator.space", "final.0.space"})
        by_formula += std::string(" --set '") + space + ".scored_by={use: device_profile, device: cpu}'";
    const Outcome made = shell.espalier("check this_cpu.yaml" + by_formula);
    INFO(made.err);
    REQUIRE(made.status == 0);
    const std::string profile = shell.read("this_cpu.csv");
    CHECK_THAT(profile, ContainsSubstring("# rows: 128\n") && ContainsSubstring("\nSEP_3,56,64,64,1,4.13"));
    const Outcome checked = shell.espalier("check this_cpu.yaml");
    INFO(checked.err);
    CHECK(checked.status == 0);
    CHECK(shell.read("this_cpu.csv") == profile);
}
