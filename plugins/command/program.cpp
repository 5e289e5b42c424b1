// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <algorithm>
#include <cstdio>

#include "espalier/error.hpp"
#include "espalier/report/text.hpp"

namespace espalier::command {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{50};  // so often it is looked whether to stop
constexpr std::size_t kKeptBytes = std::size_t{10} << 20, kLastBytes = 400, kLongestErrorLine = 4096;

std::string seconds_text(Clock::duration limit)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g s", std::chrono::duration<double>(limit).count());
    return text;
}

std::string endless()
{
    return "it wrote more than " + std::to_string(ChildProcess::kLongestLine >> 20) + " MiB without the end of a line";
}

}  // namespace

Program::Program(const Launch& launch, const Listener& listener) : name_{launch.name}, process_{launch.arguments}
{
    try {
        greet(launch, listener);
    } catch (const Error& error) {
        process_.kill();
        throw Error(broken(error.what()));
    }
}

void Program::greet(const Launch& launch, const Listener& listener)
{
    process_.send(launch.greeting);
    for (const auto until = Clock::now() + launch.limit; !listener.stopped();) {
        exchange(listener);
        if (const std::optional<std::string> line = process_.line()) {
            hello_ = parse_hello(*line);
            return;
        }
        if (process_.endless())
            throw Error(endless());
        if (!process_.open()) {
            const std::string how = process_.how_it_ended();
            tell_lines(listener, true);
            throw Error("it " + how + " before its hello");
        }
        if (Clock::now() > until)
            throw Error("it has not said its hello within " + seconds_text(launch.limit));
    }
    throw Error("it was stopped before its hello");
}

bool Program::ready(const Listener& listener)
{
    process_.exchange(milliseconds(0));
    tell_lines(listener, false);
    return process_.open() && !process_.line() && process_.unfinished_line().empty();
}

std::optional<Breakdown> Program::ask(std::span<Question* const> questions, Clock::duration limit,
                                      const Listener& listener)
{
    const std::uint64_t first = last_id_ + 1;
    for (std::size_t i = 0; i < questions.size(); ++i)
        process_.send(numbered(++last_id_, i + 1 < questions.size(), questions[i]->body));
    std::size_t waiting = questions.size();
    const auto until = Clock::now() + limit;
    while (waiting > 0 && !listener.stopped()) {
        exchange(listener);
        try {
            while (const std::optional<std::string> line = process_.line()) {
                Reply reply = parse_reply(*line);
                if (reply.id < first || reply.id > last_id_)
                    throw Error("it answers a request that was not made: " + in_quotes(*line));
                Question& question = *questions[reply.id - first];
                if (question.reply)
                    throw Error("it answers a request twice: " + in_quotes(*line));
                question.reply = std::move(reply);
                --waiting;
            }
            if (process_.endless())
                throw Error(endless());
        } catch (const Error& error) {
            return broken_down(error.what());
        }
        if (waiting > 0 && !process_.open()) {
            const std::string how = process_.how_it_ended();
            tell_lines(listener, true);
            return broken_down("it " + how + " when it was asked");
        }
        if (waiting > 0 && Clock::now() > until) {
            Breakdown late = broken_down("it did not answer");
            return Breakdown{"time-out after " + seconds_text(limit) + ": " + late.reason, true};
        }
    }
    if (waiting > 0)
        process_.kill();
    return std::nullopt;
}

Breakdown Program::broken_down(const std::string& what)
{
    process_.kill();
    return {broken(what)};
}

void Program::exchange(const Listener& listener)
{
    process_.exchange(kLook);
    tell_lines(listener, false);
}

void Program::tell_lines(const Listener& listener, bool last)
{
    const std::string text = process_.take_errors();
    last_words_ += text;
    if (last_words_.size() > kLastBytes)
        last_words_.erase(0, last_words_.size() - kLastBytes);
    if (kept_bytes_ <= kKeptBytes) {
        untold_ += text;
        kept_bytes_ += text.size();
        if (kept_bytes_ > kKeptBytes)
            untold_ += "\n(more than " + std::to_string(kKeptBytes >> 20) + " MiB: the rest is not kept)\n";
    }
    if (!listener.log)
        return;
    std::size_t begin = 0;
    for (std::size_t end; (end = untold_.find('\n', begin)) != std::string::npos; begin = end + 1)
        listener.log(std::string_view(untold_).substr(begin, end - begin));
    untold_.erase(0, begin);
    if (!untold_.empty() && (last || untold_.size() > kLongestErrorLine))
        listener.log(std::exchange(untold_, {}));
}

/// Whose mistake it is, and what it said about it.
std::string Program::broken(const std::string& what) const
{
    std::string sentence = "'" + name_ + "': " + what;
    if (!process_.unfinished_line().empty())
        sentence += "; it wrote a line without an end: " + in_quotes(process_.unfinished_line());
    const std::size_t last = last_words_.find_last_not_of(" \r\n\t");
    if (last == std::string::npos)
        return sentence;
    const std::size_t begin = last_words_.rfind('\n', last) + 1;  // the last line says what the matter is, as in Python
    return sentence + "; its last words: " + in_quotes(std::string_view(last_words_).substr(begin, last + 1 - begin));
}

}  // namespace espalier::command
