// SPDX-License-Identifier: Apache-2.0
// YAML to Config, by events rather than by a tree of nodes: aliases are counted while they are expanded, so that a
// small file cannot become a large one.
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

namespace espalier {
namespace {

constexpr std::size_t kMaximumBytes = 1 << 20, kMaximumNodes = 10'000, kMaximumDepth = 64, kMaximumKeyBytes = 256;

/// What a text, or a part of it, comes to when its aliases are written out.
struct Amount {
    std::size_t nodes = 0, bytes = 0;
    Amount operator-(const Amount& other) const { return {nodes - other.nodes, bytes - other.bytes}; }
};

/// Ends the parse of a text that cannot be read on.
struct Unreadable {
    YAML::Mark mark;
    std::string sentence;
};

class Builder final : public YAML::EventHandler {
public:
    Builder(const std::string& file, Diagnostics& diagnostics) : file_{file}, diagnostics_{diagnostics} {}

    std::optional<Config> root;

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (documents_++ > 0)
            throw Unreadable{mark, "a second document begins here; one file holds one document"};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { close(at(mark, Config::Type::null), anchor); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        Config scalar = at(mark, Config::Type::scalar);
        scalar.quoted = tag == "!";
        scalar.scalar = value;
        count(mark, {0, value.size()});
        close(std::move(scalar), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(mark, Config::Type::list, anchor);
    }
    void OnSequenceEnd() override { finish(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(mark, Config::Type::map, anchor);
    }
    void OnMapEnd() override { finish(); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end())
            throw Unreadable{mark, "this alias refers to the very thing that it stands in"};
        count(mark, known->second.second);
        Config copy = known->second.first;
        stand_at(copy, mark);
        close(std::move(copy), 0);
    }

private:
    struct Open {
        Config node;
        YAML::anchor_t anchor;
        std::optional<Config> key;   // of a map, between key and value
        std::vector<Config> merged;  // maps given by `<<`
        Amount before;
    };

    Config at(const YAML::Mark& mark, Config::Type type)
    {
        count(mark, {1, 0});
        if (open_.size() >= kMaximumDepth)
            throw Unreadable{mark, fmt::format("nested more than {} deep", kMaximumDepth)};
        Config node;
        node.type = type;
        node.file = file_;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }
    void count(const YAML::Mark& mark, const Amount& more)
    {
        amount_.nodes += more.nodes;
        amount_.bytes += more.bytes;
        if (amount_.nodes > kMaximumNodes)
            throw Unreadable{mark, fmt::format("more than {} values, aliases written out", kMaximumNodes)};
        if (amount_.bytes > kMaximumBytes)
            throw Unreadable{mark, fmt::format("more than {} bytes, aliases written out", kMaximumBytes)};
    }
    /// What an alias stands for is told where it is used.
    static void stand_at(Config& c, const YAML::Mark& mark)
    {
        c.line = c.key_line = mark.line + 1;
        c.column = c.key_column = mark.column + 1;
        for (Config& item : c.items)
            stand_at(item, mark);
    }
    void open(const YAML::Mark& mark, Config::Type type, YAML::anchor_t anchor)
    {
        const Amount before = amount_;
        Config node = at(mark, type);
        open_.push_back({std::move(node), anchor, {}, {}, before});
    }
    void finish()
    {
        Open done = std::move(open_.back());
        open_.pop_back();
        for (Config& map : done.merged)
            for (Config& item : map.items)
                if (done.node.find(item.key) == nullptr)
                    done.node.items.push_back(std::move(item));
        if (done.anchor != 0)
            anchors_.insert_or_assign(done.anchor, std::pair{done.node, amount_ - done.before});
        close(std::move(done.node), 0);
    }
    void close(Config node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            anchors_.insert_or_assign(anchor, std::pair{node, Amount{1, node.scalar.size()}});
        if (open_.empty()) {
            root = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.type == Config::Type::list)
            parent.node.items.push_back(std::move(node));
        else if (!parent.key)
            take_key(parent, std::move(node));
        else
            take_value(parent, std::move(node));
    }
    static void take_key(Open& map, Config key)
    {
        if (key.type != Config::Type::scalar && key.type != Config::Type::null)
            throw Unreadable{mark_of(key), "a key must be one word, not a list or a map"};
        if (key.scalar.size() > kMaximumKeyBytes)  // each value below it holds the key, in its path
            throw Unreadable{mark_of(key), fmt::format("a key of {} bytes; at most {} are allowed", key.scalar.size(),
                                                       kMaximumKeyBytes)};
        map.key = std::move(key);
    }
    void take_value(Open& map, Config value)
    {
        const Config key = *std::exchange(map.key, std::nullopt);
        if (key.scalar == "<<" && !key.quoted) {
            merge(map, std::move(value));
            return;
        }
        value.key = key.scalar;
        value.key_line = key.line;
        value.key_column = key.column;
        if (const Config* first = map.node.find(value.key))
            diagnostics_.add(key.error(
                fmt::format("the key '{}' stands here a second time; first in line {}", value.key, first->key_line)));
        else
            map.node.items.push_back(std::move(value));
    }
    static void merge(Open& map, Config value)
    {
        if (value.type == Config::Type::map)
            map.merged.push_back(std::move(value));
        else if (value.type == Config::Type::list)
            for (Config& item : value.items)
                merge(map, std::move(item));
        else
            throw Unreadable{mark_of(value), "`<<` takes a map or a list of maps"};
    }
    static YAML::Mark mark_of(const Config& c)
    {
        YAML::Mark mark;
        mark.line = c.line - 1;
        mark.column = c.column - 1;
        return mark;
    }

    const std::string& file_;
    Diagnostics& diagnostics_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, std::pair<Config, Amount>> anchors_;
    Amount amount_;
    int documents_ = 0;
};

/// Goes through what was read: the environment's variables, the paths.
class Completion {
public:
    explicit Completion(Diagnostics& diagnostics) : diagnostics_{diagnostics} {}

