"""Writes Keras' nets with seeded random weights, and what Keras computes with them.

    python export_keras.py OUT [NET ...]

For every net, in OUT/keras-NET: `NET.h5` (weights in the legacy HDF5 layout, as keras.applications publishes them),
`NET.full.h5` (a whole model), `NET.weights.h5` (Keras 3's weights), `NET.keras`, `input.npy` and `input2.npy` as
`[N, 3, H, W]`, `logits.npy` and `logits2.npy` before the softmax, `probabilities.npy`, `activations.npy` of the
default layer as `[N, C, H, W]`, `gradient.npy` of one class's logit with respect to it, `image_gradient.npy`, and
`meta.json`.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
import tensorflow as tf

NETS = {
    "xception": (keras.applications.Xception, "block14_sepconv2_act", 299),
    "vgg16": (keras.applications.VGG16, "block5_pool", 224),
    "resnet50": (keras.applications.ResNet50, "conv5_block3_out", 224),
}


def pictures(count: int, size: int, seed: int) -> np.ndarray:
    """Smooth random pictures with some noise, `[count, size, size, 3]`, about zero mean and unit variance."""
    generator = np.random.default_rng(seed)
    total = 0.3 * generator.standard_normal((count, size, size, 3), dtype=np.float32)
    for cells in (3, 7, 19, 53):
        coarse = generator.standard_normal((count, cells, cells, 3), dtype=np.float32)
        total += tf.image.resize(coarse, (size, size), method="bilinear").numpy()
    return (total / total.std()).astype(np.float32)


def randomise(model: keras.Model, size: int, seed: int) -> None:
    """Seeded weights under which activations are of order one; batch norm keeps a calibration batch's statistics."""
    generator = np.random.default_rng(seed)
    norms = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            norms.append(layer)
            width = layer.gamma.shape[0]
            layer.gamma.assign(generator.uniform(0.7, 1.3, width))
            layer.beta.assign(generator.normal(0, 0.2, width))
            continue
        for weight in layer.weights:
            shape = weight.shape
            if len(shape) == 1:
                values = generator.normal(0, 0.1, shape)
            else:
                inputs = np.prod(shape[:2]) if "depthwise" in weight.path else np.prod(shape[:-1])
                values = generator.normal(0, np.sqrt(2 / inputs), shape)
            weight.assign(values.astype(np.float32))
    if norms:
        batch = pictures(4, size, seed + 1)
        for norm in norms:
            norm.momentum = 0.0
        model(batch, training=True)
        for norm in norms:
            norm.momentum = 0.99
            variance = norm.moving_variance.numpy()
            mean = norm.moving_mean.numpy() + 0.1 * np.sqrt(variance) * generator.standard_normal(variance.shape)
            norm.moving_mean.assign(mean)
            norm.moving_variance.assign(variance * generator.uniform(0.8, 1.25, variance.shape))
    last = model.layers[-1]
    logits = logits_of(model)(pictures(2, size, seed + 2), training=False).numpy()
    last.kernel.assign(last.kernel * (2 / logits.std()))


def logits_of(model: keras.Model) -> keras.Model:
    """The same net without its last softmax, sharing its weights."""
    last = model.layers[-1]
    before = last.input
    scores = keras.ops.matmul(before, last.kernel) + last.bias
    return keras.Model(model.input, scores)


def legacy_weights(model: keras.Model, file: Path) -> None:
    """The layout of keras.applications' published files: one group a layer, `layer_names` and `weight_names`."""
    with h5py.File(file, "w") as root:
        root.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        root.attrs["backend"] = b"tensorflow"
        root.attrs["keras_version"] = b"2.0.1"
        for layer in model.layers:
            group = root.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights):
                group.create_dataset(name, data=weight.numpy())


def write(name: str, out: Path) -> None:
    keras.backend.clear_session()
    build, target, size = NETS[name]
    keras.utils.set_random_seed(2026)
    model = build(weights=None)
    randomise(model, size, 2026)
    folder = out / f"keras-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    x = pictures(1, size, 7)
    pair = np.concatenate([x, pictures(1, size, 8)])
    bare = logits_of(model)
    split = keras.Model(model.input, [model.get_layer(target).output, bare.output])
    watched = tf.Variable(x)
    with tf.GradientTape() as tape:
        activations, logits = split(watched, training=False)
        best = int(np.argmax(logits[0]))
        score = logits[0, best]
    gradient, image_gradient = tape.gradient(score, [activations, watched])
    arrays = {
        "input": x.transpose(0, 3, 1, 2),
        "input2": pair.transpose(0, 3, 1, 2),
        "logits": logits.numpy(),
        "logits2": bare(pair, training=False).numpy(),
        "probabilities": model(x, training=False).numpy(),
        "activations": activations.numpy().transpose(0, 3, 1, 2),
        "gradient": gradient.numpy().transpose(0, 3, 1, 2),
        "image_gradient": image_gradient.numpy().transpose(0, 3, 1, 2),
    }
    for key, value in arrays.items():
        np.save(folder / f"{key}.npy", np.ascontiguousarray(value))
    legacy_weights(model, folder / f"{name}.h5")
    model.save(folder / f"{name}.full.h5")
    model.save_weights(folder / f"{name}.weights.h5")
    model.save(folder / f"{name}.keras")
    meta = {"net": name, "class": best, "layer": target, "size": size, "keras": keras.__version__}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
    a = arrays["activations"]
    print(
        f"{name}: class {best} logit {float(score):.4f} spread {logits.numpy().std():.3f}, {target} {a.shape} "
        f"spread {a.std():.3f} zeros {np.mean(a == 0):.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("net", nargs="*", default=list(NETS))
    arguments = parser.parse_args()
    for name in arguments.net:
        write(name, arguments.out)


if __name__ == "__main__":
    main()
