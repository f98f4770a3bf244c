//===- trace_test.cpp - The file of a trace -------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/trace.h"

#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tacit {
namespace {

using nlohmann::json;

/// All but metadata.
std::vector<json> EventsOf(const std::string &path) {
  std::vector<json> events;
  const json trace = json::parse(ReadFile(path));
  for (const json &event : trace["traceEvents"])
    if (event["ph"] != "M")
      events.push_back(event);
  return events;
}

std::vector<json> Write(const std::vector<TraceRow> &rows) {
  TestFolder folder;
  std::vector<const TraceRow *> pointers;
  for (const TraceRow &row : rows)
    pointers.push_back(&row);
  EXPECT_TRUE(WriteTrace(folder.File("t"), pointers).ok());
  return EventsOf(folder.File("t"));
}

TEST(Trace, SlicesNest) {
  TraceRow row;
  row.SetStep(4);
  row.Compute(0, 1);
  row.Wait(1, 1.5, "ro\"om");
  row.Exchange(1, 2, "publish");
  const std::vector<json> events = Write({row});
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["name"], "compute");
  EXPECT_EQ(events[0]["dur"], 1e6);
  EXPECT_EQ(events[1]["name"], "publish"); // the outer one first
  EXPECT_EQ(events[1]["ts"], 1e6);
  EXPECT_EQ(events[2]["name"], "wait");
  EXPECT_EQ(events[2]["args"]["why"], "ro\"om");
  for (const json &event : events)
    EXPECT_EQ(event["args"]["step"], 4);
}

TEST(Trace, InstantsKeepTheirOrder) {
  TraceRow row;
  row.View(1, 0);
  row.Publish(1, 7, 0);
  row.Apply(1, 2, 9, 3, 11);
  row.Missing(1, 2, 10);
  row.LostRank(1, 2);
  row.Proceed(1, 5, {0, 3});
  row.Compute(0, 1);
  const std::vector<json> events = Write({row});
  ASSERT_EQ(events.size(), 7u);
  const json args[] = {
      {{"step", 0}},
      {{"sequence", 7}, {"step", 0}},
      {{"origin", 2}, {"sequence", 9}, {"step", 3}, {"staleness", 11}},
      {{"origin", 2}, {"sequence", 10}},
      {{"rank", 2}},
      {{"step", 5}, {"arrived", {0, 3}}}};
  const char *names[] = {"view",    "publish",   "apply",
                         "missing", "lost_rank", "proceed"};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(events[i + 1]["name"], names[i]);
    EXPECT_EQ(events[i + 1]["cat"], "async");
    EXPECT_EQ(events[i + 1]["args"], args[i]);
  }
}

TEST(Trace, ArrowsLeadFromSendToReceive) {
  TraceRow sender, receiver;
  for (uint64_t number = 0; number < 3; ++number)
    sender.Sent(1, 1, {5, number, true});
  sender.Sent(1, 1, {5, 0, false}); // of an exchange: another message
  receiver.Received(2, 0, {5, 1, true});
  receiver.Received(2, 0, {5, 1, true});   // a second copy
  receiver.Received(0.5, 0, {5, 0, true}); // by a clock that is behind
  receiver.Received(3, 0, {5, 9, true});   // of a sender that was killed
  std::map<uint64_t, double> begun, ended;
  size_t slices = 0;
  for (const json &event : Write({sender, receiver})) {
    slices += event["ph"] == "X";
    if (event["ph"] == "s")
      EXPECT_TRUE(begun.emplace(event["id"], event["ts"]).second);
    if (event["ph"] == "f")
      EXPECT_TRUE(ended.emplace(event["id"], event["ts"]).second);
  }
  EXPECT_EQ(slices, 8u);
  EXPECT_EQ(begun.size(), 4u);
  ASSERT_EQ(ended.size(), 2u);
  for (const auto &[id, at] : ended)
    EXPECT_GE(at, begun.at(id));
}

TEST(Trace, RowsTravel) {
  TraceRow row;
  row.SetStep(1);
  row.Exchange(0, 2, "all_reduce of w0");
  row.Wait(0, 1, "all_reduce of w0");
  row.Proceed(2, 1, {4, 5, 6});
  const std::string bytes = row.Pack();
  absl::StatusOr<TraceRow> unpacked = TraceRow::Unpack(bytes);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(Write({*unpacked}), Write({row}));
  unpacked->Shift(1);
  EXPECT_EQ(Write({*unpacked})[0]["ts"], 1e6);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(TraceRow::Unpack(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(TraceRow::Unpack(bytes + "x").ok());
}

TEST(Trace, SaysThatItCannotBeWritten) {
  EXPECT_EQ(WriteTrace("/nonexistent/t", {}).message(),
            "cannot write the trace to /nonexistent/t: No such file or "
            "directory");
  EXPECT_EQ(WriteTrace("/dev/full", {}).message(),
            "cannot write the trace to /dev/full: No space left on device");
}

} // namespace
} // namespace tacit