    void operator()(Config& c, const std::string& path)
    {
        c.path = path;
        if (c.type == Config::Type::scalar)
            expand(c);
        if (c.scalar.find('\0') != std::string::npos || c.key.find('\0') != std::string::npos)  // written as "\0"
            diagnostics_.add(c.error("holds a null character, which no name and no path may"));
        for (std::size_t i = 0; i < c.items.size(); ++i) {
            Config& item = c.items[i];
            const std::string step = c.type == Config::Type::map ? item.key : std::to_string(i);
            (*this)(item, path.empty() ? step : std::string(path).append(".").append(step));
        }
    }

private:
    /// Replaces ${NAME} by the environment's value, and $${ by ${.
    void expand(Config& c)
    {
        std::string text;
        std::size_t at = 0, begin = 0;
        while ((begin = c.scalar.find("${", at)) != std::string::npos) {
            if (begin > at && c.scalar[begin - 1] == '$') {
                text.append(c.scalar, at, begin - 1 - at).append("${");
                at = begin + 2;
                continue;
            }
            const std::size_t end = c.scalar.find('}', begin);
            if (end == std::string::npos) {
                diagnostics_.add(c.error("'${' has no '}'"));
                return;
            }
            const std::string name = c.scalar.substr(begin + 2, end - begin - 2);
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) {
                diagnostics_.add(c.error(fmt::format("the environment variable {} is not set", name)));
                return;
            }
            text.append(c.scalar, at, begin - at).append(value);
            at = end + 1;
            expanded_ += std::string_view(value).size();
            if (expanded_ > kMaximumBytes) {
                diagnostics_.add(c.error(fmt::format("more than {} bytes of environment variables", kMaximumBytes)));
                return;
            }
        }
        if (at > 0)
            c.scalar = text.append(c.scalar, at);
    }

