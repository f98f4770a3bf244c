//===- trace.cpp - What ranks did when, as a picture ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/trace.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <system_error>
#include <tuple>
#include <utility>

namespace tacit {

//===----------------------------------------------------------------------===//
// What a rank did
//===----------------------------------------------------------------------===//

uint32_t TraceRow::Intern(absl::string_view name) {
  const auto [found, inserted] =
      numbers_.try_emplace(name, static_cast<uint32_t>(names_.size()));
  if (inserted)
    names_.emplace_back(name);
  return found->second;
}

void TraceRow::Add(Kind kind, double begin, double end, const Event &event) {
  events_.push_back(event);
  events_.back().kind = kind;
  events_.back().begin = begin;
  events_.back().end = end;
}

void TraceRow::Compute(double begin, double end) {
  Add(kCompute, begin, end, {.step = step_});
}

void TraceRow::Exchange(double begin, double end, absl::string_view name) {
  Add(kExchange, begin, end, {.step = step_, .name = Intern(name)});
}

void TraceRow::Wait(double begin, double end, absl::string_view why) {
  Add(kWait, begin, end, {.step = step_, .name = Intern(why)});
}

void TraceRow::Sent(double at, int to, const MessageName &name) {
  Add(kSent, at, at,
      {.step = step_,
       .sequence = name.number,
       .staleness = name.stream,
       .rank = to,
       .one_sided = name.one_sided});
}

void TraceRow::Received(double at, int from, const MessageName &name) {
  Add(kReceived, at, at,
      {.step = step_,
       .sequence = name.number,
       .staleness = name.stream,
       .rank = from,
       .one_sided = name.one_sided});
}

void TraceRow::View(double at, int64_t step) {
  Add(kView, at, at, {.step = step});
}

void TraceRow::Publish(double at, uint64_t sequence, int64_t step) {
  Add(kPublish, at, at, {.step = step, .sequence = sequence});
}

void TraceRow::Apply(double at, int origin, uint64_t sequence, int64_t step,
                     uint64_t staleness) {
  Add(kApply, at, at,
      {.step = step,
       .sequence = sequence,
       .staleness = staleness,
       .rank = origin});
}

void TraceRow::Missing(double at, int origin, uint64_t sequence) {
  Add(kMissing, at, at, {.sequence = sequence, .rank = origin});
}

void TraceRow::LostRank(double at, int rank) {
  Add(kLostRank, at, at, {.rank = rank});
}

void TraceRow::Proceed(double at, int64_t step, absl::Span<const int> arrived) {
  Add(kProceed, at, at,
      {.step = step,
       .name = static_cast<uint32_t>(ranks_.size()),
       .rank = static_cast<int32_t>(arrived.size())});
  ranks_.insert(ranks_.end(), arrived.begin(), arrived.end());
}

void TraceRow::Shift(double seconds) {
  for (Event &event : events_) {
    event.begin += seconds;
    event.end += seconds;
  }
}

//===----------------------------------------------------------------------===//
// On its way between processes
//===----------------------------------------------------------------------===//

namespace {
/// What stands in front: how much of each there is.
struct PackedSizes {
  uint64_t events, ranks, names;
};
} // namespace

template <typename Element>
static void Put(const std::vector<Element> &elements, std::string &bytes) {
  bytes.append(reinterpret_cast<const char *>(elements.data()),
               elements.size() * sizeof(Element));
}

template <typename Element>
static bool Get(uint64_t count, absl::string_view &bytes,
                std::vector<Element> &elements) {
  if (count > bytes.size() / sizeof(Element))
    return false;
  elements.resize(count);
  if (count > 0)
    std::memcpy(elements.data(), bytes.data(), count * sizeof(Element));
  bytes.remove_prefix(count * sizeof(Element));
  return true;
}

std::string TraceRow::Pack() const {
  const PackedSizes sizes = {events_.size(), ranks_.size(), names_.size()};
  std::string bytes(reinterpret_cast<const char *>(&sizes), sizeof sizes);
  Put(events_, bytes);
  Put(ranks_, bytes);
  for (const std::string &name : names_)
    bytes.append(name.c_str(), name.size() + 1);
  return bytes;
}

absl::StatusOr<TraceRow> TraceRow::Unpack(absl::string_view bytes) {
  TraceRow row;
  PackedSizes sizes;
  const size_t all = bytes.size();
  bool whole = all >= sizeof sizes;
  if (whole) {
    std::memcpy(&sizes, bytes.data(), sizeof sizes);
    bytes.remove_prefix(sizeof sizes);
    whole = Get(sizes.events, bytes, row.events_) &&
            Get(sizes.ranks, bytes, row.ranks_);
  }
  for (uint64_t i = 0; whole && i < sizes.names; ++i) {
    const size_t end = bytes.find('\0');
    whole = end != absl::string_view::npos;
    if (whole) {
      row.names_.emplace_back(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    }
  }
  for (const Event &event : row.events_) {
    const bool named = event.kind == kExchange || event.kind == kWait;
    const bool lists = event.kind == kProceed;
    whole &=
        (!named || event.name < row.names_.size()) &&
        (!lists || (event.rank >= 0 &&
                    uint64_t{event.name} + static_cast<uint64_t>(event.rank) <=
                        row.ranks_.size()));
  }
  if (!whole || !bytes.empty())
    return absl::DataLossError(
        absl::StrCat("a rank's trace of ", all, " bytes is damaged"));
  return row;
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

// Arrows end in slices: these are as long, in microseconds, and stand side by
// side where several messages leave at once.
static constexpr double kMessage = 1e-3;

static std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + '"';
}

class TraceWriter {
public:
  TraceWriter(std::FILE *file, absl::Span<const TraceRow *const> rows)
      : file_(file), rows_(rows), times_(rows.size()) {}

  void Write();

private:
  using Row = TraceRow;
  /// Sender, receiver, stream, number, one-sided.
  using Key = std::tuple<int32_t, int32_t, uint64_t, uint64_t, bool>;
  struct Arrow {
    uint64_t id;
    double begin;
    bool ended = false; ///< A message may come twice; an arrow has one end.
  };

  static Key KeyOf(int32_t row, const Row::Event &event) {
    const bool sent = event.kind == Row::kSent;
    return {sent ? row : event.rank, sent ? event.rank : row, event.staleness,
            event.sequence, event.one_sided != 0};
  }
  void PlaceSends(size_t row);
  void PlaceReceipts(size_t row);
  void WriteRow(size_t row);
  void WriteEvent(int32_t row, const Row::Event &event, double at);
  void WriteMessage(int32_t row, const Row::Event &event, double at);
  /// One object, on its own line: what all have, and then `rest`.
  void Put(char phase, absl::string_view name, absl::string_view category,
           int32_t row, double at, absl::string_view rest);

  std::FILE *file_;
  absl::Span<const TraceRow *const> rows_;
  std::vector<std::vector<double>> times_; ///< Of events, in microseconds.
  absl::flat_hash_map<Key, Arrow> arrows_;
  bool first_ = true;
};

void TraceWriter::PlaceSends(size_t row) {
  const std::vector<Row::Event> &events = rows_[row]->events_;
  double free = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    times_[row].push_back(events[i].begin * 1e6);
    if (events[i].kind != Row::kSent)
      continue;
    double &at = times_[row].back();
    at = std::max(at, free);
    free = at + kMessage;
    arrows_.try_emplace(KeyOf(static_cast<int32_t>(row), events[i]),
                        Arrow{arrows_.size() + 1, at});
  }
}

void TraceWriter::PlaceReceipts(size_t row) {
  const std::vector<Row::Event> &events = rows_[row]->events_;
  double free = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != Row::kReceived)
      continue;
    double &at = times_[row][i];
    at = std::max(at, free);
    // Clocks of processes agree to some microseconds only.
    const auto arrow =
        arrows_.find(KeyOf(static_cast<int32_t>(row), events[i]));
    if (arrow != arrows_.end())
      at = std::max(at, arrow->second.begin);
    free = at + kMessage;
  }
}

