func.func public @loss(%arg0: tensor<12x8xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<4xf32> {tacit.parameter = "layer1.bias"}, %arg2: tensor<8x4xf32> {tacit.parameter = "layer1.weight"}, %arg3: tensor<8xf32> {tacit.parameter = "norm.bias"}, %arg4: tensor<8xf32> {tacit.parameter = "norm.scale"}, %arg5: tensor<12xf32> {tacit.state = "inputs.mean"}, %arg6: tensor<i32> {tacit.state = "norm.count"}, %arg7: tensor<8xf32> {tacit.state = "norm.mean"}, %arg8: tensor<8xf32> {tacit.state = "norm.var"}, %arg9: tensor<10x12xf32> {tacit.data = "x"}, %arg10: tensor<10xi32> {tacit.data = "y"}) -> (tensor<f32>, tensor<12xf32>, tensor<i32>, tensor<8xf32>, tensor<8xf32>) {
  %cst = arith.constant 1.000000e+01 : f32
  %cst_0 = arith.constant dense<9.99999974E-6> : tensor<f32>
  %c1_i32 = arith.constant 1 : i32
  %cst_1 = arith.constant dense<1.000000e-01> : tensor<f32>
  %cst_2 = arith.constant dense<0.899999976> : tensor<f32>
  %cst_3 = arith.constant dense<0> : tensor<i32>
  %cst_4 = arith.constant dense<1.000000e+01> : tensor<f32>
  %cst_5 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<10x8xf32>
  %1 = linalg.fill ins(%cst_5 : f32) outs(%0 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %2 = linalg.matmul ins(%arg9, %arg0 : tensor<10x12xf32>, tensor<12x8xf32>) outs(%1 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %3 = tensor.empty() : tensor<8xf32>
  %4 = linalg.fill ins(%cst_5 : f32) outs(%3 : tensor<8xf32>) -> tensor<8xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%2 : tensor<10x8xf32>) outs(%4 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.addf %out, %in : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %6 = tensor.empty() : tensor<8xf32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_4 : tensor<f32>) outs(%6 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %8 = tensor.empty() : tensor<8xf32>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%5, %7 : tensor<8xf32>, tensor<8xf32>) outs(%8 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.divf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %10 = call @loss._var(%2, %cst_3) : (tensor<10x8xf32>, tensor<i32>) -> tensor<8xf32>
  %11 = tensor.empty() : tensor<8xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_2 : tensor<f32>) outs(%11 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %13 = tensor.empty() : tensor<8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%12, %arg7 : tensor<8xf32>, tensor<8xf32>) outs(%13 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %15 = tensor.empty() : tensor<8xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_1 : tensor<f32>) outs(%15 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %17 = tensor.empty() : tensor<8xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%16, %9 : tensor<8xf32>, tensor<8xf32>) outs(%17 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %19 = tensor.empty() : tensor<8xf32>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%14, %18 : tensor<8xf32>, tensor<8xf32>) outs(%19 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %21 = tensor.empty() : tensor<8xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_2 : tensor<f32>) outs(%21 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %23 = tensor.empty() : tensor<8xf32>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%22, %arg8 : tensor<8xf32>, tensor<8xf32>) outs(%23 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %25 = tensor.empty() : tensor<8xf32>
  %26 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_1 : tensor<f32>) outs(%25 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %27 = tensor.empty() : tensor<8xf32>
  %28 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%26, %10 : tensor<8xf32>, tensor<8xf32>) outs(%27 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %29 = tensor.empty() : tensor<8xf32>
  %30 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%24, %28 : tensor<8xf32>, tensor<8xf32>) outs(%29 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %31 = tensor.empty() : tensor<i32>
  %32 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%arg6 : tensor<i32>) outs(%31 : tensor<i32>) {
  ^bb0(%in: i32, %out: i32):
    %104 = arith.addi %in, %c1_i32 : i32
    linalg.yield %104 : i32
  } -> tensor<i32>
  %33 = tensor.empty() : tensor<1x8xf32>
  %34 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<8xf32>) outs(%33 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %35 = tensor.empty() : tensor<10x8xf32>
  %36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%34 : tensor<1x8xf32>) outs(%35 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %37 = tensor.empty() : tensor<10x8xf32>
  %38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %36 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%37 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.subf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x8xf32>
  %39 = tensor.empty() : tensor<8xf32>
  %40 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%39 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %41 = tensor.empty() : tensor<8xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10, %40 : tensor<8xf32>, tensor<8xf32>) outs(%41 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %43 = tensor.empty() : tensor<8xf32>
  %44 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%42 : tensor<8xf32>) outs(%43 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = math.rsqrt %in : f32
    linalg.yield %104 : f32
  } -> tensor<8xf32>
  %45 = tensor.empty() : tensor<1x8xf32>
  %46 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%44 : tensor<8xf32>) outs(%45 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %47 = tensor.empty() : tensor<10x8xf32>
  %48 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%46 : tensor<1x8xf32>) outs(%47 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %49 = tensor.empty() : tensor<10x8xf32>
  %50 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%38, %48 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%49 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x8xf32>
  %51 = tensor.empty() : tensor<1x8xf32>
  %52 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg4 : tensor<8xf32>) outs(%51 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %53 = tensor.empty() : tensor<10x8xf32>
  %54 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%52 : tensor<1x8xf32>) outs(%53 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %55 = tensor.empty() : tensor<10x8xf32>
  %56 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%50, %54 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%55 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x8xf32>
  %57 = tensor.empty() : tensor<1x8xf32>
  %58 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<8xf32>) outs(%57 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %59 = tensor.empty() : tensor<10x8xf32>
  %60 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%58 : tensor<1x8xf32>) outs(%59 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %61 = tensor.empty() : tensor<10x8xf32>
  %62 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%56, %60 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%61 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x8xf32>
  %63 = call @loss.relu(%62) : (tensor<10x8xf32>) -> tensor<10x8xf32>
  %64 = tensor.empty() : tensor<10x4xf32>
  %65 = linalg.fill ins(%cst_5 : f32) outs(%64 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %66 = linalg.matmul ins(%63, %arg2 : tensor<10x8xf32>, tensor<8x4xf32>) outs(%65 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %67 = tensor.empty() : tensor<1x4xf32>
  %68 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<4xf32>) outs(%67 : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x4xf32>
  %69 = tensor.empty() : tensor<10x4xf32>
  %70 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%68 : tensor<1x4xf32>) outs(%69 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %71 = tensor.empty() : tensor<10x4xf32>
  %72 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%66, %70 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%71 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x4xf32>
  %73 = call @loss._one_hot(%arg10) : (tensor<10xi32>) -> tensor<10x4xf32>
  %74 = call @loss.log_softmax(%72) : (tensor<10x4xf32>) -> tensor<10x4xf32>
  %75 = tensor.empty() : tensor<10x4xf32>
  %76 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%73, %74 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%75 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<10x4xf32>
  %77 = tensor.empty() : tensor<10xf32>
  %78 = linalg.fill ins(%cst_5 : f32) outs(%77 : tensor<10xf32>) -> tensor<10xf32>
  %79 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%76 : tensor<10x4xf32>) outs(%78 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.addf %out, %in : f32
    linalg.yield %104 : f32
  } -> tensor<10xf32>
  %80 = tensor.empty() : tensor<10xf32>
  %81 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%79 : tensor<10xf32>) outs(%80 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.negf %in : f32
    linalg.yield %104 : f32
  } -> tensor<10xf32>
  %82 = tensor.empty() : tensor<f32>
  %83 = linalg.fill ins(%cst_5 : f32) outs(%82 : tensor<f32>) -> tensor<f32>
  %84 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%81 : tensor<10xf32>) outs(%83 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.addf %out, %in : f32
    linalg.yield %104 : f32
  } -> tensor<f32>
  %85 = tensor.empty() : tensor<f32>
  %86 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%84 : tensor<f32>) outs(%85 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.divf %in, %cst : f32
    linalg.yield %104 : f32
  } -> tensor<f32>
  %87 = tensor.empty() : tensor<12xf32>
  %88 = linalg.fill ins(%cst_5 : f32) outs(%87 : tensor<12xf32>) -> tensor<12xf32>
  %89 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg9 : tensor<10x12xf32>) outs(%88 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    %104 = arith.addf %out, %in : f32
    linalg.yield %104 : f32
  } -> tensor<12xf32>
  %90 = tensor.empty() : tensor<12xf32>
  %91 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_4 : tensor<f32>) outs(%90 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %92 = tensor.empty() : tensor<12xf32>
  %93 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%89, %91 : tensor<12xf32>, tensor<12xf32>) outs(%92 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.divf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<12xf32>
  %94 = tensor.empty() : tensor<12xf32>
  %95 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_2 : tensor<f32>) outs(%94 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %96 = tensor.empty() : tensor<12xf32>
  %97 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%95, %arg5 : tensor<12xf32>, tensor<12xf32>) outs(%96 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<12xf32>
  %98 = tensor.empty() : tensor<12xf32>
  %99 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_1 : tensor<f32>) outs(%98 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %100 = tensor.empty() : tensor<12xf32>
  %101 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%99, %93 : tensor<12xf32>, tensor<12xf32>) outs(%100 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.mulf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<12xf32>
  %102 = tensor.empty() : tensor<12xf32>
  %103 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%97, %101 : tensor<12xf32>, tensor<12xf32>) outs(%102 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %104 = arith.addf %in, %in_6 : f32
    linalg.yield %104 : f32
  } -> tensor<12xf32>
  return %86, %103, %32, %20, %30 : tensor<f32>, tensor<12xf32>, tensor<i32>, tensor<8xf32>, tensor<8xf32>
}

