// SPDX-License-Identifier: Apache-2.0
// Commands on the pages of docs, run as they stand there.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shell.hpp"

namespace {

/// What stands between ```sh and ``` on a page.
std::vector<std::string> shell_blocks(const std::string& page)
{
    std::vector<std::string> blocks;
    std::ifstream lines(std::string(ESPALIER_SOURCE_DIR "/docs/") + page);
    bool within = false;
    for (std::string line; std::getline(lines, line);) {
        if (line == "```sh")
            blocks.emplace_back();
        else if (within && line != "```")
            blocks.back() += line + "\n";
        within = line == "```sh" || (within && line != "```");
    }
    return blocks;
}

/// A folder with what the root of the source tree has for users.
void link_examples(const Shell& shell)
{
    for (const char* folder : {"configs", "examples"})
        std::filesystem::create_directory_symlink(std::filesystem::path(ESPALIER_SOURCE_DIR) / folder,
                                                  shell.folder() / folder);
}

}  // namespace

TEST_CASE("the walk-through of docs/cost_models.md runs as it stands there", "[pages]")
{
    const Shell shell("");
    link_examples(shell);
    const std::vector<std::string> blocks = shell_blocks("cost_models.md");
    REQUIRE(blocks.size() > 4);
    std::string out, err;
    for (const std::string& block : blocks) {
        const Outcome outcome = shell.script(block);
        INFO(block << outcome.out << outcome.err);
        REQUIRE(outcome.status == 0);
        out += outcome.out, err += outcome.err;
    }
    CHECK_THAT(out, ContainsSubstring("\ntotal ") && ContainsSubstring("  most\n"));
    CHECK_THAT(out, ContainsSubstring("recommended") && ContainsSubstring("corrected table"));
    CHECK_THAT(out, ContainsSubstring("\nspearman latency_ms "));
    CHECK_THAT(out, ContainsSubstring("latency_ms (verified)") && ContainsSubstring("latency_ms at most 30: holds"));
    CHECK_THAT(out, ContainsSubstring("latency_ms at most 20: holds") && ContainsSubstring("hypervolume"));
    CHECK_THAT(err, ContainsSubstring("phase cost 0/training: taken over from "));
}
