//===- safetensors.cpp - The format of checkpoints ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/safetensors.h"

#include "runtime/state/state_storage.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

static_assert(std::endian::native == std::endian::little,
              "safetensors files are little-endian, and are read as they are");

namespace tacit {

// A header of more is refused, as by the format's own reader.
static constexpr uint64_t kMostHeaderBytes = 100'000'000;

namespace {
struct FileType {
  const char *name;
  int64_t bytes;
  const char *mlir;
  tacit_dtype dtype; ///< -1: no variable has this type.
};
} // namespace

static constexpr FileType kFileTypes[] = {
    {"F32", 4, "f32", TACIT_F32}, {"F64", 8, "f64", TACIT_F64},
    {"I32", 4, "i32", TACIT_I32}, {"I64", 8, "i64", TACIT_I64},
    {"I8", 1, "i8", TACIT_I8},    {"BOOL", 1, "i1", TACIT_I1},
    {"U8", 1, "ui8", -1},         {"I16", 2, "i16", -1},
    {"U16", 2, "ui16", -1},       {"U32", 4, "ui32", -1},
    {"U64", 8, "ui64", -1},       {"F16", 2, "f16", -1},
    {"BF16", 2, "bf16", -1},
};

static const FileType *FindFileType(absl::string_view name) {
  for (const FileType &type : kFileTypes)
    if (name == type.name)
      return &type;
  return nullptr;
}

static const FileType *FindFileType(tacit_dtype dtype) {
  for (const FileType &type : kFileTypes)
    if (dtype == type.dtype)
      return &type;
  return nullptr;
}

std::string SafetensorsEntry::TypeText() const {
  std::string text;
  for (int64_t extent : shape)
    absl::StrAppend(&text, extent, "x");
  const FileType *type = FindFileType(dtype);
  return absl::StrCat(text, type ? type->mlir : dtype.c_str());
}

bool SafetensorsEntry::Is(const tacit_tensor_type &type) const {
  const FileType *file_type = FindFileType(dtype);
  return file_type && file_type->dtype == type.dtype &&
         std::equal(shape.begin(), shape.end(), type.shape,
                    type.shape + type.rank);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static absl::Status CannotRead(const std::string &path, int error) {
  return absl::NotFoundError(absl::StrCat(
      "cannot read ", path, ": ", std::generic_category().message(error)));
}

absl::StatusOr<std::unique_ptr<SafetensorsFile>>
SafetensorsFile::Open(const std::string &path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return CannotRead(path, errno);
  std::unique_ptr<SafetensorsFile> opened(new SafetensorsFile(path, file));
  if (absl::Status status = opened->ReadHeader(); !status.ok())
    return status;
  return opened;
}

SafetensorsFile::~SafetensorsFile() { close(file_); }

absl::Status SafetensorsFile::Malformed(absl::string_view why) const {
  return absl::InvalidArgumentError(
      absl::StrCat(path_, " is not a safetensors file: ", why));
}

absl::Status SafetensorsFile::ReadAt(uint64_t offset, void *destination,
                                     size_t bytes) const {
  char *next = static_cast<char *>(destination);
  while (bytes > 0) {
    const ssize_t got = pread(file_, next, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return CannotRead(path_, errno);
    if (got == 0)
      return absl::DataLossError(absl::StrCat(path_, " is truncated"));
    next += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

absl::Status SafetensorsFile::ReadHeader() {
  struct stat status;
  if (fstat(file_, &status) != 0)
    return CannotRead(path_, errno);
  if (!S_ISREG(status.st_mode))
    return Malformed("it is not a regular file");
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  if (size < 8)
    return Malformed(absl::StrCat("it has ", size,
                                  " bytes, and the length of "
                                  "its header alone takes 8"));
  uint64_t header_bytes;
  if (absl::Status read = ReadAt(0, &header_bytes, 8); !read.ok())
    return read;
  if (header_bytes > kMostHeaderBytes)
    return Malformed(absl::StrCat("it begins with a header length of ",
                                  header_bytes, " bytes"));
  if (header_bytes > size - 8)
    return absl::DataLossError(absl::StrFormat(
        "%s is truncated: its header has %d bytes, and %d are there", path_,
        header_bytes, size - 8));
  std::string text(header_bytes, '\0');
  if (absl::Status read = ReadAt(8, text.data(), header_bytes); !read.ok())
    return read;
  data_start_ = 8 + header_bytes;
  return ParseHeader(text, size - data_start_);
}

/// Reads one entry of the header. Error: what is wrong with it.
static absl::StatusOr<SafetensorsEntry>
ParseEntry(const nlohmann::json &value) {
  auto refuse = [](absl::string_view why) {
    return absl::InvalidArgumentError(why);
  };
  if (!value.is_object() || !value.contains("dtype") ||
      !value["dtype"].is_string() || !value.contains("shape") ||
      !value["shape"].is_array() || !value.contains("data_offsets") ||
      !value["data_offsets"].is_array() || value["data_offsets"].size() != 2)
    return refuse("lacks dtype, shape or data_offsets");
  SafetensorsEntry entry;
  entry.dtype = value["dtype"].get<std::string>();
  const FileType *type = FindFileType(entry.dtype);
  if (!type)
    return refuse(absl::StrCat("has the unknown type '", entry.dtype, "'"));
  __int128 bytes = type->bytes;
  for (const nlohmann::json &extent : value["shape"]) {
    if (!extent.is_number_unsigned() ||
        extent.get<uint64_t>() > std::numeric_limits<int64_t>::max())
      return refuse("has a shape that is not of counts");
    entry.shape.push_back(extent.get<int64_t>());
    bytes *= entry.shape.back();
    if (bytes > std::numeric_limits<int64_t>::max())
      return refuse("has a shape of too many elements");
  }
  for (const nlohmann::json &offset : value["data_offsets"])
    if (!offset.is_number_unsigned())
      return refuse("has data_offsets that are not counts");
  entry.begin = value["data_offsets"][0].get<uint64_t>();
  entry.end = value["data_offsets"][1].get<uint64_t>();
  if (entry.begin > entry.end ||
      entry.end - entry.begin != static_cast<uint64_t>(bytes))
    return refuse(absl::StrFormat(
        "has data_offsets [%d, %d], and its shape takes %d bytes", entry.begin,
        entry.end, static_cast<int64_t>(bytes)));
  return entry;
}

/// The header that `text` is, in `header`. Returns what is wrong with it, or
/// nothing. A name that comes twice would leave only its last entry.
static std::string ParseJson(const std::string &text, nlohmann::json &header) {
  std::set<std::string> names;
  std::string twice;
  const auto note = [&](int depth, nlohmann::json::parse_event_t event,
                        nlohmann::json &parsed) {
    if (depth == 1 && event == nlohmann::json::parse_event_t::key &&
        !names.insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  };
  header = nlohmann::json::parse(text, note, /*allow_exceptions=*/false);
  if (!header.is_object())
    return "its header is not a JSON object";
  if (!twice.empty())
    return absl::StrCat("its header has '", twice, "' twice");
  return {};
}

absl::Status SafetensorsFile::ParseHeader(const std::string &text,
                                          uint64_t data_bytes) {
  nlohmann::json header;
  if (const std::string why = ParseJson(text, header); !why.empty())
    return Malformed(why);
  for (const auto &[name, value] : header.items()) {
    if (name == "__metadata__") {
      if (!value.is_object())
        return Malformed("its __metadata__ is not an object");
      for (const auto &[key, word] : value.items()) {
        if (!word.is_string())
          return Malformed("its __metadata__ is not of texts");
        metadata_.emplace(key, word.get<std::string>());
      }
      continue;
    }
    absl::StatusOr<SafetensorsEntry> entry = ParseEntry(value);
    if (!entry.ok())
      return Malformed(
          absl::StrCat("its tensor '", name, "' ", entry.status().message()));
    entries_.emplace(name, *std::move(entry));
  }
  return CheckLayout(data_bytes);
}

absl::Status SafetensorsFile::CheckLayout(uint64_t data_bytes) const {
  std::vector<std::pair<absl::string_view, const SafetensorsEntry *>> order;
  for (const auto &[name, entry] : entries_)
    order.emplace_back(name, &entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto &a, const auto &b) {
                     return std::pair(a.second->begin, a.second->end) <
                            std::pair(b.second->begin, b.second->end);
                   });
  uint64_t promised = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const uint64_t begin = order[i].second->begin;
    if (begin < promised)
      return Malformed(absl::StrCat("its tensors '", order[i - 1].first,
                                    "' and '", order[i].first,
                                    "' have bytes in common"));
    if (begin > promised)
      return Malformed(absl::StrFormat(
          "its data from byte %d to %d belongs to no tensor", promised, begin));
    promised = order[i].second->end;
  }
  if (promised > data_bytes)
    return absl::DataLossError(absl::StrFormat(
        "%s is truncated: its tensors have %d bytes, and %d are there", path_,
        promised, data_bytes));
  if (promised < data_bytes)
    return Malformed(absl::StrFormat(
        "its tensors have %d bytes, and %d are there", promised, data_bytes));
  return absl::OkStatus();
}

absl::Status SafetensorsFile::Read(const SafetensorsEntry &entry,
                                   void *destination) const {
  return ReadAt(data_start_ + entry.begin, destination,
                entry.end - entry.begin);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

absl::StatusOr<std::unique_ptr<SafetensorsWriter>>
SafetensorsWriter::Create(const std::string &path,
                          const std::vector<Tensor> &tensors,
                          const std::map<std::string, std::string> &metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty())
    header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const Tensor &tensor : tensors) {
    const FileType *type = FindFileType(tensor.type.dtype);
    if (!type)
      return absl::InvalidArgumentError(absl::StrCat(
          "cannot save '", tensor.name, "': its type has no name in files"));
    const uint64_t end = offset + static_cast<uint64_t>(NumBytes(tensor.type));
    header[tensor.name] = {
        {"dtype", type->name},
        {"shape", std::vector<int64_t>(tensor.type.shape,
                                       tensor.type.shape + tensor.type.rank)},
        {"data_offsets", {offset, end}}};
    offset = end;
  }
  // Names that are not UTF-8 are replaced rather than thrown at the caller.
  std::string text =
      header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  // Spaces, so that the data is aligned for readers that map the file.
  text.resize((8 + text.size() + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT *
                      TACIT_ALIGNMENT -
                  8,
              ' ');
  absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::Create(path);
  if (!file.ok())
    return file.status();
  const uint64_t length = text.size();
  if (absl::Status status = (*file)->Write(&length, sizeof length);
      !status.ok())
    return status;
  if (absl::Status status = (*file)->Write(text.data(), text.size());
      !status.ok())
    return status;
  return std::unique_ptr<SafetensorsWriter>(
      new SafetensorsWriter(*std::move(file), offset));
}

absl::Status SafetensorsWriter::Commit() {
  if (left_ != 0)
    return absl::InternalError(absl::StrCat("a checkpoint was written with ",
                                            static_cast<int64_t>(left_),
                                            " bytes fewer than announced"));
  return file_->Commit();
}

} // namespace tacit
