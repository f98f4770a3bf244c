"""The three models in PyTorch, f32, as functions of a flat list of parameters, with a batch each."""

import math

import torch
import torch.nn.functional as F


def normal(*shape, fan):
    return torch.randn(*shape) * math.sqrt(2.0 / fan)


def parameters(model):
    torch.manual_seed(0)
    if model == "mlp":
        sizes = [784, 512, 512, 10]
        return [t for m, n in zip(sizes, sizes[1:]) for t in (normal(m, n, fan=m), torch.zeros(n))]
    if model == "lenet":
        return [normal(16, 1, 5, 5, fan=25), torch.zeros(16), normal(32, 16, 5, 5, fan=400), torch.zeros(32),
                normal(1568, 128, fan=1568), torch.zeros(128), normal(128, 10, fan=128), torch.zeros(10)]
    width = 128

    def small(*shape):
        return torch.randn(*shape) * 0.02

    p = [small(65, width), small(64, width)]
    for _ in range(2):
        p += [torch.ones(width), torch.zeros(width), small(width, 3 * width), torch.zeros(3 * width),
              small(width, width), torch.zeros(width), torch.ones(width), torch.zeros(width),
              small(width, 4 * width), torch.zeros(4 * width), small(4 * width, width), torch.zeros(width)]
    return p + [torch.ones(width), torch.zeros(width), small(width, 65), torch.zeros(65)]


def batch(model):
    torch.manual_seed(1)
    if model == "mlp":
        return torch.rand(64, 784), torch.randint(10, (64,))
    if model == "lenet":
        return torch.rand(64, 1, 28, 28), torch.randint(10, (64,))
    return torch.randint(65, (16, 64)), torch.randint(65, (16, 64))


def mlp(p, x):
    x = F.relu(torch.addmm(p[1], x, p[0]))
    x = F.relu(torch.addmm(p[3], x, p[2]))
    return torch.addmm(p[5], x, p[4])


def lenet(p, x):
    x = F.max_pool2d(F.relu(F.conv2d(x, p[0], p[1], padding=2)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, p[2], p[3], padding=2)), 2)
    x = F.relu(torch.addmm(p[5], x.flatten(1), p[4]))
    return torch.addmm(p[7], x, p[6])


def char_transformer(p, ids):
    b, t = ids.shape
    x = F.embedding(ids, p[0]) + p[1]
    width = x.shape[-1]
    for l in (p[2:14], p[14:26]):
        h = F.layer_norm(x, (width,), l[0], l[1])
        q, k, v = (h @ l[2] + l[3]).view(b, t, 3, 4, width // 4).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(b, t, width) @ l[4] + l[5]
        h = F.layer_norm(x, (width,), l[6], l[7])
        x = x + F.gelu(h @ l[8] + l[9], approximate="tanh") @ l[10] + l[11]
    return (F.layer_norm(x, (width,), p[26], p[27]) @ p[28] + p[29]).flatten(0, 1)


def loss(model):
    apply = {"mlp": mlp, "lenet": lenet, "char_transformer": char_transformer}[model]
    return lambda p, x, y: F.cross_entropy(apply(p, x), y.flatten())
