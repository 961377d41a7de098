"""Numbers of the explanation methods that ../shared/golden has none for, from their formulas, in float64.

    python Tests/Oracle/explain_methods.py ../shared/golden Tests/Fixtures/explain/methods.safetensors

Written from the definitions (see the doc comments of Sources/CAMRuntime/Explain/Methods); nothing of the project is run.
Needs torch, numpy and safetensors.
"""
import json, math, sys
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

torch.set_default_dtype(torch.float64)
MASK = (1 << 64) - 1


class Generator:
    """SplitMix64 and Box-Muller, as SeededGenerator has them."""

    def __init__(self, seed):
        self.state, self.spare = seed & MASK, None

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def normals(self, count):
        return np.array([self.normal() for _ in range(count)])


RECTIFIERS = ("relu", "relu6", "hardswish", "silu")


class Net:
    def __init__(self, folder, name):
        self.description = json.loads((folder / f"{name}.json").read_text())
        self.weights = {k: torch.from_numpy(v.astype(np.float64)) for k, v in load_file(folder / f"{name}.safetensors").items()}
        self.input = torch.from_numpy(load_file(folder / f"{name}.golden.safetensors")["input"].astype(np.float64))[None]
        self.layers = self.description["target_layers"]
        self.classes = self.description["classes_explained"]

    def run(self, x, replace=None, guided=False):
        """All values of a pass; `replace` maps a node to the value that stands in its place."""
        values = {"input": x}
        for node in self.description["nodes"]:
            name, op = node["name"], node["op"]
            args = [values[i] for i in node["in"]]
            w = lambda n: self.weights.get(f"{name}.{n}")
            a = args[0]
            if op == "conv":
                t, l, b, r = node["pads"]
                y = F.conv2d(F.pad(a, (l, r, t, b)), w("weight"), w("bias"), node["stride"], 0, node["dil"], node["groups"])
            elif op == "bn":
                y = F.batch_norm(a, w("running_mean"), w("running_var"), w("weight"), w("bias"), False, 0, node["eps"])
            elif op == "fc":
                y = F.linear(a, w("weight"), w("bias"))
            elif op == "relu":
                y = F.relu(a)
            elif op == "relu6":
                y = F.relu6(a)
            elif op == "maxpool":
                y = F.max_pool2d(a, node["k"], node["stride"], node["pad"], ceil_mode=node["ceil"])
            elif op == "avgpool":
                y = F.avg_pool2d(a, node["k"], node["stride"], node["pad"], node["ceil"], node["cip"])
            else:
                y = {
                    "gap": lambda: a.mean((2, 3), keepdim=True), "flatten": lambda: a.flatten(1), "dropout": lambda: a,
                    "silu": lambda: F.silu(a), "hardswish": lambda: F.hardswish(a), "sigmoid": lambda: torch.sigmoid(a),
                    "hardsigmoid": lambda: (a / 6 + 0.5).clamp(0, 1), "add": lambda: args[0] + args[1],
                    "mul": lambda: args[0] * args[1], "concat": lambda: torch.cat(args, 1),
                }[op]()
            if guided and op in RECTIFIERS:
                y.register_hook(lambda g: g.relu())
            values[name] = replace[name] if replace and name in replace else y
        self.last = self.description["nodes"][-1]["name"]
        return values

    def logits(self, x, replace=None):
        return self.run(x, replace)[self.last]

    def seen(self, x, layer):
        """Maps of a layer as a leaf, and the logits behind it."""
        maps = self.run(x)[layer].detach().requires_grad_(True)
        return maps, self.logits(x, {layer: maps})

    def gradient(self, x, layer, score):
        maps, logits = self.seen(x, layer)
        return maps.detach(), torch.autograd.grad(score(logits), maps)[0]


def logit(c):
    return lambda y: y[:, c].sum()


def softmax(c):
    return lambda y: torch.softmax(y, 1)[:, c].sum()


def rest(c):
    return lambda y: (y[:, c] + torch.log_softmax(y, 1)[:, c]).sum()


def total(weights, maps):
    return torch.einsum("k,khw->hw", weights, maps[0])


def gradcampp(g2, g3, last, maps):
    denominator = 2 * g2 + g3 * maps.sum((2, 3), keepdim=True)
    alpha = torch.where((g2 != 0) & (denominator != 0), g2 / denominator, torch.zeros_like(g2))
    return (alpha * last.relu()).sum((2, 3))[0]


