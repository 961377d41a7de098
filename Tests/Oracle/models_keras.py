"""Writes the small whole Keras models of `Tests/Fixtures/models`, and what Keras computes with them.

    python models_keras.py [OUT]        (default: ../Fixtures/models)

`keras-NAME.keras` and `keras-NAME.h5` with `keras-NAME.npy`, the output for two pictures of `pictures()`. Those named `old` are
tf_keras' (Keras 2), whose description of a network is another one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
import tensorflow as tf
import tf_keras

OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "../Fixtures/models"


def pictures(shape: tuple[int, ...]) -> np.ndarray:
    """The input of every test: 2 entries of `shape`, channels last."""
    count = 2 * int(np.prod(shape))
    return ((np.arange(count) % 23) / 11 - 1).astype(np.float32).reshape(2, *shape)


def randomise(model, seed: int) -> None:
    """Seeded weights of order one; variances are positive."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        name, shape = getattr(weight, "path", weight.name), tuple(weight.shape)
        if "seed" in name or "count" in name:
            continue
        scale = 1 / np.sqrt(max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.3
        values = scale * generator.standard_normal(shape)
        if "variance" in name:
            values = 0.5 + np.abs(values)
        if "gamma" in name:
            values = 1 + values
        weight.assign(values.astype(np.float32))


def save(name: str, model, seed: int, archive: bool = True) -> None:
    randomise(model, seed)
    model.save(OUT / f"keras-{name}.h5", include_optimizer=False)
    if archive:
        model.save(OUT / f"keras-{name}.keras")
    shape = tuple(model.input_shape[1:])
    if None not in shape and len(shape) == 3:
        np.save(OUT / f"keras-{name}.npy", np.asarray(model(pictures(shape), training=False)))


def chain(k):
    """What a beginner's tutorial has: augmentation, scaling, convolutions, a flattened map."""
    layers = k.layers
    return k.Sequential([
        layers.Input((12, 10, 3)), layers.RandomFlip("horizontal"), layers.RandomRotation(0.1),
        layers.Rescaling(1 / 127.5, offset=-1), layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(), layers.Conv2D(5, 3, activation="elu"), layers.BatchNormalization(), layers.Flatten(),
        layers.Dropout(0.2), layers.Activation("tanh"), layers.Dense(6, activation="relu"), layers.Dense(3),
    ], name="chain")


def transfer(k):
    """A network inside a network with a new head: statistics of pictures in front, one layer called twice."""
    layers = k.layers
    inside = layers.Input((8, 8, 3))
    value = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="stem")(inside)
    value = layers.BatchNormalization(scale=False, name="bn")(value)
    value = layers.ReLU(6.0, name="act")(value)
    branch = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depthwise")(value)
    branch = layers.Conv2D(4, 1, activation="swish", name="project")(branch)
    base = k.Model(inside, layers.Add(name="sum")([value, branch]), name="backbone")
    tail = k.Sequential([layers.Conv2D(6, 2, activation="relu", name="tail_conv"), layers.Dropout(0.1)], name="tail")
    outside = layers.Input((8, 8, 3), name="picture")
    value = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[0.5, 0.6, 0.7], name="statistics")(outside)
    value = tail(base(value, training=False))
    shared = layers.Conv2D(6, 1, name="shared")
    value = shared(layers.LeakyReLU(name="leak")(shared(value)))
    value = layers.GlobalAveragePooling2D(name="pool")(value)
    return k.Model(outside, layers.Dense(4, activation="softmax", name="my_head")(value), name="transfer")


