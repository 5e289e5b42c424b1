// SPDX-License-Identifier: Apache-2.0
#include "image_folder.hpp"

#include <algorithm>
#include <cctype>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "espalier/torch/data/examples.hpp"

#include "picture.hpp"

namespace espalier::images {
namespace {

namespace fs = std::filesystem;
using torch_sdk::Split;

std::string ending(const fs::path& file)
{
    std::string text = file.extension().string();
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> all)
{
    return std::ranges::find(all, text) != all.end();
}

/// Sorted names of what is in a folder, hidden files left aside.
std::vector<fs::directory_entry> entries(const fs::path& folder)
{
    std::vector<fs::directory_entry> all;
    try {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            if (!entry.path().filename().string().starts_with("."))
                all.push_back(entry);
    } catch (const fs::filesystem_error& error) {
        throw OptionError("path", folder.string() + ": cannot be read: " + error.code().message());
    }
    std::ranges::sort(all, {}, &fs::directory_entry::path);
    return all;
}

std::vector<std::string> folders_in(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        throw OptionError("path", "there is no folder " + folder.string());
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : entries(folder))
        if (entry.is_directory(ignored))
            names.push_back(entry.path().filename().string());
    return names;
}

/// @param found what `folder` has, sorted.
void require_all(const std::vector<std::string>& names, const std::vector<std::string>& found, const fs::path& folder)
{
    for (const std::string& name : names)
        if (!std::ranges::binary_search(found, name))
            throw OptionError("path", (folder / name).string() + ": there is no such folder, but one beside " +
                                          folder.filename().string());
}

/// The images of one class. Whatever has another ending is passed over, but for images of other kinds.
std::vector<std::string> images_in(const fs::path& folder)
{
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : entries(folder)) {
        const std::string kind = ending(entry.path());
        if (is_one_of(kind, {".gif", ".bmp", ".webp", ".tif", ".tiff"}))
            throw OptionError("path", entry.path().string() + ": images are JPEG or PNG here, convert it");
        if (!is_one_of(kind, {".jpg", ".jpeg", ".png"}))
            continue;
        std::error_code ignored;
        if (!entry.is_regular_file(ignored))
            throw OptionError("path", entry.path().string() + ": is no file");
        names.push_back(entry.path().filename().string());
    }
    if (names.empty())
        throw OptionError("path", folder.string() + ": has no images; each folder is a class, and each class has some");
    return names;
}

}  // namespace

ImageFolder::ImageFolder(const Options& options, const Setup&)
    : shape_{3, options.side, options.side},
      normalisation_{options.mean, options.deviation},
      centre_{options.centre},
      train_{options.path / options.train},
      test_{options.path / options.test}
{
    for (const auto& [option, given] : {std::pair{"mean", &options.mean}, std::pair{"deviation", &options.deviation}})
        if (given->size() != 3)
            throw OptionError(option, "needs three numbers: of red, green and blue");
    values_ = torch_sdk::byte_values(normalisation_);
    classes_ = folders_in(train_);
    if (classes_.size() < 2)
        throw OptionError("path", train_.string() + ": has " + std::to_string(classes_.size()) +
                                      " folders; a folder is a class, and there must be two at least");
    const std::vector<std::string> tested = folders_in(test_);
    require_all(classes_, tested, test_);
    require_all(tested, classes_, train_);
    list(Split::train, train_);
    list(Split::test, test_);
    set_aside(options.validation);
}

void ImageFolder::list(Split split, const fs::path& folder)
{
    std::vector<Image>& all = images_[static_cast<std::size_t>(split)];
    for (std::size_t c = 0; c < classes_.size(); ++c) {
        const fs::path own = folder / classes_[c];
        const std::size_t first = all.size();
        for (std::string& name : images_in(own))
            all.push_back({std::move(name), static_cast<std::int64_t>(c)});
        try {
            check_picture(own / all[first].name);
        } catch (const Error& error) {
            throw OptionError("path", error.what());
        }
    }
}

void ImageFolder::set_aside(std::int64_t count)
{
    std::vector<Image>& train = images_[static_cast<std::size_t>(Split::train)];
    if (count == 0)
        return;
    if (count >= std::ssize(train))
        throw OptionError("validation", std::to_string(count) + " leaves none of the " + std::to_string(train.size()) +
                                            " training images");
    std::vector<std::int64_t> labels;
    for (const Image& image : train)
        labels.push_back(image.label);
    const auto [aside, kept] = torch_sdk::set_aside(labels, count);
    const auto chosen = [&](const std::vector<std::int64_t>& indices) {
        std::vector<Image> some;
        for (const std::int64_t i : indices)
            some.push_back(train[static_cast<std::size_t>(i)]);
        return some;
    };
    images_[static_cast<std::size_t>(Split::validation)] = chosen(aside);
    train = chosen(kept);
}

fs::path ImageFolder::file(Split split, const Image& image) const
{
    return (split == Split::test ? test_ : train_) / classes_[static_cast<std::size_t>(image.label)] / image.name;
}

Attributes ImageFolder::preprocessing() const
{
    return {{"mean", normalisation_.mean}, {"deviation", normalisation_.deviation}};
}

torch_sdk::Batch ImageFolder::batch(Split split, std::span<const std::int64_t> indices,
                                    const torch_sdk::Augmentation& augmentation, Rng& rng) const
{
    const std::int64_t n = std::ssize(indices);
    torch_sdk::Batch batch{
        {at::empty({n, shape_[0], shape_[1], shape_[2]}, at::kFloat, {}, {}, {}, at::MemoryFormat::ChannelsLast)},
        at::empty({n}, at::kLong)};
    auto* x = batch.x().mutable_data_ptr<float>();
    auto* y = batch.y.mutable_data_ptr<std::int64_t>();
    const torch_sdk::ImageChanges changes{augmentation, shape_, normalisation_, values_, centre_};
    const std::vector<Image>& all = of(split);
    for (const std::int64_t index : indices) {
        if (index < 0 || index >= std::ssize(all))
            throw Error("there is no example " + std::to_string(index) + " among " + std::to_string(all.size()));
        const Image& image = all[static_cast<std::size_t>(index)];
        const torch_sdk::Picture picture = read_picture(file(split, image));
        torch_sdk::augment(picture.pixels, picture.shape, x, changes, rng);
        x += shape_.elements();
        *y++ = image.label;
    }
    return batch;
}

}  // namespace espalier::images
