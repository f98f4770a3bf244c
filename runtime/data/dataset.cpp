//===- dataset.cpp - Rows that a program trains on ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/dataset.h"

#include "runtime/data/checks.h"
#include "runtime/data/formats.h"
#include "runtime/support/suggest.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <new>
#include <stdexcept>

namespace tacit {

namespace {

struct Format {
  absl::string_view name;
  OpenedDataSet (*open)(const DataRequest &);
};

} // namespace

static constexpr Format kFormats[] = {
    {"cifar10", OpenCifar10}, {"digits", OpenDigits},       {"idx", OpenIdx},
    {"npy", OpenNpy},         {"synthetic", OpenSynthetic}, {"text", OpenText}};

/// Every argument has rows, and rows have a size.
static absl::Status
CheckArguments(const DataText &text,
               absl::Span<const tacit_named_tensor> arguments) {
  if (arguments.empty())
    return text.Error("the program has no data arguments to fill");
  for (const tacit_named_tensor &argument : arguments) {
    if (!argument.name)
      return text.Error("a data argument of the program has no name");
    bool good = argument.type.rank >= 1 && DtypeBytes(argument.type.dtype) > 0;
    for (int32_t i = 0; good && i < argument.type.rank; ++i)
      good = argument.type.shape[i] >= 1;
    if (!good)
      return text.Error(absl::StrCat(
          "data argument '", argument.name, "' is ", TypeName(argument.type),
          ", wanted a first extent that counts rows, and none below 1"));
  }
  return absl::OkStatus();
}

static OpenedDataSet Open(const DataRequest &request) {
  const std::string &name = request.text.format();
  std::vector<absl::string_view> names;
  for (const Format &format : kFormats) {
    if (format.name == name)
      return format.open(request);
    names.push_back(format.name);
  }
  return request.text.Error(
      absl::StrCat("unknown format '", name, "'", DidYouMean(name, names)));
}

absl::StatusOr<std::unique_ptr<DataSet>>
OpenDataSet(absl::string_view text,
            absl::Span<const tacit_named_tensor> arguments, uint64_t seed) {
  absl::StatusOr<DataText> parsed = DataText::Parse(text);
  if (!parsed.ok())
    return parsed.status();
  if (absl::Status status = CheckArguments(*parsed, arguments); !status.ok())
    return status;
  const absl::StatusOr<Partition> partition =
      ParsePartition(*parsed, arguments);
  if (!partition.ok())
    return partition.status();
  try {
    OpenedDataSet data = Open({*parsed, arguments, seed});
    if (!data.ok())
      return data.status();
    if (absl::Status status = CheckLabels(**data, arguments); !status.ok())
      return parsed->Error(status.message());
    (*data)->set_partition(*partition);
    return data;
  } catch (const std::bad_alloc &) {
    return parsed->Error("does not fit in memory; use rows=A:B");
  } catch (const std::length_error &) {
    return parsed->Error("does not fit in memory; use rows=A:B");
  }
}

} // namespace tacit
