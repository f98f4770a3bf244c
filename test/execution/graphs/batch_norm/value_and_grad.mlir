func.func public @value_and_grad(%arg0: tensor<12x8xf32> {tacit.parameter = "layer0.weight"}, %arg1: tensor<4xf32> {tacit.parameter = "layer1.bias"}, %arg2: tensor<8x4xf32> {tacit.parameter = "layer1.weight"}, %arg3: tensor<8xf32> {tacit.parameter = "norm.bias"}, %arg4: tensor<8xf32> {tacit.parameter = "norm.scale"}, %arg5: tensor<12xf32> {tacit.state = "inputs.mean"}, %arg6: tensor<i32> {tacit.state = "norm.count"}, %arg7: tensor<8xf32> {tacit.state = "norm.mean"}, %arg8: tensor<8xf32> {tacit.state = "norm.var"}, %arg9: tensor<10x12xf32> {tacit.data = "x"}, %arg10: tensor<10xi32> {tacit.data = "y"}) -> (tensor<f32>, tensor<12x8xf32>, tensor<4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<12xf32>, tensor<i32>, tensor<8xf32>, tensor<8xf32>) {
  %cst = arith.constant 1.000000e-01 : f32
  %cst_0 = arith.constant 1.000000e+01 : f32
  %cst_1 = arith.constant dense<-5.000000e-01> : tensor<f32>
  %cst_2 = arith.constant dense<9.99999974E-6> : tensor<f32>
  %c1_i32 = arith.constant 1 : i32
  %cst_3 = arith.constant dense<1.000000e-01> : tensor<f32>
  %cst_4 = arith.constant dense<0.899999976> : tensor<f32>
  %cst_5 = arith.constant dense<0> : tensor<i32>
  %cst_6 = arith.constant dense<1.000000e+01> : tensor<f32>
  %cst_7 = arith.constant dense<0.000000e+00> : tensor<f32>
  %cst_8 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<10x8xf32>
  %1 = linalg.fill ins(%cst_8 : f32) outs(%0 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %2 = linalg.matmul ins(%arg9, %arg0 : tensor<10x12xf32>, tensor<12x8xf32>) outs(%1 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %3 = tensor.empty() : tensor<8xf32>
  %4 = linalg.fill ins(%cst_8 : f32) outs(%3 : tensor<8xf32>) -> tensor<8xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%2 : tensor<10x8xf32>) outs(%4 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %6 = tensor.empty() : tensor<8xf32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_6 : tensor<f32>) outs(%6 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %8 = tensor.empty() : tensor<8xf32>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%5, %7 : tensor<8xf32>, tensor<8xf32>) outs(%8 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.divf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %10:5 = call @value_and_grad._var(%2, %cst_5) : (tensor<10x8xf32>, tensor<i32>) -> (tensor<8xf32>, tensor<10x8xf32>, tensor<f32>, tensor<i1>, tensor<8xf32>)
  %11 = tensor.empty() : tensor<8xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_4 : tensor<f32>) outs(%11 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %13 = tensor.empty() : tensor<8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%12, %arg7 : tensor<8xf32>, tensor<8xf32>) outs(%13 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %15 = tensor.empty() : tensor<8xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_3 : tensor<f32>) outs(%15 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %17 = tensor.empty() : tensor<8xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%16, %9 : tensor<8xf32>, tensor<8xf32>) outs(%17 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %19 = tensor.empty() : tensor<8xf32>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%14, %18 : tensor<8xf32>, tensor<8xf32>) outs(%19 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %21 = tensor.empty() : tensor<8xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_4 : tensor<f32>) outs(%21 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %23 = tensor.empty() : tensor<8xf32>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%22, %arg8 : tensor<8xf32>, tensor<8xf32>) outs(%23 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %25 = tensor.empty() : tensor<8xf32>
  %26 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_3 : tensor<f32>) outs(%25 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %27 = tensor.empty() : tensor<8xf32>
  %28 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%26, %10#0 : tensor<8xf32>, tensor<8xf32>) outs(%27 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %29 = tensor.empty() : tensor<8xf32>
  %30 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%24, %28 : tensor<8xf32>, tensor<8xf32>) outs(%29 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %31 = tensor.empty() : tensor<i32>
  %32 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%arg6 : tensor<i32>) outs(%31 : tensor<i32>) {
  ^bb0(%in: i32, %out: i32):
    %199 = arith.addi %in, %c1_i32 : i32
    linalg.yield %199 : i32
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
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.subf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %39 = tensor.empty() : tensor<8xf32>
  %40 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_2 : tensor<f32>) outs(%39 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %41 = tensor.empty() : tensor<8xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10#0, %40 : tensor<8xf32>, tensor<8xf32>) outs(%41 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %43 = tensor.empty() : tensor<8xf32>
  %44 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%42 : tensor<8xf32>) outs(%43 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = math.rsqrt %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %45 = tensor.empty() : tensor<8xf32>
  %46 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%44, %42 : tensor<8xf32>, tensor<8xf32>) outs(%45 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.divf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %47 = tensor.empty() : tensor<8xf32>
  %48 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_1 : tensor<f32>) outs(%47 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %49 = tensor.empty() : tensor<8xf32>
  %50 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%48, %46 : tensor<8xf32>, tensor<8xf32>) outs(%49 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %51 = tensor.empty() : tensor<1x8xf32>
  %52 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%44 : tensor<8xf32>) outs(%51 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %53 = tensor.empty() : tensor<10x8xf32>
  %54 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%52 : tensor<1x8xf32>) outs(%53 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %55 = tensor.empty() : tensor<10x8xf32>
  %56 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%38, %54 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%55 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %57 = tensor.empty() : tensor<1x8xf32>
  %58 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg4 : tensor<8xf32>) outs(%57 : tensor<1x8xf32>) {
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
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %63 = tensor.empty() : tensor<1x8xf32>
  %64 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg3 : tensor<8xf32>) outs(%63 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %65 = tensor.empty() : tensor<10x8xf32>
  %66 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%64 : tensor<1x8xf32>) outs(%65 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %67 = tensor.empty() : tensor<10x8xf32>
  %68 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%62, %66 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%67 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %69 = call @value_and_grad.relu(%68) : (tensor<10x8xf32>) -> tensor<10x8xf32>
  %70 = tensor.empty() : tensor<10x8xf32>
  %71 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst_7 : tensor<f32>) outs(%70 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %72 = tensor.empty() : tensor<10x8xi1>
  %73 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%68, %71 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%72 : tensor<10x8xi1>) {
  ^bb0(%in: f32, %in_13: f32, %out: i1):
    %199 = arith.cmpf ogt, %in, %in_13 : f32
    linalg.yield %199 : i1
  } -> tensor<10x8xi1>
  %74 = tensor.empty() : tensor<10x4xf32>
  %75 = linalg.fill ins(%cst_8 : f32) outs(%74 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %76 = linalg.matmul ins(%69, %arg2 : tensor<10x8xf32>, tensor<8x4xf32>) outs(%75 : tensor<10x4xf32>) -> tensor<10x4xf32>
  %77 = tensor.empty() : tensor<1x4xf32>
  %78 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<4xf32>) outs(%77 : tensor<1x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x4xf32>
  %79 = tensor.empty() : tensor<10x4xf32>
  %80 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%78 : tensor<1x4xf32>) outs(%79 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %81 = tensor.empty() : tensor<10x4xf32>
  %82 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%76, %80 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%81 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x4xf32>
  %83 = call @value_and_grad._one_hot(%arg10) : (tensor<10xi32>) -> tensor<10x4xf32>
  %84:3 = call @value_and_grad.log_softmax(%82) : (tensor<10x4xf32>) -> (tensor<10x4xf32>, tensor<10x4xf32>, tensor<10x1xf32>)
  %85 = tensor.empty() : tensor<10x4xf32>
  %86 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%83, %84#0 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%85 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x4xf32>
  %87 = tensor.empty() : tensor<10xf32>
  %88 = linalg.fill ins(%cst_8 : f32) outs(%87 : tensor<10xf32>) -> tensor<10xf32>
  %89 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%86 : tensor<10x4xf32>) outs(%88 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<10xf32>
  %90 = tensor.empty() : tensor<10xf32>
  %91 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%89 : tensor<10xf32>) outs(%90 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.negf %in : f32
    linalg.yield %199 : f32
  } -> tensor<10xf32>
  %92 = tensor.empty() : tensor<f32>
  %93 = linalg.fill ins(%cst_8 : f32) outs(%92 : tensor<f32>) -> tensor<f32>
  %94 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%91 : tensor<10xf32>) outs(%93 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<f32>
  %95 = tensor.empty() : tensor<f32>
  %96 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%94 : tensor<f32>) outs(%95 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.divf %in, %cst_0 : f32
    linalg.yield %199 : f32
  } -> tensor<f32>
  %97 = tensor.empty() : tensor<12xf32>
  %98 = linalg.fill ins(%cst_8 : f32) outs(%97 : tensor<12xf32>) -> tensor<12xf32>
  %99 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg9 : tensor<10x12xf32>) outs(%98 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<12xf32>
  %100 = tensor.empty() : tensor<12xf32>
  %101 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_6 : tensor<f32>) outs(%100 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %102 = tensor.empty() : tensor<12xf32>
  %103 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%99, %101 : tensor<12xf32>, tensor<12xf32>) outs(%102 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.divf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<12xf32>
  %104 = tensor.empty() : tensor<12xf32>
  %105 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_4 : tensor<f32>) outs(%104 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %106 = tensor.empty() : tensor<12xf32>
  %107 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%105, %arg5 : tensor<12xf32>, tensor<12xf32>) outs(%106 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<12xf32>
  %108 = tensor.empty() : tensor<12xf32>
  %109 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_3 : tensor<f32>) outs(%108 : tensor<12xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12xf32>
  %110 = tensor.empty() : tensor<12xf32>
  %111 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%109, %103 : tensor<12xf32>, tensor<12xf32>) outs(%110 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<12xf32>
  %112 = tensor.empty() : tensor<12xf32>
  %113 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%107, %111 : tensor<12xf32>, tensor<12xf32>) outs(%112 : tensor<12xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<12xf32>
  %114 = tensor.empty() : tensor<f32>
  %115 = linalg.generic {indexing_maps = [affine_map<() -> ()>], iterator_types = []} outs(%114 : tensor<f32>) {
  ^bb0(%out: f32):
    linalg.yield %cst : f32
  } -> tensor<f32>
  %116 = tensor.empty() : tensor<10xf32>
  %117 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%115 : tensor<f32>) outs(%116 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10xf32>
  %118 = tensor.empty() : tensor<10xf32>
  %119 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%117 : tensor<10xf32>) outs(%118 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.negf %in : f32
    linalg.yield %199 : f32
  } -> tensor<10xf32>
  %120 = tensor.empty() : tensor<10x4xf32>
  %121 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%119 : tensor<10xf32>) outs(%120 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %122 = tensor.empty() : tensor<10x4xf32>
  %123 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%83, %121 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%122 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x4xf32>
  %124 = call @value_and_grad.log_softmax_0(%84#1, %84#2, %123) : (tensor<10x4xf32>, tensor<10x1xf32>, tensor<10x4xf32>) -> tensor<10x4xf32>
  %125 = tensor.empty() : tensor<4xf32>
  %126 = linalg.fill ins(%cst_8 : f32) outs(%125 : tensor<4xf32>) -> tensor<4xf32>
  %127 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%124 : tensor<10x4xf32>) outs(%126 : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<4xf32>
  %expanded = tensor.expand_shape %127 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %128 = tensor.empty() : tensor<4xf32>
  %129 = linalg.fill ins(%cst_8 : f32) outs(%128 : tensor<4xf32>) -> tensor<4xf32>
  %130 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%expanded : tensor<1x4xf32>) outs(%129 : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<4xf32>
  %131 = tensor.empty() : tensor<4x8xf32>
  %132 = linalg.fill ins(%cst_8 : f32) outs(%131 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %133 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%124, %69 : tensor<10x4xf32>, tensor<10x8xf32>) outs(%132 : tensor<4x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    %200 = arith.addf %out, %199 : f32
    linalg.yield %200 : f32
  } -> tensor<4x8xf32>
  %134 = tensor.empty() : tensor<8x4xf32>
  %135 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%133 : tensor<4x8xf32>) outs(%134 : tensor<8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x4xf32>
  %136 = tensor.empty() : tensor<10x8xf32>
  %137 = linalg.fill ins(%cst_8 : f32) outs(%136 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %138 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%124, %arg2 : tensor<10x4xf32>, tensor<8x4xf32>) outs(%137 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    %200 = arith.addf %out, %199 : f32
    linalg.yield %200 : f32
  } -> tensor<10x8xf32>
  %139 = tensor.empty() : tensor<10x8xf32>
  %140 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst_7 : tensor<f32>) outs(%139 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %141 = tensor.empty() : tensor<10x8xf32>
  %142 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%73, %138, %140 : tensor<10x8xi1>, tensor<10x8xf32>, tensor<10x8xf32>) outs(%141 : tensor<10x8xf32>) {
  ^bb0(%in: i1, %in_13: f32, %in_14: f32, %out: f32):
    %199 = arith.select %in, %in_13, %in_14 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %143 = tensor.empty() : tensor<8xf32>
  %144 = linalg.fill ins(%cst_8 : f32) outs(%143 : tensor<8xf32>) -> tensor<8xf32>
  %145 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%142 : tensor<10x8xf32>) outs(%144 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %expanded_9 = tensor.expand_shape %145 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %146 = tensor.empty() : tensor<8xf32>
  %147 = linalg.fill ins(%cst_8 : f32) outs(%146 : tensor<8xf32>) -> tensor<8xf32>
  %148 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%expanded_9 : tensor<1x8xf32>) outs(%147 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %149 = tensor.empty() : tensor<10x8xf32>
  %150 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%56, %142 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%149 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %151 = tensor.empty() : tensor<8xf32>
  %152 = linalg.fill ins(%cst_8 : f32) outs(%151 : tensor<8xf32>) -> tensor<8xf32>
  %153 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%150 : tensor<10x8xf32>) outs(%152 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %expanded_10 = tensor.expand_shape %153 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %154 = tensor.empty() : tensor<10x8xf32>
  %155 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%58 : tensor<1x8xf32>) outs(%154 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %156 = tensor.empty() : tensor<10x8xf32>
  %157 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%142, %155 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%156 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %158 = tensor.empty() : tensor<8xf32>
  %159 = linalg.fill ins(%cst_8 : f32) outs(%158 : tensor<8xf32>) -> tensor<8xf32>
  %160 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%expanded_10 : tensor<1x8xf32>) outs(%159 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %161 = tensor.empty() : tensor<10x8xf32>
  %162 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%38, %157 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%161 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %163 = tensor.empty() : tensor<8xf32>
  %164 = linalg.fill ins(%cst_8 : f32) outs(%163 : tensor<8xf32>) -> tensor<8xf32>
  %165 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%162 : tensor<10x8xf32>) outs(%164 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %expanded_11 = tensor.expand_shape %165 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %166 = tensor.empty() : tensor<10x8xf32>
  %167 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%52 : tensor<1x8xf32>) outs(%166 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %168 = tensor.empty() : tensor<10x8xf32>
  %169 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%157, %167 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%168 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %170 = tensor.empty() : tensor<8xf32>
  %171 = linalg.fill ins(%cst_8 : f32) outs(%170 : tensor<8xf32>) -> tensor<8xf32>
  %172 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%expanded_11 : tensor<1x8xf32>) outs(%171 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %173 = tensor.empty() : tensor<8xf32>
  %174 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%172, %50 : tensor<8xf32>, tensor<8xf32>) outs(%173 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %175 = tensor.empty() : tensor<10x8xf32>
  %176 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%169 : tensor<10x8xf32>) outs(%175 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.negf %in : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %177 = tensor.empty() : tensor<8xf32>
  %178 = linalg.fill ins(%cst_8 : f32) outs(%177 : tensor<8xf32>) -> tensor<8xf32>
  %179 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%176 : tensor<10x8xf32>) outs(%178 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %expanded_12 = tensor.expand_shape %179 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %180 = tensor.empty() : tensor<8xf32>
  %181 = linalg.fill ins(%cst_8 : f32) outs(%180 : tensor<8xf32>) -> tensor<8xf32>
  %182 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%expanded_12 : tensor<1x8xf32>) outs(%181 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %199 = arith.addf %out, %in : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %183 = call @value_and_grad._var_1(%10#1, %10#2, %10#3, %10#4, %174) : (tensor<10x8xf32>, tensor<f32>, tensor<i1>, tensor<8xf32>, tensor<8xf32>) -> tensor<10x8xf32>
  %184 = tensor.empty() : tensor<10x8xf32>
  %185 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%169, %183 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%184 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %186 = tensor.empty() : tensor<8xf32>
  %187 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst_6 : tensor<f32>) outs(%186 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %188 = tensor.empty() : tensor<8xf32>
  %189 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%182, %187 : tensor<8xf32>, tensor<8xf32>) outs(%188 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.divf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<8xf32>
  %190 = tensor.empty() : tensor<10x8xf32>
  %191 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%189 : tensor<8xf32>) outs(%190 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %192 = tensor.empty() : tensor<10x8xf32>
  %193 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%185, %191 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%192 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.addf %in, %in_13 : f32
    linalg.yield %199 : f32
  } -> tensor<10x8xf32>
  %194 = tensor.empty() : tensor<8x12xf32>
  %195 = linalg.fill ins(%cst_8 : f32) outs(%194 : tensor<8x12xf32>) -> tensor<8x12xf32>
  %196 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%193, %arg9 : tensor<10x8xf32>, tensor<10x12xf32>) outs(%195 : tensor<8x12xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %199 = arith.mulf %in, %in_13 : f32
    %200 = arith.addf %out, %199 : f32
    linalg.yield %200 : f32
  } -> tensor<8x12xf32>
  %197 = tensor.empty() : tensor<12x8xf32>
  %198 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%196 : tensor<8x12xf32>) outs(%197 : tensor<12x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<12x8xf32>
  return %96, %198, %130, %135, %148, %160, %113, %32, %20, %30 : tensor<f32>, tensor<12x8xf32>, tensor<4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<12xf32>, tensor<i32>, tensor<8xf32>, tensor<8xf32>
}

