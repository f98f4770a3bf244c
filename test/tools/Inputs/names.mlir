// Names that C does not take as they are.
#scalar = affine_map<(i) -> ()>
#vector = affine_map<(i) -> (i)>
func.func @loss(%a: tensor<4xf32> {tacit.parameter = "a.b", tacit.init = #tacit.constant<1.0>},
                %b: tensor<4xf32> {tacit.parameter = "a-b", tacit.init = #tacit.constant<2.0>},
                %c: tensor<4xf32> {tacit.parameter = "0", tacit.init = #tacit.constant<3.0>},
                %x: tensor<4xf32> {tacit.data = "trainer"},
                %y: tensor<4xf32> {tacit.data = "int"}) -> tensor<f32> {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %sum = linalg.generic {indexing_maps = [#vector, #vector, #vector, #vector, #vector, #scalar],
                         iterator_types = ["reduction"]}
      ins(%a, %b, %c, %x, %y : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
      outs(%zero : tensor<f32>) {
  ^bb0(%p: f32, %q: f32, %r: f32, %u: f32, %v: f32, %acc: f32):
    %1 = arith.mulf %p, %u : f32
    %2 = arith.mulf %q, %v : f32
    %3 = arith.addf %1, %2 : f32
    %4 = arith.addf %3, %r : f32
    %5 = arith.subf %4, %v : f32
    %6 = arith.mulf %5, %5 : f32
    %7 = arith.addf %acc, %6 : f32
    linalg.yield %7 : f32
  } -> tensor<f32>
  return %sum : tensor<f32>
}
