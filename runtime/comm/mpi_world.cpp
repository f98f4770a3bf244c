//===- mpi_world.cpp - This process as a rank of an MPI job ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/exchanges.h"
#include "runtime/comm/launcher.h"
#include "runtime/comm/mpi_error.h"
#include "runtime/comm/mpi_plugin.h"
#include "runtime/comm/mpi_transport.h"
#include "runtime/comm/sanitizers.h"
#include "runtime/comm/world.h"
#include "runtime/support/suggest.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

namespace tacit {

static constexpr absl::string_view kFlavours[] = {"openmpi", "mpich"};

//===----------------------------------------------------------------------===//
// The world
//===----------------------------------------------------------------------===//

/// Ends the process with the status it chose, but without what MPI libraries do
/// at exit: that may wait for ranks that are gone.
static void ExitAtOnce(int status, void *) {
  std::fflush(nullptr);
  _exit(status);
}

namespace {

class MpiWorld final : public ProcessWorld {
public:
  MpiWorld(const tacit_mpi_plugin &plugin, int rank, int ranks, bool has_core,
           const MpiWorldOptions &options)
      : plugin_(plugin), transport_(plugin, rank, ranks, has_core,
                                    options.timeout, options.watch_processes),
        timeout_(options.timeout) {}

  ~MpiWorld() override {
    if (complete_) {
      transport_.Close();
      plugin_.finalize();
      return;
    }
    // Others may be waiting for this rank. Once a rank is lost, nothing that
    // needs all of them can be called.
    if (!survived_) {
      transport_.Announce(
          absl::AbortedError("it left before the run was over"));
      std::fflush(nullptr);
      transport_.Leave();
    }
    on_exit(ExitAtOnce, nullptr);
  }

  int size() const override { return transport_.size(); }
  int rank() const override { return transport_.rank(); }

  Communicator &Open() override {
    complete_ = false;
    return exchanges_.emplace(transport_, timeout_);
  }

  absl::Status Close(absl::Status status) override {
    Exchanges &exchanges = *exchanges_;
    if (status.ok())
      status = exchanges.CheckAllAwaited();
    if (status.ok()) {
      // Whoever is done waits here, and hears if another rank fails.
      status = exchanges.AwaitEnd();
    } else {
      exchanges.Abort(status);
    }
    survived_ = status.ok() && transport_.any_lost();
    complete_ = status.ok() && !survived_;
    status = Annotate(status, exchanges);
    exchanges_.reset();
    return status;
  }

private:
  /// Says which rank it was, if it was this one.
  absl::Status Annotate(const absl::Status &status,
                        const Exchanges &exchanges) const {
    bool has_payload = false;
    status.ForEachPayload(
        [&](absl::string_view, const absl::Cord &) { has_payload = true; });
    if (status.ok() || has_payload || size() == 1 ||
        !exchanges.interrupted().empty())
      return status;
    return absl::Status(status.code(),
                        absl::StrCat("rank ", transport_.rank(),
                                     " failed: ", status.message()));
  }

  const tacit_mpi_plugin &plugin_;
  MpiTransport transport_;
  double timeout_;
  std::optional<Exchanges> exchanges_; ///< While it is open.
  bool complete_ = false; ///< Every rank has come to the end of the last run.
  bool survived_ = false; ///< Every rank that is not lost has.
};

} // namespace

//===----------------------------------------------------------------------===//
// The plug-in
//===----------------------------------------------------------------------===//

/// Folders in which plug-ins may be, nearest first.
static std::vector<std::string> PluginFolders() {
  namespace fs = std::filesystem;
  std::vector<std::string> folders;
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    folders.push_back(executable.parent_path());
    const fs::path above = executable.parent_path().parent_path();
    folders.push_back(above / "lib");
    folders.push_back(above / TACIT_LIBRARY_FOLDER / "tacit");
  }
  Dl_info here;
  if (dladdr(reinterpret_cast<void *>(&ExitAtOnce), &here) && here.dli_fname) {
    const fs::path library = fs::canonical(here.dli_fname, error);
    if (!error) {
      folders.push_back(library.parent_path());
      folders.push_back(library.parent_path() / "tacit");
    }
  }
  folders.push_back(TACIT_MPI_PLUGIN_DIRECTORY);
  return folders;
}

/// The path of the plug-in for `flavour`; empty if there is none.
static std::string FindPlugin(const std::string &flavour,
                              const std::vector<std::string> &folders) {
  for (const std::string &folder : folders) {
    const std::string path =
        absl::StrCat(folder, "/libtacit_mpi_", flavour, ".so");
    if (access(path.c_str(), R_OK) == 0)
      return path;
  }
  return "";
}