func.func private @loss._var(%arg0: tensor<10x8xf32>, %arg1: tensor<i32>) -> tensor<8xf32> {
  %cst = arith.constant dense<0x7FC00000> : tensor<f32>
  %cst_0 = arith.constant 1.000000e+01 : f32
  %cst_1 = arith.constant dense<1.000000e+01> : tensor<f32>
  %cst_2 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.fill ins(%cst_2 : f32) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<10x8xf32>) outs(%1 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %29 = arith.addf %out, %in : f32
    linalg.yield %29 : f32
  } -> tensor<8xf32>
  %3 = tensor.empty() : tensor<1x8xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<8xf32>) outs(%3 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %5 = tensor.empty() : tensor<1x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst_1 : tensor<f32>) outs(%5 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %7 = tensor.empty() : tensor<1x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4, %6 : tensor<1x8xf32>, tensor<1x8xf32>) outs(%7 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %in_3: f32, %out: f32):
    %29 = arith.divf %in, %in_3 : f32
    linalg.yield %29 : f32
  } -> tensor<1x8xf32>
  %9 = tensor.empty() : tensor<10x8xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<1x8xf32>) outs(%9 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %11 = tensor.empty() : tensor<10x8xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %10 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%11 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_3: f32, %out: f32):
    %29 = arith.subf %in, %in_3 : f32
    linalg.yield %29 : f32
  } -> tensor<10x8xf32>
  %13 = tensor.empty() : tensor<10x8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %12 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%13 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_3: f32, %out: f32):
    %29 = arith.mulf %in, %in_3 : f32
    linalg.yield %29 : f32
  } -> tensor<10x8xf32>
  %15 = tensor.empty() : tensor<f32>
  %16 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%arg1 : tensor<i32>) outs(%15 : tensor<f32>) {
  ^bb0(%in: i32, %out: f32):
    %29 = arith.sitofp %in : i32 to f32
    linalg.yield %29 : f32
  } -> tensor<f32>
  %17 = tensor.empty() : tensor<f32>
  %18 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%16 : tensor<f32>) outs(%17 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %29 = arith.subf %cst_0, %in : f32
    linalg.yield %29 : f32
  } -> tensor<f32>
  %19 = tensor.empty() : tensor<8xf32>
  %20 = linalg.fill ins(%cst_2 : f32) outs(%19 : tensor<8xf32>) -> tensor<8xf32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%14 : tensor<10x8xf32>) outs(%20 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %29 = arith.addf %out, %in : f32
    linalg.yield %29 : f32
  } -> tensor<8xf32>
  %22 = tensor.empty() : tensor<8xf32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%18 : tensor<f32>) outs(%22 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %24 = tensor.empty() : tensor<8xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%21, %23 : tensor<8xf32>, tensor<8xf32>) outs(%24 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_3: f32, %out: f32):
    %29 = arith.divf %in, %in_3 : f32
    linalg.yield %29 : f32
  } -> tensor<8xf32>
  %26 = tensor.empty() : tensor<i1>
  %27 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%18 : tensor<f32>) outs(%26 : tensor<i1>) {
  ^bb0(%in: f32, %out: i1):
    %29 = arith.cmpf ogt, %in, %cst_2 : f32
    linalg.yield %29 : i1
  } -> tensor<i1>
  %28 = call @loss._where(%27, %25, %cst) : (tensor<i1>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %28 : tensor<8xf32>
}