func.func private @value_and_grad._var(%arg0: tensor<10x8xf32>, %arg1: tensor<i32>) -> (tensor<8xf32>, tensor<10x8xf32>, tensor<f32>, tensor<i1>, tensor<8xf32>) {
  %cst = arith.constant dense<0x7FC00000> : tensor<f32>
  %cst_0 = arith.constant 1.000000e+01 : f32
  %cst_1 = arith.constant dense<2.000000e+00> : tensor<f32>
  %cst_2 = arith.constant dense<1.000000e+01> : tensor<f32>
  %cst_3 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.fill ins(%cst_3 : f32) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg0 : tensor<10x8xf32>) outs(%1 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %33 = arith.addf %out, %in : f32
    linalg.yield %33 : f32
  } -> tensor<8xf32>
  %3 = tensor.empty() : tensor<1x8xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<8xf32>) outs(%3 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %5 = tensor.empty() : tensor<1x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst_2 : tensor<f32>) outs(%5 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %7 = tensor.empty() : tensor<1x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4, %6 : tensor<1x8xf32>, tensor<1x8xf32>) outs(%7 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %33 = arith.divf %in, %in_4 : f32
    linalg.yield %33 : f32
  } -> tensor<1x8xf32>
  %9 = tensor.empty() : tensor<10x8xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<1x8xf32>) outs(%9 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %11 = tensor.empty() : tensor<10x8xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %10 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%11 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %33 = arith.subf %in, %in_4 : f32
    linalg.yield %33 : f32
  } -> tensor<10x8xf32>
  %13 = tensor.empty() : tensor<10x8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %12 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%13 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %33 = arith.mulf %in, %in_4 : f32
    linalg.yield %33 : f32
  } -> tensor<10x8xf32>
  %15 = tensor.empty() : tensor<10x8xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst_1 : tensor<f32>) outs(%15 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %17 = tensor.empty() : tensor<10x8xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16, %12 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%17 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %33 = arith.mulf %in, %in_4 : f32
    linalg.yield %33 : f32
  } -> tensor<10x8xf32>
  %19 = tensor.empty() : tensor<f32>
  %20 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%arg1 : tensor<i32>) outs(%19 : tensor<f32>) {
  ^bb0(%in: i32, %out: f32):
    %33 = arith.sitofp %in : i32 to f32
    linalg.yield %33 : f32
  } -> tensor<f32>
  %21 = tensor.empty() : tensor<f32>
  %22 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%20 : tensor<f32>) outs(%21 : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %33 = arith.subf %cst_0, %in : f32
    linalg.yield %33 : f32
  } -> tensor<f32>
  %23 = tensor.empty() : tensor<8xf32>
  %24 = linalg.fill ins(%cst_3 : f32) outs(%23 : tensor<8xf32>) -> tensor<8xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%14 : tensor<10x8xf32>) outs(%24 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %33 = arith.addf %out, %in : f32
    linalg.yield %33 : f32
  } -> tensor<8xf32>
  %26 = tensor.empty() : tensor<8xf32>
  %27 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%22 : tensor<f32>) outs(%26 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %28 = tensor.empty() : tensor<8xf32>
  %29 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%25, %27 : tensor<8xf32>, tensor<8xf32>) outs(%28 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_4: f32, %out: f32):
    %33 = arith.divf %in, %in_4 : f32
    linalg.yield %33 : f32
  } -> tensor<8xf32>
  %30 = tensor.empty() : tensor<i1>
  %31 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%22 : tensor<f32>) outs(%30 : tensor<i1>) {
  ^bb0(%in: f32, %out: i1):
    %33 = arith.cmpf ogt, %in, %cst_3 : f32
    linalg.yield %33 : i1
  } -> tensor<i1>
  %32:2 = call @value_and_grad._where(%31, %29, %cst) : (tensor<i1>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  return %32#0, %18, %22, %31, %32#1 : tensor<8xf32>, tensor<10x8xf32>, tensor<f32>, tensor<i1>, tensor<8xf32>
}

