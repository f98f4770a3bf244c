//===- text_format.cpp - Windows of a text --------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A text is the bytes of a file, gzip or not, each an id: the byte itself, or
/// its place among the bytes that occur, sorted. Of L the elements of a row of
/// the argument that takes the text, row r is the L ids from r * stride on. A
/// second argument takes the L ids that begin one later.
///
/// A text of n ids has floor((n - L - 1) / stride) + 1 rows, or with one
/// argument floor((n - L) / stride) + 1. What follows the last is left out.
///
//===----------------------------------------------------------------------===//

#include "runtime/data/byte_source.h"
#include "runtime/data/formats.h"
#include "runtime/support/suggest.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tacit {

namespace {

/// What one data argument takes of a window.
struct TextColumn {
  tacit_dtype dtype = TACIT_I32;
  int64_t shift = 0; ///< 1 for the argument that takes what follows.
};

/// Holds each id once, however many windows it is in.
class TextDataSet : public DataSet {
public:
  TextDataSet(std::string ids, const RowRange &range, int64_t length,
              int64_t stride, std::vector<TextColumn> columns)
      : ids_(std::move(ids)), range_(range), length_(length), stride_(stride),
        columns_(std::move(columns)) {}

  int64_t rows() const override { return range_.end - range_.begin; }

  void CopyRow(int argument, int64_t row, void *destination) const override {
    const TextColumn &column = columns_[argument];
    const int64_t first = (range_.begin + row) * stride_ + column.shift;
    if (column.dtype == TACIT_I64)
      Copy(first, static_cast<int64_t *>(destination));
    else if (column.dtype == TACIT_I32)
      Copy(first, static_cast<int32_t *>(destination));
    else
      Copy(first, static_cast<int8_t *>(destination));
  }

private:
  template <typename T> void Copy(int64_t first, T *to) const {
    for (int64_t i = 0; i < length_; ++i)
      to[i] = static_cast<T>(static_cast<unsigned char>(ids_[first + i]));
  }

  std::string ids_;
  RowRange range_; ///< Of the rows that the text has.
  int64_t length_, stride_;
  std::vector<TextColumn> columns_;
};

/// Which id each byte has.
struct Vocabulary {
  std::array<int, 256> ids; ///< -1: not one of its bytes.
  int count = 0;
  std::string origin; ///< Whose bytes; empty if all are in it.
};

/// The bytes of a file, and what messages call it.
struct Text {
  std::string origin;
  std::string bytes;
};

} // namespace

static absl::StatusOr<Text> ReadText(const std::string &path) {
  absl::StatusOr<ByteSource> source = ByteSource::Open("text", path);
  if (!source.ok())
    return source.status();
  Text text{source->origin(), {}};
  if (absl::Status status = source->ReadAll(text.bytes); !status.ok())
    return status;
  return text;
}

/// `'h' (104)`, or the number alone.
static std::string ByteName(char byte) {
  const int number = static_cast<unsigned char>(byte);
  if (!absl::ascii_isprint(static_cast<unsigned char>(byte)))
    return absl::StrCat("byte ", number);
  return absl::StrCat("'", std::string(1, byte), "' (byte ", number, ")");
}

static Vocabulary AllBytes() {
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte)
    vocabulary.ids[byte] = byte;
  vocabulary.count = 256;
  return vocabulary;
}

static Vocabulary BytesOf(const Text &text) {
  Vocabulary vocabulary;
  vocabulary.ids.fill(-1);
  vocabulary.origin = text.origin;
  for (const char byte : text.bytes)
    vocabulary.ids[static_cast<unsigned char>(byte)] = 0;
  for (int &id : vocabulary.ids)
    if (id == 0)
      id = vocabulary.count++;
  return vocabulary;
}

/// What `vocab=` says of `text`.
static absl::StatusOr<Vocabulary> FindVocabulary(const DataRequest &request,
                                                 const Text &text) {
  const std::string *value = request.text.Find("vocab");
  if (!value || *value == "bytes")
    return AllBytes();
  if (*value == "auto")
    return BytesOf(text);
  absl::StatusOr<Text> other = ReadText(*value);
  if (!other.ok())
    return request.text.Error(
        absl::StrCat("got vocab=", *value,
                     ", wanted bytes, auto, or a text whose bytes to number: ",
                     other.status().message()));
  return BytesOf(*other);
}

/// Replaces the bytes of `text` by their ids.
/// Error: a byte that is not in `vocabulary`.
static absl::Status ToIds(const Vocabulary &vocabulary, Text &text) {
  for (size_t i = 0; i < text.bytes.size(); ++i) {
    const int id = vocabulary.ids[static_cast<unsigned char>(text.bytes[i])];
    if (id < 0)
      return absl::InvalidArgumentError(absl::StrCat(
          text.origin, ": ", ByteName(text.bytes[i]), " at offset ", i,
          " does not occur in ", vocabulary.origin,
          "; take a text as vocab= that has all bytes of both"));
    text.bytes[i] = static_cast<char>(id);
  }
  return absl::OkStatus();
}

