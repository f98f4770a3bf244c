//===- simulated_world.cpp - Ranks as fibers of one thread ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/exchanges.h"
#include "runtime/comm/rank_report.h"
#include "runtime/comm/simulated_network.h"
#include "runtime/comm/world.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tacit {

namespace {

/// How a rank's body ended.
struct Ending {
  absl::Status status;
  std::string interrupted; ///< As Exchanges::interrupted.
};

class SimulatedWorld final : public World {
public:
  SimulatedWorld(int ranks, const NetworkModel &model, uint64_t seed,
                 double timeout)
      : ranks_(ranks), model_(model), seed_(seed), timeout_(timeout) {}

  int size() const override { return ranks_; }
  bool IsLocal(int rank) const override { return true; }
  absl::Status
  Run(const std::function<absl::Status(Communicator &)> &body) override;

private:
  int ranks_;
  NetworkModel model_;
  uint64_t seed_;
  double timeout_;
};

} // namespace

/// The error of a run in which rank `first` failed before all others.
static absl::Status Summarize(const std::vector<Ending> &endings, int first) {
  const absl::Status &status = endings[static_cast<size_t>(first)].status;
  bool all_alike = true, has_payload = false;
  for (const Ending &ending : endings)
    all_alike &= ending.status == status;
  status.ForEachPayload(
      [&](absl::string_view, const absl::Cord &) { has_payload = true; });
  if (all_alike || has_payload)
    return status;

  std::string text =
      absl::StrCat("rank ", first, " failed: ", status.message());
  std::map<std::string, std::vector<int>> interrupted;
  for (size_t rank = 0; rank < endings.size(); ++rank)
    if (!endings[rank].interrupted.empty())
      interrupted[endings[rank].interrupted].push_back(static_cast<int>(rank));
  for (const auto &[where, ranks] : interrupted)
    absl::StrAppend(&text, "; ", RankList(ranks),
                    ranks.size() == 1 ? " was " : " were ", where);
  return absl::Status(status.code(), text);
}

absl::Status
SimulatedWorld::Run(const std::function<absl::Status(Communicator &)> &body) {
  SimulatedNetwork network(ranks_, model_, seed_);
  std::vector<Ending> endings(static_cast<size_t>(ranks_));
  int first = -1, crashes = 0;
  // Where nothing is lost, a wait without end is seen at once.
  const double timeout = model_.loses() ? timeout_ : kNever;
  const absl::Status run = network.Run([&](Transport &transport) {
    Exchanges exchanges(transport, timeout);
    absl::Status status = body(exchanges);
    Ending &ending = endings[static_cast<size_t>(transport.rank())];
    if (!transport.crash().ok()) {
      exchanges.Abort(transport.crash());
      ending.status = transport.crash();
      ++crashes;
      return;
    }
    if (status.ok())
      status = exchanges.CheckAllAwaited();
    if (!status.ok()) {
      exchanges.Abort(status);
      if (first < 0)
        first = transport.rank();
    }
    ending = {std::move(status), exchanges.interrupted()};
  });
  if (!run.ok())
    return run;
  if (crashes == ranks_)
    return endings.front().status;
  return first < 0 ? absl::OkStatus() : Summarize(endings, first);
}

absl::StatusOr<std::unique_ptr<World>>
CreateSimulatedWorld(const SimulatedWorldOptions &options) {
  if (options.ranks < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("got ", options.ranks, " ranks, wanted at least 1"));
  const absl::StatusOr<NetworkModel> model = ParseNetworkModel(options.network);
  if (!model.ok())
    return model.status();
  if (absl::Status status = CheckRanks(*model, options.ranks); !status.ok())
    return status;
  return std::make_unique<SimulatedWorld>(options.ranks, *model, options.seed,
                                          options.timeout);
}

} // namespace tacit
