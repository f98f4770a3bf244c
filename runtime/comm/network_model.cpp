//===- network_model.cpp - What a simulated network costs -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/network_model.h"

#include "runtime/support/suggest.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tacit {

namespace {

struct Unit {
  absl::string_view name;
  double factor;
};

/// A key whose value is a number and a unit.
struct Key {
  absl::string_view name;
  double NetworkModel::*field;
  absl::Span<const Unit> units;
  bool may_be_zero;
};

/// A part of the text, and where it stands.
struct Part {
  absl::string_view text;
  size_t column = 1;
};

/// `key=value`.
struct Pair {
  absl::string_view key;
  Part value;
  size_t column = 1; ///< Of the key.
};

} // namespace

static constexpr Unit kTimes[] = {
    {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
static constexpr Unit kBandwidths[] = {
    {"bit", 1.0 / 8}, {"Kbit", 1e3 / 8}, {"Mbit", 1e6 / 8}, {"Gbit", 1e9 / 8},
    {"B", 1},         {"KB", 1e3},       {"MB", 1e6},       {"GB", 1e9}};
static const Key kKeys[] = {
    {"latency", &NetworkModel::latency, kTimes, true},
    {"bandwidth", &NetworkModel::bandwidth, kBandwidths, false},
    {"compute", &NetworkModel::compute, kTimes, true}};
static constexpr absl::string_view kStragglers =
    "exponential{mean=2ms} or rotating{factor=4}";
static constexpr absl::string_view kDelays =
    "a time, exponential{mean=2ms} or uniform{from=1ms to=5ms}";
static constexpr absl::string_view kCrash =
    "RANK@STEP, as in crash=3@500, where rank 3 is gone from its local step "
    "500 on";
static constexpr absl::string_view kPause =
    "RANK@STEP:TIME, as in pause=3@500:2s, where rank 3 stands still for 2 s "
    "before its local step 500";

static absl::Status At(size_t column, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("network model, column ", column, ": ", what));
}

/// The end of the pair that begins at `from`: blanks within braces belong to
/// it, as in `straggler=exponential{mean=2ms}`.
static size_t EndOfPair(absl::string_view text, size_t from) {
  int depth = 0;
  size_t i = from;
  for (; i < text.size(); ++i) {
    if (text[i] == '{')
      ++depth;
    else if (text[i] == '}')
      --depth;
    else if (depth <= 0 && absl::ascii_isspace(text[i]))
      break;
  }
  return i;
}

static absl::StatusOr<std::vector<Pair>> Split(absl::string_view text) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < text.size();) {
    if (absl::ascii_isspace(text[i])) {
      ++i;
      continue;
    }
    const size_t end = EndOfPair(text, i);
    const absl::string_view pair = text.substr(i, end - i);
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos || equals == 0)
      return At(i + 1, absl::StrCat("got '", pair,
                                    "', wanted key=value, as in "
                                    "'latency=50us bandwidth=1Gbit'"));
    pairs.push_back({pair.substr(0, equals),
                     {pair.substr(equals + 1), i + equals + 2},
                     i + 1});
    i = end;
  }
  return pairs;
}

static std::string List(absl::Span<const absl::string_view> names) {
  std::string all;
  for (size_t i = 0; i < names.size(); ++i)
    absl::StrAppend(&all,
                    i == 0                  ? ""
                    : i + 1 == names.size() ? " or "
                                            : ", ",
                    names[i]);
  return all;
}

static absl::StatusOr<double> ParseQuantity(absl::string_view name,
                                            const Part &value,
                                            absl::Span<const Unit> units,
                                            bool may_be_zero) {
  std::vector<absl::string_view> names;
  for (const Unit &unit : units)
    names.push_back(unit.name);
  // Units have no digits; an 'e' is the number's if a digit follows somewhere.
  size_t digits = value.text.find_last_of("0123456789.");
  digits = digits == absl::string_view::npos ? 0 : digits + 1;
  const absl::string_view unit_name = value.text.substr(digits);
  double number = 0;
  if (!absl::SimpleAtod(value.text.substr(0, digits), &number) ||
      !std::isfinite(number) || number < 0 || (number == 0 && !may_be_zero))
    return At(value.column,
              absl::StrCat("got ", name, " '", value.text, "', wanted a ",
                           may_be_zero ? "number" : "positive number",
                           " and one of ", List(names)));
  for (const Unit &unit : units)
    if (unit.name == unit_name)
      return number * unit.factor;
  if (unit_name.empty())
    return At(value.column, absl::StrCat(name, " '", value.text,
                                         "' has no unit: add ", List(names)));
  return At(value.column + digits,
            absl::StrCat(name, " has the unknown unit '", unit_name, "'",
                         DidYouMean(unit_name, names)));
}

