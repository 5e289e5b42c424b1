// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/architecture.hpp"

namespace espalier::dynas_t {

/// Architectures as DyNAS-T writes them: "{'wid': None, 'ks': [7, 3, ...], 'e': [...], 'd': [3, ...], 'r': [224]}".
/// The list 'ks' holds the decisions whose names are ks and a place ("ks1.1"), in their order, as labels. A list of
/// whole numbers for options that are not whole numbers holds option indices: DyNAS-T counts the widths of ResNet50
/// (0.65, 0.8, 1) as 0, 1, 2. With a 0.65 in it, the list holds widths, and 1 is the width 1. A 1 where the options are
/// 0 and 2 is 0: DyNAS-T offers it for the stem's depth of ResNet50, and it builds the same network. Entries without a
/// decision (a resolution) must be the same everywhere. JSON's quotation marks and null will do as well.
class Notation {
public:
    /// `decisions` are lent. @throws Error if a name has no place, or the names of a list are apart.
    explicit Notation(std::span<const Decision> decisions);
    Notation(const Notation&) = delete;
    Notation& operator=(const Notation&) = delete;

    /// Before `parse`, of all that will be read: whether others hold widths or indices, which a list of ones alone does
    /// not tell. @throws Error as `parse`.
    void learn(std::string_view text);
    /// Reads one; the first one settles which entries there are. @throws Error with what is wrong in it.
    Architecture parse(std::string_view text);
    /// What was read of an entry without a decision, without blanks: "[224]"; empty: there was none.
    std::string constant(std::string_view name) const;
    /// Names of those entries.
    std::vector<std::string> constants() const;
    /// As the ones read were written, or, where none was read, as DyNAS-T writes them.
    std::string text(const Architecture&) const;

    /// Entries as they were read, "{'wid': None, 'ks': *, 'w': #, 'r': [224]}": * a list of labels, # one of indices.
    std::string form() const;
    /// Takes over what `form` gave. @throws Error if it does not fit the decisions.
    void set_form(std::string_view form);
    /// What 'r' is where nothing was read.
    void set_resolution(int pixels) { resolution_ = pixels; }

private:
    struct Group {
        std::string name;
        std::size_t first = 0, count = 0;
        bool whole = false;                                ///< all options are whole numbers
        bool indices = false;                              ///< written as option indices
        bool labels_known = false, indices_known = false;  ///< lists that are surely the one or the other
    };
    struct Entry {
        std::string name;
        std::string constant;  ///< its text, if no decisions belong to it
        const Group* group = nullptr;
    };
    std::vector<Entry> default_entries() const;
    Group* group(std::string_view name);
    enum class Means { labels, indices, either };
    Means meaning(const Group&, const std::vector<std::string>& values) const;
    bool as_indices(const Group&, const std::vector<std::string>& values) const;
    std::uint16_t choice(std::size_t decision, std::string_view value, bool index) const;

    std::span<const Decision> decisions_;
    std::vector<Group> groups_;
    std::vector<Entry> entries_;
    int resolution_ = 0;
};

}  // namespace espalier::dynas_t
