// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

/// What one call of the command gave.
struct Outcome {
    int status;
    std::string out, err;
};

/// A folder of its own to work in, with the orchard plug-in at hand; gone at the end.
class Shell {
public:
    Shell()
    {
        std::string name = (std::filesystem::temp_directory_path() / "espalier_command_XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~Shell() { std::filesystem::remove_all(folder_); }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    void write(const std::string& file, const std::string& text) const { std::ofstream(folder_ / file) << text; }
    std::string read(const std::string& file) const
    {
        std::ostringstream text;
        text << std::ifstream(folder_ / file).rdbuf();
        return text.str();
    }
    /// `espalier ARGUMENTS`, in this folder; `environment` like "A=1 B=2".
    Outcome espalier(const std::string& arguments, const std::string& environment = "") const
    {
        const std::string command = "cd '" + folder_.string() + "' && HOME=/nonexistent XDG_DATA_HOME= " +
                                    "ESPALIER_PLUGIN_PATH=" ESPALIER_BINARY_DIR "/tests/app/plugins " + environment +
                                    " " ESPALIER_BINARY_DIR "/bin/espalier " + arguments + " >.out 2>.err </dev/null";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(".out"), read(".err")};
    }

private:
    std::filesystem::path folder_;
};

/// Eight architectures; 111 is the best and 6 KiB large.
inline const char* const kOrchard = R"(name: orchard
seed: 1
space: {use: bits, bits: 3}
evaluator: {use: patient}
costs: [{use: size}]
objectives: [{metric: ones, goal: max}]
strategy: {use: exhaustive}
final: [{use: taste}]
)";
