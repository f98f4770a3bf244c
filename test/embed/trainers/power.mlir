// A loss whose step calls libm: C programs link it only if they are told to.
#vector = affine_map<(i) -> (i)>
#scalar = affine_map<(i) -> ()>
func.func @loss(%w: tensor<4xf64> {tacit.parameter = "w", tacit.init = #tacit.constant<2.0>},
                %x: tensor<4xf64> {tacit.data = "x"}) -> tensor<f64> {
  %zero = arith.constant dense<0.0> : tensor<f64>
  %sum = linalg.generic {indexing_maps = [#vector, #vector, #scalar], iterator_types = ["reduction"]}
      ins(%w, %x : tensor<4xf64>, tensor<4xf64>) outs(%zero : tensor<f64>) {
  ^bb0(%wi: f64, %xi: f64, %acc: f64):
    %1 = math.powf %wi, %xi : f64
    %2 = arith.addf %acc, %1 : f64
    linalg.yield %2 : f64
  } -> tensor<f64>
  return %sum : tensor<f64>
}
