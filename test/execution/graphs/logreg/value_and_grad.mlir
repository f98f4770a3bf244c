#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
#map2 = affine_map<(d0, d1) -> (0, d1)>
#map3 = affine_map<(d0, d1) -> (d0)>
#map4 = affine_map<(d0, d1) -> (d0, 0)>
#map5 = affine_map<(d0) -> ()>
#map6 = affine_map<(d0) -> (d0)>
#map7 = affine_map<() -> ()>
#map8 = affine_map<(d0, d1) -> ()>
#map9 = affine_map<(d0, d1) -> (d1, d0)>
#map10 = affine_map<(d0, d1, d2) -> (d2, d0)>
#map11 = affine_map<(d0, d1, d2) -> (d2, d1)>
#map12 = affine_map<(d0, d1, d2) -> (d0, d1)>
module {
  func.func public @value_and_grad(%arg0: tensor<20x5xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<5xf32> {tacit.parameter = "layer0.bias"}, %arg2: tensor<12x20xf32> {tacit.data = "x"}, %arg3: tensor<12xi32> {tacit.data = "y"}) -> (tensor<f32>, tensor<20x5xf32>, tensor<5xf32>) {
    %cst = arith.constant 0xFF800000 : f32
    %cst_0 = arith.constant dense<0xFF800000> : tensor<f32>
    %cst_1 = arith.constant 0.0833333358 : f32
    %cst_2 = arith.constant 5.000000e-03 : f32
    %cst_3 = arith.constant 1.200000e+01 : f32
    %cst_4 = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<12x5xf32>
    %1 = linalg.fill ins(%cst_4 : f32) outs(%0 : tensor<12x5xf32>) -> tensor<12x5xf32>
    %2 = linalg.matmul ins(%arg2, %arg0 : tensor<12x20xf32>, tensor<20x5xf32>) outs(%1 : tensor<12x5xf32>) -> tensor<12x5xf32>
    %3 = tensor.empty() : tensor<1x5xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<5xf32>) outs(%3 : tensor<1x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x5xf32>
    %5 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<1x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x5xf32>
    %6 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%2, %5 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.addf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %7 = tensor.empty() : tensor<12x1xi32>
    %8 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<12xi32>) outs(%7 : tensor<12x1xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<12x1xi32>
    %9 = tensor.empty() : tensor<1x5xi32>
    %10 = linalg.generic {indexing_maps = [#map1], iterator_types = ["parallel", "parallel"]} outs(%9 : tensor<1x5xi32>) {
    ^bb0(%out: i32):
      %72 = linalg.index 1 : index
      %73 = arith.index_cast %72 : index to i32
      linalg.yield %73 : i32
    } -> tensor<1x5xi32>
    %11 = tensor.empty() : tensor<12x5xi32>
    %12 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<12x1xi32>) outs(%11 : tensor<12x5xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<12x5xi32>
    %13 = linalg.generic {indexing_maps = [#map2, #map1], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<1x5xi32>) outs(%11 : tensor<12x5xi32>) {
    ^bb0(%in: i32, %out: i32):
      linalg.yield %in : i32
    } -> tensor<12x5xi32>
    %14 = tensor.empty() : tensor<12x5xi1>
    %15 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%12, %13 : tensor<12x5xi32>, tensor<12x5xi32>) outs(%14 : tensor<12x5xi1>) {
    ^bb0(%in: i32, %in_6: i32, %out: i1):
      %72 = arith.cmpi eq, %in, %in_6 : i32
      linalg.yield %72 : i1
    } -> tensor<12x5xi1>
    %16 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<12x5xi1>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: i1, %out: f32):
      %72 = arith.uitofp %in : i1 to f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %17 = tensor.empty() : tensor<12xf32>
    %18 = linalg.fill ins(%cst : f32) outs(%17 : tensor<12xf32>) -> tensor<12xf32>
    %19 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "reduction"]} ins(%6 : tensor<12x5xf32>) outs(%18 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.maximumf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %20 = linalg.generic {indexing_maps = [#map5, #map6], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%17 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12xf32>
    %21 = linalg.generic {indexing_maps = [#map6, #map6, #map6], iterator_types = ["parallel"]} ins(%20, %19 : tensor<12xf32>, tensor<12xf32>) outs(%17 : tensor<12xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.maximumf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %22 = tensor.empty() : tensor<12x1xf32>
    %23 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<12xf32>) outs(%22 : tensor<12x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x1xf32>
    %24 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%23 : tensor<12x1xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x5xf32>
    %25 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%6, %24 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.subf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %26 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%25 : tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = math.exp %in : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %27 = linalg.fill ins(%cst_4 : f32) outs(%17 : tensor<12xf32>) -> tensor<12xf32>
    %28 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "reduction"]} ins(%26 : tensor<12x5xf32>) outs(%27 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %29 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%28 : tensor<12xf32>) outs(%22 : tensor<12x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x1xf32>
    %30 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%29 : tensor<12x1xf32>) outs(%22 : tensor<12x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = math.log %in : f32
      linalg.yield %72 : f32
    } -> tensor<12x1xf32>
    %31 = linalg.generic {indexing_maps = [#map4, #map1], iterator_types = ["parallel", "parallel"]} ins(%30 : tensor<12x1xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x5xf32>
    %32 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%25, %31 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.subf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %33 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%16, %32 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %34 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "reduction"]} ins(%33 : tensor<12x5xf32>) outs(%27 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %35 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel"]} ins(%34 : tensor<12xf32>) outs(%17 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.negf %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %36 = tensor.empty() : tensor<f32>
    %37 = linalg.fill ins(%cst_4 : f32) outs(%36 : tensor<f32>) -> tensor<f32>
    %38 = linalg.generic {indexing_maps = [#map6, #map5], iterator_types = ["reduction"]} ins(%35 : tensor<12xf32>) outs(%37 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %39 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = []} ins(%38 : tensor<f32>) outs(%36 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.divf %in, %cst_3 : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %40 = tensor.empty() : tensor<20x5xf32>
    %41 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg0 : tensor<20x5xf32>, tensor<20x5xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<20x5xf32>
    %42 = linalg.generic {indexing_maps = [#map1, #map8], iterator_types = ["reduction", "reduction"]} ins(%41 : tensor<20x5xf32>) outs(%37 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %43 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = []} ins(%42 : tensor<f32>) outs(%36 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %in, %cst_4 : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %44 = linalg.generic {indexing_maps = [#map7, #map7], iterator_types = []} ins(%43 : tensor<f32>) outs(%36 : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.mulf %in, %cst_2 : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %45 = linalg.generic {indexing_maps = [#map7, #map7, #map7], iterator_types = []} ins(%39, %44 : tensor<f32>, tensor<f32>) outs(%36 : tensor<f32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.addf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<f32>
    %46 = linalg.generic {indexing_maps = [#map7], iterator_types = []} outs(%36 : tensor<f32>) {
    ^bb0(%out: f32):
      linalg.yield %cst_2 : f32
    } -> tensor<f32>
    %47 = linalg.generic {indexing_maps = [#map8, #map1], iterator_types = ["parallel", "parallel"]} ins(%46 : tensor<f32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<20x5xf32>
    %48 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%arg0, %47 : tensor<20x5xf32>, tensor<20x5xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<20x5xf32>
    %49 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%47, %arg0 : tensor<20x5xf32>, tensor<20x5xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<20x5xf32>
    %50 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%48, %49 : tensor<20x5xf32>, tensor<20x5xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.addf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<20x5xf32>
    %51 = linalg.generic {indexing_maps = [#map7], iterator_types = []} outs(%36 : tensor<f32>) {
    ^bb0(%out: f32):
      linalg.yield %cst_1 : f32
    } -> tensor<f32>
    %52 = linalg.generic {indexing_maps = [#map5, #map6], iterator_types = ["parallel"]} ins(%51 : tensor<f32>) outs(%17 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12xf32>
    %53 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = ["parallel"]} ins(%52 : tensor<12xf32>) outs(%17 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.negf %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %54 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%53 : tensor<12xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x5xf32>
    %55 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%16, %54 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %56 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%55 : tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.negf %in : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %57 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "reduction"]} ins(%56 : tensor<12x5xf32>) outs(%27 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %expanded = tensor.expand_shape %57 [[0, 1]] output_shape [12, 1] : tensor<12xf32> into tensor<12x1xf32>
    %58 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%expanded, %29 : tensor<12x1xf32>, tensor<12x1xf32>) outs(%22 : tensor<12x1xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.divf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x1xf32>
    %59 = linalg.generic {indexing_maps = [#map1, #map3], iterator_types = ["parallel", "reduction"]} ins(%58 : tensor<12x1xf32>) outs(%27 : tensor<12xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<12xf32>
    %60 = linalg.generic {indexing_maps = [#map3, #map1], iterator_types = ["parallel", "parallel"]} ins(%59 : tensor<12xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<12x5xf32>
    %61 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%60, %26 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %62 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%55, %61 : tensor<12x5xf32>, tensor<12x5xf32>) outs(%0 : tensor<12x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.addf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<12x5xf32>
    %63 = tensor.empty() : tensor<5xf32>
    %64 = linalg.fill ins(%cst_4 : f32) outs(%63 : tensor<5xf32>) -> tensor<5xf32>
    %65 = linalg.generic {indexing_maps = [#map9, #map3], iterator_types = ["parallel", "reduction"]} ins(%62 : tensor<12x5xf32>) outs(%64 : tensor<5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<5xf32>
    %expanded_5 = tensor.expand_shape %65 [[0, 1]] output_shape [1, 5] : tensor<5xf32> into tensor<1x5xf32>
    %66 = linalg.generic {indexing_maps = [#map9, #map3], iterator_types = ["parallel", "reduction"]} ins(%expanded_5 : tensor<1x5xf32>) outs(%64 : tensor<5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %72 = arith.addf %out, %in : f32
      linalg.yield %72 : f32
    } -> tensor<5xf32>
    %67 = tensor.empty() : tensor<5x20xf32>
    %68 = linalg.fill ins(%cst_4 : f32) outs(%67 : tensor<5x20xf32>) -> tensor<5x20xf32>
    %69 = linalg.generic {indexing_maps = [#map10, #map11, #map12], iterator_types = ["parallel", "parallel", "reduction"]} ins(%62, %arg2 : tensor<12x5xf32>, tensor<12x20xf32>) outs(%68 : tensor<5x20xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.mulf %in, %in_6 : f32
      %73 = arith.addf %out, %72 : f32
      linalg.yield %73 : f32
    } -> tensor<5x20xf32>
    %70 = linalg.generic {indexing_maps = [#map9, #map1], iterator_types = ["parallel", "parallel"]} ins(%69 : tensor<5x20xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<20x5xf32>
    %71 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]} ins(%50, %70 : tensor<20x5xf32>, tensor<20x5xf32>) outs(%40 : tensor<20x5xf32>) {
    ^bb0(%in: f32, %in_6: f32, %out: f32):
      %72 = arith.addf %in, %in_6 : f32
      linalg.yield %72 : f32
    } -> tensor<20x5xf32>
    return %45, %71, %66 : tensor<f32>, tensor<20x5xf32>, tensor<5xf32>
  }
}