static absl::StatusOr<double> ParseFactor(absl::string_view of,
                                          const Part &value) {
  double factor = 0;
  if (!absl::SimpleAtod(value.text, &factor) || !std::isfinite(factor) ||
      factor <= 0)
    return At(value.column, absl::StrCat("got ", of, " factor '", value.text,
                                         "', wanted a positive number"));
  return factor;
}

/// `exponential{mean=TIME}` or `rotating{factor=NUMBER}`.
static absl::Status ParseStraggler(const Part &value, NetworkModel &model) {
  const size_t brace = value.text.find('{');
  const absl::string_view name = value.text.substr(0, brace);
  const bool exponential = name == "exponential";
  if (!exponential && name != "rotating")
    return At(value.column,
              absl::StrCat("unknown straggler '", name, "'",
                           DidYouMean(name, {"exponential", "rotating"}),
                           "; write ", kStragglers));
  const absl::string_view option = exponential ? "mean" : "factor";
  const absl::string_view begin = exponential ? "{mean=" : "{factor=";
  absl::string_view rest = value.text.substr(name.size());
  if (!absl::ConsumePrefix(&rest, begin) || !absl::ConsumeSuffix(&rest, "}"))
    return At(value.column,
              absl::StrCat("got straggler '", value.text, "', wanted '", name,
                           "' with its ", option, " alone: write ",
                           kStragglers));
  const Part argument = {rest, value.column + name.size() + begin.size()};
  absl::StatusOr<double> number =
      exponential ? ParseQuantity("mean", argument, kTimes, false)
                  : ParseFactor("rotating", argument);
  if (!number.ok())
    return number.status();
  (exponential ? model.exponential_mean : model.rotating_factor) = *number;
  return absl::OkStatus();
}

/// `RANK:FACTOR`, or several between commas.
static absl::Status ParseSlow(const Part &value, NetworkModel &model) {
  size_t column = value.column;
  for (absl::string_view one : absl::StrSplit(value.text, ',')) {
    const size_t colon = one.find(':');
    SlowRank slow;
    if (colon == absl::string_view::npos ||
        !absl::SimpleAtoi(one.substr(0, colon), &slow.rank) || slow.rank < 0)
      return At(column, absl::StrCat("got slow '", one,
                                     "', wanted RANK:FACTOR, as in slow=3:4, "
                                     "where rank 3 takes 4 times as long"));
    for (const SlowRank &other : model.slow)
      if (other.rank == slow.rank)
        return At(column,
                  absl::StrCat("slow gives rank ", slow.rank, " twice"));
    absl::StatusOr<double> factor =
        ParseFactor("slow", {one.substr(colon + 1), column + colon + 1});
    if (!factor.ok())
      return factor.status();
    slow.factor = *factor;
    model.slow.push_back(slow);
    column += one.size() + 1;
  }
  return absl::OkStatus();
}

/// The text between the braces of `NAME{...}`. Error: there are none.
static absl::StatusOr<Part> Braced(const Part &value, absl::string_view name) {
  absl::string_view rest = value.text.substr(name.size());
  if (!absl::ConsumePrefix(&rest, "{") || !absl::ConsumeSuffix(&rest, "}"))
    return At(value.column,
              absl::StrCat("got delay '", value.text, "', wanted ", kDelays));
  return Part{rest, value.column + name.size() + 1};
}

/// `exponential{mean=TIME}` or `uniform{from=TIME to=TIME}`.
static absl::Status ParseDistribution(const Part &value, absl::string_view name,
                                      absl::Span<const absl::string_view> keys,
                                      absl::Span<double *const> fields) {
  const absl::StatusOr<Part> inside = Braced(value, name);
  if (!inside.ok())
    return inside.status();
  const absl::StatusOr<std::vector<Pair>> pairs = Split(inside->text);
  std::vector<bool> given(keys.size());
  if (pairs.ok())
    for (const Pair &pair : *pairs) {
      const auto key = std::find(keys.begin(), keys.end(), pair.key);
      if (key == keys.end())
        return At(inside->column + pair.column - 1,
                  absl::StrCat(name, " has the unknown option '", pair.key, "'",
                               DidYouMean(pair.key, keys)));
      const size_t i = static_cast<size_t>(key - keys.begin());
      const absl::StatusOr<double> time = ParseQuantity(
          pair.key, {pair.value.text, inside->column + pair.value.column - 1},
          kTimes, true);
      if (!time.ok())
        return time.status();
      *fields[i] = *time;
      given[i] = true;
    }
  if (!pairs.ok() ||
      std::find(given.begin(), given.end(), false) != given.end())
    return At(value.column,
              absl::StrCat("got delay '", value.text, "', wanted ", kDelays));
  return absl::OkStatus();
}