    Diagnostics& diagnostics_;
    std::size_t expanded_ = 0;
};

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// YAML allows no control characters but tabs and line ends, and what reads on behind one garbles the text.
std::optional<Diagnostic> control_character(std::string_view yaml, const std::string& file)
{
    int line = 1, column = 1;
    for (const char c : yaml) {
        const auto code = static_cast<unsigned char>(c);
        if (is_control(c) && c != '\t' && c != '\n' && c != '\r')
            return Diagnostic{file,
                              line,
                              column,
                              "",
                              "",
                              fmt::format("the control character 0x{:02x} stands here; an experiment is text in UTF-8",
                                          static_cast<unsigned>(code))};
        column = c == '\n' ? 1 : column + 1;
        line += c == '\n' ? 1 : 0;
    }
    return std::nullopt;
}

}  // namespace

Config parse_config(std::string_view yaml, const std::string& file, Diagnostics& diagnostics)
{
    Config empty;
    empty.file = file;
    if (yaml.size() > kMaximumBytes) {
        diagnostics.add(empty.error(fmt::format("{} bytes; an experiment has at most {}", yaml.size(), kMaximumBytes)));
        return empty;
    }
    if (std::optional<Diagnostic> refusal = control_character(yaml, file)) {
        diagnostics.add(std::move(*refusal));
        return empty;
    }
    Builder builder(file, diagnostics);
    try {
        std::istringstream text{std::string(yaml)};
        YAML::Parser parser(text);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Unreadable& e) {
        diagnostics.add({file, e.mark.line + 1, e.mark.column + 1, "", "", e.sentence});
        return empty;
    } catch (const YAML::Exception& e) {
        diagnostics.add({file, e.mark.line + 1, e.mark.column + 1, "", "", "not valid YAML: " + e.msg});
        return empty;
    }
    if (!builder.root)
        return empty;
    Completion{diagnostics}(*builder.root, "");
    return std::move(*builder.root);
}

Config parse_config(std::string_view yaml, const std::string& file)
{
    Diagnostics diagnostics;
    Config config = parse_config(yaml, file, diagnostics);
    diagnostics.throw_if_any();
    return config;
}

namespace {

/// Whether a plain scalar comes back from YAML as the same text.
bool plain_is_safe(const std::string& text)
{
    if (text.empty() || text.front() == ' ' || text.back() == ' ' || text == "~" || text == "null" || text == "Null" ||
        text == "NULL" || text == "<<")
        return false;
    if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) {
        const bool number = text.front() == '-' && text.size() > 1 &&
                            std::string_view("0123456789.").find(text[1]) != std::string_view::npos;
        if (!number)
            return false;
    }
    for (const char c : text)
        if (is_control(c) || std::string_view("[]{},?#:\"'\\$").find(c) != std::string_view::npos)
            return false;
    return true;
}

std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result.append({'\\', c});
        else if (is_control(c))
            result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
        else
            result += c;
    }
    return result + '"';
}

/// What `expand_environment` leaves as `text`.
std::string unexpanded(std::string text)
{
    for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 3)
        text.insert(at, 1, '$');
    return text;
}

}  // namespace

std::string to_yaml(const Config& c)
{
    std::string text;
    switch (c.type) {
        case Config::Type::null:
            return "~";
        case Config::Type::scalar:
            return c.quoted || !plain_is_safe(c.scalar) ? quoted(unexpanded(c.scalar)) : c.scalar;
        case Config::Type::list:
            for (const Config& item : c.items)
                text += (text.empty() ? "" : ", ") + to_yaml(item);
            return "[" + text + "]";
        case Config::Type::map:
            for (const Config& item : c.items)
                text += (text.empty() ? "" : ", ") + (plain_is_safe(item.key) ? item.key : quoted(item.key)) + ": " +
                        to_yaml(item);
            return "{" + text + "}";
    }
    return text;
}

}  // namespace espalier