static absl::StatusOr<const tacit_mpi_plugin *>
OpenPlugin(const std::string &flavour,
           const std::vector<std::string> &folders) {
  const std::string path = FindPlugin(flavour, folders);
  if (path.empty())
    return absl::NotFoundError(absl::StrCat(
        "no plug-in for --mpi=", flavour, ": libtacit_mpi_", flavour,
        ".so is in none of ", absl::StrJoin(folders, ", ")));
#if defined(TACIT_ADDRESS_SANITIZER) || defined(TACIT_THREAD_SANITIZER)
  // UCX, below MPICH, rewrites the code of functions that sanitizers intercept.
  setenv("UCX_MEM_MMAP_HOOK_MODE", "none", /*overwrite=*/0);
#endif
  // Open MPI's components look for its symbols in the global scope.
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!library)
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open the MPI plug-in: ", dlerror()));
  auto *table = reinterpret_cast<const tacit_mpi_plugin *(*)()>(
      dlsym(library, TACIT_MPI_PLUGIN_SYMBOL));
  if (!table)
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not an MPI plug-in: ", dlerror()));
  const tacit_mpi_plugin *plugin = table();
  if (plugin->version != TACIT_MPI_PLUGIN_VERSION ||
      plugin->size != sizeof(tacit_mpi_plugin))
    return absl::FailedPreconditionError(absl::StrCat(
        path, " has version ", plugin->version, ", wanted ",
        TACIT_MPI_PLUGIN_VERSION, ": build the plug-in and Tacit together"));
  return plugin;
}

/// The flavour to use, if it is known and not contradicted.
static absl::StatusOr<std::string>
ChooseFlavour(const std::string &asked, const Launcher &launcher,
              const std::vector<std::string> &folders) {
  if (!asked.empty()) {
    for (absl::string_view known : kFlavours)
      if (asked == known)
        return asked;
    return absl::InvalidArgumentError(
        absl::StrCat("unknown --mpi=", asked, DidYouMean(asked, kFlavours)));
  }
  if (!launcher.flavour.empty())
    return launcher.flavour;
  if (launcher.name.empty())
    return absl::FailedPreconditionError(
        "no MPI launcher has started this process: start it with mpirun or "
        "srun, or say --mpi=openmpi or --mpi=mpich");
  // srun does not say. One plug-in leaves no choice.
  std::vector<std::string> found;
  for (absl::string_view known : kFlavours)
    if (!FindPlugin(std::string(known), folders).empty())
      found.emplace_back(known);
  if (found.size() == 1)
    return found.front();
  return absl::FailedPreconditionError(absl::StrCat(
      launcher.name, " does not say which MPI it speaks to: say --mpi=openmpi "
                     "(srun --mpi=pmix) or --mpi=mpich (srun --mpi=pmi2)"));
}

/// Cores that the ranks of this machine have between them. Launchers bind each
/// rank to some, so this process's own are not the answer.
static int Cores() { return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); }

absl::StatusOr<std::unique_ptr<ProcessWorld>>
CreateMpiWorld(const MpiWorldOptions &options) {
  const Launcher launcher = FindLauncher();
  const std::vector<std::string> folders =
      options.plugin_directory.empty()
          ? PluginFolders()
          : std::vector<std::string>{options.plugin_directory};
  const absl::StatusOr<std::string> flavour =
      ChooseFlavour(options.flavour, launcher, folders);
  if (!flavour.ok())
    return flavour.status();
  const absl::StatusOr<const tacit_mpi_plugin *> plugin =
      OpenPlugin(*flavour, folders);
  if (!plugin.ok())
    return plugin.status();

  int32_t rank = 0, ranks = 0;
  if (const int32_t error = (*plugin)->initialize(&rank, &ranks))
    return absl::InternalError(
        absl::StrCat("cannot initialize MPI (", *flavour,
                     "): ", DescribeError(**plugin, error)));
  if (launcher.ranks != 0 && launcher.ranks != ranks) {
    if (ranks == 1)
      (*plugin)->finalize();
    else
      on_exit(ExitAtOnce, nullptr);
    const std::string other = *flavour == "mpich" ? "openmpi" : "mpich";
    return absl::FailedPreconditionError(absl::StrCat(
        launcher.name, " announces ", launcher.ranks, " ranks, but MPI (",
        *flavour, ") sees ", ranks,
        ": the launcher belongs to another MPI; say --mpi=", other));
  }
  return std::make_unique<MpiWorld>(**plugin, rank, ranks,
                                    launcher.local_ranks <= Cores(), options);
}

} // namespace tacit