func.func private @loss._where(%arg0: tensor<i1>, %arg1: tensor<8xf32>, %arg2: tensor<f32>) -> tensor<8xf32> {
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg2 : tensor<f32>) outs(%0 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %2 = tensor.empty() : tensor<8xf32>
  %extracted = tensor.extract %arg0[] : tensor<i1>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg1, %1 : tensor<8xf32>, tensor<8xf32>) outs(%2 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %4 = arith.select %extracted, %in, %in_0 : f32
    linalg.yield %4 : f32
  } -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

func.func private @loss.relu(%arg0: tensor<10x8xf32>) -> tensor<10x8xf32> {
  %cst = arith.constant dense<0.000000e+00> : tensor<f32>
  %0 = tensor.empty() : tensor<10x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst : tensor<f32>) outs(%0 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %2 = tensor.empty() : tensor<10x8xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %1 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%2 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %4 = arith.maximumf %in, %in_0 : f32
    linalg.yield %4 : f32
  } -> tensor<10x8xf32>
  return %3 : tensor<10x8xf32>
}

func.func private @loss._one_hot(%arg0: tensor<10xi32>) -> tensor<10x4xf32> {
  %0 = tensor.empty() : tensor<10x1xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0 : tensor<10xi32>) outs(%0 : tensor<10x1xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x1xi32>
  %2 = tensor.empty() : tensor<1x4xi32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%2 : tensor<1x4xi32>) {
  ^bb0(%out: i32):
    %12 = linalg.index 1 : index
    %13 = arith.index_cast %12 : index to i32
    linalg.yield %13 : i32
  } -> tensor<1x4xi32>
  %4 = tensor.empty() : tensor<10x4xi32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<10x1xi32>) outs(%4 : tensor<10x4xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x4xi32>
  %6 = tensor.empty() : tensor<10x4xi32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<1x4xi32>) outs(%6 : tensor<10x4xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x4xi32>
  %8 = tensor.empty() : tensor<10x4xi1>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%5, %7 : tensor<10x4xi32>, tensor<10x4xi32>) outs(%8 : tensor<10x4xi1>) {
  ^bb0(%in: i32, %in_0: i32, %out: i1):
    %12 = arith.cmpi eq, %in, %in_0 : i32
    linalg.yield %12 : i1
  } -> tensor<10x4xi1>
  %10 = tensor.empty() : tensor<10x4xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<10x4xi1>) outs(%10 : tensor<10x4xf32>) {
  ^bb0(%in: i1, %out: f32):
    %12 = arith.uitofp %in : i1 to f32
    linalg.yield %12 : f32
  } -> tensor<10x4xf32>
  return %11 : tensor<10x4xf32>
}

