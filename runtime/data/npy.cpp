//===- npy.cpp - NumPy's file format --------------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/npy.h"

#include "runtime/data/byte_source.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include <utility>

namespace tacit {

namespace {

/// What a header says, before any of it is judged.
struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

/// Reads the dictionary literal of a header, the small part of Python's
/// grammar that NumPy writes there. Each method says whether it succeeded.
class NpyHeaderParser {
public:
  explicit NpyHeaderParser(absl::string_view text) : rest_(text) {}

  bool Parse(NpyHeader &header) {
    bool descr = false, order = false, shape = false;
    if (!Skip('{'))
      return false;
    while (!Skip('}')) {
      std::string key;
      if (!String(key) || !Skip(':'))
        return false;
      bool *seen = key == "descr"           ? &descr
                   : key == "fortran_order" ? &order
                   : key == "shape"         ? &shape
                                            : nullptr;
      if (!seen || *seen)
        return false;
      *seen = true;
      const bool good = seen == &descr   ? Descr(header.descr)
                        : seen == &order ? Bool(header.fortran_order)
                                         : Tuple(header.shape);
      if (!good)
        return false;
      if (!Skip(',')) {
        if (!Skip('}'))
          return false;
        break;
      }
    }
    Blank();
    return rest_.empty() && descr && order && shape;
  }

private:
  void Blank() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  bool Skip(char c) {
    Blank();
    if (rest_.empty() || rest_[0] != c)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool String(std::string &value) {
    Blank();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"'))
      return false;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == absl::string_view::npos)
      return false;
    value = std::string(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return true;
  }

  /// A type's name, or the list that describes a structured type.
  bool Descr(std::string &value) {
    Blank();
    if (rest_.empty() || rest_[0] != '[')
      return String(value);
    int depth = 0;
    for (size_t i = 0; i < rest_.size(); ++i) {
      depth += rest_[i] == '[' ? 1 : rest_[i] == ']' ? -1 : 0;
      if (depth > 0)
        continue;
      value = std::string(rest_.substr(0, i + 1));
      rest_.remove_prefix(i + 1);
      return true;
    }
    return false;
  }

  bool Bool(bool &value) {
    Blank();
    for (const bool candidate : {false, true}) {
      const absl::string_view name = candidate ? "True" : "False";
      if (rest_.substr(0, name.size()) != name)
        continue;
      rest_.remove_prefix(name.size());
      value = candidate;
      return true;
    }
    return false;
  }

  bool Tuple(std::vector<int64_t> &values) {
    if (!Skip('('))
      return false;
    while (!Skip(')')) {
      Blank();
      size_t digits = 0;
      while (digits < rest_.size() && absl::ascii_isdigit(rest_[digits]))
        ++digits;
      int64_t value = 0;
      if (!absl::SimpleAtoi(rest_.substr(0, digits), &value))
        return false;
      rest_.remove_prefix(digits);
      values.push_back(value);
      if (!Skip(','))
        return Skip(')');
    }
    return true;
  }

  absl::string_view rest_;
};

} // namespace

/// The type that `descr` names, in `array`.
static absl::Status SetType(const ByteSource &source, const std::string &descr,
                            FileArray &array) {
  static constexpr std::pair<const char *, FileType> kTypes[] = {
      {"f4", FileType::F32}, {"f8", FileType::F64}, {"i4", FileType::I32},
      {"i8", FileType::I64}, {"u1", FileType::U8},  {"b1", FileType::Bool},
      {"i1", FileType::I8},  {"i2", FileType::I16}, {"u2", FileType::U16}};
  for (const auto &[name, type] : kTypes) {
    if (descr.size() != 3 || descr.substr(1) != name)
      continue;
    const bool one_byte = FileTypeBytes(type) == 1;
    if (descr[0] == '>' && !one_byte)
      return source.Error(absl::StrCat(
          "wrong type: got '", descr, "', which is big-endian; wanted '<", name,
          "', as .astype('<", name, "') gives it"));
    if (descr[0] != '<' && !(one_byte && (descr[0] == '|' || descr[0] == '>')))
      continue;
    array.type = type;
    return absl::OkStatus();
  }
  return source.Error(absl::StrCat(
      "wrong type: got '", descr,
      "', wanted '<f4', '<f8', '<i4', '<i8', '|u1', or another integer type of "
      "up to 64 bits with a sign or up to 16 without"));
}

/// The header's text, after magic and version.
static absl::Status ReadHeader(ByteSource &source, std::string &header) {
  std::string start;
  if (absl::Status status = source.Read(8, "header", start); !status.ok())
    return status;
  if (start.compare(0, 6, "\x93NUMPY", 6) != 0)
    return source.Error(
        "bad magic: does not start as an npy file, '\\x93NUMPY'");
  const int major = static_cast<unsigned char>(start[6]);
  const int minor = static_cast<unsigned char>(start[7]);
  if (major < 1 || major > 3 || minor != 0)
    return source.Error(absl::StrCat("wrong version: got ", major, ".", minor,
                                     ", wanted 1.0, 2.0 or 3.0"));
  std::string field;
  if (absl::Status status = source.Read(major == 1 ? 2 : 4, "header", field);
      !status.ok())
    return status;
  int64_t size = 0;
  for (size_t i = field.size(); i-- > 0;)
    size = size * 256 + static_cast<unsigned char>(field[i]);
  constexpr int64_t kLongest = 1 << 20; // Thousands of times what arrays need.
  if (size > kLongest)
    return source.Error(absl::StrCat("damaged header: a length of ", size,
                                     " bytes, wanted at most ", kLongest));
  return source.Read(size, "header", header);
}

absl::StatusOr<FileArray> ReadNpy(const std::string &path) {
  absl::StatusOr<ByteSource> source = ByteSource::Open("npy", path);
  if (!source.ok())
    return source.status();
  std::string text;
  if (absl::Status status = ReadHeader(*source, text); !status.ok())
    return status;
  NpyHeader header;
  if (!NpyHeaderParser(text).Parse(header))
    return source->Error("damaged header: wanted {'descr': ..., "
                         "'fortran_order': ..., 'shape': (...), }");
  FileArray array;
  array.origin = source->origin();
  array.shape = std::move(header.shape);
  if (absl::Status status = SetType(*source, header.descr, array); !status.ok())
    return status;
  if (header.fortran_order && array.shape.size() > 1)
    return source->Error(
        "wrong order: got Fortran order, in which a row is not "
        "in one piece; wanted C order, as "
        "numpy.ascontiguousarray gives it");
  const int64_t bytes = BytesOfShape(array.shape, FileTypeBytes(array.type));
  if (bytes < 0)
    return source->Error(absl::StrCat("damaged header: a shape of ",
                                      array.ShapeName(),
                                      " has more bytes than 64 bits count"));
  if (absl::Status status = source->Read(bytes, "data", array.bytes);
      !status.ok())
    return status;
  if (absl::Status status = source->ExpectEnd(); !status.ok())
    return status;
  return array;
}

} // namespace tacit
