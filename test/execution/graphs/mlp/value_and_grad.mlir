#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
#map2 = affine_map<(d0, d1) -> (0, d1)>
#map3 = affine_map<(d0, d1) -> ()>
#map4 = affine_map<(d0, d1) -> (d0)>
#map5 = affine_map<(d0, d1) -> (d0, 0)>
#map6 = affine_map<(d0) -> ()>
#map7 = affine_map<(d0) -> (d0)>
#map8 = affine_map<() -> ()>
#map9 = affine_map<(d0, d1) -> (d1, d0)>
#map10 = affine_map<(d0, d1, d2) -> (d2, d0)>
#map11 = affine_map<(d0, d1, d2) -> (d2, d1)>
#map12 = affine_map<(d0, d1, d2) -> (d0, d1)>
#map13 = affine_map<(d0, d1, d2) -> (d0, d2)>
#map14 = affine_map<(d0, d1, d2) -> (d1, d2)>
module {
  func.func public @value_and_grad(%arg0: tensor<30x24xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<24xf32> {tacit.parameter = "layer0.bias"}, %arg2: tensor<24x24xf32> {tacit.parameter = "layer1.weight"}, %arg3: tensor<24xf32> {tacit.parameter = "layer1.bias"}, %arg4: tensor<24x7xf32> {tacit.parameter = "layer2.weight"}, %arg5: tensor<7xf32> {tacit.parameter = "layer2.bias"}, %arg6: tensor<16x30xf32> {tacit.data = "x"}, %arg7: tensor<16xi32> {tacit.data = "y"}) -> (tensor<f32>, tensor<30x24xf32>, tensor<24xf32>, tensor<24x24xf32>, tensor<24xf32>, tensor<24x7xf32>, tensor<7xf32>) {
    %cst = arith.constant 0xFF800000 : f32
    %cst_0 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_1 = arith.constant 6.250000e-02 : f32
    %cst_2 = arith.constant 1.600000e+01 : f32
    %cst_3 = arith.constant dense<0.000000e+00> : tensor<f32>
    %cst_4 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<16x24xf32>
    %1 = linalg.fill ins(%cst_4 : f32) outs(%0 : tensor<16x24xf32>) -> tensor<16x24xf32>
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
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.addf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %7 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%cst_3 : tensor<f32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %8 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%6, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.maximumf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %9 = tensor.empty() : tensor<16x24xi1>
    %10 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%6, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%9 : tensor<16x24xi1>) {
    ^bb0(%in: f32, %in_8: f32, %out: i1):
      %97 = arith.cmpf ogt, %in, %in_8 : f32
      linalg.yield %97 : i1
    } -> tensor<16x24xi1>
    %11 = linalg.matmul ins(%8, %arg2 : tensor<16x24xf32>, tensor<24x24xf32>) outs(%1 : tensor<16x24xf32>) -> tensor<16x24xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<24xf32>) outs(%3 : tensor<1x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x24xf32>
    %13 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%12 : tensor<1x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x24xf32>
    %14 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%11, %13 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.addf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %15 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%14, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.maximumf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %16 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%14, %7 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%9 : tensor<16x24xi1>) {
    ^bb0(%in: f32, %in_8: f32, %out: i1):
      %97 = arith.cmpf ogt, %in, %in_8 : f32
      linalg.yield %97 : i1
    } -> tensor<16x24xi1>
    %17 = tensor.empty() : tensor<16x7xf32>
    %18 = linalg.fill ins(%cst_4 : f32) outs(%17 : tensor<16x7xf32>) -> tensor<16x7xf32>
    %19 = linalg.matmul ins(%15, %arg4 : tensor<16x24xf32>, tensor<24x7xf32>) outs(%18 : tensor<16x7xf32>) -> tensor<16x7xf32>
    %20 = tensor.empty() : tensor<1x7xf32>
    %21 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg5 : tensor<7xf32>) outs(%20 : tensor<1x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x7xf32>
    %22 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<1x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %23 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%19, %22 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.addf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %24 = tensor.empty() : tensor<16x1xi32>
    %25 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg7 : tensor<16xi32>) outs(%24 : tensor<16x1xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x1xi32>
    %26 = tensor.empty() : tensor<1x7xi32>
    %27 = linalg.generic {indexing_maps = [#map1], iterator_types = ["parallel", "parallel"]} outs(%26 : tensor<1x7xi32>) {
    ^bb0(%out: i32):
      %97 = linalg.index 1 : index
      %98 = arith.index_cast %97 : index to i32
      linalg.yield %98 : i32
    } -> tensor<1x7xi32>
    %28 = tensor.empty() : tensor<16x7xi32>
    %29 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%25 : tensor<16x1xi32>) outs(%28 : tensor<16x7xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x7xi32>
    %30 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%27 : tensor<1x7xi32>) outs(%28 : tensor<16x7xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<16x7xi32>
    %31 = tensor.empty() : tensor<16x7xi1>
    %32 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%29, %30 : tensor<16x7xi32>, tensor<16x7xi32>) outs(%31 : tensor<16x7xi1>) {
    ^bb0(%in: i32, %in_8: i32, %out: i1):
      %97 = arith.cmpi eq, %in, %in_8 : i32
      linalg.yield %97 : i1
    } -> tensor<16x7xi1>
    %33 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%32 : tensor<16x7xi1>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: i1, %out: f32):
      %97 = arith.uitofp %in : i1 to f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %34 = tensor.empty() : tensor<16xf32>
    %35 = linalg.fill ins(%cst : f32) outs(%34 : tensor<16xf32>) -> tensor<16xf32>
    %36 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%23 : tensor<16x7xf32>) outs(%35 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.maximumf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %37 = linalg.generic {indexing_maps = [#map6, #map7], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%34 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16xf32>
    %38 = linalg.generic {indexing_maps = [#map7, #map7, #map7], iterator_types = ["parallel"]} ins(%37, %36 : tensor<16xf32>, tensor<16xf32>) outs(%34 : tensor<16xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.maximumf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %39 = tensor.empty() : tensor<16x1xf32>
    %40 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%38 : tensor<16xf32>) outs(%39 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x1xf32>
    %41 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%40 : tensor<16x1xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %42 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%23, %41 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.subf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %43 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%42 : tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = math.exp %in : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %44 = linalg.fill ins(%cst_4 : f32) outs(%34 : tensor<16xf32>) -> tensor<16xf32>
    %45 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%43 : tensor<16x7xf32>) outs(%44 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %46 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%45 : tensor<16xf32>) outs(%39 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x1xf32>
    %47 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%46 : tensor<16x1xf32>) outs(%39 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = math.log %in : f32
      linalg.yield %97 : f32
    } -> tensor<16x1xf32>
    %48 = linalg.generic {indexing_maps = [#map5, #map1], iterator_types = ["parallel", "parallel"]} ins(%47 : tensor<16x1xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %49 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%42, %48 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.subf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %50 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%33, %49 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %51 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%50 : tensor<16x7xf32>) outs(%44 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %52 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel"]} ins(%51 : tensor<16xf32>) outs(%34 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.negf %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %53 = tensor.empty() : tensor<f32>
    %54 = linalg.fill ins(%cst_4 : f32) outs(%53 : tensor<f32>) -> tensor<f32>
    %55 = linalg.generic {indexing_maps = [#map7, #map6], iterator_types = ["reduction"]} ins(%52 : tensor<16xf32>) outs(%54 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<f32>
    %56 = linalg.generic {indexing_maps = [#map8, #map8], iterator_types = []} ins(%55 : tensor<f32>) outs(%53 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.divf %in, %cst_2 : f32
      linalg.yield %97 : f32
    } -> tensor<f32>
    %57 = linalg.generic {indexing_maps = [#map8], iterator_types = []} outs(%53 : tensor<f32>) {
    ^bb0(%out: f32):
      linalg.yield %cst_1 : f32
    } -> tensor<f32>
    %58 = linalg.generic {indexing_maps = [#map6, #map7], iterator_types = ["parallel"]} ins(%57 : tensor<f32>) outs(%34 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16xf32>
    %59 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = ["parallel"]} ins(%58 : tensor<16xf32>) outs(%34 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.negf %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %60 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%59 : tensor<16xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %61 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%33, %60 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %62 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%61 : tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.negf %in : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %63 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%62 : tensor<16x7xf32>) outs(%44 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %expanded = tensor.expand_shape %63 [[0, 1]] output_shape [16, 1] : tensor<16xf32> into tensor<16x1xf32>
    %64 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%expanded, %46 : tensor<16x1xf32>, tensor<16x1xf32>) outs(%39 : tensor<16x1xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.divf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x1xf32>
    %65 = linalg.generic {indexing_maps = [#map1, #map4], iterator_types = ["parallel", "reduction"]} ins(%64 : tensor<16x1xf32>) outs(%44 : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<16xf32>
    %66 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%65 : tensor<16xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<16x7xf32>
    %67 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%66, %43 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %68 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%61, %67 : tensor<16x7xf32>, tensor<16x7xf32>) outs(%17 : tensor<16x7xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.addf %in, %in_8 : f32
      linalg.yield %97 : f32
    } -> tensor<16x7xf32>
    %69 = tensor.empty() : tensor<7xf32>
    %70 = linalg.fill ins(%cst_4 : f32) outs(%69 : tensor<7xf32>) -> tensor<7xf32>
    %71 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%68 : tensor<16x7xf32>) outs(%70 : tensor<7xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<7xf32>
    %expanded_5 = tensor.expand_shape %71 [[0, 1]] output_shape [1, 7] : tensor<7xf32> into tensor<1x7xf32>
    %72 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%expanded_5 : tensor<1x7xf32>) outs(%70 : tensor<7xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<7xf32>
    %73 = tensor.empty() : tensor<7x24xf32>
    %74 = linalg.fill ins(%cst_4 : f32) outs(%73 : tensor<7x24xf32>) -> tensor<7x24xf32>
    %75 = linalg.generic {indexing_maps = [#map10, #map11, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%68, %15 : tensor<16x7xf32>, tensor<16x24xf32>) outs(%74 : tensor<7x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      %98 = arith.addf %out, %97 : f32
      linalg.yield %98 : f32
    } -> tensor<7x24xf32>
    %76 = tensor.empty() : tensor<24x7xf32>
    %77 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel"]} ins(%75 : tensor<7x24xf32>) outs(%76 : tensor<24x7xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<24x7xf32>
    %78 = linalg.generic {indexing_maps = [#map13, #map14, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%68, %arg4 : tensor<16x7xf32>, tensor<24x7xf32>) outs(%1 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      %98 = arith.addf %out, %97 : f32
      linalg.yield %98 : f32
    } -> tensor<16x24xf32>
    %79 = linalg.generic {indexing_maps = [#map1, #map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%16, %78, %7 : tensor<16x24xi1>, tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: i1, %in_8: f32, %in_9: f32, %out: f32):
      %97 = arith.select %in, %in_8, %in_9 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %80 = tensor.empty() : tensor<24xf32>
    %81 = linalg.fill ins(%cst_4 : f32) outs(%80 : tensor<24xf32>) -> tensor<24xf32>
    %82 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%79 : tensor<16x24xf32>) outs(%81 : tensor<24xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<24xf32>
    %expanded_6 = tensor.expand_shape %82 [[0, 1]] output_shape [1, 24] : tensor<24xf32> into tensor<1x24xf32>
    %83 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%expanded_6 : tensor<1x24xf32>) outs(%81 : tensor<24xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<24xf32>
    %84 = tensor.empty() : tensor<24x24xf32>
    %85 = linalg.fill ins(%cst_4 : f32) outs(%84 : tensor<24x24xf32>) -> tensor<24x24xf32>
    %86 = linalg.generic {indexing_maps = [#map10, #map11, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%79, %8 : tensor<16x24xf32>, tensor<16x24xf32>) outs(%85 : tensor<24x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      %98 = arith.addf %out, %97 : f32
      linalg.yield %98 : f32
    } -> tensor<24x24xf32>
    %87 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel"]} ins(%86 : tensor<24x24xf32>) outs(%84 : tensor<24x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<24x24xf32>
    %88 = linalg.generic {indexing_maps = [#map13, #map14, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%79, %arg2 : tensor<16x24xf32>, tensor<24x24xf32>) outs(%1 : tensor<16x24xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      %98 = arith.addf %out, %97 : f32
      linalg.yield %98 : f32
    } -> tensor<16x24xf32>
    %89 = linalg.generic {indexing_maps = [#map1, #map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%10, %88, %7 : tensor<16x24xi1>, tensor<16x24xf32>, tensor<16x24xf32>) outs(%0 : tensor<16x24xf32>) {
    ^bb0(%in: i1, %in_8: f32, %in_9: f32, %out: f32):
      %97 = arith.select %in, %in_8, %in_9 : f32
      linalg.yield %97 : f32
    } -> tensor<16x24xf32>
    %90 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%89 : tensor<16x24xf32>) outs(%81 : tensor<24xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<24xf32>
    %expanded_7 = tensor.expand_shape %90 [[0, 1]] output_shape [1, 24] : tensor<24xf32> into tensor<1x24xf32>
    %91 = linalg.generic {indexing_maps = [#map9, #map4], iterator_types = ["parallel", "reduction"]} ins(%expanded_7 : tensor<1x24xf32>) outs(%81 : tensor<24xf32>) {
    ^bb0(%in: f32, %out: f32):
      %97 = arith.addf %out, %in : f32
      linalg.yield %97 : f32
    } -> tensor<24xf32>
    %92 = tensor.empty() : tensor<24x30xf32>
    %93 = linalg.fill ins(%cst_4 : f32) outs(%92 : tensor<24x30xf32>) -> tensor<24x30xf32>
    %94 = linalg.generic {indexing_maps = [#map10, #map11, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%89, %arg6 : tensor<16x24xf32>, tensor<16x30xf32>) outs(%93 : tensor<24x30xf32>) {
    ^bb0(%in: f32, %in_8: f32, %out: f32):
      %97 = arith.mulf %in, %in_8 : f32
      %98 = arith.addf %out, %97 : f32
      linalg.yield %98 : f32
    } -> tensor<24x30xf32>
    %95 = tensor.empty() : tensor<30x24xf32>
    %96 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel"]} ins(%94 : tensor<24x30xf32>) outs(%95 : tensor<30x24xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<30x24xf32>
    return %56, %96, %91, %87, %83, %77, %72 : tensor<f32>, tensor<30x24xf32>, tensor<24xf32>, tensor<24x24xf32>, tensor<24xf32>, tensor<24x7xf32>, tensor<7xf32>
  }
}

