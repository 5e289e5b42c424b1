// SPDX-License-Identifier: Apache-2.0
// Texts that somebody damaged, and whether reading them ends well: without a signal, soon, and in little memory.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/rng.hpp"

#include "toys/odd_text.hpp"

namespace espalier::test {

/// One to four changes: bytes turned over, left out, repeated or exchanged, lines moved or indented, words replaced by
/// numbers near the limits of types or by odd texts, and parts of another text put in.
inline std::string mutated(std::string text, const std::vector<std::string>& texts, Rng& rng)
{
    static const char* const kWords[] = {"0",     "-1",    "18446744073709551616",
                                         "1e308", "-.inf", ".nan",
                                         "[]",    "{}",    "",
                                         "inf",   "nan",   "1e-400",
                                         "0x7f",  "1,5",   "~",
                                         "*a",    "&a "};
    const auto word = [](char c) { return c > ' ' && c != ',' && c != ':' && c != '{' && c != '}' && c != ';'; };
    for (std::uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
        const std::size_t at = rng.below(text.size() + 1);
        const std::size_t length = std::min<std::size_t>(1 + rng.below(rng.below(8) == 0 ? 400 : 12), text.size() - at);
        const std::string part = text.substr(at, length);
        switch (rng.below(8)) {
            case 0:
                if (at < text.size())
                    text[at] = static_cast<char>(text[at] ^ (1 << rng.below(8)));
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                for (std::uint64_t copies = 1 + rng.below(3); copies > 0; --copies)
                    text.insert(at, part);
                break;
            case 3:
                text.insert(at, odd_text(rng, 1 + rng.below(3)));
                break;
            case 4: {  // the word that stands here, or nothing, becomes another one
                std::size_t begin = at, end = at;
                while (begin > 0 && word(text[begin - 1]))
                    --begin;
                while (end < text.size() && word(text[end]))
                    ++end;
                text.replace(begin, end - begin, kWords[rng.below(std::size(kWords))]);
                break;
            }
            case 5: {
                const std::string& other = texts[rng.below(texts.size())];
                const std::size_t from = rng.below(other.size() + 1);
                text.insert(at, other.substr(from, 1 + rng.below(120)));
                break;
            }
            case 6: {  // the line that begins here moves to another place
                const std::size_t begin = text.find('\n', at);
                if (begin == std::string::npos)
                    break;
                const std::size_t end = std::min(text.find('\n', begin + 1), text.size());
                const std::string line = text.substr(begin, end - begin);
                text.erase(begin, end - begin);
                text.insert(std::min(text.find('\n', rng.below(text.size() + 1)), text.size()), line);
                break;
            }
            default:
                if (const std::size_t line = text.find('\n', at); line != std::string::npos)
                    text.insert(line + 1, std::string(1 + rng.below(4), ' '));
        }
    }
    return text;
}

/// What `work` does with each number below `count`, in processes that do some thousands each.
/// @throws std::runtime_error with the number at which a process ended otherwise than by itself, took longer than 5 s
/// of processor time, or came to hold more than 1 GiB.
inline void all_survive(std::uint64_t count, const std::function<void(std::uint64_t)>& work)
{
    constexpr std::uint64_t kShare = 5000;
    constexpr long kMostResidentKib = 1 << 20;
    auto* const now = static_cast<volatile std::uint64_t*>(
        mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (std::uint64_t begin = 0; begin < count; begin += kShare) {
        const pid_t child = fork();
        if (child == 0) {
            for (std::uint64_t i = begin; i < std::min(begin + kShare, count); ++i) {
                *now = i;
                const itimerval limit{{}, {5, 0}};
                setitimer(ITIMER_PROF, &limit, nullptr);
                work(i);
            }
            _exit(0);
        }
        int status = 0;
        rusage used{};
        wait4(child, &status, 0, &used);
        const std::string which = "number " + std::to_string(*now) + ": ";
        if (WIFSIGNALED(status))
            throw std::runtime_error(which + "signal " + std::to_string(WTERMSIG(status)));
        if (WEXITSTATUS(status) != 0)
            throw std::runtime_error(which + "status " + std::to_string(WEXITSTATUS(status)));
        if (used.ru_maxrss > kMostResidentKib)
            throw std::runtime_error("up to " + which + std::to_string(used.ru_maxrss) + " KiB");
    }
    munmap(const_cast<std::uint64_t*>(now), sizeof(std::uint64_t));
}

}  // namespace espalier::test