func.func private @value_and_grad._where(%arg0: tensor<i1>, %arg1: tensor<8xf32>, %arg2: tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %cst = arith.constant dense<0.000000e+00> : tensor<f32>
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg2 : tensor<f32>) outs(%0 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %2 = tensor.empty() : tensor<8xf32>
  %extracted = tensor.extract %arg0[] : tensor<i1>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg1, %1 : tensor<8xf32>, tensor<8xf32>) outs(%2 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %6 = arith.select %extracted, %in, %in_0 : f32
    linalg.yield %6 : f32
  } -> tensor<8xf32>
  %4 = tensor.empty() : tensor<8xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst : tensor<f32>) outs(%4 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  return %3, %5 : tensor<8xf32>, tensor<8xf32>
}

func.func private @value_and_grad.relu(%arg0: tensor<10x8xf32>) -> tensor<10x8xf32> {
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

func.func private @value_and_grad._one_hot(%arg0: tensor<10xi32>) -> tensor<10x4xf32> {
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

func.func private @value_and_grad.log_softmax(%arg0: tensor<10x4xf32>) -> (tensor<10x4xf32>, tensor<10x4xf32>, tensor<10x1xf32>) {
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
  return %25, %14, %19 : tensor<10x4xf32>, tensor<10x4xf32>, tensor<10x1xf32>
}

func.func private @value_and_grad.log_softmax_0(%arg0: tensor<10x4xf32>, %arg1: tensor<10x1xf32>, %arg2: tensor<10x4xf32>) -> tensor<10x4xf32> {
  %cst = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<10x4xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg2 : tensor<10x4xf32>) outs(%0 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.negf %in : f32
    linalg.yield %16 : f32
  } -> tensor<10x4xf32>
  %2 = tensor.empty() : tensor<10xf32>
  %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<10xf32>) -> tensor<10xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%1 : tensor<10x4xf32>) outs(%3 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.addf %out, %in : f32
    linalg.yield %16 : f32
  } -> tensor<10xf32>
  %expanded = tensor.expand_shape %4 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %5 = tensor.empty() : tensor<10x1xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded, %arg1 : tensor<10x1xf32>, tensor<10x1xf32>) outs(%5 : tensor<10x1xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %16 = arith.divf %in, %in_0 : f32
    linalg.yield %16 : f32
  } -> tensor<10x1xf32>
  %7 = tensor.empty() : tensor<10xf32>
  %8 = linalg.fill ins(%cst : f32) outs(%7 : tensor<10xf32>) -> tensor<10xf32>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%6 : tensor<10x1xf32>) outs(%8 : tensor<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.addf %out, %in : f32
    linalg.yield %16 : f32
  } -> tensor<10xf32>
  %10 = tensor.empty() : tensor<10x4xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%9 : tensor<10xf32>) outs(%10 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x4xf32>
  %12 = tensor.empty() : tensor<10x4xf32>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%11, %arg0 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%12 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %16 = arith.mulf %in, %in_0 : f32
    linalg.yield %16 : f32
  } -> tensor<10x4xf32>
  %14 = tensor.empty() : tensor<10x4xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg2, %13 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%14 : tensor<10x4xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %16 = arith.addf %in, %in_0 : f32
    linalg.yield %16 : f32
  } -> tensor<10x4xf32>
  return %15 : tensor<10x4xf32>
}

