// SPDX-License-Identifier: Apache-2.0
#include "host/store/store.hpp"

#include <fstream>
#include <limits>
#include <sstream>

#include "host/store/durable_folder.hpp"
#include "host/store/store_impl.hpp"
#include "host/store/write_ahead_log.hpp"

namespace espalier::host {
namespace {

constexpr const char* kLock = "lock";
constexpr const char* kCopy = "experiment.yaml";  // for people: `experiment()` is what counts

std::string content(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// Two flags in one column. Of rows that say nothing of the second one: spent if evaluated.
int flags(const StoredEvaluation& row)
{
    return (row.evaluated ? 1 : 0) + (row.evaluated != row.spent ? 2 : 0);
}

constexpr const char* kEvaluations =
    "SELECT id, key, choices, metrics, status, reason, evaluated, round FROM evaluation";

StoredEvaluation evaluation_of(const Statement& row, const InternedNames& metrics)
{
    const bool evaluated = (row.integer(6) & 1) != 0;
    return {static_cast<std::size_t>(row.integer(0)),
            row.text(1),
            {decoded_architecture(row.bytes(2)), decoded_metrics(row.bytes(3), metrics),
             static_cast<Status>(row.integer(4)), row.text(5)},
            evaluated,
            static_cast<int>(row.integer(7)),
            evaluated != ((row.integer(6) & 2) != 0)};
}

double real_or_nan(const Statement& row, int column)
{
    return row.null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

NotedValue noted_value(const Statement& row)
{
    return {row.text(0), real_or_nan(row, 1), static_cast<NotedValue::Source>(row.integer(2)),
            static_cast<std::size_t>(row.integer(3))};
}

std::vector<NotedValue> noted(Statement& query)
{
    std::vector<NotedValue> found;
    while (query.step())
        found.push_back(noted_value(query));
    return found;
}

}  // namespace

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

RunStore RunStore::create(const std::filesystem::path& directory, const std::string& resolved_experiment,
                          const std::function<void(RunStore&)>& fill)
{
    const std::filesystem::path file = database_file(directory);
    try {
        std::filesystem::create_directories(directory);
        RunLock lock(directory);
        if (std::filesystem::exists(file))
            throw Error(
                fmt::format("{} already holds a run: go on with it by `espalier resume {}`, or choose another "
                            "directory.",
                            directory.string(), directory.string()));
        {
            RunStore draft(std::make_unique<Impl>(directory, make_run_database(draft_of(file)), Impl::Use::create));
            draft.set_provenance("experiment", resolved_experiment);
            if (fill)
                fill(draft);
            draft.commit();
            finish_run_database(*draft.impl_->database);
        }
        settle_draft(file);
        return open(directory, std::move(lock));
    } catch (const std::filesystem::filesystem_error& error) {
        throw Error(
            fmt::format("the run directory {} cannot be made: {}.", directory.string(), error.code().message()));
    }
}

bool RunStore::is_left_over(const std::filesystem::path& path)
{
    return is_draft(path) || path.filename() == kLock;
}

RunStore RunStore::open(const std::filesystem::path& directory)
{
    const std::filesystem::path file = database_file(directory);
    if (!std::filesystem::exists(file))
        throw Error(fmt::format("{} holds no run: there is no run.db in it.", directory.string()));
    return open(directory, RunLock(directory));
}

RunStore RunStore::open(const std::filesystem::path& directory, RunLock lock)
{
    const std::filesystem::path file = database_file(directory);
    const bool cut = is_cut(log_of(file));
    check_run_database(file);
    auto database = std::make_unique<Database>(file, Database::Mode::write);
    database->execute("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
    const bool emptied = is_log_emptied(*database, file);
    RunStore store(std::make_unique<Impl>(directory, std::move(database), Impl::Use::write));
    store.impl_->lock.emplace(std::move(lock));
    store.impl_->cut = cut || emptied;
    if (const std::string experiment = store.experiment(); content(directory / kCopy) != experiment)
        write_file(directory / kCopy, experiment);
    if (store.provenance(kFormer) == "replaced")
        store.settle_winners();
    return store;
}

RunStore RunStore::read_only(const std::filesystem::path& directory)
{
    const std::filesystem::path file = database_file(directory);
    const std::filesystem::path log = log_of(file);
    const auto lost = [&] {
        return Error(
            fmt::format("{} is damaged, and what was recorded behind that place cannot be read: `espalier resume "
                        "{}` computes it again.",
                        log.string(), directory.string()));
    };
    if (is_cut(log) && !RunLock::held(directory) && is_cut(log))
        throw lost();
    std::unique_ptr<Database> database = open_to_read(file);
    if (!database)
        throw Error(fmt::format("{} holds no run: there is no run.db in it.", directory.string()));
    check_run_database(file);
    if (is_log_emptied(*database, file) && !RunLock::held(directory))
        throw lost();
    database->execute("BEGIN");  // one picture of a run that may be growing
    return RunStore(std::make_unique<Impl>(directory, std::move(database), Impl::Use::read));
}

const std::filesystem::path& RunStore::directory() const
{
    return impl_->directory;
}

bool RunStore::log_was_cut() const
{
    return impl_->cut;
}

std::string RunStore::experiment() const
{
    return provenance("experiment").value_or("");
}

void RunStore::set_provenance(const std::string& name, const std::string& value)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->write(
        [&] { Statement(*impl_->database, insertion("about", "INSERT OR REPLACE")).checked(name, value).run(); });
}

std::optional<std::string> RunStore::provenance(const std::string& name) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement query(*impl_->database, "SELECT value FROM about WHERE name = ?");
    if (!query.with(name).step())
        return std::nullopt;
    return query.text(0);
}

std::map<std::string, std::string> RunStore::provenance_under(const std::string& prefix) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement query(*impl_->database, "SELECT name, value FROM about");
    std::map<std::string, std::string> found;
    while (query.step())
        if (const std::string name = query.text(0); name.starts_with(prefix))
            found.emplace(name.substr(prefix.size()), query.text(1));
    return found;
}

void RunStore::set_experiment(const std::string& resolved)
{
    set_provenance("experiment", resolved);
    commit();
    write_file(directory() / kCopy, resolved);
}

void RunStore::extend(const std::string& resolved_experiment, std::size_t notes)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->commit();
    forget_new_models();
    set_provenance("extended",
                   provenance("extended").value_or("") + fmt::format("after evaluation {}\n", evaluations()));
    set_provenance("state", std::to_string(static_cast<int>(RunState::running)));
    set_provenance(kFormer, "there");
    impl_->write([&] {
        Statement later(*impl_->database,
                        "DELETE FROM note WHERE source = ?1 AND id NOT IN "
                        "(SELECT id FROM note WHERE source = ?1 ORDER BY id LIMIT ?2)");
        later.with(static_cast<int>(NotedValue::Source::strategy), notes).run();
    });
    set_experiment(resolved_experiment);
}

