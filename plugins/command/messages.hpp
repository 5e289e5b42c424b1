// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "espalier/candidate.hpp"
#include "espalier/evaluation.hpp"
#include "espalier/measuring.hpp"

/// The messages of docs/command_protocol.md, a line each.
namespace espalier::command {

inline constexpr int kProtocol = 1;
inline constexpr const char* kOnnx = "onnx";  ///< what programs are sent of the network, and where it stands

/// What a program says of itself.
struct Hello {
    std::map<std::string, std::string> units;  ///< by metric
    std::string name, version;
    bool slow = true, measures = false;
    MeasuringConditions conditions;
    bool operator==(const Hello&) const = default;
};

struct Reply {
    std::uint64_t id = 0;
    Metrics metrics;                   ///< may hold what is no number
    std::optional<std::string> error;  ///< why this candidate cannot be evaluated
};

/// What Espalier says first. @param network what the requests hold of it: "none", "layers" or "onnx"
std::string greeting(const SearchSpace*, const std::string& network);
/// @throws Error in which "it" is the program.
Hello parse_hello(std::string_view line);

/// A request without its beginning, which `numbered` adds. @throws Error if the candidate cannot be written so.
/// @param file of the network, for kOnnx.
std::string request_body(const Candidate&, const std::string& network, const std::string& device,
                         const std::string& file);
/// @param more whether another request of the same batch follows
std::string numbered(std::uint64_t id, bool more, std::string_view body);
/// @throws Error in which "it" is the program.
Reply parse_reply(std::string_view line);

/// In quotes and shortened, as it may be shown.
std::string in_quotes(std::string_view line);

}  // namespace espalier::command