func.func private @value_and_grad._var_1(%arg0: tensor<10x8xf32>, %arg1: tensor<f32>, %arg2: tensor<i1>, %arg3: tensor<8xf32>, %arg4: tensor<8xf32>) -> tensor<10x8xf32> {
  %cst = arith.constant dense<1.000000e+01> : tensor<f32>
  %cst_0 = arith.constant 0.000000e+00 : f32
  %0 = call @value_and_grad._where_2(%arg2, %arg3, %arg4) : (tensor<i1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = tensor.empty() : tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg1 : tensor<f32>) outs(%1 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %3 = tensor.empty() : tensor<8xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%0, %2 : tensor<8xf32>, tensor<8xf32>) outs(%3 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %25 = arith.divf %in, %in_1 : f32
    linalg.yield %25 : f32
  } -> tensor<8xf32>
  %5 = tensor.empty() : tensor<10x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<8xf32>) outs(%5 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %7 = tensor.empty() : tensor<10x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6, %arg0 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%7 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %25 = arith.mulf %in, %in_1 : f32
    linalg.yield %25 : f32
  } -> tensor<10x8xf32>
  %9 = tensor.empty() : tensor<10x8xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8 : tensor<10x8xf32>) outs(%9 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %25 = arith.negf %in : f32
    linalg.yield %25 : f32
  } -> tensor<10x8xf32>
  %11 = tensor.empty() : tensor<8xf32>
  %12 = linalg.fill ins(%cst_0 : f32) outs(%11 : tensor<8xf32>) -> tensor<8xf32>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%10 : tensor<10x8xf32>) outs(%12 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %25 = arith.addf %out, %in : f32
    linalg.yield %25 : f32
  } -> tensor<8xf32>
  %expanded = tensor.expand_shape %13 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %14 = tensor.empty() : tensor<1x8xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%cst : tensor<f32>) outs(%14 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8xf32>
  %16 = tensor.empty() : tensor<1x8xf32>
  %17 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded, %15 : tensor<1x8xf32>, tensor<1x8xf32>) outs(%16 : tensor<1x8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %25 = arith.divf %in, %in_1 : f32
    linalg.yield %25 : f32
  } -> tensor<1x8xf32>
  %18 = tensor.empty() : tensor<8xf32>
  %19 = linalg.fill ins(%cst_0 : f32) outs(%18 : tensor<8xf32>) -> tensor<8xf32>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%17 : tensor<1x8xf32>) outs(%19 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %25 = arith.addf %out, %in : f32
    linalg.yield %25 : f32
  } -> tensor<8xf32>
  %21 = tensor.empty() : tensor<10x8xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%20 : tensor<8xf32>) outs(%21 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<10x8xf32>
  %23 = tensor.empty() : tensor<10x8xf32>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%8, %22 : tensor<10x8xf32>, tensor<10x8xf32>) outs(%23 : tensor<10x8xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %25 = arith.addf %in, %in_1 : f32
    linalg.yield %25 : f32
  } -> tensor<10x8xf32>
  return %24 : tensor<10x8xf32>
}

func.func private @value_and_grad._where_2(%arg0: tensor<i1>, %arg1: tensor<8xf32>, %arg2: tensor<8xf32>) -> tensor<8xf32> {
  %cst = arith.constant dense<0.000000e+00> : tensor<f32>
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%cst : tensor<f32>) outs(%0 : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8xf32>
  %2 = tensor.empty() : tensor<8xf32>
  %extracted = tensor.extract %arg0[] : tensor<i1>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg2, %1 : tensor<8xf32>, tensor<8xf32>) outs(%2 : tensor<8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %4 = arith.select %extracted, %in, %in_0 : f32
    linalg.yield %4 : f32
  } -> tensor<8xf32>
  return %3 : tensor<8xf32>
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