RunState RunStore::state() const
{
    const std::optional<std::string> state = provenance("state");
    return state ? static_cast<RunState>(std::stoi(*state)) : RunState::running;
}

void RunStore::set_state(RunState state)
{
    set_provenance("state", std::to_string(static_cast<int>(state)));
    commit();
}

void RunStore::append(const StoredEvaluation& row)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->write([&] {
        const std::string choices = encoded(row.evaluation.architecture);
        const std::string metrics = encoded(row.evaluation.metrics, impl_->metrics);
        impl_->inserts->evaluation
            .checked(row.index, choices, row.key, static_cast<int>(row.evaluation.status), row.evaluation.reason,
                     metrics, flags(row), row.round)
            .run();
    });
    impl_->commit_if_due(true);
}

void RunStore::append(const StoredResult& result, std::span<const NotedValue> notes)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->write([&] {
        impl_->insert(result);
        impl_->insert(notes);
    });
    impl_->commit_if_due(false);
}

void RunStore::append(const NotedValue& note)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->write([&] { impl_->insert({&note, 1}); });
    impl_->commit_if_due(false);
}

void RunStore::commit()
{
    const std::lock_guard guard(impl_->mutex);
    impl_->commit();
}

std::size_t RunStore::evaluations() const
{
    const std::lock_guard guard(impl_->mutex);
    return static_cast<std::size_t>(impl_->database->number("SELECT count(*) FROM evaluation"));
}

