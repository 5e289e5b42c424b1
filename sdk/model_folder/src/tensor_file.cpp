// SPDX-License-Identifier: Apache-2.0
// The layout of safetensors: 8 bytes, little-endian, the length of the header; the header, JSON; the numbers. The
// header begins with the check sum, so that its place is known: FNV-1a of the file, in which the sum's own digits are
// zeros.
#include "espalier/model_folder/tensor_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"
#include "espalier/sdk/files.hpp"

namespace espalier {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t{1} << 40;  // of weights

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::string_view kMetadata = "__metadata__", kSum = "checksum", kZeros = "0000000000000000";
constexpr std::string_view kBeginning = R"({"__metadata__":{"checksum":")";
constexpr std::size_t kDigits = sizeof(std::uint64_t) + kBeginning.size();  // where they begin
constexpr std::string_view kFormerMagic = "espalier tensors 1\n";

struct NumberType {
    std::string_view name;
    std::size_t bytes;
};
constexpr NumberType kTypes[]{{"F32", 4}, {"F64", 8}, {"I64", 8}, {"U8", 1}, {"BF16", 2},
                              {"F16", 2}, {"I32", 4}, {"I16", 2}, {"I8", 1}, {"BOOL", 1}};

std::string sum_of(std::string_view bytes)
{
    const std::uint64_t before = stable_hash(bytes.substr(0, kDigits));
    return hexadecimal(stable_hash(bytes.substr(kDigits + kZeros.size()), stable_hash(kZeros, before)));
}

std::string header_of(std::span<const StoredTensor> tensors, const TensorNotes& notes)
{
    Json header;
    header[kMetadata][kSum] = kZeros;
    for (const auto& [name, text] : notes)
        if (name != kSum)
            header[kMetadata][name] = text;
    std::size_t end = 0;
    std::set<std::string_view> names{kMetadata};
    for (const StoredTensor& tensor : tensors) {
        if (!names.insert(tensor.name).second)
            throw Error("two tensors are named '" + tensor.name + "'");
        const std::size_t begin = end;
        end += tensor.bytes.size();
        header[tensor.name] = {{"dtype", tensor.type}, {"shape", tensor.extents}, {"data_offsets", {begin, end}}};
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');  // so that the numbers lie at multiples of 8
    return text;
}

/// What `extents` numbers take; more than there can be, if it is more than `most`.
std::size_t length(const std::vector<std::int64_t>& extents, std::size_t each, std::size_t most)
{
    if (std::ranges::any_of(extents, [](std::int64_t extent) { return extent < 0; }))
        throw Error("a tensor of a negative extent");
    if (std::ranges::find(extents, 0) != extents.end())
        return 0;
    std::size_t bytes = each;
    for (const std::int64_t extent : extents)
        bytes =
            static_cast<std::size_t>(extent) > most / bytes + 1 ? most + 1 : bytes * static_cast<std::size_t>(extent);
    return bytes;
}

/// A tensor of the header's entry; its numbers must begin where the former ones end.
StoredTensor tensor_of(const std::string& name, const Json& entry, std::string_view numbers, std::size_t& end)
{
    StoredTensor tensor{name, entry.at("dtype"), entry.at("shape"), {}};
    const auto offsets = entry.at("data_offsets").get<std::array<std::size_t, 2>>();
    const std::size_t each = bytes_of(tensor.type);
    if (offsets[0] != end || offsets[1] < end || offsets[1] > numbers.size())
        throw Error("a tensor of type " + tensor.type + " that is not where the former ends");
    if (const std::size_t own = length(tensor.extents, each, numbers.size()); own != offsets[1] - offsets[0])
        throw Error("a tensor of " + std::to_string(own) + " bytes elsewhere");
    tensor.bytes = numbers.substr(end, offsets[1] - end);
    end = offsets[1];
    return tensor;
}

/// The header's text, if the file is what was written.
std::string_view checked_header(const std::string& file, std::string_view bytes)
{
    if (bytes.starts_with(kFormerMagic))
        throw Error(file +
                    ": written by an earlier version, whose checkpoints this one does not read; start the experiment "
                    "anew with `reuse:` this run, which takes over all finished results");
    std::uint64_t length = 0;
    if (bytes.size() < kDigits + kZeros.size() || bytes.substr(sizeof length, kBeginning.size()) != kBeginning)
        throw Error(file + ": not a file of tensors with a check sum, or damaged");
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length > bytes.size() - sizeof length || bytes.substr(kDigits, kZeros.size()) != sum_of(bytes))
        throw Error(file + ": damaged; this is not what was saved");
    return bytes.substr(sizeof length, length);
}

}  // namespace

std::string hexadecimal(std::uint64_t sum)
{
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(sum));
    return digits.data();
}

std::size_t bytes_of(std::string_view type)
{
    const auto* known = std::ranges::find(kTypes, type, &NumberType::name);
    if (known == std::end(kTypes))
        throw Error("a tensor of type " + std::string(type));
    return known->bytes;
}

void write_tensor_file(const std::string& file, std::span<const StoredTensor> tensors, const TensorNotes& notes)
{
    std::string bytes;
    try {
        const std::string header = header_of(tensors, notes);
        const std::uint64_t length = header.size();
        bytes.append(reinterpret_cast<const char*>(&length), sizeof length).append(header);
    } catch (const std::exception& error) {  // JSON: a name that is no UTF-8
        throw Error(file + ": cannot be written: " + error.what());
    }
    for (const StoredTensor& tensor : tensors)
        bytes.append(tensor.bytes);
    bytes.replace(kDigits, kZeros.size(), sum_of(bytes));
    write_whole(file, bytes);
}

TensorFile read_tensor_file(const std::string& file)
{
    TensorFile read{std::make_shared<const std::string>(read_file(file, kMostBytes)), {}, {}};
    const std::string_view bytes = *read.bytes;
    const std::string_view header = checked_header(file, bytes);
    const std::string_view numbers = bytes.substr(sizeof(std::uint64_t) + header.size());
    try {
        std::size_t end = 0;
        const Json entries = Json::parse(header);
        for (const auto& [name, value] : entries.items()) {
            if (name != kMetadata)
                read.tensors.push_back(tensor_of(name, value, numbers, end));
            else
                read.notes = value.get<TensorNotes>();
        }
        if (end != numbers.size())
            throw Error("numbers without a name");
    } catch (const std::exception& error) {  // the sum is right: somebody else's file
        throw Error(file + ": not what Espalier writes: " + error.what());
    }
    return read;
}

}  // namespace espalier
