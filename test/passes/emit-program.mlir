// RUN: tacit-opt %s --tacit-emit-program=strategy=ssgd | FileCheck %s
// RUN: tacit-opt %s --tacit-emit-program=strategy=ssgd | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVM

// The entry fetches what the function's arguments are marked with, in their
// order: variables from the state by their offsets, 64 bytes apart.

// CHECK-LABEL: llvm.func internal @line.step(
// CHECK-NOT:     tacit.
// CHECK-SAME:    {
// CHECK-LABEL: llvm.func internal @tacit.step.entry(
// CHECK-SAME:    %[[RANK:[a-z0-9]+]]: !llvm.ptr, %[[BATCH:[a-z0-9]+]]: !llvm.ptr) -> i32
// CHECK-NEXT:    %[[AT_STATE:.*]] = llvm.getelementptr %[[RANK]][0]
// CHECK-NEXT:    %[[STATE:.*]] = llvm.load %[[AT_STATE]]
// CHECK-NEXT:    %[[AT_ARENA:.*]] = llvm.getelementptr %[[RANK]][8]
// CHECK-NEXT:    %[[ARENA:.*]] = llvm.load %[[AT_ARENA]]
// CHECK-NEXT:    %[[AT_DATA:.*]] = llvm.getelementptr %[[BATCH]][0]
// CHECK-NEXT:    %[[DATA:.*]] = llvm.load %[[AT_DATA]]
// CHECK-NEXT:    %[[AT_RESULTS:.*]] = llvm.getelementptr %[[BATCH]][8]
// CHECK-NEXT:    %[[RESULTS:.*]] = llvm.load %[[AT_RESULTS]]
// CHECK-NEXT:    %[[OFFSET_T:.*]] = llvm.mlir.constant(64 : i64)
// CHECK-NEXT:    %[[T:.*]] = llvm.getelementptr %[[STATE]][%[[OFFSET_T]]]
// CHECK-NEXT:    %[[OFFSET_W:.*]] = llvm.mlir.constant(0 : i64)
// CHECK-NEXT:    %[[W:.*]] = llvm.getelementptr %[[STATE]][%[[OFFSET_W]]]
// CHECK-NEXT:    %[[AT_X:.*]] = llvm.getelementptr %[[DATA]][0]
// CHECK-NEXT:    %[[X:.*]] = llvm.load %[[AT_X]]
// CHECK-NEXT:    %[[AT_Y:.*]] = llvm.getelementptr %[[DATA]][8]
// CHECK-NEXT:    %[[Y:.*]] = llvm.load %[[AT_Y]]
// CHECK-NEXT:    %[[AT_LOSS:.*]] = llvm.getelementptr %[[RESULTS]][0]
// CHECK-NEXT:    %[[LOSS:.*]] = llvm.load %[[AT_LOSS]]
// CHECK-NEXT:    %[[STATUS:.*]] = llvm.call @line.step(%[[T]], %[[W]], %[[X]], %[[Y]], %[[LOSS]], %[[ARENA]], %[[RANK]])
// CHECK-NEXT:    llvm.return %[[STATUS]]
// CHECK:       llvm.func internal @line.step.0({{.*}}llvm.noalias{{.*}}no_inline

// Nothing is mutable, and only the descriptor is seen from outside.

// LLVM-NOT:    = internal global
// LLVM-NOT:    = global
// LLVM:        @[[NAME:.*]] = internal constant [5 x i8] c"line\00"
// LLVM-NEXT:   @[[STRATEGY:.*]] = internal constant [5 x i8] c"ssgd\00"
// LLVM-NEXT:   @[[W:.*]] = internal constant [2 x i8] c"w\00"
// LLVM-NEXT:   @[[W_SHAPE:.*]] = internal constant [2 x i64] [i64 4, i64 2]
// LLVM-NEXT:   @[[T:.*]] = internal constant [2 x i8] c"t\00"
// LLVM-NEXT:   @[[VARIABLES:.*]] = internal constant
// LLVM-SAME:     { ptr @[[W]], i32 0, i32 0, { i32, i32, ptr } { i32 0, i32 2, ptr @[[W_SHAPE]] }, i64 0, { i32, i32, double, double } { i32 2, i32 0, double 0.000000e+00, double 5.000000e-01 } }
// LLVM-SAME:     { ptr @[[T]], i32 4, i32 1, { i32, i32, ptr } { i32 3, i32 0, ptr null }, i64 64, { i32, i32, double, double } { i32 1, i32 0, double 3.000000e+00, double 0.000000e+00 } }
// LLVM-NEXT:   @[[SITE:.*]] = internal constant [16 x i8] c"all_reduce of w\00"
// LLVM-NEXT:   @[[SITES:.*]] = internal constant {{.*}} { ptr @[[SITE]], i32 0, i32 1, i32 0, i32 0, i32 0, i32 0, i64 4 }
// LLVM:        @[[ARGUMENTS:.*]] = internal constant [2 x {{.*}}, { i32, i32, ptr } { i32 2, i32 1, ptr @{{.*}} }, i64 10 }]
// LLVM:        @[[RESULTS:.*]] = internal constant [1 x { ptr, { i32, i32, ptr }, i64 }]
// LLVM-NEXT:   @tacit_program = constant
// LLVM-SAME:     { i32 6, i32 200, ptr @[[NAME]], ptr @[[STRATEGY]], i64 {{[-0-9]+}}, i64 4, i64 128, i64 192, i32 2, i32 1, ptr @[[VARIABLES]], ptr @[[SITES]], i32 0, i32 1, ptr null, ptr null,
// LLVM-SAME:     { ptr @tacit.step.entry, i32 2, i32 1, ptr @[[ARGUMENTS]], ptr @[[RESULTS]] },
// LLVM-SAME:     zeroinitializer,
// LLVM-SAME:     { ptr @tacit.evaluate.entry, i32 0, i32 0, ptr null, ptr null }
// LLVM-NOT:    = internal global
// LLVM-NOT:    = global
tacit.program @line step @line.step evaluate @line.evaluate attributes {
    ranks = 4 : i64,
    sites = [#tacit.site<name = "all_reduce of w", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 4>]} {
  tacit.variable @w : tensor<4x2xf32> = #tacit.he_normal<fan_in = 8> {role = #tacit.role<parameter>}
  tacit.variable @t : tensor<i64> = #tacit.constant<3.0> {role = #tacit.role<counter>, tacit.per_rank}
}

llvm.func @line.step(%t: !llvm.ptr {tacit.variable = "t"}, %w: !llvm.ptr {tacit.variable = "w"},
                     %x: !llvm.ptr {tacit.data = "x", tacit.type = memref<3x2xf32>},
                     %y: !llvm.ptr {tacit.data = "y", tacit.type = memref<3xi32>, tacit.classes = 10 : i64},
                     %loss: !llvm.ptr {tacit.result = "loss", tacit.type = memref<f32>},
                     %arena: !llvm.ptr {tacit.arena, tacit.type = memref<128xi8>},
                     %rank: !llvm.ptr {tacit.rank}) -> i32 {
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.call @line.step.0(%w) : (!llvm.ptr) -> ()
  llvm.return %ok : i32
}

llvm.func @line.evaluate(%arena: !llvm.ptr {tacit.arena, tacit.type = memref<192xi8>}, %rank: !llvm.ptr {tacit.rank}) -> i32 {
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}

llvm.func @line.step.0(%w: !llvm.ptr {llvm.noalias}) {
  llvm.return
}
