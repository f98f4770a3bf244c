// Softmax regression, 784-10, with an L2 penalty of 0.0005 |w|^2, on batches of
// 4 rows: a convex loss, whose lowest value averaging of parameters misses the
// further, the longer ranks go their own ways.

#row = affine_map<(b, j) -> (b)>
#column = affine_map<(b, j) -> (j)>
#both = affine_map<(b, j) -> (b, j)>
#only = affine_map<(b) -> (b)>
#none = affine_map<(b) -> ()>
#nothing = affine_map<(i, j) -> ()>

tacit.trainer @logreg {
  tacit.variable @weight : tensor<784x10xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @bias : tensor<10xf32> = #tacit.zeros {role = #tacit.role<parameter>}

  func.func private @logits(%w: tensor<784x10xf32>, %bias: tensor<10xf32>, %x: tensor<4x784xf32>) -> tensor<4x10xf32> {
    %empty = tensor.empty() : tensor<4x10xf32>
    %start = linalg.generic {indexing_maps = [#column, #both], iterator_types = ["parallel", "parallel"]}
        ins(%bias : tensor<10xf32>) outs(%empty : tensor<4x10xf32>) {
    ^bb0(%b: f32, %out: f32):
      linalg.yield %b : f32
    } -> tensor<4x10xf32>
    %z = linalg.matmul ins(%x, %w : tensor<4x784xf32>, tensor<784x10xf32>) outs(%start : tensor<4x10xf32>) -> tensor<4x10xf32>
    return %z : tensor<4x10xf32>
  }

  func.func private @largest(%z: tensor<4x10xf32>) -> tensor<4xf32> {
    %lowest = arith.constant 0xFF800000 : f32
    %empty = tensor.empty() : tensor<4xf32>
    %start = linalg.fill ins(%lowest : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %m = linalg.generic {indexing_maps = [#both, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z : tensor<4x10xf32>) outs(%start : tensor<4xf32>) {
    ^bb0(%logit: f32, %acc: f32):
      %max = arith.maximumf %acc, %logit : f32
      linalg.yield %max : f32
    } -> tensor<4xf32>
    return %m : tensor<4xf32>
  }

  // The logit of each row's own class.
  func.func private @own(%z: tensor<4x10xf32>, %y: tensor<4xi32>) -> tensor<4xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<4xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %o = linalg.generic {indexing_maps = [#both, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z, %y : tensor<4x10xf32>, tensor<4xi32>) outs(%start : tensor<4xf32>) {
    ^bb0(%logit: f32, %label: i32, %acc: f32):
      %j = linalg.index 1 : index
      %class = arith.index_cast %j : index to i32
      %here = arith.cmpi eq, %class, %label : i32
      %part = arith.select %here, %logit, %zero : f32
      %sum = arith.addf %acc, %part : f32
      linalg.yield %sum : f32
    } -> tensor<4xf32>
    return %o : tensor<4xf32>
  }

  // -log softmax(z)[y] of each row, and the penalty.
  func.func private @rows(%w: tensor<784x10xf32>, %z: tensor<4x10xf32>, %y: tensor<4xi32>) -> tensor<4xf32> {
    %zero = arith.constant 0.0 : f32
    %half = arith.constant 5.0e-04 : f32
    %empty = tensor.empty() : tensor<4xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %m = func.call @largest(%z) : (tensor<4x10xf32>) -> tensor<4xf32>
    %total = linalg.generic {indexing_maps = [#both, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z, %m : tensor<4x10xf32>, tensor<4xf32>) outs(%start : tensor<4xf32>) {
    ^bb0(%logit: f32, %max: f32, %acc: f32):
      %shifted = arith.subf %logit, %max : f32
      %exp = math.exp %shifted : f32
      %sum = arith.addf %acc, %exp : f32
      linalg.yield %sum : f32
    } -> tensor<4xf32>
    %none = tensor.empty() : tensor<f32>
    %begin = linalg.fill ins(%zero : f32) outs(%none : tensor<f32>) -> tensor<f32>
    %penalty = linalg.generic {indexing_maps = [#both, #nothing], iterator_types = ["reduction", "reduction"]}
        ins(%w : tensor<784x10xf32>) outs(%begin : tensor<f32>) {
    ^bb0(%entry: f32, %acc: f32):
      %scaled = arith.mulf %entry, %half : f32
      %square = arith.mulf %scaled, %entry : f32
      %sum = arith.addf %acc, %square : f32
      linalg.yield %sum : f32
    } -> tensor<f32>
    %o = func.call @own(%z, %y) : (tensor<4x10xf32>, tensor<4xi32>) -> tensor<4xf32>
    %rows = linalg.generic {indexing_maps = [#only, #only, #only, #none, #only], iterator_types = ["parallel"]}
        ins(%total, %m, %o, %penalty : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) outs(%empty : tensor<4xf32>) {
    ^bb0(%sum: f32, %max: f32, %logit: f32, %l2: f32, %out: f32):
      %log = math.log %sum : f32
      %shifted = arith.subf %logit, %max : f32
      %loss = arith.subf %log, %shifted : f32
      %all = arith.addf %loss, %l2 : f32
      linalg.yield %all : f32
    } -> tensor<4xf32>
    return %rows : tensor<4xf32>
  }

  func.func private @loss(%w: tensor<784x10xf32>, %bias: tensor<10xf32>, %x: tensor<4x784xf32>, %y: tensor<4xi32>) -> tensor<f32> {
    %z = func.call @logits(%w, %bias, %x) : (tensor<784x10xf32>, tensor<10xf32>, tensor<4x784xf32>) -> tensor<4x10xf32>
    %rows = func.call @rows(%w, %z, %y) : (tensor<784x10xf32>, tensor<4x10xf32>, tensor<4xi32>) -> tensor<4xf32>
    %zero = arith.constant 0.0 : f32
    %count = arith.constant 4.0 : f32
    %empty = tensor.empty() : tensor<f32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
    %mean = linalg.generic {indexing_maps = [#only, #none], iterator_types = ["reduction"]}
        ins(%rows : tensor<4xf32>) outs(%start : tensor<f32>) {
    ^bb0(%row: f32, %acc: f32):
      %part = arith.divf %row, %count : f32
      %sum = arith.addf %acc, %part : f32
      linalg.yield %sum : f32
    } -> tensor<f32>
    return %mean : tensor<f32>
  }

  tacit.step {
    %x, %y = tacit.next_batch : tensor<4x784xf32>, tensor<4xi32>
    %w = tacit.get @weight : tensor<784x10xf32>
    %b = tacit.get @bias : tensor<10xf32>
    %loss, %g:2 = tacit.value_and_grad @loss(%w, %b, %x, %y) wrt [0, 1]
      : (tensor<784x10xf32>, tensor<10xf32>, tensor<4x784xf32>, tensor<4xi32>) -> (tensor<f32>, tensor<784x10xf32>, tensor<10xf32>)
    %nw = tacit.sgd %w, %g#0 lr(0.2) : tensor<784x10xf32>
    %nb = tacit.sgd %b, %g#1 lr(0.2) : tensor<10xf32>
    tacit.set @weight, %nw : tensor<784x10xf32>
    tacit.set @bias, %nb : tensor<10xf32>
    tacit.yield %loss : tensor<f32>
  }

  // A row is correct if its own class has the largest logit.
  tacit.evaluate {
    %x, %y = tacit.next_batch : tensor<4x784xf32>, tensor<4xi32>
    %w = tacit.get @weight : tensor<784x10xf32>
    %bias = tacit.get @bias : tensor<10xf32>
    %z = func.call @logits(%w, %bias, %x) : (tensor<784x10xf32>, tensor<10xf32>, tensor<4x784xf32>) -> tensor<4x10xf32>
    %rows = func.call @rows(%w, %z, %y) : (tensor<784x10xf32>, tensor<4x10xf32>, tensor<4xi32>) -> tensor<4xf32>
    %m = func.call @largest(%z) : (tensor<4x10xf32>) -> tensor<4xf32>
    %o = func.call @own(%z, %y) : (tensor<4x10xf32>, tensor<4xi32>) -> tensor<4xf32>
    %empty = tensor.empty() : tensor<4xf32>
    %correct = linalg.generic {indexing_maps = [#only, #only, #only], iterator_types = ["parallel"]}
        ins(%o, %m : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) {
    ^bb0(%logit: f32, %max: f32, %out: f32):
      %same = arith.cmpf oeq, %logit, %max : f32
      %one = arith.uitofp %same : i1 to f32
      linalg.yield %one : f32
    } -> tensor<4xf32>
    tacit.yield %rows, %correct : tensor<4xf32>, tensor<4xf32>
  }
}