std::vector<StoredEvaluation> RunStore::evaluations(std::size_t first, std::size_t most) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement some(*impl_->database, std::string(kEvaluations) + " WHERE id >= ? ORDER BY id LIMIT ?");
    some.with(first, most);
    std::vector<StoredEvaluation> found;
    while (some.step())
        found.push_back(evaluation_of(some, impl_->metrics));
    return found;
}

void RunStore::for_each_evaluation(const std::function<void(const StoredEvaluation&)>& visit) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database, std::string(kEvaluations) + " ORDER BY id");
    while (all.step())
        visit(evaluation_of(all, impl_->metrics));
}

void RunStore::for_each_result(const std::function<void(const StoredResult&)>& visit) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database,
                  "SELECT component, key, generation, metrics, status, reason FROM result ORDER BY id");
    while (all.step())
        if (const std::string& component = impl_->components.name(static_cast<int>(all.integer(0)));
            component != kVerified)
            visit({component,
                   all.text(1),
                   static_cast<int>(all.integer(2)),
                   {{},
                    decoded_metrics(all.bytes(3), impl_->metrics),
                    static_cast<Status>(all.integer(4)),
                    all.text(5)}});
}

std::vector<NotedValue> RunStore::notes(const std::string& series) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement query(*impl_->database, "SELECT series, value, source, row FROM note WHERE series = ? ORDER BY row, id");
    query.with(series);
    return noted(query);
}

std::vector<NotedValue> RunStore::strategy_notes() const
{
    const std::lock_guard guard(impl_->mutex);
    Statement query(*impl_->database, "SELECT series, value, source, row FROM note WHERE source = ? ORDER BY id");
    query.with(static_cast<int>(NotedValue::Source::strategy));
    return noted(query);
}

void RunStore::for_each_note(const std::function<void(const NotedValue&)>& visit) const
{
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database, "SELECT series, value, source, row FROM note ORDER BY id");
    while (all.step())
        visit(noted_value(all));
}

void RunStore::set_phase(const StoredPhase& phase, std::span<const NotedValue> notes)
{
    const std::lock_guard guard(impl_->mutex);
    impl_->commit();
    // In WAL mode a commit reaches the disk itself only at level FULL, which may not be changed inside a transaction.
    impl_->database->execute("PRAGMA synchronous = FULL");
    impl_->write([&] {
        Statement(*impl_->database, insertion("phase", "INSERT OR REPLACE"))
            .checked(phase.name, phase.component, phase.history, phase.generation, phase.steps, phase.finished,
                     phase.checkpoint)
            .run();
        impl_->insert(notes);
    });
    impl_->commit();
    impl_->database->execute("PRAGMA synchronous = NORMAL");
}

std::vector<StoredPhase> RunStore::phases() const
{
    const std::lock_guard guard(impl_->mutex);
    Statement all(*impl_->database,
                  "SELECT name, component, history, generation, steps, finished, checkpoint FROM phase ORDER BY name");
    std::vector<StoredPhase> found;
    while (all.step())
        found.push_back({all.text(0), all.text(1), all.text(2), static_cast<int>(all.integer(3)),
                         static_cast<std::size_t>(all.integer(4)), all.integer(5) != 0, all.text(6)});
    return found;
}

}  // namespace espalier::host
