//===- trace.h - What ranks did when, as a picture --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A trace in the JSON that chrome://tracing and ui.perfetto.dev read (Google's
/// "Trace Event Format"): a row for each rank, with what it computed, exchanged
/// and waited for, and an arrow for each message.
///
/// Times are microseconds. Of process 0, thread r is rank r. Slices ("X"):
/// `compute` {step}; exchanges, by their names {step}; `wait` {why, step};
/// `send` and `receive`, too short to be seen, which arrows ("s" and "f") end
/// at. Instants ("i") of category `async`, in the order in which the rank did
/// it: `view` {step}, `publish` {sequence, step}, `apply` {origin, sequence,
/// step, staleness}, `missing` {origin, sequence}, `lost_rank` {rank},
/// `proceed` {step, arrived}. From these alone staleness can be computed anew.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_TRACE_H
#define TACIT_RUNTIME_REPORT_TRACE_H

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

/// What a rank did, kept in memory: some 56 bytes an event. Times are seconds
/// of its clock, and are given in no particular order; instants must be given
/// in theirs.
class TraceRow {
public:
  /// Events belong to this step from now on.
  void SetStep(int64_t step) { step_ = step; }

  void Compute(double begin, double end);
  void Exchange(double begin, double end, absl::string_view name);
  void Wait(double begin, double end, absl::string_view why);

  /// A message, which its sender and its receiver call by the same numbers.
  struct MessageName {
    uint64_t stream = 0; ///< Its exchange, or who wrote it,
    uint64_t number = 0; ///< and its number there.
    bool one_sided = false;
  };
  void Sent(double at, int to, const MessageName &name);
  void Received(double at, int from, const MessageName &name);

  void View(double at, int64_t step);
  void Publish(double at, uint64_t sequence, int64_t step);
  void Apply(double at, int origin, uint64_t sequence, int64_t step,
             uint64_t staleness);
  void Missing(double at, int origin, uint64_t sequence);
  void LostRank(double at, int rank);
  void Proceed(double at, int64_t step, absl::Span<const int> arrived);

  /// Moves all events by so many seconds: to another rank's clock.
  void Shift(double seconds);

  /// As bytes, for a process of the same build.
  std::string Pack() const;
  /// Error: bytes that Pack has not made.
  static absl::StatusOr<TraceRow> Unpack(absl::string_view bytes);

private:
  friend class TraceWriter;

  enum Kind : uint32_t {
    kCompute,
    kExchange,
    kWait,
    kSent,
    kReceived,
    kView,
    kPublish,
    kApply,
    kMissing,
    kLostRank,
    kProceed
  };
  struct Event {
    double begin = 0, end = 0;
    int64_t step = -1;
    uint64_t sequence = 0;  ///< Or a message's number.
    uint64_t staleness = 0; ///< Or a message's stream.
    Kind kind = kCompute;
    uint32_t name = 0; ///< In names_; or where it begins in ranks_.
    int32_t rank = -1; ///< The other; or how many in ranks_.
    uint32_t one_sided = 0;
  };

  uint32_t Intern(absl::string_view name);
  void Add(Kind kind, double begin, double end, const Event &event);

  int64_t step_ = -1;
  std::vector<Event> events_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, uint32_t> numbers_; ///< Of names_.
  std::vector<int32_t> ranks_;
};

/// Writes the rows of all ranks, by rank, to `path`. Error: a file that cannot
/// be written.
absl::Status WriteTrace(const std::string &path,
                        absl::Span<const TraceRow *const> rows);

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_TRACE_H