def scaled(m):
    top = m.abs().max()
    return m / top if top > 0 else m * 0


def minmax(m):
    span = m.max() - m.min()
    return (m - m.min()) / span if span > 0 else m * 0


def resize(m, size, align=False):
    return F.interpolate(m[None, None], size, mode="bilinear", align_corners=align)[0, 0]


def component(contributions):
    """Projection on the first principal direction, channels centred, the stronger side positive."""
    k, h, w = contributions.shape
    x = contributions.reshape(k, -1).T
    x = x - x.mean(0)
    _, _, v = torch.linalg.svd(x, full_matrices=False)
    p = (x @ v[0]).reshape(h, w)
    return -p if abs(p.min()) > abs(p.max()) else p


def blurred(x, radius=25, deviation=50.0):
    taps = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-(taps**2) / (2 * deviation**2))
    kernel = kernel / kernel.sum()

    def mirror(n):
        period = 2 * (n - 1)
        index = torch.arange(-radius, n + radius) % period
        return torch.where(index < n, index, period - index)

    x = x[..., mirror(x.shape[-1])].unfold(-1, 2 * radius + 1, 1) @ kernel
    x = x.transpose(-1, -2)
    x = x[..., mirror(x.shape[-1])].unfold(-1, 2 * radius + 1, 1) @ kernel
    return x.transpose(-1, -2)


def masks(maps, size):
    up = F.interpolate(maps, size, mode="bilinear", align_corners=True)[0]
    low = up.amin((1, 2), keepdim=True)
    return (up - low) / (up.amax((1, 2), keepdim=True) - low + 1e-8)


