// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/run_log.hpp"

#include "network_file.hpp"

namespace espalier::command {
namespace {

Clock::duration seconds(double count)
{
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

void check(const Command::Options& options)
{
    const bool script = !options.script.empty();
    if (options.program.empty() && !script)
        throw OptionError("program", "there is neither a `program` nor a `script` to be run");
    if (options.program.find('/') != std::string::npos && !options.program.starts_with('/'))
        throw OptionError("program",
                          "'" + options.program +
                              "' is neither a name that is searched in PATH nor an absolute path; a file that "
                              "belongs to the experiment is a `script`");
    if (script && !std::filesystem::is_regular_file(options.script))
        throw OptionError("script", options.script.string() + ": no such file");
    if (script && options.program.empty() && ::access(options.script.c_str(), X_OK) != 0)
        throw OptionError("script",
                          options.script.string() +
                              ": may not be executed: make it so (chmod +x), or name the `program` that runs it");
    for (std::size_t i = 0; i < options.files.size(); ++i)
        if (!std::filesystem::exists(options.files[i]))
            throw OptionError("files." + std::to_string(i), options.files[i].string() + ": no such file");
}

Launch launch(const Command::Options& options, const Setup& setup)
{
    Launch launch;
    if (!options.program.empty())
        launch.arguments.push_back(options.program);
    if (!options.script.empty())
        launch.arguments.push_back(std::filesystem::absolute(options.script).string());
    launch.name = std::filesystem::path(launch.arguments.back()).filename().string();
    launch.arguments.insert(launch.arguments.end(), options.arguments.begin(), options.arguments.end());
    launch.greeting = greeting(setup.space, options.network);
    launch.limit = seconds(options.start_timeout_s);
    return launch;
}

void check_version(const std::string& said, const std::string& expected)
{
    if (said == expected)
        return;
    if (said.empty())
        throw OptionError("version", "'" + expected + "' is asked for, but the program's hello says none");
    throw OptionError("version", (expected.empty() ? "" : "'" + expected + "' is asked for; ") +
                                     "the program says that it is '" + said +
                                     "': results are known by the version, so it has to stand here");
}

}  // namespace

void Command::Options::describe(Describe<Options>& d)
{
    d("program", &Options::program,
      "what is run: a name that is searched in PATH, or an absolute path; empty: the script itself");
    d("script", &Options::script, "its first argument, a file of yours; its contents identify the results");
    d("arguments", &Options::arguments, "more arguments, passed as they are, without a shell");
    d("files", &Options::files, "other files or folders on which its results depend; identify them, too");
    d("version", &Options::version, "the program's own, where its hello says one; identifies the results");
    d("prefix", &Options::prefix, "put before the names of its metrics, where several programs give the same");
    d("network", &Options::network,
      "what it is sent of the network beside the architecture: nothing, its layers, or the path of an ONNX file with "
      "random weights")
        .one_of({"none", "layers", "onnx"});
    d("batch", &Options::batch, "requests that it is sent at once").range(1, 256);
    d("timeout_s", &Options::timeout_s, "seconds for a request; then it is killed and the candidate has failed")
        .range(0.001, 1e7);
    d("start_timeout_s", &Options::start_timeout_s,
      "seconds for its hello; for more than 60, set ESPALIER_PATIENCE_S as well")
        .range(0.001, 1e6);
    d("restarts", &Options::restarts,
      "how often it is started again and asked again about a candidate over which it broke down, before that one has "
      "failed")
        .range(0, 1000);
}

Command::Command(const Options& options, const Setup& setup) : options_{options}
{
    check(options_);
    try {
        pool_ = std::make_unique<ProgramPool>(launch(options_, setup), Listener{[] { return false; }, {}});
    } catch (const Error& error) {
        throw OptionError(options_.script.empty() ? "program" : "script", error.what());
    }
    check_version(pool_->hello().version, options_.version);
}

std::vector<std::string> Command::metrics() const
{
    std::vector<std::string> names;
    for (const auto& [metric, unit] : pool_->hello().units)
        names.push_back(options_.prefix + metric);
    return names;
}

std::vector<Evaluation> Command::evaluate(std::span<const Candidate> batch, Context& context)
{
    auto* const run_log = dynamic_cast<RunLog*>(&context);
    Listener listener{[&] { return context.stopped(); }, {}};
    if (run_log != nullptr)
        listener.log = [run_log](std::string_view line) { run_log->log(line); };
    std::vector<Evaluation> results(batch.size());
    for (std::size_t begin = 0; begin < batch.size(); begin += batch_size()) {
        std::deque<NetworkFile> files;  // of those that are asked about together
        std::vector<Question> questions;
        for (std::size_t i = begin; i < std::min(begin + batch_size(), batch.size()); ++i) {
            std::string model;
            try {
                model = options_.network == kOnnx ? onnx_model_of(batch[i].network()) : "";
            } catch (const Error& error) {
                results[i] = failed({}, error.what());
                continue;
            }
            // outside: that no file can be written is no fault of the network
            const std::string file = model.empty() ? "" : files.emplace_back(model).path().string();
            try {
                questions.push_back({i, request_body(batch[i], options_.network, context.device(), file)});
            } catch (const Error& error) {
                results[i] = failed({}, error.what());
            }
        }
        std::vector<Question*> asked;
        asked.reserve(questions.size());
        for (Question& question : questions)
            asked.push_back(&question);
        answer(asked, listener, results);
    }
    for (std::size_t i = 0; i < batch.size(); ++i)
        results[i].architecture = batch[i].architecture();
    return results;
}

/// Asks again until all are answered or have failed. Nobody knows about which of several a program broke down, so those
/// that are left are asked about one by one.
void Command::answer(std::span<Question* const> together, const Listener& listener, std::vector<Evaluation>& results)
{
    std::vector<Question*> open(together.begin(), together.end());
    for (int restarts = 0; !open.empty(); ++restarts) {
        std::optional<Breakdown> breakdown;
        if (!listener.stopped()) {
            std::unique_ptr<Program> program = pool_->take(listener);
            breakdown = program->ask(open, seconds(options_.timeout_s * static_cast<double>(open.size())), listener);
            if (!breakdown && !listener.stopped())
                pool_->give_back(std::move(program));
        }
        for (const Question* question : open)
            if (question->reply)
                results[question->place] = evaluation(*question->reply);
        std::erase_if(open, [](const Question* question) { return question->reply.has_value(); });
        if (!breakdown)
            break;
        if (open.size() > 1) {
            for (Question* const& question : open)
                answer({&question, 1}, listener, results);
            return;
        }
        if (open.size() == 1 && (breakdown->timed_out || restarts >= options_.restarts)) {
            results[open[0]->place] = failed({}, breakdown->reason);
            return;
        }
    }
    for (const Question* question : open)
        results[question->place] = failed({}, "stopped before it was answered");
}

/// @throws Error if it has a metric that nobody declared.
Evaluation Command::evaluation(const Reply& reply) const
{
    if (reply.error)
        return failed({}, *reply.error);
    Evaluation result;
    for (const auto& [metric, unit] : pool_->hello().units) {
        const auto found = reply.metrics.find(metric);
        if (found == reply.metrics.end())
            return failed({}, "metric " + metric + " is missing");
        if (std::isnan(found->second))
            return failed({}, "metric " + metric + " is not a number");
        result.metrics[options_.prefix + metric] = found->second;
    }
    if (const auto other = std::ranges::find_if(
            reply.metrics, [&](const auto& given) { return !pool_->hello().units.contains(given.first); });
        other != reply.metrics.end())
        throw Error("the program gives the metric '" + other->first + "', which its hello does not declare");
    return result;
}

}  // namespace espalier::command
