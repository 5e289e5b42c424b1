// SPDX-License-Identifier: Apache-2.0
// What a search ends with, and what it knows from its start.
#include <algorithm>

#include "host/store/durable_folder.hpp"
#include "host/store/store_impl.hpp"

namespace espalier::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWinners = "winners";

bool has_something(const fs::path& folder)
{
    std::error_code none;
    return fs::is_directory(folder, none) && !fs::is_empty(folder, none);
}

}  // namespace

bool RunStore::has_former_winners() const
{
    return provenance(kFormer) == "there";
}

void RunStore::forget_new_models()
{
    try {
        fs::remove_all(draft_of(directory() / kWinners));
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{} cannot be removed: {}.", error.path1().string(), error.code().message()));
    }
}

void RunStore::settle_winners()
{
    settle_draft_folder(directory() / kWinners);
    std::error_code not_empty;
    fs::remove(directory() / kWinners, not_empty);  // unless there is something in it
    set_provenance(kFormer, "gone");
    commit();
}

void RunStore::set_winners(std::span<const StoredWinner> winners)
{
    const std::lock_guard guard(impl_->mutex);
    const bool replaced = has_former_winners();
    if (replaced)
        finish_draft_folder(directory() / kWinners);
    impl_->write([&] {
        if (replaced)
            set_provenance(kFormer, "replaced");
        impl_->forget_winners();
        if (const auto runners_up = std::ranges::count_if(winners, &StoredWinner::runner_up); runners_up > 0)
            set_provenance(kRunnersUp, std::to_string(runners_up));
        Statement insert(*impl_->database, insertion("winner"));
        for (const StoredWinner& winner : winners) {
            const auto choices = winner.architecture ? std::optional(encoded(*winner.architecture)) : std::nullopt;
            const std::string metrics = encoded(winner.metrics, impl_->metrics);
            const std::string final_metrics = encoded(winner.final_metrics, impl_->metrics);
            insert.checked(winner.name, choices, winner.text, winner.key, metrics, final_metrics, winner.note).run();
        }
        for (std::size_t i = 0; i < winners.size(); ++i)
            if (winners[i].verified)
                impl_->insert({kVerified, std::to_string(i), 0, *winners[i].verified});
    });
    impl_->commit();
    if (replaced)
        settle_winners();
}

fs::path RunStore::model_folder(std::string_view winner) const
{
    const fs::path winners = directory() / kWinners;
    return (has_former_winners() ? draft_of(winners) : winners) / file_name_of(winner);
}

std::string RunStore::model(std::string_view winner) const
{
    return has_something(model_folder(winner)) ? (fs::path(kWinners) / file_name_of(winner)).string() : "";
}

std::vector<StoredWinner> RunStore::winners() const
{
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database,
                  "SELECT name, choices, text, key, metrics, final_metrics, note FROM winner ORDER BY id");
    // they may have been set, and the process have been killed before their models were in place
    const bool unsettled = provenance(kFormer) == "replaced" && is_finished_draft(directory() / kWinners);
    const fs::path models = unsettled ? draft_of(kWinners) : fs::path(kWinners);
    std::vector<StoredWinner> found;
    while (all.step()) {
        const std::string model = (models / file_name_of(all.text(0))).string();
        found.push_back({all.text(0), all.null(1) ? std::nullopt : std::optional(decoded_architecture(all.bytes(1))),
                         all.text(2), all.text(3), decoded_metrics(all.bytes(4), impl_->metrics),
                         decoded_metrics(all.bytes(5), impl_->metrics), all.text(6),
                         has_something(directory() / model) ? model : ""});
    }
    if (const std::optional<std::string> runners_up = provenance(kRunnersUp))
        for (StoredWinner& winner : std::span(found).last(std::min<std::size_t>(std::stoul(*runners_up), found.size())))
            winner.runner_up = true;
    Statement verified(*impl_->database,
                       "SELECT key, metrics, status, reason FROM result WHERE component = ? ORDER BY id");
    if (const std::optional<int> component = impl_->component(kVerified))
        for (verified.with(*component); verified.step();)
            found.at(std::stoul(verified.text(0))).verified = {{},
                                                               decoded_metrics(verified.bytes(1), impl_->metrics),
                                                               static_cast<Status>(verified.integer(2)),
                                                               verified.text(3)};
    return found;
}

void RunStore::set_known(std::span<const Evaluation> known)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->write([&] {
        set_provenance("known", "copied");
        impl_->database->execute("DELETE FROM known");
        Statement insert(*impl_->database, insertion("known"));
        for (const Evaluation& evaluation : known) {
            const std::string choices = encoded(evaluation.architecture);
            const std::string metrics = encoded(evaluation.metrics, impl_->metrics);
            insert.checked(choices, static_cast<int>(evaluation.status), evaluation.reason, metrics).run();
        }
    });
    impl_->commit();
}

std::optional<std::vector<Evaluation>> RunStore::known() const
{
    if (!provenance("known"))
        return std::nullopt;
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database, "SELECT choices, metrics, status, reason FROM known ORDER BY id");
    std::vector<Evaluation> found;
    while (all.step())
        found.push_back({decoded_architecture(all.bytes(0)), decoded_metrics(all.bytes(1), impl_->metrics),
                         static_cast<Status>(all.integer(2)), all.text(3)});
    return found;
}

}  // namespace espalier::host
