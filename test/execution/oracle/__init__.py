# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Training by hand-written backpropagation, in numpy: what tacit-run must compute.

Shares no code with the compiler or the runtime. What it defines:

    row order   rank r of P takes for its local step t the rows ((t P + r) B + j) mod N, j < B
    epoch       floor(N / (P B)) steps, at least 1
    exchange    the mean of the ranks' gradients: a sum in rank order, one division by P
    SGD         g += wd w;  v = m v + g;  w -= lr v, or lr (g + m v) with Nesterov's momentum
    AdamW       w -= lr (m_hat / (sqrt(v_hat) + eps) + wd w), w from before the step
"""