/// Finds what each argument takes.
static absl::StatusOr<std::vector<TextColumn>>
MatchColumns(const DataRequest &request) {
  const absl::Span<const tacit_named_tensor> arguments = request.arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const tacit_tensor_type &type = arguments[i].type;
    if (i >= 2)
      return request.text.Error(absl::StrCat(
          "has nothing for data argument '", arguments[i].name,
          "': a text fills one argument with windows, and one with what "
          "follows each of their bytes"));
    if (IsFloat(type.dtype) || type.dtype == TACIT_I1)
      return request.text.Error(absl::StrCat(
          "wrong type: a text is ids, data argument '", arguments[i].name,
          "' (", TypeName(type), ") wants ", DtypeName(type.dtype),
          "; i32, i64 and i8 can take them"));
    if (RowElements(type) != RowElements(arguments[0].type))
      return request.text.Error(absl::StrCat(
          "wrong shape: windows and what follows are equally long, but rows of "
          "'",
          arguments[0].name, "' (", TypeName(arguments[0].type), ") and '",
          arguments[i].name, "' (", TypeName(type), ") are not"));
  }
  const std::string *name = request.text.Find("next");
  size_t next = 1;
  std::vector<absl::string_view> names;
  for (size_t i = 0; i < arguments.size(); ++i) {
    names.push_back(arguments[i].name);
    if (names.back() == (name ? absl::string_view(*name) : "y"))
      next = i;
  }
  if (name && names.size() < 2)
    return request.text.Error(
        absl::StrCat("got next=", *name, ", but '", names[0],
                     "' is the only data argument; leave it out"));
  if (name && names[next] != *name)
    return request.text.Error(absl::StrCat("got next=", *name,
                                           ", which is no data argument",
                                           DidYouMean(*name, names)));
  std::vector<TextColumn> columns;
  for (size_t i = 0; i < arguments.size(); ++i)
    columns.push_back({static_cast<tacit_dtype>(arguments[i].type.dtype),
                       arguments.size() > 1 && i == next});
  return columns;
}

/// Error: an id that an argument has no class or no value for. `used` are the
/// ids that rows hold, from offset `first` of the text of `origin` on.
static absl::Status CheckIds(const DataRequest &request,
                             const Vocabulary &vocabulary,
                             absl::string_view origin, absl::string_view used,
                             int64_t first) {
  for (const tacit_named_tensor &argument : request.arguments) {
    int64_t bound = argument.type.dtype == TACIT_I8 ? 128 : 256;
    if (argument.classes > 0)
      bound = std::min(bound, argument.classes);
    const std::string taker = absl::StrCat("data argument '", argument.name,
                                           "' (", TypeName(argument.type),
                                           ") takes ids of 0 to ", bound - 1);
    if (vocabulary.count <= bound)
      continue;
    // A vocabulary that is too large is wrong whatever rows are taken.
    if (!vocabulary.origin.empty())
      return absl::InvalidArgumentError(
          absl::StrCat(vocabulary.origin, ": got ", vocabulary.count,
                       " different bytes, and ", taker,
                       "; take a text that has no more, or a model for more"));
    for (size_t i = 0; i < used.size(); ++i)
      if (static_cast<unsigned char>(used[i]) >= bound)
        return absl::InvalidArgumentError(absl::StrCat(
            origin, ": ", ByteName(used[i]), " at offset ",
            first + static_cast<int64_t>(i), ", and ", taker,
            "; add vocab=auto, which numbers the bytes that occur"));
  }
  return absl::OkStatus();
}

OpenedDataSet OpenText(const DataRequest &request) {
  const DataText &text = request.text;
  if (absl::Status status =
          text.CheckKeys({"file", "vocab", "next", "stride", "rows"});
      !status.ok())
    return status;
  absl::StatusOr<RowRange> range = text.Rows();
  if (!range.ok())
    return range.status();
  absl::StatusOr<std::vector<TextColumn>> columns = MatchColumns(request);
  if (!columns.ok())
    return columns.status();
  const int64_t length = RowElements(request.arguments[0].type);
  absl::StatusOr<int64_t> stride = text.Integer("stride", 1, length);
  if (!stride.ok())
    return stride.status();
  const std::string *path = text.Find("file");
  if (!path)
    return text.Error("no file; add file=FILE");

  absl::StatusOr<Text> file = ReadText(*path);
  if (!file.ok())
    return file.status();
  const bool follows = columns->size() > 1;
  const int64_t window = length + (follows ? 1 : 0);
  const int64_t size = static_cast<int64_t>(file->bytes.size());
  if (size < window)
    return absl::InvalidArgumentError(absl::StrCat(
        file->origin, ": too short: got ", size, " bytes, wanted at least ",
        window, ", a row of '", request.arguments[0].name, "' (",
        TypeName(request.arguments[0].type), ")",
        follows ? " and what follows its last byte" : ""));
  if (range = text.Fit(*range, (size - window) / *stride + 1); !range.ok())
    return range.status();
  absl::StatusOr<Vocabulary> vocabulary = FindVocabulary(request, *file);
  if (!vocabulary.ok())
    return vocabulary.status();
  if (absl::Status status = ToIds(*vocabulary, *file); !status.ok())
    return status;
  const int64_t first = range->begin * *stride;
  const int64_t last = (range->end - 1) * *stride + window;
  const absl::string_view used =
      absl::string_view(file->bytes).substr(first, last - first);
  if (absl::Status status =
          CheckIds(request, *vocabulary, file->origin, used, first);
      !status.ok())
    return status;
  return std::make_unique<TextDataSet>(std::move(file->bytes), *range, length,
                                       *stride, *std::move(columns));
}

} // namespace tacit
