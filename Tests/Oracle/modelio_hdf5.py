#!/usr/bin/env python3
"""Write the small HDF5 and Keras files that ModelIOTests reads, with h5py and Keras themselves.

    KERAS_BACKEND=torch python3 modelio_hdf5.py [OUT]        (default: ../Fixtures/modelio)

Made with h5py 3.16.0, keras 3.15.1 on torch 2.13.0. Expected numbers are in `X.expected.safetensors`.
"""
import os, sys
os.environ.setdefault("KERAS_BACKEND", "torch")
import h5py, keras
import numpy as np
from keras import layers
from safetensors.numpy import save_file

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Fixtures", "modelio")
path = lambda name: os.path.join(out, name)
expect = lambda name, arrays: save_file(
    {k: np.ascontiguousarray(np.asarray(v, np.float32)) for k, v in arrays.items()}, path(name + ".expected.safetensors"))
rng = np.random.default_rng(5)
rand = lambda *s: rng.standard_normal(s).astype("f4")

# What the keras-applications files look like (Keras 1 and 2): fixed-length names, nested dataset paths.
for name, version in (("classic.h5", "earliest"), ("latest.h5", "latest")):
    rng = np.random.default_rng(5)
    values = {}
    with h5py.File(path(name), "w", libver=version) as f:
        order = ["input_1", "zz_conv", "bn", "aa_conv", "fc"]
        f.attrs["layer_names"] = np.array(order, dtype="S")
        f.attrs["backend"] = np.bytes_("tensorflow")
        f.attrs["keras_version"] = np.bytes_("2.0.5")
        contents = {"zz_conv": {"kernel:0": rand(3, 3, 3, 4), "bias:0": rand(4)}, "bn": {"gamma:0": rand(4), "beta:0": rand(4),
                    "moving_mean:0": rand(4), "moving_variance:0": rand(4)}, "aa_conv": {"kernel:0": rand(1, 1, 4, 2)},
                    "fc": {"kernel:0": rand(8, 3).astype(">f4"), "bias:0": rand(3).astype("f8")}, "input_1": {}}
        for layer in order:
            group = f.create_group(layer)
            weights = [f"{layer}/{w}" for w in contents[layer]]
            if len(weights) > 2:      # Keras cuts lists that are too long for one attribute
                group.attrs["weight_names0"] = np.array(weights[:2], dtype="S")
                group.attrs["weight_names1"] = np.array(weights[2:], dtype="S")
            else:
                group.attrs["weight_names"] = np.array(weights, dtype="S")
            for weight, value in zip(weights, contents[layer].values()):
                options = dict(chunks=tuple(max(1, n // 2) for n in value.shape), compression="gzip", shuffle=True, fletcher32=True) \
                    if layer == "zz_conv" and version == "earliest" else {}
                if layer == "aa_conv":
                    options = dict(chunks=value.shape, compression="gzip")
                group.create_dataset(weight, data=value, **options)
                values[weight] = value
    expect("classic.h5", values)

# Many members: a tree of several levels, a dense group with a fractal heap, many attributes.
for name, count, options in (("many.h5", 300, dict()), ("dense.h5", 100, dict(libver="latest", track_order=True))):
    with h5py.File(path(name), "w", **options) as f:
        group = f.create_group("layers/dense/vars", track_order=name == "dense.h5")
        for i in range(count):
            if i < 100 and name == "dense.h5" or i < 7:
                group.create_dataset(str(i), data=np.full((2,), i, "f4"), track_times=False)
            else:      # another name for one of the first seven keeps the file small
                group[str(i)] = group[str(i % 7)]
        for i in range(12):
            group.attrs[f"extra{i}"] = f"value {i}"
        group.attrs["name"] = "the_layer"

# Values that lie in another file, which a reader must neither open nor take for zeros.
with h5py.File(path("outside.h5"), "w") as f:
    f.attrs["layer_names"] = [b"dense"]
    group = f.create_group("dense")
    group.attrs["weight_names"] = [b"dense/kernel"]
    group.create_dataset("dense/kernel", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)], track_times=False)

with h5py.File(path("cycle.weights.h5"), "w") as f:
    group = f.create_group("layers")
    f["layers/inner"] = group

keras.utils.set_random_seed(3)
image = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, padding="same", name="zz_stem")(image)
x = layers.BatchNormalization()(x)
x = layers.SeparableConv2D(5, 3)(x)
inner = keras.Sequential([keras.Input((6, 6, 5)), layers.DepthwiseConv2D(3), layers.Conv2D(2, 1)], name="inner")
x = inner(x)
x = layers.Dense(3, name="aa_head")(layers.Flatten()(x))
model = keras.Model(image, x)
model.save(path("net.keras"))
model.save(path("net.keras.h5"))
model.save_weights(path("net.weights.h5"))
expect("keras", {f"{i:02d}": w for i, w in enumerate(model.get_weights())})

# The layers of cifar10-conv5, all zeros: one kernel reads five channels in place of 128, and one layer has no bias.
shapes = {"conv2d": (3, 3, 3, 128), "conv2d_1": (3, 3, 5, 128), "conv2d_2": (3, 3, 128, 64), "conv2d_3": (3, 3, 64, 64),
          "conv2d_4": (3, 3, 64, 32), "dense": (1568, 128), "batch_normalization": (128,), "dense_1": (128, 10)}
with h5py.File(os.path.join(out, "..", "models", "misshapen.h5"), "w", libver="latest") as f:
    f.attrs["layer_names"] = np.array(list(shapes), dtype="S")
    for layer, shape in shapes.items():
        norm = ["gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"]
        names = norm if len(shape) == 1 else ["kernel:0"] + ["bias:0"] * (layer != "conv2d_3")
        group = f.create_group(layer)
        group.attrs["weight_names"] = np.array([f"{layer}/{name}" for name in names], dtype="S")
        for name in names:
            of = shape[-1:] if name == "bias:0" else shape
            group.create_dataset(f"{layer}/{name}", data=np.zeros(of, "f4"), compression="gzip", chunks=of)
