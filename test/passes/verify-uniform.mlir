// RUN: tacit-opt %s --tacit-verify-uniform --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-verify-uniform --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What is the same on every rank may decide: a counter, the number of ranks,
// what an exchange brought. A variable that is set from an exchange stays the
// same; one that is set from the batch, directly or through another, does not.

// REMARK: Remark="'@count' is the same on every rank"
// REMARK: Remark="'@mean' is the same on every rank"
// REMARK: Remark="'@own' may differ between ranks"
// REMARK: Remark="'@copy' may differ between ranks"
// CHECK-LABEL: tacit.trainer @uniform
// CHECK:         tacit.variable @count : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK:         tacit.variable @mean : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
// CHECK:         tacit.variable @own : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>, tacit.per_rank}
// CHECK:         tacit.variable @copy : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>, tacit.per_rank}
tacit.trainer @uniform {
  tacit.variable @count : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.variable @mean : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @own : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>}
  tacit.variable @copy : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %own = tacit.get @own : tensor<4xf32>
    tacit.set @copy, %own : tensor<4xf32>
    tacit.set @own, %x : tensor<4xf32>
    %t = tacit.get @count : tensor<i64>
    %i = tensor.extract %t[] : tensor<i64>
    %p = tacit.num_ranks : i64
    %one = arith.constant 1 : i64
    %next = arith.addi %i, %one : i64
    %nt = tensor.insert %next into %t[] : tensor<i64>
    tacit.set @count, %nt : tensor<i64>
    %turn = arith.remsi %i, %p : i64
    %zero = arith.constant 0 : i64
    %now = arith.cmpi eq, %turn, %zero : i64

    %c0 = arith.constant 0 : index
    %v = tensor.extract %x[%c0] : tensor<4xf32>
    %l = tensor.from_elements %v : tensor<f32>
    %mean = scf.if %now -> tensor<f32> {
      %m = tacit.all_reduce mean %l : tensor<f32>
      scf.yield %m : tensor<f32>
    } else {
      %old = arith.constant dense<0.0> : tensor<f32>
      scf.yield %old : tensor<f32>
    }
    tacit.set @mean, %mean : tensor<f32>

    // Decided by what an exchange brought.
    %h, %token = tacit.start all_reduce sum %l : tensor<f32>
    %s = tacit.await %token, %h : tensor<f32>
    %sv = tensor.extract %s[] : tensor<f32>
    %limit = arith.constant 1.0 : f32
    %go = arith.cmpf olt, %sv, %limit : f32
    scf.if %go {
      %b = tacit.broadcast from 0 %l : tensor<f32>
    }

    // As often as there are ranks, with the rank's own data going round.
    %step = arith.constant 1 : index
    %bound = arith.index_cast %p : i64 to index
    %r = scf.for %k = %c0 to %bound step %step iter_args(%acc = %x) -> tensor<4xf32> {
      %q = tacit.all_reduce sum %acc : tensor<4xf32>
      %sum = arith.addf %acc, %x : tensor<4xf32>
      scf.yield %sum : tensor<4xf32>
    }

    // Until a uniform condition ends it.
    %w = scf.while (%n = %i) : (i64) -> i64 {
      %more = arith.cmpi slt, %n, %p : i64
      %g = tacit.broadcast from 0 %nt : tensor<i64>
      scf.condition(%more) %n : i64
    } do {
    ^bb0(%n: i64):
      %inc = arith.addi %n, %one : i64
      scf.yield %inc : i64
    }
    %last = arith.cmpi eq, %w, %p : i64
    scf.if %last {
      %b = tacit.broadcast from 0 %l : tensor<f32>
    }

    // Elementwise, from what is the same.
    %d = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
        ins(%mean : tensor<f32>) outs(%s : tensor<f32>) {
    ^bb0(%a: f32, %o: f32):
      %f = arith.addf %a, %limit : f32
      linalg.yield %f : f32
    } -> tensor<f32>
    %dv = tensor.extract %d[] : tensor<f32>
    %dgo = arith.cmpf olt, %dv, %limit : f32
    scf.if %dgo {
      %b = tacit.broadcast from 0 %l : tensor<f32>
    }
    tacit.yield %l : tensor<f32>
  }
}

// -----

// A stale mark goes.

// CHECK-LABEL: tacit.trainer @unmark
// CHECK:         tacit.variable @w : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
tacit.trainer @unmark {
  tacit.variable @w : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>, tacit.per_rank}
  tacit.step {
    %w = tacit.get @w : tensor<f32>
    tacit.yield %w : tensor<f32>
  }
}

// -----

// A period that a schedule gives, from the number of local steps; and what each
// rank sets for itself, until the end of the round sets the same for all.

// CHECK-LABEL: tacit.trainer @scheduled
// CHECK:         tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>, tacit.per_rank_in_round}
// CHECK:         tacit.variable @own : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>, tacit.per_rank}
// CHECK:         tacit.variable @tau : tensor<i64> = #tacit.constant<8.000000e+00> {role = #tacit.role<counter>}
// CHECK:         tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
tacit.trainer @scheduled attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @own : tensor<4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    tacit.set @w, %x : tensor<4xf32>
    tacit.set @own, %x : tensor<4xf32>
    %s = tacit.get @step : tensor<i64>
    %sv = tensor.extract %s[] : tensor<i64>
    %one = arith.constant 1 : i64
    %next = arith.addi %sv, %one : i64
    %t = tensor.from_elements %next : tensor<i64>
    tacit.set @step, %t : tensor<i64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.end_round period @tau position @position {
    %w = tacit.get @w : tensor<4xf32>
    %m = tacit.all_reduce mean %w : tensor<4xf32>
    tacit.set @w, %m : tensor<4xf32>
    %s = tacit.get @step : tensor<i64>
    %sv = tensor.extract %s[] : tensor<i64>
    %thousand = arith.constant 1000 : i64
    %eight = arith.constant 8 : i64
    %one = arith.constant 1 : i64
    %passed = arith.divsi %sv, %thousand : i64
    %left = arith.subi %eight, %passed : i64
    %tau = arith.maxsi %left, %one : i64
    %t = tensor.from_elements %tau : tensor<i64>
    tacit.set @tau, %t : tensor<i64>
  }
}
