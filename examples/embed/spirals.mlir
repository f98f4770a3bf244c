// A multi-layer perceptron, 2-32-32-3, with ReLU and softmax cross entropy: to
// which of three spirals does a point belong? The model of examples/mlp with
// fewer neurons, which says more on how it is written.

#row = affine_map<(b, j) -> (b)>
#column = affine_map<(b, j) -> (j)>
#both = affine_map<(b, j) -> (b, j)>
#only = affine_map<(b) -> (b)>
#none = affine_map<(b) -> ()>

tacit.trainer @spirals {
  tacit.variable @layer0.weight : tensor<2x32xf32> = #tacit.he_normal<fan_in = 2> {role = #tacit.role<parameter>}
  tacit.variable @layer0.bias : tensor<32xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @layer1.weight : tensor<32x32xf32> = #tacit.he_normal<fan_in = 32> {role = #tacit.role<parameter>}
  tacit.variable @layer1.bias : tensor<32xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @layer2.weight : tensor<32x3xf32> = #tacit.he_normal<fan_in = 32> {role = #tacit.role<parameter>}
  tacit.variable @layer2.bias : tensor<3xf32> = #tacit.zeros {role = #tacit.role<parameter>}

  // relu(x w + b)
  func.func private @hidden0(%x: tensor<64x2xf32>, %w: tensor<2x32xf32>, %b: tensor<32xf32>) -> tensor<64x32xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<64x32xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x32xf32>) -> tensor<64x32xf32>
    %product = linalg.matmul ins(%x, %w : tensor<64x2xf32>, tensor<2x32xf32>) outs(%start : tensor<64x32xf32>) -> tensor<64x32xf32>
    %y = linalg.generic {indexing_maps = [#both, #column, #both], iterator_types = ["parallel", "parallel"]}
        ins(%product, %b : tensor<64x32xf32>, tensor<32xf32>) outs(%empty : tensor<64x32xf32>) {
    ^bb0(%p: f32, %bias: f32, %out: f32):
      %sum = arith.addf %p, %bias : f32
      %relu = arith.maximumf %sum, %zero : f32
      linalg.yield %relu : f32
    } -> tensor<64x32xf32>
    return %y : tensor<64x32xf32>
  }

  func.func private @hidden1(%x: tensor<64x32xf32>, %w: tensor<32x32xf32>, %b: tensor<32xf32>) -> tensor<64x32xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<64x32xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x32xf32>) -> tensor<64x32xf32>
    %product = linalg.matmul ins(%x, %w : tensor<64x32xf32>, tensor<32x32xf32>) outs(%start : tensor<64x32xf32>) -> tensor<64x32xf32>
    %y = linalg.generic {indexing_maps = [#both, #column, #both], iterator_types = ["parallel", "parallel"]}
        ins(%product, %b : tensor<64x32xf32>, tensor<32xf32>) outs(%empty : tensor<64x32xf32>) {
    ^bb0(%p: f32, %bias: f32, %out: f32):
      %sum = arith.addf %p, %bias : f32
      %relu = arith.maximumf %sum, %zero : f32
      linalg.yield %relu : f32
    } -> tensor<64x32xf32>
    return %y : tensor<64x32xf32>
  }

  func.func private @logits(%w0: tensor<2x32xf32>, %b0: tensor<32xf32>, %w1: tensor<32x32xf32>, %b1: tensor<32xf32>, %w2: tensor<32x3xf32>, %b2: tensor<3xf32>, %x: tensor<64x2xf32>) -> tensor<64x3xf32> {
    %h0 = func.call @hidden0(%x, %w0, %b0) : (tensor<64x2xf32>, tensor<2x32xf32>, tensor<32xf32>) -> tensor<64x32xf32>
    %h1 = func.call @hidden1(%h0, %w1, %b1) : (tensor<64x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<64x32xf32>
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<64x3xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64x3xf32>) -> tensor<64x3xf32>
    %product = linalg.matmul ins(%h1, %w2 : tensor<64x32xf32>, tensor<32x3xf32>) outs(%start : tensor<64x3xf32>) -> tensor<64x3xf32>
    %y = linalg.generic {indexing_maps = [#both, #column, #both], iterator_types = ["parallel", "parallel"]}
        ins(%product, %b2 : tensor<64x3xf32>, tensor<3xf32>) outs(%empty : tensor<64x3xf32>) {
    ^bb0(%p: f32, %bias: f32, %out: f32):
      %sum = arith.addf %p, %bias : f32
      linalg.yield %sum : f32
    } -> tensor<64x3xf32>
    return %y : tensor<64x3xf32>
  }

  // The largest logit of each row.
  func.func private @largest(%z: tensor<64x3xf32>) -> tensor<64xf32> {
    %lowest = arith.constant 0xFF800000 : f32
    %empty = tensor.empty() : tensor<64xf32>
    %start = linalg.fill ins(%lowest : f32) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
    %m = linalg.generic {indexing_maps = [#both, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z : tensor<64x3xf32>) outs(%start : tensor<64xf32>) {
    ^bb0(%logit: f32, %acc: f32):
      %max = arith.maximumf %acc, %logit : f32
      linalg.yield %max : f32
    } -> tensor<64xf32>
    return %m : tensor<64xf32>
  }

  // The logit of each row's own class.
  func.func private @own(%z: tensor<64x3xf32>, %y: tensor<64xi32>) -> tensor<64xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<64xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
    %o = linalg.generic {indexing_maps = [#both, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z, %y : tensor<64x3xf32>, tensor<64xi32>) outs(%start : tensor<64xf32>) {
    ^bb0(%logit: f32, %label: i32, %acc: f32):
      %j = linalg.index 1 : index
      %class = arith.index_cast %j : index to i32
      %here = arith.cmpi eq, %class, %label : i32
      %part = arith.select %here, %logit, %zero : f32
      %sum = arith.addf %acc, %part : f32
      linalg.yield %sum : f32
    } -> tensor<64xf32>
    return %o : tensor<64xf32>
  }

  // -log softmax(z)[y] of each row. Logits are shifted by the largest, so that
  // no exponential overflows.
  func.func private @cross_entropy(%z: tensor<64x3xf32>, %y: tensor<64xi32>) -> tensor<64xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<64xf32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
    %m = func.call @largest(%z) : (tensor<64x3xf32>) -> tensor<64xf32>
    %total = linalg.generic {indexing_maps = [#both, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%z, %m : tensor<64x3xf32>, tensor<64xf32>) outs(%start : tensor<64xf32>) {
    ^bb0(%logit: f32, %max: f32, %acc: f32):
      %shifted = arith.subf %logit, %max : f32
      %exp = math.exp %shifted : f32
      %sum = arith.addf %acc, %exp : f32
      linalg.yield %sum : f32
    } -> tensor<64xf32>
    %o = func.call @own(%z, %y) : (tensor<64x3xf32>, tensor<64xi32>) -> tensor<64xf32>
    %rows = linalg.generic {indexing_maps = [#only, #only, #only, #only], iterator_types = ["parallel"]}
        ins(%total, %m, %o : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) outs(%empty : tensor<64xf32>) {
    ^bb0(%sum: f32, %max: f32, %logit: f32, %out: f32):
      %log = math.log %sum : f32
      %shifted = arith.subf %logit, %max : f32
      %loss = arith.subf %log, %shifted : f32
      linalg.yield %loss : f32
    } -> tensor<64xf32>
    return %rows : tensor<64xf32>
  }

  func.func private @loss(%w0: tensor<2x32xf32>, %b0: tensor<32xf32>, %w1: tensor<32x32xf32>, %b1: tensor<32xf32>, %w2: tensor<32x3xf32>, %b2: tensor<3xf32>, %x: tensor<64x2xf32>, %y: tensor<64xi32>) -> tensor<f32> {
    %z = func.call @logits(%w0, %b0, %w1, %b1, %w2, %b2, %x) : (tensor<2x32xf32>, tensor<32xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<32x3xf32>, tensor<3xf32>, tensor<64x2xf32>) -> tensor<64x3xf32>
    %rows = func.call @cross_entropy(%z, %y) : (tensor<64x3xf32>, tensor<64xi32>) -> tensor<64xf32>
    %zero = arith.constant 0.0 : f32
    %count = arith.constant 64.0 : f32
    %empty = tensor.empty() : tensor<f32>
    %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
    %mean = linalg.generic {indexing_maps = [#only, #none], iterator_types = ["reduction"]}
        ins(%rows : tensor<64xf32>) outs(%start : tensor<f32>) {
    ^bb0(%row: f32, %acc: f32):
      %part = arith.divf %row, %count : f32
      %sum = arith.addf %acc, %part : f32
      linalg.yield %sum : f32
    } -> tensor<f32>
    return %mean : tensor<f32>
  }

  tacit.step {
    %x, %y = tacit.next_batch : tensor<64x2xf32>, tensor<64xi32>
    %w0 = tacit.get @layer0.weight : tensor<2x32xf32>
    %b0 = tacit.get @layer0.bias : tensor<32xf32>
    %w1 = tacit.get @layer1.weight : tensor<32x32xf32>
    %b1 = tacit.get @layer1.bias : tensor<32xf32>
    %w2 = tacit.get @layer2.weight : tensor<32x3xf32>
    %b2 = tacit.get @layer2.bias : tensor<3xf32>
    %loss, %g:6 = tacit.value_and_grad @loss(%w0, %b0, %w1, %b1, %w2, %b2, %x, %y) wrt [0, 1, 2, 3, 4, 5]
      : (tensor<2x32xf32>, tensor<32xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<32x3xf32>, tensor<3xf32>, tensor<64x2xf32>, tensor<64xi32>)
      -> (tensor<f32>, tensor<2x32xf32>, tensor<32xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<32x3xf32>, tensor<3xf32>)
    %nw0 = tacit.sgd %w0, %g#0 lr(0.1) : tensor<2x32xf32>
    %nb0 = tacit.sgd %b0, %g#1 lr(0.1) : tensor<32xf32>
    %nw1 = tacit.sgd %w1, %g#2 lr(0.1) : tensor<32x32xf32>
    %nb1 = tacit.sgd %b1, %g#3 lr(0.1) : tensor<32xf32>
    %nw2 = tacit.sgd %w2, %g#4 lr(0.1) : tensor<32x3xf32>
    %nb2 = tacit.sgd %b2, %g#5 lr(0.1) : tensor<3xf32>
    tacit.set @layer0.weight, %nw0 : tensor<2x32xf32>
    tacit.set @layer0.bias, %nb0 : tensor<32xf32>
    tacit.set @layer1.weight, %nw1 : tensor<32x32xf32>
    tacit.set @layer1.bias, %nb1 : tensor<32xf32>
    tacit.set @layer2.weight, %nw2 : tensor<32x3xf32>
    tacit.set @layer2.bias, %nb2 : tensor<3xf32>
    tacit.yield %loss : tensor<f32>
  }

  // A row is correct if its own class has the largest logit.
  tacit.evaluate {
    %x, %y = tacit.next_batch : tensor<64x2xf32>, tensor<64xi32>
    %w0 = tacit.get @layer0.weight : tensor<2x32xf32>
    %b0 = tacit.get @layer0.bias : tensor<32xf32>
    %w1 = tacit.get @layer1.weight : tensor<32x32xf32>
    %b1 = tacit.get @layer1.bias : tensor<32xf32>
    %w2 = tacit.get @layer2.weight : tensor<32x3xf32>
    %b2 = tacit.get @layer2.bias : tensor<3xf32>
    %z = func.call @logits(%w0, %b0, %w1, %b1, %w2, %b2, %x) : (tensor<2x32xf32>, tensor<32xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<32x3xf32>, tensor<3xf32>, tensor<64x2xf32>) -> tensor<64x3xf32>
    %rows = func.call @cross_entropy(%z, %y) : (tensor<64x3xf32>, tensor<64xi32>) -> tensor<64xf32>
    %m = func.call @largest(%z) : (tensor<64x3xf32>) -> tensor<64xf32>
    %o = func.call @own(%z, %y) : (tensor<64x3xf32>, tensor<64xi32>) -> tensor<64xf32>
    %empty = tensor.empty() : tensor<64xf32>
    %correct = linalg.generic {indexing_maps = [#only, #only, #only], iterator_types = ["parallel"]}
        ins(%o, %m : tensor<64xf32>, tensor<64xf32>) outs(%empty : tensor<64xf32>) {
    ^bb0(%logit: f32, %max: f32, %out: f32):
      %same = arith.cmpf oeq, %logit, %max : f32
      %one = arith.uitofp %same : i1 to f32
      linalg.yield %one : f32
    } -> tensor<64xf32>
    tacit.yield %rows, %correct : tensor<64xf32>, tensor<64xf32>
  }
}