/// TIME, `exponential{mean=TIME}` or `uniform{from=TIME to=TIME}`.
static absl::Status ParseDelay(const Part &value, NetworkModel &model) {
  Delay &delay = model.delay;
  const absl::string_view name = value.text.substr(0, value.text.find('{'));
  if (name == "exponential") {
    delay.distribution = Delay::kExponential;
    return ParseDistribution(value, name, {"mean"}, {&delay.high});
  }
  if (name == "uniform") {
    delay.distribution = Delay::kUniform;
    absl::Status status = ParseDistribution(value, name, {"from", "to"},
                                            {&delay.low, &delay.high});
    if (status.ok() && delay.low > delay.high)
      status =
          At(value.column, absl::StrCat("got delay '", value.text,
                                        "', wanted from to be at most to"));
    return status;
  }
  // A time begins like a number; anything else was meant as a name.
  if (!value.text.empty() && absl::ascii_isalpha(value.text.front()))
    return At(value.column,
              absl::StrCat("unknown delay '", name, "'",
                           DidYouMean(name, {"exponential", "uniform"}),
                           "; write ", kDelays));
  const absl::StatusOr<double> time =
      ParseQuantity("delay", value, kTimes, true);
  if (!time.ok())
    return time.status();
  delay.low = delay.high = *time;
  return absl::OkStatus();
}

static absl::Status ParseProbability(const Pair &pair, double &probability) {
  if (!absl::SimpleAtod(pair.value.text, &probability) ||
      !(probability >= 0 && probability <= 1))
    return At(pair.value.column,
              absl::StrCat("got ", pair.key, " '", pair.value.text,
                           "', wanted a probability from 0 to 1"));
  return absl::OkStatus();
}

/// Reads the `RANK@STEP` that `text` begins with and takes it off.
static bool ConsumeRankAndStep(absl::string_view &text, int &rank,
                               int64_t &step) {
  const size_t at = text.find('@'), end = text.find(':');
  if (at == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(0, at), &rank) || rank < 0 ||
      !absl::SimpleAtoi(text.substr(0, end).substr(at + 1), &step) || step < 0)
    return false;
  text = end == absl::string_view::npos ? "" : text.substr(end);
  return true;
}

/// `RANK@STEP`, separated by commas.
static absl::Status ParseCrash(const Part &value, NetworkModel &model) {
  size_t column = value.column;
  for (absl::string_view one : absl::StrSplit(value.text, ',')) {
    absl::string_view rest = one;
    Crash crash;
    if (!ConsumeRankAndStep(rest, crash.rank, crash.step) || !rest.empty())
      return At(column, absl::StrCat("got crash '", one, "', wanted ", kCrash));
    for (const Crash &other : model.crashes)
      if (other.rank == crash.rank)
        return At(column, absl::StrCat("rank ", crash.rank, " crashes twice"));
    model.crashes.push_back(crash);
    column += one.size() + 1;
  }
  return absl::OkStatus();
}

/// `RANK@STEP:TIME`, separated by commas.
static absl::Status ParsePause(const Part &value, NetworkModel &model) {
  size_t column = value.column;
  for (absl::string_view one : absl::StrSplit(value.text, ',')) {
    absl::string_view rest = one;
    Pause pause;
    if (!ConsumeRankAndStep(rest, pause.rank, pause.step) || rest.empty())
      return At(column, absl::StrCat("got pause '", one, "', wanted ", kPause));
    const Part time = {rest.substr(1), column + one.size() - rest.size() + 1};
    const absl::StatusOr<double> seconds =
        ParseQuantity("pause", time, kTimes, true);
    if (!seconds.ok())
      return seconds.status();
    pause.seconds = *seconds;
    for (const Pause &other : model.pauses)
      if (other.rank == pause.rank && other.step == pause.step)
        return At(column, absl::StrCat("rank ", pause.rank,
                                       " pauses twice before its local step ",
                                       pause.step));
    model.pauses.push_back(pause);
    column += one.size() + 1;
  }
  return absl::OkStatus();
}

static absl::Status ParsePair(const Pair &pair, NetworkModel &model) {
  if (pair.key == "straggler")
    return ParseStraggler(pair.value, model);
  if (pair.key == "slow")
    return ParseSlow(pair.value, model);
  if (pair.key == "delay")
    return ParseDelay(pair.value, model);
  if (pair.key == "drop")
    return ParseProbability(pair, model.drop);
  if (pair.key == "duplicate")
    return ParseProbability(pair, model.duplicate);
  if (pair.key == "crash")
    return ParseCrash(pair.value, model);
  if (pair.key == "pause")
    return ParsePause(pair.value, model);
  std::vector<absl::string_view> known;
  for (const Key &key : kKeys) {
    known.push_back(key.name);
    if (key.name != pair.key)
      continue;
    const absl::StatusOr<double> value =
        ParseQuantity(key.name, pair.value, key.units, key.may_be_zero);
    if (!value.ok())
      return value.status();
    model.*key.field = *value;
    return absl::OkStatus();
  }
  known.insert(known.end(), {"straggler", "slow", "delay", "drop", "duplicate",
                             "crash", "pause"});
  return At(pair.column, absl::StrCat("unknown key '", pair.key, "'",
                                      DidYouMean(pair.key, known)));
}

