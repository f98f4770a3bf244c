//===- metrics.cpp - What a run says in JSON lines ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/metrics.h"

#include "runtime/report/json_line.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tacit {

std::string RankMetricsPath(absl::string_view path, int rank) {
  const size_t name = path.rfind('/') + 1; // 0 if there is no folder
  const size_t dot = path.rfind('.');
  // A name's first dot does not begin an extension.
  if (dot == absl::string_view::npos || dot <= name)
    return absl::StrCat(path, ".rank", rank);
  return absl::StrCat(path.substr(0, dot), ".rank", rank, path.substr(dot));
}

static absl::Status CannotWrite(const std::string &path, int error) {
  return absl::UnknownError(
      absl::StrCat("cannot write metrics to ", path, ": ",
                   std::generic_category().message(error)));
}

absl::StatusOr<std::unique_ptr<MetricsFile>>
MetricsFile::Create(const std::string &path) {
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    return CannotWrite(path, errno);
  return std::unique_ptr<MetricsFile>(new MetricsFile(path, file));
}

MetricsFile::~MetricsFile() { close(file_); }

absl::Status MetricsFile::WriteLine(const char *line, size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = write(file_, line, bytes);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return CannotWrite(path_, errno);
    line += written;
    bytes -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status MetricsFile::Write(const RoundMetrics &metrics) {
  JsonLine line;
  line.Add("rank", metrics.rank);
  line.Add("round", metrics.round);
  line.Add("step", metrics.step);
  line.Add("loss", metrics.loss);
  line.Add("lr", metrics.lr);
  line.Add("seconds", metrics.seconds);
  line.Add("virtual_seconds", metrics.virtual_seconds);
  line.Add("bytes_sent", metrics.bytes_sent);
  line.Add("messages_sent", metrics.messages_sent);
  line.Add("control_bytes", metrics.control_bytes);
  line.Add("residual_norm", metrics.residual_norm);
  line.Add("selected", metrics.selected);
  line.Add("staleness_avg", metrics.staleness_avg);
  line.Add("staleness_max", metrics.staleness_max);
  line.Add("elastic_gap", metrics.elastic_gap);
  line.Add("tau", metrics.tau);
  line.Add("period_loss", metrics.period_loss);
  line.Add("compute_seconds", metrics.compute_seconds);
  line.Add("exchange_seconds", metrics.exchange_seconds);
  line.Add("wait_seconds", metrics.wait_seconds);
  const absl::string_view text = line.Finish();
  return WriteLine(text.data(), text.size());
}

absl::Status MetricsFile::Write(const EvalMetrics &metrics) {
  JsonLine line;
  line.Begin("eval");
  line.AddText("name", metrics.result.name);
  line.Add("round", metrics.round);
  line.Add("step", metrics.step);
  line.Add("evaluations", metrics.evaluations);
  line.Add("loss", metrics.result.loss);
  line.Add("accuracy", metrics.result.accuracy);
  line.Add("virtual_seconds", metrics.virtual_seconds);
  line.Add("seconds", metrics.seconds);
  line.Add("bytes_sent", metrics.bytes_sent);
  line.End();
  const absl::string_view text = line.Finish();
  return WriteLine(text.data(), text.size());
}

} // namespace tacit
