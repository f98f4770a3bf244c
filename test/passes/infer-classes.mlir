// RUN: tacit-opt %s --pass-pipeline="builtin.module(func.func(tacit-infer-classes))" --split-input-file | FileCheck %s

#both = affine_map<(b, j) -> (b, j)>
#row = affine_map<(b, j) -> (b)>

// A one-hot encoding compares labels with the classes.

// CHECK-LABEL: func.func private @one_hot(
// CHECK-SAME:    %{{.*}}: memref<4xi32> {tacit.classes = 10 : i64, tacit.data = "y"}
func.func private @one_hot(%y: memref<4xi32> {tacit.data = "y"}) -> tensor<4x10xi1> {
  %labels = bufferization.to_tensor %y restrict : memref<4xi32> to tensor<4xi32>
  %empty = tensor.empty() : tensor<4x10xi1>
  %hot = linalg.generic {indexing_maps = [#row, #both], iterator_types = ["parallel", "parallel"]}
      ins(%labels : tensor<4xi32>) outs(%empty : tensor<4x10xi1>) {
  ^bb0(%label: i32, %out: i1):
    %j = linalg.index 1 : index
    %class = arith.index_cast %j : index to i32
    %same = arith.cmpi eq, %label, %class : i32
    linalg.yield %same : i1
  } -> tensor<4x10xi1>
  return %hot : tensor<4x10xi1>
}

// -----

#both = affine_map<(b, j) -> (b, j)>
#row = affine_map<(b, j) -> (b)>

// An order says nothing of a range, and neither does what is no data.

// CHECK-LABEL: func.func private @not_labels(
// CHECK-NOT:     tacit.classes
func.func private @not_labels(%y: memref<4xi32> {tacit.data = "y"}, %w: memref<4xi32>) -> (tensor<4x10xi1>, tensor<4x10xi1>) {
  %lengths = bufferization.to_tensor %y restrict : memref<4xi32> to tensor<4xi32>
  %others = bufferization.to_tensor %w restrict : memref<4xi32> to tensor<4xi32>
  %empty = tensor.empty() : tensor<4x10xi1>
  %mask = linalg.generic {indexing_maps = [#row, #both], iterator_types = ["parallel", "parallel"]}
      ins(%lengths : tensor<4xi32>) outs(%empty : tensor<4x10xi1>) {
  ^bb0(%length: i32, %out: i1):
    %j = linalg.index 1 : index
    %at = arith.index_cast %j : index to i32
    %inside = arith.cmpi slt, %at, %length : i32
    linalg.yield %inside : i1
  } -> tensor<4x10xi1>
  %hot = linalg.generic {indexing_maps = [#row, #both], iterator_types = ["parallel", "parallel"]}
      ins(%others : tensor<4xi32>) outs(%empty : tensor<4x10xi1>) {
  ^bb0(%label: i32, %out: i1):
    %j = linalg.index 1 : index
    %class = arith.index_cast %j : index to i32
    %same = arith.cmpi eq, %class, %label : i32
    linalg.yield %same : i1
  } -> tensor<4x10xi1>
  return %mask, %hot : tensor<4x10xi1>, tensor<4x10xi1>
}
