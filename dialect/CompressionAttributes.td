//===- CompressionAttributes.td - Compressors and payloads -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_COMPRESSION_ATTRIBUTES_TD
#define TACIT_COMPRESSION_ATTRIBUTES_TD

include "dialect/TacitAttributes.td"
include "dialect/TacitTypes.td"

//===----------------------------------------------------------------------===//
// Payloads
//===----------------------------------------------------------------------===//

def Tacit_SparseType : Tacit_Type<"Sparse", "sparse"> {
  let summary = "Some entries of a flat vector";
  let description = [{
    Up to `capacity` pairs of an index and a value, in the order of the indices,
    out of a vector of so many elements: what a sparsifying compressor leaves of
    the gradients that it takes, laid end to end.

    **Constraints:**
    - (sparse_c1) The vector has at least one element.
    - (sparse_c2) Elements are f32.
    - (sparse_c3) The capacity is at least 1, and at most the number of elements.

    Example:
    ```mlir
    !tacit.sparse<401408xf32, capacity = 402>
    ```
  }];
  let parameters = (ins "int64_t":$elements, "::mlir::Type":$element_type,
                        "int64_t":$capacity);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tacit_QuantizedType : Tacit_Type<"Quantized", "quantized"> {
  let summary = "All entries of a flat vector, in fewer bits";
  let description = [{
    `bytes` bytes for each of `parts` vectors of so many elements: one before an
    exchange; after it one for each rank that was gathered, whose mean is what it
    stands for.

    **Constraints:**
    - (quantized_c1) The vector has at least one element.
    - (quantized_c2) Elements are f32.
    - (quantized_c3) There is at least one byte, and at least one part.

    Example:
    ```mlir
    !tacit.quantized<401408xf32, bytes = 50240, parts = 4>
    ```
  }];
  let parameters = (ins "int64_t":$elements, "::mlir::Type":$element_type,
                        "int64_t":$bytes, "int64_t":$parts);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tacit_Payload
    : AnyTypeOf<[Tacit_SparseType, Tacit_QuantizedType], "payload">;

//===----------------------------------------------------------------------===//
// Exchanges of payloads
//===----------------------------------------------------------------------===//

def Tacit_PayloadAlgorithm
    : I32Enum<"PayloadAlgorithm", "how ranks combine payloads", [
        I32EnumCase<"all_gather", 0>, I32EnumCase<"gtopk", 1>,
        I32EnumCase<"ok_topk", 2>, I32EnumCase<"dense", 3>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_PayloadAlgorithmAttr
    : EnumAttr<Tacit_Dialect, Tacit_PayloadAlgorithm, "payload_algorithm"> {
  let summary = "How ranks combine their payloads";
  let description = [{
    `all_gather`: every rank gets all payloads and adds them up in rank order;
    nothing is dropped. `gtopk`: payloads are merged pairwise by recursive
    doubling, and each merge keeps as many entries as a payload has (Shi et al.,
    "A Distributed Synchronous SGD Algorithm with Global Top-k Sparsification for
    Low Bandwidth Networks", ICDCS 2019). `ok_topk`: each rank adds up the
    entries of a region of indices, and the largest sums are gathered (Li and
    Hoefler, "Near-Optimal Sparse Allreduce for Distributed Deep Learning",
    PPoPP 2022). `dense`: payloads are expanded, or added up piece by piece, and
    all-reduced. In an operation
    it is a bare word.

    Example:
    ```mlir
    #tacit.payload_algorithm<gtopk>
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Tacit_PutBack : I32Enum<"PutBack", "where dropped entries go", [
    I32EnumCase<"conserving", 0>, I32EnumCase<"published", 1>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_PutBackAttr : EnumAttr<Tacit_Dialect, Tacit_PutBack, "put_back"> {
  let summary = "What becomes of entries that an exchange drops";
  let description = [{
    `conserving`: every partial sum that a merge drops goes back to the ranks
    that computed the merge, in equal parts, so that residuals and what is
    applied add up to what went in. `published`: a rank gets its own value of an
    index back if that index is not in the result, as in the code published with
    gTop-k; values dropped on the way to an index that is in the result are
    lost. In an operation it is a bare word.

    Example:
    ```mlir
    #tacit.put_back<conserving>
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Compressors
//===----------------------------------------------------------------------===//

class Tacit_CompressorAttr<string name, string attrMnemonic>
    : Tacit_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Tacit_CompressorAttrInterface>]>;

def Tacit_TopKAttr : Tacit_CompressorAttr<"TopK", "top_k"> {
  let summary = "The entries of largest magnitude";
  let description = [{
    Of d elements, exactly k = clamp(ceil(density d - 1e-6), 1, d): those of
    largest magnitude; of equal ones, those with the lower index. Biased: what it
    leaves out needs a residual (Stich, Cordonnier and Jaggi, "Sparsified SGD
    with Memory", NeurIPS 2018). Contraction factor k / d.

    **Constraints:**
    - (top_k_c1) The density is above 0 and at most 1.

    Example:
    ```mlir
    #tacit.top_k<density = 1.0e-3>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$density);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_RandomKAttr : Tacit_CompressorAttr<"RandomK", "random_k"> {
  let summary = "Entries that chance chooses, the same on every rank";
  let description = [{
    As many entries as `#tacit.top_k` keeps, drawn without replacement from the
    seed and the number of the exchange (Floyd's algorithm; Bentley and Floyd,
    "A sample of brilliance", CACM 1987). All ranks draw the same, so that only
    values travel. Values are not scaled up: biased, with contraction factor
    k / d in expectation.

    **Constraints:**
    - (random_k_c1) The density is above 0 and at most 1.

    Example:
    ```mlir
    #tacit.random_k<density = 1.0e-2>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$density);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_SampledTopKAttr
    : Tacit_CompressorAttr<"SampledTopK", "sampled_top_k"> {
  let summary = "The entries of largest magnitude, about so many";
  let description = [{
    Of d elements, between k and 1.25 k: those above a threshold that is
    estimated from a sample (Lin et al., "Deep Gradient Compression", ICLR 2018,
    section 3.1), where `#tacit.top_k` keeps exactly k. Biased; contraction
    factor k / d.

    **Constraints:**
    - (sampled_top_k_c1) The density is above 0 and at most 1.

    Example:
    ```mlir
    #tacit.sampled_top_k<density = 1.0e-3>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$density);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_ThresholdAttr : Tacit_CompressorAttr<"Threshold", "threshold"> {
  let summary = "The entries whose magnitude reaches a value";
  let description = [{
    Any number of entries, up to all: those with |x| >= value (Strom, "Scalable
    distributed DNN training using commodity GPU cloud computing", INTERSPEECH
    2015). Biased; it has no contraction factor.

    **Constraints:**
    - (threshold_c1) The value is positive and finite.

    Example:
    ```mlir
    #tacit.threshold<value = 1.0e-2>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$value);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_SignAttr : Tacit_CompressorAttr<"Sign", "sign"> {
  let summary = "The sign of each entry, and one magnitude for all";
  let description = [{
    One bit an element: +1 where x >= 0, otherwise -1, times the mean of |x| over
    the vector. Biased; with error feedback it is EF-signSGD (Karimireddy et al.,
    "Error Feedback Fixes SignSGD and other Gradient Compression Schemes", ICML
    2019). Contraction factor at least 1 / d.

    Example:
    ```mlir
    #tacit.sign
    ```
  }];
}

def Tacit_QSGDAttr : Tacit_CompressorAttr<"QSGD", "qsgd"> {
  let summary = "Each entry rounded at random to one of few levels";
  let description = [{
    |x| over the norm of the vector, rounded to a multiple of 1 / levels, up or
    down with the probability that makes it right on average (Alistarh et al.,
    "QSGD: Communication-Efficient SGD via Gradient Quantization and Encoding",
    NIPS 2017). Unbiased: it needs no residual. Each rank draws its own.

    **Constraints:**
    - (qsgd_c1) There are from 1 to 65535 levels.

    Example:
    ```mlir
    #tacit.qsgd<levels = 16>
    ```
  }];
  let parameters = (ins "int64_t":$levels);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_BF16Attr : Tacit_CompressorAttr<"BF16", "bf16"> {
  let summary = "Each entry rounded to bfloat16";
  let description = [{
    The upper half of an f32, rounded to nearest, ties to even. Biased, if
    little; contraction factor 1 - 2^-16. An exchange `dense` adds up in f32 and
    rounds the mean once more; what that takes away is put back.

    Example:
    ```mlir
    #tacit.bf16
    ```
  }];
}

def Tacit_PowerSGDAttr : Tacit_CompressorAttr<"PowerSGD", "powersgd"> {
  let summary = "A product of two thin matrices for each matrix";
  let description = [{
    Each tensor is seen as a matrix of all its dimensions but the last times the
    last, n x m, and sent as P (n x rank) and Q (m x rank), by one step of
    subspace iteration from the Q of the exchange before (Vogels, Karimireddy
    and Jaggi, "PowerSGD: Practical Low-Rank Gradient Compression for
    Distributed Optimization", NeurIPS 2019). It is defined for the mean over
    ranks only: `tacit.all_reduce_low_rank` compresses, exchanges and expands at
    once. Biased; it has no contraction factor.

    **Constraints:**
    - (powersgd_c1) The rank is at least 1.

    Example:
    ```mlir
    #tacit.powersgd<rank = 2>
    ```
  }];
  let parameters = (ins "int64_t":$rank);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether P and Q of such a tensor are smaller than it: not of vectors.
    bool saves(RankedTensorType type) const;
    /// The type of its Q: m x rank.
    RankedTensorType getFactorType(RankedTensorType type) const;
  }];
}

#endif // TACIT_COMPRESSION_ATTRIBUTES_TD