void TraceWriter::Put(char phase, absl::string_view name,
                      absl::string_view category, int32_t row, double at,
                      absl::string_view rest) {
  std::fputs(
      absl::StrFormat("%s{\"ph\": \"%c\", \"name\": %s, \"cat\": \"%s\", "
                      "\"pid\": 0, \"tid\": %d, \"ts\": %.3f%s}",
                      first_ ? "" : ",\n", phase, Quoted(name), category, row,
                      at, rest)
          .c_str(),
      file_);
  first_ = false;
}

void TraceWriter::WriteMessage(int32_t row, const Row::Event &event,
                               double at) {
  const bool sent = event.kind == Row::kSent;
  const std::string peer =
      absl::StrFormat("\"%s\": %d", sent ? "to" : "from", event.rank);
  Put('X', sent ? "send" : "receive", "message", row, at,
      absl::StrFormat(", \"dur\": %.3f, \"args\": {%s, \"%s\": %d, \"%s\": %d}",
                      kMessage, peer, event.one_sided ? "origin" : "exchange",
                      event.staleness, event.one_sided ? "sequence" : "index",
                      event.sequence));
  const auto arrow = arrows_.find(KeyOf(row, event));
  if (arrow == arrows_.end() || (!sent && arrow->second.ended))
    return;
  if (sent)
    Put('s', "message", "message", row, at,
        absl::StrFormat(", \"id\": %d", arrow->second.id));
  else
    Put('f', "message", "message", row, at,
        absl::StrFormat(", \"id\": %d, \"bp\": \"e\"", arrow->second.id));
  arrow->second.ended |= !sent;
}

