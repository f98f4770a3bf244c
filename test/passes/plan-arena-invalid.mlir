// RUN: tacit-opt %s --split-input-file --tacit-plan-arena --verify-diagnostics

tacit.program @line step @line.step {}

func.func private @line.step(%n: index) {
  // expected-error@+1 {{tacit-plan-arena: the size of 'memref<?xf32>' is known only at run time; a step needs buffers of fixed sizes}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

tacit.program @line step @line.step {}

// expected-error@+1 {{tacit-plan-arena: '@line.step' branches; lifetimes need structured control flow (scf.if, scf.for)}}
func.func private @line.step() {
  cf.br ^next
^next:
  return
}
