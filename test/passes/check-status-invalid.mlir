// RUN: tacit-opt %s --tacit-check-status --verify-diagnostics

llvm.func @tacit_progress(!llvm.ptr) -> i32

func.func private @step(%rank: !llvm.ptr, %go: i1) -> i32 {
  scf.if %go {
    // expected-error@+1 {{'llvm.call' op is still inside 'scf.if'; tacit-check-status needs branches}}
    %a = llvm.call @tacit_progress(%rank) : (!llvm.ptr) -> i32
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}
