// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/config.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/output.hpp"
#include "host/plugins/catalog.hpp"
#include "host/plugins/crash.hpp"

namespace espalier::app {
namespace {

std::string overview(const std::vector<Command>& commands)
{
    std::string text =
        "Espalier finds neural networks that fit a device: accurate within its latency, energy and memory.\n\n"
        "usage: espalier COMMAND [arguments]\n\n";
    for (const Command& command : commands)
        text += "  " + std::string(command.name) + std::string(17 - std::string_view(command.name).size(), ' ') +
                command.summary + "\n";
    return text + "\nespalier COMMAND --help tells more.\n";
}

int dispatch(const std::vector<std::string>& words)
{
    const std::vector<Command> commands{
        run_command(),       resume_command(),     check_command(),  evaluate_command(),  cost_command(),
        calibrate_command(), results_command(),    runs_command(),   curves_command(),    inspect_command(),
        compare_command(),   import_command(),     export_command(), correlate_command(), predictor_study_command(),
        plugins_command(),   new_plugin_command(), schema_command(), version_command()};
    if (words.empty()) {
        std::fputs(overview(commands).c_str(), stderr);
        return kUsage;
    }
    if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        std::fputs(overview(commands).c_str(), stdout);
        return kDone;
    }
    const std::string name = words[0] == "--version" ? "version" : words[0];
    const auto command = std::ranges::find_if(commands, [&](const Command& c) { return name == c.name; });
    if (command == commands.end()) {
        std::vector<std::string> names;
        names.reserve(commands.size());
        for (const Command& c : commands)
            names.emplace_back(c.name);
        throw UsageError("espalier: command '" + name + "' is unknown" + suggestion(name, names));
    }
    const Arguments arguments = parse(*command, std::span(words).subspan(1));
    if (arguments.has("help")) {
        std::fputs(help(*command).c_str(), stdout);
        return kDone;
    }
    return command->run(arguments);
}

int complain(const std::string& sentence, int status)
{
    std::fflush(stdout);
    say(stderr, sentence + "\n");
    return status;
}

}  // namespace
}  // namespace espalier::app

int main(int argc, char** argv)
{
    using namespace espalier;
    host::tell_of_crashes();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // who reads a pipe sees each result when it is there
    std::signal(SIGXFSZ, SIG_IGN);             // a file that may grow no more is a failed write, with its sentence
    // Read when the first plug-in with OpenMP is opened: threads that wait sleep, where they would keep a core from
    // those that compute, beside another busy process most of the time.
    ::setenv("OMP_WAIT_POLICY", "passive", /*replace=*/0);
    try {
        const int status = app::dispatch({argv + 1, argv + argc});
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)  // an earlier write may have failed
            return app::complain("espalier: the output could not be written", app::kFailed);
        return status;
    } catch (const app::UsageError& error) {
        return app::complain(error.what(), app::kUsage);
    } catch (const ConfigError& error) {
        return app::complain(error.what(), app::kUsage);
    } catch (const host::PluginError& error) {
        return app::complain(error.what(), app::kPluginRefused);
    } catch (const Error& error) {
        return app::complain(error.what(), app::kFailed);
    } catch (const std::filesystem::filesystem_error& error) {
        return app::complain(error.path1().string() + ": " + error.code().message(), app::kFailed);
    } catch (const std::exception& error) {
        return app::complain(std::string("espalier: ") + error.what(), app::kFailed);
    } catch (...) {
        return app::complain("espalier: a plug-in threw something that is no std::exception", app::kFailed);
    }
}
