// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include "espalier/run_log.hpp"

#include "command.hpp"
#include "toys/setup_of.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

namespace espalier::test {

inline const std::string kGreets =
    "#!/bin/sh\nIFS= read -r hello\necho '{\"hello\":{\"protocol\":1,\"metrics\":{\"latency_ms\":\"ms\"}}}'\n";
/// Goes before the others.
inline const std::string kNotesStart = "#!/bin/sh\necho start >>\"${0%/*}/starts\"\n";
/// Reads requests; $id and $first, the first choice, are known between.
inline const std::string kLoop =
    "while IFS= read -r request; do\nid=${request#*'\"id\":'}; id=${id%%,*}\n"
    "first=${request#*'\"choices\":['}; first=${first%%,*}\n";
inline const std::string kAnswers = "echo \"{\\\"id\\\":$id,\\\"metrics\\\":{\\\"latency_ms\\\":1$first}}\"\n";

/// Is asked, is stopped when it is told so, and keeps what is logged.
class Listening final : public Context, public RunLog {
public:
    bool stopped() const override { return stop; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
    void log(std::string_view line) override { lines.emplace_back(line); }
    void warn(std::string_view line) override { log(line); }
    std::atomic<bool> stop = false;
    std::vector<std::string> lines;
};

/// A program that is a text, in a folder of its own, and what it is asked about: three digits.
class Scripted {
public:
    explicit Scripted(const std::string& text, command::Command::Options some = {}) : options{std::move(some)}
    {
        options.script = folder.write("program", text);
        ::chmod(options.script.c_str(), 0755);
    }
    command::Command& command()
    {
        if (!made_)
            made_ = std::make_unique<command::Command>(options, setup_of(space));
        return *made_;
    }
    /// @param architectures "123" each
    std::vector<Evaluation> ask_all(const std::vector<std::string>& architectures)
    {
        std::vector<Candidate> candidates;
        for (const std::string& digits : architectures) {
            Architecture architecture;
            for (const char digit : digits)
                architecture.choices.push_back(static_cast<std::uint16_t>(digit - '0'));
            candidates.emplace_back(space, architecture);
        }
        return command().evaluate(candidates, context);
    }
    Evaluation ask(const std::string& architecture) { return ask_all({architecture}).at(0); }
    /// Why the program is refused.
    std::string refusal()
    {
        try {
            command();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    void end() { made_.reset(); }

    std::string read(const std::string& file) const
    {
        std::ifstream stream(folder / file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// How many lines a file has.
    std::size_t lines(const std::string& file) const
    {
        const std::string text = read(file);
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    /// The process number that the program writes into a file, waited for.
    pid_t process(const std::string& file) const
    {
        for (int i = 0; i < 2000 && !read(file).ends_with('\n'); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return static_cast<pid_t>(std::stol(read(file)));
    }

    TemporaryFolder folder;
    ToySpace space{digit_decisions(3)};
    command::Command::Options options;
    Listening context;

private:
    std::unique_ptr<command::Command> made_;
};

/// Whether a process runs; one that waits to be reaped does not.
inline bool runs(pid_t process)
{
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text{std::istreambuf_iterator<char>(stat), {}};
    const std::size_t behind_name = text.rfind(')');
    return behind_name != std::string::npos && text.at(behind_name + 2) != 'Z' && text.at(behind_name + 2) != 'X';
}

/// Whether it ends within so long.
inline bool ends(pid_t process, std::chrono::milliseconds within)
{
    for (const auto until = command::Clock::now() + within; command::Clock::now() < until;) {
        if (!runs(process))
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

inline double seconds_since(command::Clock::time_point begin)
{
    return std::chrono::duration<double>(command::Clock::now() - begin).count();
}

}  // namespace espalier::test
