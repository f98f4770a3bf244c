// RUN: tacit-opt %s --tacit-emit-program=strategy=dasgd | mlir-translate --mlir-to-llvmir | FileCheck %s

// What the runtime is told of a channel, and that each rank has a replica, with
// a counter of its own steps.

// CHECK:       @[[NAME:.*]] = internal constant [5 x i8] c"line\00"
// CHECK:       @[[VARIABLES:.*]] = internal constant [2 x { ptr, i32, i32,
// CHECK-SAME:    { ptr @{{[^,]*}}, i32 4, i32 1,
// CHECK:       @[[CHANNEL_NAME:.*]] = internal constant [8 x i8] c"updates\00"
// CHECK:       @[[MEMBERS:.*]] = internal constant [1 x { ptr, i64, i64 }] [{ ptr, i64, i64 } { ptr @{{.*}}, i64 8, i64 2 }]
// CHECK-NEXT:  @[[EDGES:.*]] = internal constant [4 x i32] [i32 0, i32 1, i32 1, i32 2]
// CHECK-NEXT:  @[[CHANNEL:.*]] = internal constant
// CHECK-SAME:    { ptr @[[CHANNEL_NAME]], i32 3, i32 0, i32 0, i32 1, i32 -1, i32 1, i32 2, i32 0, i64 4, i64 2, i64 0, i64 9, double 0.000000e+00, double 0.000000e+00, i64 0, i64 32, ptr @[[MEMBERS]], ptr @[[EDGES]] }
// CHECK:       @tacit_program = constant
// CHECK-SAME:    ptr null, ptr @[[CHANNEL]],
tacit.program @line step @line.step attributes {ranks = 3 : i64} {
  tacit.variable @w : tensor<4x2xf32> = #tacit.zeros {role = #tacit.role<parameter>, tacit.per_rank}
  tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.channel @updates of [@w] over #tacit.topology<edges, [0, 1, 1, 2]>
    by #tacit.decentralized<send_every = 2, max_staleness = 4, damping = true, resync = 9>
}

llvm.func internal @line.step(%w: !llvm.ptr {tacit.type = memref<4x2xf32>, tacit.variable = "w"}, %rank: !llvm.ptr {tacit.rank}) -> i32 {
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}