absl::StatusOr<NetworkModel> ParseNetworkModel(absl::string_view text) {
  const absl::StatusOr<std::vector<Pair>> pairs = Split(text);
  if (!pairs.ok())
    return pairs.status();
  NetworkModel model;
  const Pair *multiplies = nullptr;
  std::vector<absl::string_view> seen;
  for (const Pair &pair : *pairs) {
    if (std::find(seen.begin(), seen.end(), pair.key) != seen.end())
      return At(pair.column, absl::StrCat("'", pair.key, "' is given twice"));
    seen.push_back(pair.key);
    if (absl::Status status = ParsePair(pair, model); !status.ok())
      return status;
    if (pair.key == "straggler" || pair.key == "slow")
      multiplies = &pair;
  }
  if (multiplies && model.compute == 0 && model.exponential_mean == 0)
    return At(multiplies->column,
              absl::StrCat("'", multiplies->key,
                           "' multiplies the time of a step, which is 0: add "
                           "compute=, as in compute=10ms"));
  return model;
}

absl::Status CheckRanks(const NetworkModel &model, int ranks) {
  const auto check = [ranks](absl::string_view key, int rank) {
    if (rank < ranks)
      return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "network model: ", key, " names rank ", rank, ", and there ",
        ranks == 1 ? "is 1 rank: 0"
                   : absl::StrCat("are ", ranks, " ranks: 0 to ", ranks - 1)));
  };
  absl::Status status;
  for (const SlowRank &slow : model.slow)
    status.Update(check("slow", slow.rank));
  for (const Crash &crash : model.crashes)
    status.Update(check("crash", crash.rank));
  for (const Pause &pause : model.pauses)
    status.Update(check("pause", pause.rank));
  return status;
}

ComputeTimes::ComputeTimes(const NetworkModel &model, int ranks, int rank,
                           uint64_t seed)
    : compute_(model.compute), exponential_mean_(model.exponential_mean),
      rotating_factor_(model.rotating_factor), ranks_(ranks), rank_(rank),
      random_(seed, kSimulationStreams + static_cast<uint64_t>(rank)) {
  for (const SlowRank &slow : model.slow)
    if (slow.rank == rank)
      slow_ = slow.factor;
}

double ComputeTimes::OfStep(int64_t step) const {
#pragma STDC FP_CONTRACT OFF // The same time on every machine.
  double seconds = compute_;
  if (exponential_mean_ > 0)
    seconds += exponential_mean_ *
               -PortableLog(1 - random_.Double(static_cast<uint64_t>(step)));
  if (step % ranks_ == rank_)
    seconds *= rotating_factor_;
  return seconds * slow_;
}

double Delay::At(double u) const {
#pragma STDC FP_CONTRACT OFF // The same time on every machine.
  switch (distribution) {
  case kConstant:
    return low;
  case kExponential:
    return high * -PortableLog(1 - u);
  case kUniform:
    break;
  }
  return low + (high - low) * u;
}

/// The number of a channel's stream within kMessageStreams.
static uint64_t ChannelStream(int ranks, int from, int to,
                              TrafficKind traffic) {
  const uint64_t channel =
      static_cast<uint64_t>(from) * static_cast<uint64_t>(ranks) +
      static_cast<uint64_t>(to);
  return 2 * channel + (traffic == TrafficKind::kStream ? 1 : 0);
}

MessageFates::MessageFates(const NetworkModel &model, int ranks, int from,
                           int to, TrafficKind traffic, uint64_t seed)
    : model_(model),
      random_(seed, kMessageStreams + ChannelStream(ranks, from, to, traffic)) {
}

MessageFate MessageFates::Of(uint64_t number) const {
  MessageFate fate;
  fate.dropped = random_.Double(4 * number) < model_.drop;
  fate.duplicated =
      !fate.dropped && random_.Double(4 * number + 1) < model_.duplicate;
  fate.delay = model_.delay.At(random_.Double(4 * number + 2));
  if (fate.duplicated)
    fate.second_delay = model_.delay.At(random_.Double(4 * number + 3));
  return fate;
}

} // namespace tacit