func.func private @loss.log_softmax(%arg0: tensor<10x4xf32>) -> tensor<10x4xf32> {
  %cst = arith.constant 0.000000e+00 : f32
  %cst_0 = arith.constant dense<0xFF800000> : tensor<f32>
  %cst_1 = arith.constant 0xFF800000 : f32
  %0 = tensor.empty() : tensor<10xf32>
  %1 = linalg.fill ins(%cst_1 : f32) outs(%0 : tensor<10xf32>) -> tensor<10xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<10x4xf32>) outs(%1 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = arith.maximumf %out, %in : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %3 = tensor.empty() : tensor<10xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%3 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10xf32>
  %5 = tensor.empty() : tensor<10xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%4, %2 : tensor<10xf32>, tensor<10xf32>) outs(%5 : tensor<10xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.maximumf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %7 = tensor.empty() : tensor<10x1xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6 : tensor<10xf32>) outs(%7 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x1xf32>
  %9 = tensor.empty() : tensor<10x4xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<10x1xf32>) outs(%9 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %11 = tensor.empty() : tensor<10x4xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %10 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%11 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.subf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  %13 = tensor.empty() : tensor<10x4xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12 : tensor<10x4xf32>) outs(%13 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.exp %in : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  %15 = tensor.empty() : tensor<10xf32>
  %16 = linalg.fill ins(%cst : f32) outs(%15 : tensor<10xf32>) -> tensor<10xf32>
  %17 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%14 : tensor<10x4xf32>) outs(%16 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = arith.addf %out, %in : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %18 = tensor.empty() : tensor<10x1xf32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%17 : tensor<10xf32>) outs(%18 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x1xf32>
  %20 = tensor.empty() : tensor<10x1xf32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%19 : tensor<10x1xf32>) outs(%20 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.log %in : f32
    linalg.yield %26 : f32
  } -> tensor<10x1xf32>
  %22 = tensor.empty() : tensor<10x4xf32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<10x1xf32>) outs(%22 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %24 = tensor.empty() : tensor<10x4xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %23 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%24 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.subf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  return %25 : tensor<10x4xf32>
}

