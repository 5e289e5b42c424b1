// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "shell.hpp"

constexpr int kKilled = 128 + 9;  // status of a command that was

/// The environment in which a command is killed at its `at`-th call that changes files (`kind` "kill"), or in which
/// that call and all later ones that need room find none ("full").
inline std::string io_fault(const std::string& kind, int at)
{
    return "LD_PRELOAD=" ESPALIER_IO_FAULT " ASAN_OPTIONS=\"$ASAN_OPTIONS:verify_asan_link_order=0\" IO_FAULT=" + kind +
           " IO_FAULT_AT=" + std::to_string(at);
}

/// All that the run in the folder `run` is worth: what `results` prints, and the files beside the database.
inline std::string picture(const Shell& shell)
{
    namespace fs = std::filesystem;
    std::string text = shell.espalier("results run --all").out + shell.espalier("results run").out;
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(shell.folder() / "run"))
        if (const std::string name = fs::relative(entry.path(), shell.folder()).string();
            !name.ends_with("/lock") && !name.ends_with("/calls") && name.find("/run.db") == std::string::npos)
            files[name] = entry.is_directory() ? "" : shell.read(name);
    for (const auto& [name, content] : files)
        text += name + ":\n" + content;
    return text;
}

/// What a person would give after a stop: `resume`, or where there is no run the same command again.
inline std::string way_on(const Shell& shell, const std::string& start)
{
    const std::filesystem::path run = shell.folder() / "run";
    return std::filesystem::exists(run / "run.db") || std::filesystem::exists(run / "seeds") ? "resume run --quiet"
                                                                                             : start;
}
