// RUN: tacit-opt %s --split-input-file --tacit-emit-program --verify-diagnostics

// expected-error@+1 {{tacit-emit-program: needs one program, got 0}}
module {
}

// -----

tacit.program @line step @line.step {}
// expected-error@+1 {{'llvm.func' op argument #0 is neither a variable, data, a result, the arena nor the rank}}
llvm.func @line.step(%x: !llvm.ptr) -> i32 {
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}

// -----

// expected-error@+1 {{'tacit.program' op needs '@line.step' as an LLVM function}}
tacit.program @line step @line.step {}
func.func private @line.step()

// -----

// expected-error@+1 {{'tacit.program' op 'x' has elements of 'f16', which the runtime does not know; it knows f32, f64, i64, i32, i8 and i1}}
tacit.program @line step @line.step {}
llvm.func @line.step(%x: !llvm.ptr {tacit.data = "x", tacit.type = memref<4xf16>}) -> i32 {
  %ok = llvm.mlir.constant(0 : i32) : i32
  llvm.return %ok : i32
}
