// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/child_check.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"

#include "host/plugins/own_file.hpp"

namespace espalier::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{50};  // with one that says nothing and may have ended
constexpr std::chrono::seconds kLeave{1};           // to end after it has closed the pipe
constexpr std::size_t kAtOnce = 8;                  // a plug-in with LibTorch takes 150 MB while it is open

std::filesystem::path manifest_tool()
{
    const std::filesystem::path folder = own_file().parent_path();
    for (const char* place :
         {"espalier-manifest", "../libexec/espalier/espalier-manifest", "../bin/espalier-manifest"}) {
        std::filesystem::path tool = folder / place;
        if (::access(tool.c_str(), X_OK) == 0)
            return tool;
    }
    return {};
}

/// One child and what it has said so far.
class Child {
public:
    Child(const std::filesystem::path& tool, const std::filesystem::path& library, std::chrono::milliseconds time_out)
        : library_(std::filesystem::absolute(library)), time_out_(time_out), deadline_(Clock::now() + time_out)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            throw Error(fmt::format("{}: cannot be examined: {}", library_.string(), std::strerror(errno)));
        constexpr int kDescriptor = 3;
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], kDescriptor);
        ::fcntl(ends[1], F_SETFL, 0);  // the child waits for us
        // a group of its own: whatever the plug-in has started ends with it
        posix_spawnattr_t attributes;
        ::posix_spawnattr_init(&attributes);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        std::vector<std::string> words{tool.string(), "--to-descriptor", std::to_string(kDescriptor),
                                       library_.string()};
        char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
        const int status = ::posix_spawn(&process_, tool.c_str(), &actions, &attributes, arguments, environ);
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        pipe_ = ends[0];
        if (status != 0) {
            ::close(pipe_);
            throw Error(
                fmt::format("{}: cannot be examined: {}: {}", library_.string(), tool.string(), std::strerror(status)));
        }
    }
    ~Child()
    {
        if (process_ > 0)
            end();
        if (pipe_ >= 0)
            ::close(pipe_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int pipe() const { return pipe_; }  ///< negative: nothing more will come
    Clock::time_point deadline() const { return deadline_; }

    /// Reads what is there. @return whether the child has ended: it may have closed the pipe long before, or left it to
    /// children of its own.
    bool ended()
    {
        const pid_t found = ::waitpid(process_, &status_, WNOHANG);
        read();
        if (found == 0 || (found < 0 && errno == EINTR))
            return false;
        ::kill(-process_, SIGKILL);  // what it has started
        process_ = 0;
        return true;
    }

    Examined answer() { return answer_or(&Child::how_it_ended); }

    Examined late()
    {
        end();
        if (pipe_ < 0)
            return answer_or(&Child::closed_files);
        parse();
        return {{},
                fmt::format("{}: hangs when {}: nothing after {} s; remove it from the plug-in folder, or allow it "
                            "more with ESPALIER_PLUGIN_TIMEOUT_S",
                            library_.string(), stage_, static_cast<double>(time_out_.count()) / 1000)};
    }

private:
    void read()
    {
        char buffer[16384];
        ssize_t count = 0;
        while (pipe_ >= 0 && ((count = ::read(pipe_, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR)))
            said_.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (pipe_ >= 0 && (count == 0 || errno != EAGAIN)) {
            ::close(pipe_);
            pipe_ = -1;
            deadline_ = std::min(deadline_, Clock::now() + kLeave);
        }
    }

    void end()
    {
        ::kill(-process_, SIGKILL);
        while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
        }
        process_ = 0;
    }

    /// The verdict and what follows it; before it come the stages, of which the last is kept.
    std::pair<std::string, std::string> parse()
    {
        for (std::size_t at = 0, end; (end = said_.find('\n', at)) != said_.npos; at = end + 1) {
            const std::string line = said_.substr(at, end - at);
            if (line == "manifest" || line == "refused")
                return {line, said_.substr(end + 1)};
            stage_ = line;
        }
        return {};
    }

    /// What it said, or where it did not come to an end what is `wrong` with it.
    Examined answer_or(std::string (Child::*wrong)() const)
    {
        const auto [verdict, text] = parse();
        if (verdict == "refused")
            return {{}, text};
        try {
            if (verdict == "manifest")
                return {parse_manifest(text, library_), ""};
        } catch (const Error&) {
            // it ended in the middle of its answer
        }
        return {{}, (this->*wrong)()};
    }

    std::string closed_files() const
    {
        return fmt::format("{}: closes files that are not its own when {}; {}", library_.string(), stage_, kRemedy);
    }

    std::string how_it_ended() const
    {
        if (WIFSIGNALED(status_))
            return fmt::format("{}: crashes ({}) when {}; {}", library_.string(), ::strsignal(WTERMSIG(status_)),
                               stage_, kRemedy);
        return fmt::format("{}: ends the process with exit status {} when {}; {}", library_.string(),
                           WEXITSTATUS(status_), stage_, kRemedy);
    }

    static constexpr const char* kRemedy = "this is a mistake in the plug-in, remove it from the plug-in folder";

    std::filesystem::path library_;
    std::chrono::milliseconds time_out_;
    Clock::time_point deadline_;
    pid_t process_ = 0;
    int pipe_ = -1, status_ = 0;
    std::string said_, stage_ = "it is examined";
};

/// Waits until one of the children has something to say, is late, or may have ended.
void wait_for_any(std::span<const std::unique_ptr<Child>> children)
{
    std::vector<pollfd> descriptors;
    Clock::time_point first = Clock::now() + kPatience;
    for (const auto& child : children) {
        if (!child)
            continue;
        descriptors.push_back({child->pipe(), POLLIN, 0});
        first = std::min(first, child->pipe() >= 0 ? child->deadline() : Clock::now() + std::chrono::milliseconds(1));
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - Clock::now()).count();
    ::poll(descriptors.data(), descriptors.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
}

}  // namespace

std::vector<Examined> examine_in_children(std::span<const std::filesystem::path> libraries,
                                          std::chrono::milliseconds time_out)
{
    std::vector<Examined> examined(libraries.size());
    const std::filesystem::path tool = libraries.empty() ? std::filesystem::path() : manifest_tool();
    if (tool.empty()) {
        for (std::size_t i = 0; i < libraries.size(); ++i)
            examined[i].refusal = fmt::format(
                "{}: has no valid manifest, and the tool espalier-manifest that would examine it is not beside {}; "
                "install Espalier again",
                libraries[i].string(), own_file().string());
        return examined;
    }
    std::vector<std::unique_ptr<Child>> children(libraries.size());
    std::size_t started = 0, running = 0, done = 0;
    while (done < libraries.size()) {
        for (; started < libraries.size() && running < kAtOnce; ++started, ++running)
            children[started] = std::make_unique<Child>(tool, libraries[started], time_out);
        wait_for_any(children);
        for (std::size_t i = 0; i < started; ++i) {
            if (!children[i])
                continue;
            const bool ended = children[i]->ended();
            if (!ended && Clock::now() < children[i]->deadline())
                continue;
            examined[i] = ended ? children[i]->answer() : children[i]->late();
            children[i].reset();
            --running, ++done;
        }
    }
    return examined;
}

std::chrono::milliseconds examination_time_out()
{
    const char* text = std::getenv("ESPALIER_PLUGIN_TIMEOUT_S");
    if (!text || !*text)
        return std::chrono::seconds(10);
    const double seconds = number_in<double>(text).value_or(0);
    if (!(seconds > 0) || seconds > 86'400)
        throw Error(fmt::format("ESPALIER_PLUGIN_TIMEOUT_S: '{}' is no number of seconds between 0 and 86400", text));
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace espalier::host
