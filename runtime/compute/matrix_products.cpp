//===- matrix_products.cpp - Products of matrices by oneDNN ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/matrix_products.h"

#include "runtime/compute/held_signals.h"
#include "runtime/compute/threads.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_debug.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

namespace tacit {

namespace {

/// Memory that grows to the most that any primitive needs, and stays.
class Scratch {
public:
  ~Scratch() { std::free(data_); }
  void *data() const { return data_; }

  void Reserve(size_t bytes) {
    if (bytes <= bytes_)
      return;
    std::free(data_);
    bytes_ = (bytes + 63) / 64 * 64;
    data_ = std::aligned_alloc(64, bytes_);
    if (!data_)
      throw dnnl::error(dnnl_out_of_memory, "no memory for scratch");
  }

private:
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

/// oneDNN's matmul for one shape, with the descriptions of its operands, whose
/// addresses change from call to call.
struct Matmul {
  dnnl::matmul primitive;
  dnnl::memory a, b, c, scratch;
  std::array<dnnl_exec_arg_t, 4> arguments;
};

} // namespace

struct MatrixProducts::Primitives {
  // Shapes by transpose_a, transpose_b, m, n, k, lda, ldb, ldc.
  using Key = std::tuple<bool, bool, int64_t, int64_t, int64_t, int64_t,
                         int64_t, int64_t>;

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Scratch scratch;
  /// Null: oneDNN has no better matmul for the shape than its sgemm.
  absl::flat_hash_map<Key, std::unique_ptr<Matmul>> matmuls;

  Matmul *Find(const MatrixProduct &product);
  std::unique_ptr<Matmul> Make(const MatrixProduct &product);
};

static std::string Describe(const MatrixProduct &p) {
  return absl::StrFormat("the product of a %d x %d%s and a %d x %d%s matrix",
                         p.m, p.k, p.transpose_a ? " (transposed)" : "", p.k,
                         p.n, p.transpose_b ? " (transposed)" : "");
}

static absl::Status Check(const MatrixProduct &p) {
  if (p.m < 0 || p.n < 0 || p.k < 0)
    return absl::InvalidArgumentError(
        absl::StrCat(Describe(p), " has a negative size"));
  const int64_t a = p.transpose_a ? p.m : p.k, b = p.transpose_b ? p.k : p.n;
  if (p.lda < a || p.ldb < b || p.ldc < p.n)
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: rows of %d, %d and %d elements do not fit into leading dimensions "
        "of %d, %d and %d",
        Describe(p), a, b, p.n, p.lda, p.ldb, p.ldc));
  return absl::OkStatus();
}

/// Which of oneDNN's two ways is the faster, measured with version 2.6 on one
/// thread of a Zen 4. sgemm takes working memory for each call, which grows
/// with B when that is transposed, and then falls behind.
static bool PrefersMatmul(const MatrixProduct &p) {
  return p.alpha == 1 && p.beta == 0 && (p.transpose_b || p.n <= 32);
}

std::unique_ptr<Matmul>
MatrixProducts::Primitives::Make(const MatrixProduct &p) {
  using dnnl::memory;
  const auto f32 = memory::data_type::f32;
  auto strides = [](bool transpose, int64_t leading) {
    return transpose ? memory::dims{1, leading} : memory::dims{leading, 1};
  };
  const memory::desc a({p.m, p.k}, f32, strides(p.transpose_a, p.lda));
  const memory::desc b({p.k, p.n}, f32, strides(p.transpose_b, p.ldb));
  const memory::desc c({p.m, p.n}, f32, strides(false, p.ldc));
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::matmul::primitive_desc description({a, b, c}, attributes, engine,
                                                 /*allow_empty=*/true);
  // The other implementations call sgemm themselves.
  if (!description || std::strncmp(description.impl_info_str(), "brg", 3) != 0)
    return nullptr;

  const memory::desc pad = description.scratchpad_desc();
  scratch.Reserve(pad.get_size());
  auto made = std::make_unique<Matmul>();
  made->primitive = dnnl::matmul(description);
  made->a = memory(a, engine, nullptr);
  made->b = memory(b, engine, nullptr);
  made->c = memory(c, engine, nullptr);
  made->scratch = memory(pad, engine, nullptr);
  made->arguments = {{{DNNL_ARG_SRC, made->a.get()},
                      {DNNL_ARG_WEIGHTS, made->b.get()},
                      {DNNL_ARG_DST, made->c.get()},
                      {DNNL_ARG_SCRATCHPAD, made->scratch.get()}}};
  return made;
}

Matmul *MatrixProducts::Primitives::Find(const MatrixProduct &p) {
  const Key key(p.transpose_a, p.transpose_b, p.m, p.n, p.k, p.lda, p.ldb,
                p.ldc);
  const auto found = matmuls.find(key);
  if (found != matmuls.end())
    return found->second.get();
  return matmuls.emplace(key, Make(p)).first->second.get();
}

static absl::Status Failed(const MatrixProduct &p, absl::string_view what,
                           dnnl_status_t status) {
  return absl::InternalError(absl::StrCat(
      Describe(p), ": oneDNN's ", what, " failed: ", dnnl_status2str(status)));
}

/// C = beta C, for an empty sum.
static void Scale(const MatrixProduct &p, float *c) {
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      float &entry = c[i * p.ldc + j];
      entry = p.beta == 0 ? 0 : p.beta * entry;
    }
}

MatrixProducts::MatrixProducts() { UseThreadsHere(); }
MatrixProducts::~MatrixProducts() = default;

absl::Status MatrixProducts::Multiply(const MatrixProduct &p, const float *a,
                                      const float *b, float *c) {
  if (absl::Status status = Check(p); !status.ok())
    return status;
  if (p.m == 0 || p.n == 0)
    return absl::OkStatus();
  if (p.k == 0) {
    Scale(p, c);
    return absl::OkStatus();
  }
  if (PrefersMatmul(p)) {
    try {
      if (!primitives_)
        primitives_ = std::make_unique<Primitives>();
      if (Matmul *matmul = primitives_->Find(p)) {
        // oneDNN reads what A and B point at, and only reads it.
        dnnl_memory_set_data_handle(matmul->a.get(), const_cast<float *>(a));
        dnnl_memory_set_data_handle(matmul->b.get(), const_cast<float *>(b));
        dnnl_memory_set_data_handle(matmul->c.get(), c);
        dnnl_memory_set_data_handle(matmul->scratch.get(),
                                    primitives_->scratch.data());
        const dnnl_status_t status = dnnl_primitive_execute(
            matmul->primitive.get(), primitives_->stream.get(),
            static_cast<int>(matmul->arguments.size()),
            matmul->arguments.data());
        return status == dnnl_success ? absl::OkStatus()
                                      : Failed(p, "matmul", status);
      }
    } catch (const dnnl::error &error) {
      return Failed(p, error.message, error.status);
    }
  }
  const HeldSignals held; // oneDNN's sgemm cannot bear them.
  const dnnl_status_t status =
      dnnl_sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n,
                 p.k, p.alpha, a, p.lda, b, p.ldb, p.beta, c, p.ldc);
  return status == dnnl_success ? absl::OkStatus() : Failed(p, "sgemm", status);
}

} // namespace tacit