def kinds():
    """A layer of every other kind."""
    layers = keras.layers
    picture = layers.Input((14, 11, 3))
    value = layers.ZeroPadding2D(((1, 2), (2, 0)))(picture)
    value = layers.Conv2D(8, 5, strides=2, padding="same", activation="hard_sigmoid")(value)
    value = layers.SeparableConv2D(6, 3, padding="same", depth_multiplier=2, activation="gelu")(value)
    value = layers.PReLU(shared_axes=[1, 2])(value)
    left = layers.Conv2D(6, 3, dilation_rate=2, padding="same", groups=2)(value)
    right = layers.Resizing(9, 7)(layers.UpSampling2D(2, interpolation="bilinear")(value))
    value = layers.Concatenate()([left, layers.Cropping2D(((0, 0), (1, 0)))(layers.ZeroPadding2D(((0, 0), (1, 0)))(right))])
    gate = layers.Reshape((1, 1, 12))(layers.GlobalAveragePooling2D()(value))
    gate = layers.Dense(12, activation="sigmoid")(layers.Dense(3, activation=layers.LeakyReLU(negative_slope=0.1))(gate))
    value = layers.Multiply()([value, gate]) * 0.5 + 0.25
    value = layers.AveragePooling2D(3, 2, padding="same")(value)
    value = layers.GroupNormalization(4)(value)
    value = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(layers.UpSampling2D()(value))
    value = layers.Conv2DTranspose(5, 2, strides=3)(value)
    value = layers.LayerNormalization()(layers.Activation("softsign")(value))
    value = layers.MaxPooling2D(3, 2, padding="same")(value)
    tokens = layers.Reshape((-1,))(layers.Cropping2D(10)(value))
    pooled = layers.Average()([layers.GlobalMaxPooling2D()(value), layers.GlobalAveragePooling2D()(value)])
    value = layers.Concatenate()([layers.BatchNormalization()(tokens), layers.Softmax()(pooled)])
    return keras.Model(picture, layers.Dense(4)(value), name="kinds")


def slopes():
    """Learnt slopes as PReLU has them unless told otherwise: for each place, for each column, for each channel and row."""
    layers = keras.layers
    picture = layers.Input((7, 6, 3))
    value = layers.PReLU(name="places")(layers.Conv2D(4, 3, padding="same")(picture))
    value = layers.PReLU(shared_axes=[1, 3], name="columns")(layers.Conv2D(4, 3, padding="same")(value))
    value = layers.PReLU(shared_axes=[2], name="rows")(layers.Conv2D(5, 3)(value))
    value = layers.PReLU()(layers.Dense(8)(layers.Flatten()(value)))
    return keras.Model(picture, layers.Dense(3)(value), name="slopes")


def functions():
    """Functions of TensorFlow between layers, as tf.keras' MobileNetV3 has them."""
    layers = tf_keras.layers
    picture = layers.Input((6, 6, 1))
    value = layers.Conv2D(4, 3, activation="hard_sigmoid")(picture)
    value = value * (tf.nn.relu6(value + 3.0) / 6.0)
    return tf_keras.Model(picture, layers.Dense(2)(layers.Flatten()(1.0 - value)), name="functions")


@keras.saving.register_keras_serializable("strange")
class Sharpen(keras.layers.Layer):
    def call(self, value):
        return 2 * value


def refused() -> None:
    """What cannot be read, and must be said to be so."""
    layers = keras.layers
    picture = layers.Input((6, 6, 3))
    scores = lambda value: layers.Dense(2)(layers.GlobalAveragePooling2D()(value))
    save("lambda", keras.Model(picture, scores(layers.Lambda(lambda value: value + 1)(picture))), 1, archive=False)
    save("strange", keras.Model(picture, scores(Sharpen()(layers.Conv2D(2, 3)(picture)))), 1, archive=False)
    other = layers.Input((6, 6, 3), name="other")
    both = keras.Model([picture, other], scores(layers.Add()([picture, other])))
    both.save(OUT / "keras-two-inputs.h5", include_optimizer=False)
    row = layers.Input((16, 2))
    save("row", keras.Model(row, layers.Dense(2)(layers.Flatten()(row))), 1, archive=False)
    whole = keras.Model(picture, scores(layers.Conv2D(2, 3, name="conv")(picture)))
    save("misshapen", whole, 1, archive=False)
    with h5py.File(OUT / "keras-misshapen.h5", "a") as file:
        group = file["model_weights/conv/conv"]
        del group["kernel"]
        group["kernel"] = np.zeros((3, 3, 3, 5), np.float32)


if __name__ == "__main__":
    save("chain", chain(keras), 2)
    save("transfer", transfer(keras), 3)
    save("kinds", kinds(), 4)
    save("slopes", slopes(), 8)
    save("old-chain", chain(tf_keras), 5)
    save("old-transfer", transfer(tf_keras), 6)
    save("old-functions", functions(), 7)
    refused()
    for name in ("lambda", "strange", "misshapen"):
        (OUT / f"keras-{name}.npy").unlink(missing_ok=True)
