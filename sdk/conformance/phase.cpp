// SPDX-License-Identifier: Apache-2.0
#include "espalier/error.hpp"

#include "folder_bytes.hpp"
#include "report.hpp"

namespace espalier::conformance {
namespace {

namespace fs = std::filesystem;

/// A folder of its own below `scratch`, removed at the end.
class Folder {
public:
    Folder(const fs::path& scratch, const std::string& name) : path_{scratch / name}
    {
        fs::remove_all(path_);
        fs::create_directory(path_);
    }
    ~Folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

class PhaseTrial {
public:
    PhaseTrial(const std::function<std::unique_ptr<Phase>()>& make, const fs::path& scratch)
        : make_{make}, scratch_{scratch}
    {
    }

    std::unique_ptr<Phase> made() const
    {
        std::unique_ptr<Phase> phase = make_();
        if (!phase)
            throw Error("there is no phase");
        return phase;
    }
    /// Steps from..to; fewer if the phase ends. @return how many are made in all.
    std::size_t advance(Phase& phase, std::size_t from, std::size_t to)
    {
        while (from < to)
            if (!step(phase, "conformance", from++, context_))
                break;
        return from;
    }
    Bytes saved(const Phase& phase, const std::string& name = "saved") const
    {
        const Folder folder{scratch_, name};
        phase.save(folder.path().string());
        return bytes_below(folder.path());
    }
    /// The bytes after k steps, a resume, and the rest of n steps.
    Bytes resumed(std::size_t k, std::size_t n)
    {
        const Folder folder{scratch_, "resume"};
        {
            const std::unique_ptr<Phase> first = made();
            advance(*first, 0, k);
            first->save(folder.path().string());
        }
        const std::unique_ptr<Phase> second = made();
        second->load(folder.path().string());
        advance(*second, k, n);
        return saved(*second);
    }
    /// Loads from what `phase` saves, spoilt by `spoil(file)`, one file after the other.
    template <class Spoil>
    void spoilt(Report& report, const Phase& phase, const std::string& what, Spoil spoil)
    {
        for (const auto& [name, content] : saved(phase)) {
            if (content.empty())
                continue;
            const Folder folder{scratch_, "spoilt"};
            phase.save(folder.path().string());
            spoil(folder.path() / name);
            report.refuses(std::string(what).append(" '").append(name).append("'"),
                           [&] { made()->load(folder.path().string()); });
        }
    }

private:
    const std::function<std::unique_ptr<Phase>()>& make_;
    fs::path scratch_;
    PlainContext context_;
};

std::string first_difference(const Bytes& a, const Bytes& b)
{
    for (const auto& [name, content] : a)
        if (const auto other = b.find(name); other == b.end() || other->second != content)
            return "'" + name + "'";
    for (const auto& [name, content] : b)
        if (a.find(name) == a.end())
            return "'" + name + "'";
    return "";
}

}  // namespace

Violations check_phase(const std::function<std::unique_ptr<Phase>()>& make, const std::filesystem::path& scratch,
                       std::size_t steps)
{
    Report report;
    PhaseTrial trial{make, scratch};
    report.survives("the phase", [&] {
        const std::unique_ptr<Phase> phase = trial.made();
        const std::size_t n = trial.advance(*phase, 0, steps);
        const Bytes whole = trial.saved(*phase);
        const std::string again = first_difference(whole, trial.saved(*phase, "again"));
        report.require(again.empty(), "saving twice gives different files", again);

        const std::unique_ptr<Phase> twin = trial.made();
        trial.advance(*twin, 0, n);
        const std::string other = first_difference(whole, trial.saved(*twin));
        report.require(other.empty(), "the same steps in a second object give other files", other);

        for (const std::size_t k : {std::size_t{1}, n / 2, n - 1, n})
            if (k > 0) {
                const std::string differs = first_difference(whole, trial.resumed(k, n));
                report.require(differs.empty(), "a resumed phase differs from an uninterrupted one",
                               differs + " after " + std::to_string(k) + " of " + std::to_string(n) + " steps");
            }
        trial.spoilt(report, *phase, "a missing file", [](const fs::path& file) { fs::remove(file); });
        trial.spoilt(report, *phase, "an emptied file", [](const fs::path& file) { fs::resize_file(file, 0); });
    });
    return report.take();
}

}  // namespace espalier::conformance
