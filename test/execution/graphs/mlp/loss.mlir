#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
#map2 = affine_map<(d0, d1) -> (0, d1)>
#map3 = affine_map<(d0, d1) -> ()>
#map4 = affine_map<(d0, d1) -> (d0)>
#map5 = affine_map<(d0, d1) -> (d0, 0)>
#map6 = affine_map<(d0) -> ()>
#map7 = affine_map<(d0) -> (d0)>
#map8 = affine_map<() -> ()>
module {
  func.func public @loss(%arg0: tensor<30x24xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<24xf32> {tacit.parameter = "layer0.bias"}, %arg2: tensor<24x24xf32> {tacit.parameter = "layer1.weight"}, %arg3: tensor<24xf32> {tacit.parameter = "layer1.bias"}, %arg4: tensor<24x7xf32> {tacit.parameter = "layer2.weight"}, %arg5: tensor<7xf32> {tacit.parameter = "layer2.bias"}, %arg6: tensor<16x30xf32> {tacit.data = "x"}, %arg7: tensor<16xi32> {tacit.data = "y"}) -> tensor<f32> {
    %cst = arith.constant 0xFF800000 : f32
    %cst_0 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_1 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_2 = arith.constant 1.600000e+01 : f32
    %cst_3 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<16x24xf32>
    %1 = linalg.fill ins(%cst_3 : f32) outs(%0 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %2 = linalg.matmul ins(%arg6, %arg0 : tensor<16x30xf32>, tensor<30x24xf32>) outs(%1 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %3 = tensor.empty() : tensor<1x24xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<24xf32>) outs(%3 : tensor<1x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x24xf32>
    %5 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<1x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %6 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%2, %5 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.addf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x24xf32>
    %7 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%cst_1 : tensor<f32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %8 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%6, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.maximumf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x24xf32>
    %9 = linalg.matmul ins(%8, %arg2 : tensor<16x24xf32>, tensor<24x24xf32>) outs(%1 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %10 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<24xf32>) outs(%3 : tensor<1x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x24xf32>
    %11 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<1x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %12 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%9, %11 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.addf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x24xf32>
    %13 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%12, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.maximumf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x24xf32>
    %14 = tensor.empty() : tensor<16x7xf32>
    %15 = linalg.fill ins(%cst_3 : f32) outs(%14 : tensor<16x7xf32>) -> tensor<16x7xf32>
    %16 = linalg.matmul ins(%13, %arg4 : tensor<16x24xf32>, tensor<24x7xf32>) outs(%15 : tensor<16x7xf32>) -> tensor<16x7xf32>
    %17 = tensor.empty() : tensor<1x7xf32>
    %18 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg5 : tensor<7xf32>) outs(%17 : tensor<1x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x7xf32>
    %19 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%18 : tensor<1x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %20 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%16, %19 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.addf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %21 = tensor.empty() : tensor<16x1xi32>
    %22 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg7 : tensor<16xi32>) outs(%21 : tensor<16x1xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x1xi32>
    %23 = tensor.empty() : tensor<1x7xi32>
    %24 = linalg.generic {indexing_maps = [#map1], iterator_types = ["parallel", "parallel"]} outs(%23 : tensor<1x7xi32>) {
    ^bb0(%out: i32):
      %54 = linalg.index 1 : index
      %55 = arith.index_cast %54 : index to i32
      linalg.yield %55 : i32
    } -> tensor<1x7xi32>
    %25 = tensor.empty() : tensor<16x7xi32>
    %26 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%22 : tensor<16x1xi32>) outs(%25 : tensor<16x7xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x7xi32>
    %27 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%24 : tensor<1x7xi32>) outs(%25 : tensor<16x7xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x7xi32>
    %28 = tensor.empty() : tensor<16x7xi1>
    %29 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%26, %27 : tensor<16x7xi32>, tensor<16x7xi32>) outs(%28 : tensor<16x7xi1>) {
    ^bb0(%in: i32, %in_4: i32, %out: i1):
      %54 = arith.cmpi eq, %in, %in_4 : i32
      linalg.yield %54 : i1
    } -> tensor<16x7xi1>
    %30 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%29 : tensor<16x7xi1>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: i1, %out: f32):
      %54 = arith.uitofp %in : i1 to f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %31 = tensor.empty() : tensor<16xf32>
    %32 = linalg.fill ins(%cst : f32) outs(%31 : tensor<16xf32>) -> tensor<16xf32>
    %33 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%20 : tensor<16x7xf32>) outs(%32 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.maximumf %out, %in : f32
      linalg.yield %54 : f32
    } -> tensor<16xf32>
    %34 = linalg.generic {indexing_maps = [#map6, #map7], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%31 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16xf32>
    %35 = linalg.generic {indexing_maps = [#map7, #map7, #map7], iterator_types = ["parallel"]} ins(%34, %33 : tensor<16xf32>, tensor<16xf32>) outs(%31 : tensor<16xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.maximumf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16xf32>
    %36 = tensor.empty() : tensor<16x1xf32>
    %37 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%35 : tensor<16xf32>) outs(%36 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x1xf32>
    %38 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%37 : tensor<16x1xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %39 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%20, %38 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.subf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %40 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%39 : tensor<16x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = math.exp %in : f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %41 = linalg.fill ins(%cst_3 : f32) outs(%31 : tensor<16xf32>) -> tensor<16xf32>
    %42 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%40 : tensor<16x7xf32>) outs(%41 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.addf %out, %in : f32
      linalg.yield %54 : f32
    } -> tensor<16xf32>
    %43 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%42 : tensor<16xf32>) outs(%36 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x1xf32>
    %44 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%43 : tensor<16x1xf32>) outs(%36 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = math.log %in : f32
      linalg.yield %54 : f32
    } -> tensor<16x1xf32>
    %45 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%44 : tensor<16x1xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %46 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%39, %45 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.subf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %47 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%30, %46 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%14 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_4: f32, %out: f32):
      %54 = arith.mulf %in, %in_4 : f32
      linalg.yield %54 : f32
    } -> tensor<16x7xf32>
    %48 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%47 : tensor<16x7xf32>) outs(%41 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.addf %out, %in : f32
      linalg.yield %54 : f32
    } -> tensor<16xf32>
    %49 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel"]} ins(%48 : tensor<16xf32>) outs(%31 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.negf %in : f32
      linalg.yield %54 : f32
    } -> tensor<16xf32>
    %50 = tensor.empty() : tensor<f32>
    %51 = linalg.fill ins(%cst_3 : f32) outs(%50 : tensor<f32>) -> tensor<f32>
    %52 = linalg.generic {indexing_maps = [#map7, #map6], iterator_types = ["reduction"]} ins(%49 : tensor<16xf32>) outs(%51 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.addf %out, %in : f32
      linalg.yield %54 : f32
    } -> tensor<f32>
    %53 = linalg.generic {indexing_maps = [#map8, #map8], iterator_types = []} ins(%52 : tensor<f32>) outs(%50 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %54 = arith.divf %in, %cst_2 : f32
      linalg.yield %54 : f32
    } -> tensor<f32>
    return %53 : tensor<f32>
  }
}

