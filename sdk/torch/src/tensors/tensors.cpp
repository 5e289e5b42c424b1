// SPDX-License-Identifier: Apache-2.0
// The layout of safetensors: 8 bytes, little-endian, the length of the header; the header, JSON; the numbers. The
// header begins with the check sum, so that its place is known: FNV-1a of the file, in which the sum's own digits are
// zeros.
#include "espalier/torch/tensors/tensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <set>

#include <ATen/ops/empty.h>
#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "whole_file.hpp"

namespace espalier::torch_sdk {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::string_view kMetadata = "__metadata__", kSum = "checksum", kZeros = "0000000000000000";
constexpr std::string_view kBeginning = R"({"__metadata__":{"checksum":")";
constexpr std::size_t kDigits = sizeof(std::uint64_t) + kBeginning.size();  // where they begin
constexpr std::string_view kFormerMagic = "espalier tensors 1\n";

struct NamedType {
    std::string_view name;
    at::ScalarType type;
};
constexpr std::array<NamedType, 10> kTypes{{{"F32", at::kFloat},
                                            {"F64", at::kDouble},
                                            {"I64", at::kLong},
                                            {"U8", at::kByte},
                                            {"BF16", at::kBFloat16},
                                            {"F16", at::kHalf},
                                            {"I32", at::kInt},
                                            {"I16", at::kShort},
                                            {"I8", at::kChar},
                                            {"BOOL", at::kBool}}};

std::string sum_of(std::string_view bytes)
{
    const std::uint64_t before = stable_hash(bytes.substr(0, kDigits));
    return hexadecimal(stable_hash(bytes.substr(kDigits + kZeros.size()), stable_hash(kZeros, before)));
}

Json entry(const Tensor& tensor, std::size_t begin)
{
    for (const NamedType& known : kTypes) {
        if (known.type == tensor.scalar_type())
            return {{"dtype", known.name},
                    {"shape", std::vector<std::int64_t>(tensor.sizes().begin(), tensor.sizes().end())},
                    {"data_offsets", {begin, begin + tensor.nbytes()}}};
    }
    throw Error(std::string("tensors of type ") + c10::toString(tensor.scalar_type()) + " cannot be saved");
}

std::string header_of(const std::vector<std::pair<std::string, Tensor>>& tensors, const TensorNotes& notes)
{
    Json header;
    header[kMetadata][kSum] = kZeros;
    for (const auto& [name, text] : notes)
        if (name != kSum)
            header[kMetadata][name] = text;
    std::size_t end = 0;
    std::set<std::string_view> names{kMetadata};
    for (const auto& [name, tensor] : tensors) {
        if (!names.insert(name).second)
            throw Error("two tensors are named '" + name + "'");
        header[name] = entry(tensor, end);
        end += tensor.nbytes();
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');  // so that the numbers lie at multiples of 8
    return text;
}

/// A tensor of the header's entry; its numbers must begin where the former ones end.
Tensor tensor_of(const Json& entry, std::string_view numbers, std::size_t& end)
{
    const std::string& wanted = entry.at("dtype").get_ref<const std::string&>();
    const auto* type = std::find_if(kTypes.begin(), kTypes.end(), [&](const NamedType& t) { return t.name == wanted; });
    const auto extents = entry.at("shape").get<std::vector<std::int64_t>>();
    const auto offsets = entry.at("data_offsets").get<std::array<std::size_t, 2>>();
    if (type == kTypes.end() || offsets[0] != end || offsets[1] < end || offsets[1] > numbers.size())
        throw Error("a tensor of type " + wanted + " that is not where the former ends");
    Tensor tensor = at::empty(extents, type->type);
    if (tensor.nbytes() != offsets[1] - offsets[0])
        throw Error("a tensor of " + std::to_string(tensor.nbytes()) + " bytes elsewhere");
    if (tensor.nbytes() > 0)
        std::memcpy(tensor.data_ptr(), numbers.data() + offsets[0], tensor.nbytes());
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

void save_tensors(const std::string& file, const std::vector<std::pair<std::string, Tensor>>& tensors,
                  const TensorNotes& notes)
{
    std::vector<std::pair<std::string, Tensor>> plain;
    plain.reserve(tensors.size());
    for (const auto& [name, tensor] : tensors)
        plain.emplace_back(name, tensor.detach().cpu().contiguous());
    std::string bytes;
    try {
        const std::string header = header_of(plain, notes);
        const std::uint64_t length = header.size();
        bytes.append(reinterpret_cast<const char*>(&length), sizeof length).append(header);
    } catch (const std::exception& error) {  // JSON: a name that is no UTF-8
        throw Error(file + ": cannot be written: " + error.what());
    }
    for (const auto& [name, tensor] : plain)
        bytes.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    bytes.replace(kDigits, kZeros.size(), sum_of(bytes));
    write_whole(file, bytes);
}

std::vector<std::pair<std::string, Tensor>> load_tensors(const std::string& file, TensorNotes* notes)
{
    const std::string bytes = read_whole(file);
    const std::string_view header = checked_header(file, bytes);
    const std::string_view numbers = std::string_view(bytes).substr(sizeof(std::uint64_t) + header.size());
    std::vector<std::pair<std::string, Tensor>> tensors;
    try {
        std::size_t end = 0;
        const Json entries = Json::parse(header);
        for (const auto& [name, value] : entries.items()) {
            if (name != kMetadata)
                tensors.emplace_back(name, tensor_of(value, numbers, end));
            else if (notes != nullptr)
                *notes = value.get<TensorNotes>();
        }
        if (end != numbers.size())
            throw Error("numbers without a name");
    } catch (const std::exception& error) {  // the sum is right: somebody else's file
        throw Error(file + ": not what `save_tensors` writes: " + error.what());
    }
    return tensors;
}

}  // namespace espalier::torch_sdk