def explain(net, out, key):
    layer, c, x = net.layers[0], net.classes[0], net.input
    size = tuple(x.shape[2:])
    put = lambda name, value: out.__setitem__(f"{key}/{name}", np.ascontiguousarray(value.detach().numpy().astype(np.float32)))
    maps, g = net.gradient(x, layer, logit(c))
    y = net.logits(x)[0]

    generator = Generator(7)
    g2 = g3 = 0
    for _ in range(3):
        noise = torch.from_numpy(0.3 * generator.normals(x.numel()).reshape(x.shape))
        _, last = net.gradient(x + noise, layer, logit(c))
        g2, g3 = g2 + last**2 / 3, g3 + last**3 / 3
    put("smooth-grad-cam++/weights", gradcampp(g2, g3, last, maps))

    for place, where in [(layer, ""), (net.layers[1], "-middle")]:
        for name, score in [("logit", logit(c)), ("softmax", softmax(c)), ("rest", rest(c))]:
            leaf, logits = net.seen(x, place)
            grad = torch.autograd.grad(score(logits), leaf, create_graph=True)[0]
            hv = torch.zeros_like(grad)
            if grad.requires_grad:
                found = torch.autograd.grad(grad, leaf, grad_outputs=leaf.detach(), allow_unused=True)[0]
                hv = hv if found is None else found
            put(f"shapley-cam/{name}{where}/weights", (grad - hv / 2).mean((2, 3))[0])

    nearest = sorted((abs(float(y[d] - y[c])), d) for d in range(len(y)) if d != c)[:3]
    finer = lambda s: s[:, c].sum() - 0.6 * sum(s[:, d].sum() for _, d in nearest) / 3
    _, fg = net.gradient(x, layer, finer)
    put("finer-cam/weights", fg.mean((2, 3))[0])

    parts, means, strongest = [], [], []
    for name in net.layers:
        a, gl = net.gradient(x, name, logit(c))
        parts.append(total(gradcampp(gl**2, gl**3, gl, a), a).relu())
        means.append(scaled(total(gl.mean((2, 3))[0], a).relu()))
        strongest.append(torch.tanh(2 * scaled((gl.relu() * a).sum(1)[0].relu())))
    large = tuple(max(p.shape[i] for p in parts) for i in (0, 1))
    product = torch.ones(large)
    for part in parts:
        product = product * minmax(resize(part, large))
    put("refine-cam/map", product)
    put("fused-grad-cam/map", sum(resize(m, large) for m in means) / len(means))
    put("fused-layer-cam/map", torch.stack([resize(m, large) for m in strongest]).amax(0))

    soft = lambda pictures: torch.softmax(net.logits(pictures), 1)[:, c]
    weights = g.mean((2, 3))[0]
    weighted = weights[:, None, None] * maps[0]
    blur = blurred(x)
    base = soft(blur)
    result = torch.zeros(size)
    for chunk in torch.split(weighted, math.ceil(maps.shape[1] / 8)):
        m = chunk.sum(0).relu()
        threshold = np.percentile(m.numpy(), 70)
        m = torch.where(m > threshold, m, torch.zeros_like(m))
        if m.max() == m.min():
            continue
        m = minmax(resize(m, size))
        result += (soft(x * m + blur * (1 - m)) - base) * m
    put("group-cam/map", result)

    m = masks(maps, size)
    step = lambda scores: torch.softmax(scores, 0)
    factor, scores = 0.0, 0
    for i in range(1, 5):
        factor += i / 4
        scores = scores + net.logits(x * factor * m[:, None])[:, c] / 4
    put("is-cam/weights", step(scores))
    scores = []
    for k in range(maps.shape[1]):
        values = 0
        for sample in range(2):
            seeds = Generator(7 + sample * maps.shape[1] + k)
            noise = Generator(seeds.next()).normals(size[0] * size[1]).reshape(size)
            values += float(net.logits(x * (m[k] + torch.from_numpy(2.0 * noise)))[0, c]) / 2
        scores.append(values)
    put("ss-cam/weights", step(torch.tensor(scores)))

    mu, sigma = maps.mean((2, 3), keepdim=True), maps.std((2, 3), keepdim=True, correction=0)
    mask = (maps > mu + 2 * sigma).double()
    put("fem/map", (mu * mask).sum(1)[0])
    put("fem-activation/map", (mask.mean((2, 3), keepdim=True) * maps).sum(1)[0])
    flat = maps[0].flatten(1).T
    flat = flat - flat.mean(0)
    kernel = torch.tanh(flat @ flat.T / maps.shape[1] + 1)
    centre = torch.eye(len(kernel)) - 1 / len(kernel)
    values, vectors = torch.linalg.eigh(centre @ kernel @ centre)
    p = vectors[:, -1] * values[-1].clamp(min=0).sqrt()
    put("kpca-cam/map", (-p if abs(p.min()) > abs(p.max()) else p).reshape(maps.shape[2:]))
    put("eigen-smooth-grad-cam/map", component(weighted))

    sums = 0
    for mirrored in (False, True):
        for factor in (0.9, 1.0, 1.1):
            other = factor * (x.flip(3) if mirrored else x)
            a, ga = net.gradient(other, layer, logit(c))
            view = scaled(total(ga.mean((2, 3))[0], a).relu())
            sums = sums + (view.flip(1) if mirrored else view) / 6
    put("aug-smooth-grad-cam/map", sums)

    empty = net.run(blur)[layer]
    put("zero-image-blur/map", (maps - empty).relu().mean(1)[0])

    window = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    h, w = maps.shape[2:]
    seen = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            wide = torch.zeros(h + 2, w + 2)
            wide[i : i + 3, j : j + 3] = window
            seen[i, j] = torch.softmax(net.logits(x, {layer: maps[:, :, i : i + 1, j : j + 1] * wide[1:-1, 1:-1]}), 1)[0, c]
    put("recipro-cam/map", seen)

    leaf = x.clone().requires_grad_(True)
    guided = torch.autograd.grad(net.run(leaf, guided=True)[net.last][0, c], leaf)[0][0]
    put("guided-backprop/picture", guided)
    cam = resize(scaled(total(weights, maps).relu()), size)
    put("guided-grad-cam/picture", guided * cam)
    drops = torch.stack([y[c] - net.logits(x, {layer: maps * (torch.arange(maps.shape[1]) != k)[:, None, None]})[0, c]
                         for k in range(maps.shape[1])])
    cam = resize(scaled(total(drops / y[c].abs(), maps).relu()), size)
    put("guided-ablation-cam/picture", guided * cam)


def main():
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    out = {}
    for name in ["tiny_plain", "tiny_vgg", "tiny_res", "tiny_mobile"]:
        explain(Net(folder, name), out, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(out, target)


main()
