// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "toys/temporary_folder.hpp"

/// What one call of the command gave.
struct Outcome {
    int status;
    std::string out, err;
};

/// A folder of its own to work in, with the orchard plug-in at hand, or those in another folder; gone at the end.
class Shell {
public:
    explicit Shell(std::string plugins = ESPALIER_BINARY_DIR "/tests/app/plugins") : plugins_{std::move(plugins)} {}

    const std::filesystem::path& folder() const { return folder_.path(); }
    void write(const std::string& file, const std::string& text) const { folder_.write(file, text); }
    std::string read(const std::string& file) const
    {
        std::ostringstream text;
        text << std::ifstream(folder_ / file).rdbuf();
        return text.str();
    }
    /// `espalier ARGUMENTS`, in this folder; `environment` like "A=1 B=2".
    Outcome espalier(const std::string& arguments, const std::string& environment = "") const
    {
        return outcome(line(arguments, environment));
    }
    /// A script of the shell, which ends at its first error, in this folder, with `espalier` in its PATH.
    Outcome script(const std::string& text) const
    {
        write(".script", text);
        return outcome(in_folder("PATH=\"" ESPALIER_BINARY_DIR "/bin:$PATH\" sh -e .script"));
    }
    /// Starts the same and goes on. @return its process id, to wait for.
    pid_t start(const std::string& arguments, const std::string& environment = "") const
    {
        const pid_t child = fork();
        if (child == 0) {
            const std::string command = line(arguments, environment) + " >.out 2>.err </dev/null";
            execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
            _exit(127);
        }
        return child;
    }

private:
    Outcome outcome(const std::string& line) const
    {
        const int status = std::system((line + " >.out 2>.err </dev/null").c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(".out"), read(".err")};
    }
    std::string line(const std::string& arguments, const std::string& environment) const
    {
        return in_folder(environment + " " ESPALIER_BINARY_DIR "/bin/espalier " + arguments);
    }
    std::string in_folder(const std::string& command) const
    {
        return "cd '" + folder_.path().string() +
               "' && exec env HOME=/nonexistent XDG_DATA_HOME= ESPALIER_PLUGIN_PATH='" + plugins_ + "' " + command;
    }
    std::string plugins_;
    TemporaryFolder folder_;
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
