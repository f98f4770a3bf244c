// RUN: tacit-opt %s --tacit-plan-arena | FileCheck %s
// RUN: tacit-opt %s --tacit-plan-arena --remarks-filter=tacit --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

tacit.program @reuse step @reuse.step {}
tacit.program @bucket step @bucket.step {}
tacit.program @flight step @flight.step {}
tacit.program @loop step @loop.step {}
tacit.program @outside step @outside.step {}
tacit.program @strided step @strided.step {}

func.func private @write(%x: memref<16xf32>)
func.func private @move(%x: memref<16xf32>, %y: memref<16xf32>)

// The third buffer takes the bytes of the first, which is dead by then.

// CHECK-LABEL: func.func private @reuse.step(
// CHECK-SAME:    %[[ARENA:.*]]: memref<128xi8> {tacit.arena})
// CHECK-DAG:     %[[A:.*]] = memref.view %[[ARENA]][%[[AT_A:.*]]][]
// CHECK-DAG:     %[[AT_A]] = arith.constant 0 :
// CHECK-DAG:     %[[B:.*]] = memref.view %[[ARENA]][%[[AT_B:.*]]][]
// CHECK-DAG:     %[[AT_B]] = arith.constant 64 :
// CHECK-NOT:     memref.alloc
// CHECK:         call @write(%[[A]])
// CHECK-NEXT:    call @move(%[[A]], %[[B]])
func.func private @reuse.step() {
  %a = memref.alloc() : memref<16xf32>
  call @write(%a) : (memref<16xf32>) -> ()
  %b = memref.alloc() : memref<16xf32>
  call @move(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  %c = memref.alloc() : memref<16xf32>
  call @move(%b, %c) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// Members of a bucket lie side by side, in order, without padding.

// CHECK-LABEL: func.func private @bucket.step(
// CHECK-SAME:    %[[ARENA:.*]]: memref<128xi8> {tacit.arena})
// CHECK:         %[[AT_B:.*]] = arith.constant 0 :
// CHECK-NEXT:    %[[B:.*]] = memref.view %[[ARENA]][%[[AT_B]]][] : memref<128xi8> to memref<3xf32>
// CHECK-NEXT:    %[[AT_A:.*]] = arith.constant 12 :
// CHECK-NEXT:    %[[A:.*]] = memref.view %[[ARENA]][%[[AT_A]]][] : memref<128xi8> to memref<5xf32>
// CHECK-NEXT:    %[[AT_C:.*]] = arith.constant 32 :
// CHECK-NEXT:    %[[C:.*]] = memref.view %[[ARENA]][%[[AT_C]]][] : memref<128xi8> to memref<4x4xf32>
// CHECK-NEXT:    %[[FLAT:.*]] = memref.collapse_shape %[[C]]
// CHECK-NEXT:    tacit.all_reduce mean %[[B]], %[[A]], %[[FLAT]]
func.func private @bucket.step() {
  %a = memref.alloc() : memref<5xf32>
  %b = memref.alloc() : memref<3xf32>
  %c = memref.alloc() : memref<4x4xf32>
  %flat = memref.collapse_shape %c [[0, 1]] : memref<4x4xf32> into memref<16xf32>
  tacit.all_reduce mean %b, %a, %flat : memref<3xf32>, memref<5xf32>, memref<16xf32>
  return
}

// What is in flight stays alive until it is awaited.

// CHECK-LABEL: func.func private @flight.step(
// CHECK-SAME:    memref<128xi8> {tacit.arena})
func.func private @flight.step() {
  %a = memref.alloc() : memref<16xf32>
  %t = tacit.start all_reduce mean %a : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  call @write(%b) : (memref<16xf32>) -> ()
  tacit.await %t
  return
}

// Buffers inside a loop live as long as the loop.

// CHECK-LABEL: func.func private @loop.step(
// CHECK-SAME:    memref<192xi8> {tacit.arena})
// CHECK:         scf.for
// CHECK-NOT:     alloc
func.func private @loop.step() {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %four = arith.constant 4 : index
  %a = memref.alloc() : memref<16xf32>
  scf.for %i = %zero to %four step %one {
    %b = memref.alloc() : memref<16xf32>
    func.call @write(%b) : (memref<16xf32>) -> ()
    %c = memref.alloc() : memref<16xf32>
    func.call @move(%c, %a) : (memref<16xf32>, memref<16xf32>) -> ()
  }
  return
}

// One operand lies in one piece wherever it is; several do not, unless they are
// the arena's.

// CHECK-LABEL: func.func private @outside.step(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<4xf32> {tacit.variable = "w"}
// CHECK:         tacit.all_reduce mean %[[W]] : memref<4xf32>
// CHECK-NEXT:    memref.copy %[[W]], %[[PLACE:.*]] : memref<4xf32>
// CHECK-NEXT:    %[[T:.*]] = tacit.start all_reduce mean %[[PLACE]], %{{.*}} : memref<4xf32>, memref<4xf32>
// CHECK-NEXT:    tacit.progress
// CHECK-NEXT:    tacit.await %[[T]]
// CHECK-NEXT:    memref.copy %[[PLACE]], %[[W]] : memref<4xf32>
// REMARK:      [Missed] plan-arena {{.*}}operand {{.*}}0{{.*}} has no place of its own in the arena and is copied there and back
func.func private @outside.step(%w: memref<4xf32> {tacit.variable = "w"}) {
  %a = memref.alloc() : memref<4xf32>
  tacit.all_reduce mean %w : memref<4xf32>
  %t = tacit.start all_reduce mean %w, %a : memref<4xf32>, memref<4xf32>
  tacit.progress
  tacit.await %t
  return
}

// From a buffer whose layout is not known, the copy is a loop.

// CHECK-LABEL: func.func private @strided.step(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<4xf32, strided<[?], offset: ?>>
// CHECK:         linalg.copy ins(%[[W]] : memref<4xf32, strided<[?], offset: ?>>) outs(%[[PLACE:.*]] : memref<4xf32>)
// CHECK-NEXT:    tacit.all_reduce mean %[[PLACE]], %{{.*}} : memref<4xf32>, memref<4xf32>
// CHECK-NEXT:    linalg.copy ins(%[[PLACE]] : memref<4xf32>) outs(%[[W]] : memref<4xf32, strided<[?], offset: ?>>)
func.func private @strided.step(%w: memref<4xf32, strided<[?], offset: ?>>) {
  %a = memref.alloc() : memref<4xf32>
  tacit.all_reduce mean %w, %a : memref<4xf32, strided<[?], offset: ?>>, memref<4xf32>
  return
}