func.func public @evaluate(%arg0: tensor<12x8xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<4xf32> {tacit.parameter = "layer1.bias"}, %arg2: tensor<8x4xf32> {tacit.parameter = "layer1.weight"}, %arg3: tensor<8xf32> {tacit.parameter = "norm.bias"}, %arg4: tensor<8xf32> {tacit.parameter = "norm.scale"}, %arg5: tensor<12xf32> {tacit.state = "inputs.mean"}, %arg6: tensor<i32> {tacit.state = "norm.count"}, %arg7: tensor<8xf32> {tacit.state = "norm.mean"}, %arg8: tensor<8xf32> {tacit.state = "norm.var"}, %arg9: tensor<10x12xf32> {tacit.data = "x"}, %arg10: tensor<10xi32> {tacit.data = "y"}) -> (tensor<10xf32>, tensor<10xf32>) {
  %cst = arith.constant 0xFF800000 : f32
  %cst_0 = arith.constant dense<9.99999974E-6> : tensor<f32>
  %cst_1 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<10x8xf32>
  %1 = linalg.fill ins(%cst_1 : f32) outs(%0 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %2 = linalg.matmul ins(%arg9, %arg0 : tensor<10x12xf32>, tensor<12x8xf32>) outs(%1 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %3 = tensor.empty() : tensor<1x8xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg7 : tensor<8xf32>) outs(%3 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %5 = tensor.empty() : tensor<10x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<1x8xf32>) outs(%5 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %7 = tensor.empty() : tensor<10x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %6 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%7 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.subf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x8xf32>
  %9 = tensor.empty() : tensor<8xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%9 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %11 = tensor.empty() : tensor<8xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg8, %10 : tensor<8xf32>, tensor<8xf32>) outs(%11 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.addf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<8xf32>
  %13 = tensor.empty() : tensor<8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%12 : tensor<8xf32>) outs(%13 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = math.rsqrt %in : f32
    linalg.yield %65 : f32
  } -> tensor<8xf32>
  %15 = tensor.empty() : tensor<1x8xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%14 : tensor<8xf32>) outs(%15 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %17 = tensor.empty() : tensor<10x8xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16 : tensor<1x8xf32>) outs(%17 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %19 = tensor.empty() : tensor<10x8xf32>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8, %18 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%19 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.mulf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x8xf32>
  %21 = tensor.empty() : tensor<1x8xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg4 : tensor<8xf32>) outs(%21 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %23 = tensor.empty() : tensor<10x8xf32>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%22 : tensor<1x8xf32>) outs(%23 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %25 = tensor.empty() : tensor<10x8xf32>
  %26 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%20, %24 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%25 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.mulf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x8xf32>
  %27 = tensor.empty() : tensor<1x8xf32>
  %28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<8xf32>) outs(%27 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %29 = tensor.empty() : tensor<10x8xf32>
  %30 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%28 : tensor<1x8xf32>) outs(%29 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %31 = tensor.empty() : tensor<10x8xf32>
  %32 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%26, %30 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%31 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.addf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x8xf32>
  %33 = call @evaluate.relu(%32) : (tensor<10x8xf32>) -> tensor<10x8xf32>
  %34 = tensor.empty() : tensor<10x4xf32>
  %35 = linalg.fill ins(%cst_1 : f32) outs(%34 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %36 = linalg.matmul ins(%33, %arg2 : tensor<10x8xf32>, tensor<8x4xf32>) outs(%35 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %37 = tensor.empty() : tensor<1x4xf32>
  %38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<4xf32>) outs(%37 : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x4xf32>
  %39 = tensor.empty() : tensor<10x4xf32>
  %40 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%38 : tensor<1x4xf32>) outs(%39 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %41 = tensor.empty() : tensor<10x4xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%36, %40 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%41 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.addf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x4xf32>
  %43 = call @evaluate._one_hot(%arg10) : (tensor<10xi32>) -> tensor<10x4xf32>
  %44 = call @evaluate.log_softmax(%42) : (tensor<10x4xf32>) -> tensor<10x4xf32>
  %45 = tensor.empty() : tensor<10x4xf32>
  %46 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%43, %44 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%45 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.mulf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x4xf32>
  %47 = tensor.empty() : tensor<10xf32>
  %48 = linalg.fill ins(%cst_1 : f32) outs(%47 : tensor<10xf32>) -> tensor<10xf32>
  %49 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%46 : tensor<10x4xf32>) outs(%48 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.addf %out, %in : f32
    linalg.yield %65 : f32
  } -> tensor<10xf32>
  %50 = tensor.empty() : tensor<10xf32>
  %51 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%49 : tensor<10xf32>) outs(%50 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.negf %in : f32
    linalg.yield %65 : f32
  } -> tensor<10xf32>
  %52 = call @evaluate._one_hot(%arg10) : (tensor<10xi32>) -> tensor<10x4xf32>
  %53 = tensor.empty() : tensor<10x4xf32>
  %54 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%52, %42 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%53 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %65 = arith.mulf %in, %in_2 : f32
    linalg.yield %65 : f32
  } -> tensor<10x4xf32>
  %55 = tensor.empty() : tensor<10xf32>
  %56 = linalg.fill ins(%cst_1 : f32) outs(%55 : tensor<10xf32>) -> tensor<10xf32>
  %57 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%54 : tensor<10x4xf32>) outs(%56 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.addf %out, %in : f32
    linalg.yield %65 : f32
  } -> tensor<10xf32>
  %58 = tensor.empty() : tensor<10xf32>
  %59 = linalg.fill ins(%cst : f32) outs(%58 : tensor<10xf32>) -> tensor<10xf32>
  %60 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%42 : tensor<10x4xf32>) outs(%59 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.maximumf %out, %in : f32
    linalg.yield %65 : f32
  } -> tensor<10xf32>
  %61 = tensor.empty() : tensor<10xi1>
  %62 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%57, %60 : tensor<10xf32>, tensor<10xf32>) outs(%61 : tensor<10xi1>) {
  ^bb0(%in: f32, %in_2: f32, %out: i1):
    %65 = arith.cmpf oeq, %in, %in_2 : f32
    linalg.yield %65 : i1
  } -> tensor<10xi1>
  %63 = tensor.empty() : tensor<10xf32>
  %64 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%62 : tensor<10xi1>) outs(%63 : tensor<10xf32>) {
  ^bb0(%in: i1, %out: f32):
    %65 = arith.uitofp %in : i1 to f32
    linalg.yield %65 : f32
  } -> tensor<10xf32>
  return %51, %64 : tensor<10xf32>, tensor<10xf32>
}