void TraceWriter::WriteEvent(int32_t row, const Row::Event &event, double at) {
  const auto slice = [&](absl::string_view name, absl::string_view category,
                         absl::string_view why) {
    Put('X', name, category, row, at,
        absl::StrFormat(", \"dur\": %.3f, \"args\": {%s\"step\": %d}",
                        std::max(0.0, event.end * 1e6 - at), why, event.step));
  };
  const auto instant = [&](absl::string_view name, absl::string_view args) {
    Put('i', name, "async", row, at,
        absl::StrCat(", \"s\": \"t\", \"args\": {", args, "}"));
  };
  switch (event.kind) {
  case Row::kCompute:
    return slice("compute", "compute", "");
  case Row::kExchange:
    return slice(rows_[static_cast<size_t>(row)]->names_[event.name],
                 "exchange", "");
  case Row::kWait:
    return slice(
        "wait", "wait",
        absl::StrCat(
            "\"why\": ",
            Quoted(rows_[static_cast<size_t>(row)]->names_[event.name]), ", "));
  case Row::kSent:
  case Row::kReceived:
    return WriteMessage(row, event, at);
  case Row::kView:
    return instant("view", absl::StrFormat("\"step\": %d", event.step));
  case Row::kPublish:
    return instant("publish", absl::StrFormat("\"sequence\": %d, \"step\": %d",
                                              event.sequence, event.step));
  case Row::kApply:
    return instant("apply", absl::StrFormat("\"origin\": %d, \"sequence\": %d, "
                                            "\"step\": %d, \"staleness\": %d",
                                            event.rank, event.sequence,
                                            event.step, event.staleness));
  case Row::kMissing:
    return instant("missing",
                   absl::StrFormat("\"origin\": %d, \"sequence\": %d",
                                   event.rank, event.sequence));
  case Row::kLostRank:
    return instant("lost_rank", absl::StrFormat("\"rank\": %d", event.rank));
  case Row::kProceed: {
    std::string arrived;
    for (int32_t i = 0; i < event.rank; ++i)
      absl::StrAppend(&arrived, i == 0 ? "" : ", ",
                      rows_[static_cast<size_t>(row)]
                          ->ranks_[event.name + static_cast<uint32_t>(i)]);
    return instant("proceed", absl::StrFormat("\"step\": %d, \"arrived\": [%s]",
                                              event.step, arrived));
  }
  }
}

void TraceWriter::WriteRow(size_t row) {
  const std::vector<Row::Event> &events = rows_[row]->events_;
  // Where slices begin at once, the outer comes first. Instants keep their
  // order: their times never fall.
  std::vector<size_t> order(events.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto key = [&](size_t i) {
    return std::tuple(times_[row][i], events[i].begin - events[i].end, i);
  };
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return key(i) < key(j); });
  for (const size_t i : order)
    WriteEvent(static_cast<int32_t>(row), events[i], times_[row][i]);
}

void TraceWriter::Write() {
  std::fputs("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n", file_);
  for (size_t row = 0; row < rows_.size(); ++row) {
    Put('M', "thread_name", "__metadata", static_cast<int32_t>(row), 0,
        absl::StrFormat(", \"args\": {\"name\": \"rank %d\"}", row));
    Put('M', "thread_sort_index", "__metadata", static_cast<int32_t>(row), 0,
        absl::StrFormat(", \"args\": {\"sort_index\": %d}", row));
    PlaceSends(row);
  }
  for (size_t row = 0; row < rows_.size(); ++row)
    PlaceReceipts(row);
  for (size_t row = 0; row < rows_.size(); ++row)
    WriteRow(row);
  std::fputs("\n]}\n", file_);
}

absl::Status WriteTrace(const std::string &path,
                        absl::Span<const TraceRow *const> rows) {
  const auto error = [&] {
    return absl::UnknownError(
        absl::StrCat("cannot write the trace to ", path, ": ",
                     std::generic_category().message(errno)));
  };
  std::FILE *file = std::fopen(path.c_str(), "w");
  if (!file)
    return error();
  TraceWriter(file, rows).Write();
  errno = 0;
  const bool written = !std::ferror(file) && std::fflush(file) == 0;
  const absl::Status status = written ? absl::OkStatus() : error();
  if (std::fclose(file) != 0 && status.ok())
    return error();
  return status;
}

} // namespace tacit
