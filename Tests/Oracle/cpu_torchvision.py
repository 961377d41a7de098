"""Lets torchvision from PyPI be imported beside a CPU build of PyTorch.

PyPI's torchvision brings a compiled part linked against CUDA. Beside a CPU build of PyTorch it cannot be loaded, and
torchvision then fails while it registers the detection operators `nms` and `qnms`. Classification nets use none of the
compiled operators, so declaring the two names is enough. Import this module before anything that imports torchvision.
"""

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    import sys

    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]
    _declared = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        _declared.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401