func.func private @evaluate.relu(%arg0: tensor<10x8xf32>) -> tensor<10x8xf32> {
  %cst = arith.constant dense<0.000000e+00> : tensor<f32>
  %0 = tensor.empty() : tensor<10x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst : tensor<f32>) outs(%0 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %2 = tensor.empty() : tensor<10x8xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %1 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%2 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %4 = arith.maximumf %in, %in_0 : f32
    linalg.yield %4 : f32
  } -> tensor<10x8xf32>
  return %3 : tensor<10x8xf32>
}

func.func private @evaluate._one_hot(%arg0: tensor<10xi32>) -> tensor<10x4xf32> {
  %0 = tensor.empty() : tensor<10x1xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0 : tensor<10xi32>) outs(%0 : tensor<10x1xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x1xi32>
  %2 = tensor.empty() : tensor<1x4xi32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%2 : tensor<1x4xi32>) {
  ^bb0(%out: i32):
    %12 = linalg.index 1 : index
    %13 = arith.index_cast %12 : index to i32
    linalg.yield %13 : i32
  } -> tensor<1x4xi32>
  %4 = tensor.empty() : tensor<10x4xi32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<10x1xi32>) outs(%4 : tensor<10x4xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x4xi32>
  %6 = tensor.empty() : tensor<10x4xi32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<1x4xi32>) outs(%6 : tensor<10x4xi32>) {
  ^bb0(%in: i32, %out: i32):
    linalg.yield %in : i32
  } -> tensor<10x4xi32>
  %8 = tensor.empty() : tensor<10x4xi1>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%5, %7 : tensor<10x4xi32>, tensor<10x4xi32>) outs(%8 : tensor<10x4xi1>) {
  ^bb0(%in: i32, %in_0: i32, %out: i1):
    %12 = arith.cmpi eq, %in, %in_0 : i32
    linalg.yield %12 : i1
  } -> tensor<10x4xi1>
  %10 = tensor.empty() : tensor<10x4xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<10x4xi1>) outs(%10 : tensor<10x4xf32>) {
  ^bb0(%in: i1, %out: f32):
    %12 = arith.uitofp %in : i1 to f32
    linalg.yield %12 : f32
  } -> tensor<10x4xf32>
  return %11 : tensor<10x4xf32>
}

func.func private @evaluate.log_softmax(%arg0: tensor<10x4xf32>) -> tensor<10x4xf32> {
  %cst = arith.constant 0.000000e+00 : f32
  %cst_0 = arith.constant dense<0xFF800000> : tensor<f32>
  %cst_1 = arith.constant 0xFF800000 : f32
  %0 = tensor.empty() : tensor<10xf32>
  %1 = linalg.fill ins(%cst_1 : f32) outs(%0 : tensor<10xf32>) -> tensor<10xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<10x4xf32>) outs(%1 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = arith.maximumf %out, %in : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %3 = tensor.empty() : tensor<10xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_0 : tensor<f32>) outs(%3 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10xf32>
  %5 = tensor.empty() : tensor<10xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%4, %2 : tensor<10xf32>, tensor<10xf32>) outs(%5 : tensor<10xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.maximumf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %7 = tensor.empty() : tensor<10x1xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6 : tensor<10xf32>) outs(%7 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x1xf32>
  %9 = tensor.empty() : tensor<10x4xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<10x1xf32>) outs(%9 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %11 = tensor.empty() : tensor<10x4xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %10 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%11 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.subf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  %13 = tensor.empty() : tensor<10x4xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12 : tensor<10x4xf32>) outs(%13 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.exp %in : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  %15 = tensor.empty() : tensor<10xf32>
  %16 = linalg.fill ins(%cst : f32) outs(%15 : tensor<10xf32>) -> tensor<10xf32>
  %17 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%14 : tensor<10x4xf32>) outs(%16 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = arith.addf %out, %in : f32
    linalg.yield %26 : f32
  } -> tensor<10xf32>
  %18 = tensor.empty() : tensor<10x1xf32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%17 : tensor<10xf32>) outs(%18 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x1xf32>
  %20 = tensor.empty() : tensor<10x1xf32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%19 : tensor<10x1xf32>) outs(%20 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.log %in : f32
    linalg.yield %26 : f32
  } -> tensor<10x1xf32>
  %22 = tensor.empty() : tensor<10x4xf32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%21 : tensor<10x1xf32>) outs(%22 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %24 = tensor.empty() : tensor<10x4xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %23 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%24 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %26 = arith.subf %in, %in_2 : f32
    linalg.yield %26 : f32
  } -> tensor<10x4xf32>
  return %25 : tensor<10x4xf32>
}
