internal import ModelIO

/// The networks that are built in.
package enum ArchitectureCatalog {
  /// THE list.
  package static let all: [Architecture] = [
    efficientNetLite0, resNet18, resNet50, vgg16, inceptionV3, xception, timmXception, kerasVGG16,
    kerasResNet50,
    cifarSlim, cifar100Seven, cifar10Five,
  ]

  /// The network of a name or synonym, without regard to case.
  package static func architecture(named name: String) -> Architecture? {
    let wanted = name.lowercased()
    return all.first { $0.name == wanted || $0.synonyms.contains(wanted) }
  }

  static let efficientNetLite0 = Architecture(
    name: "efficientnet-lite0", synonyms: ["efficientnet_lite0", "lite0"],
    summary: "EfficientNet-Lite0, ImageNet, 4.7 M parameters", preprocessing: .efficientNetLite(),
    defaultLayer: "_head_act", reason: "the head's rectified HxW map, the last before global pooling",
    weights: WeightFiles.efficientNetLite0,
    assembly: EfficientNetLite.lite0)

  static let resNet18 = Architecture(
    name: "resnet18", summary: "ResNet-18 (torchvision), ImageNet, 11.7 M parameters",
    preprocessing: .torchvision(), defaultLayer: "layer4",
    reason: "the last residual stage's rectified HxW map, the last before global pooling",
    weights: WeightFiles.resnet18, assembly: ResNet.resnet18)

  static let resNet50 = Architecture(
    name: "resnet50", summary: "ResNet-50 v1.5 (torchvision), ImageNet, 25.6 M parameters",
    preprocessing: .torchvision(), defaultLayer: "layer4",
    reason: "the last residual stage's rectified HxW map, the last before global pooling",
    weights: WeightFiles.resnet50, assembly: ResNet.resnet50)

  static let vgg16 = Architecture(
    name: "vgg16", summary: "VGG-16 (torchvision), ImageNet, 138.4 M parameters",
    preprocessing: .torchvision(), defaultLayer: "features",
    reason: "the output of the convolutional part, the last map before the fully connected layers",
    weights: WeightFiles.vgg16, assembly: VGG.torchvision)

  static let inceptionV3 = Architecture(
    name: "inception-v3", synonyms: ["inception_v3", "inception"],
    summary: "Inception-v3 (torchvision), ImageNet, 23.8 M parameters",
    preprocessing: .halves(299, fit: .shorterSide(342), filter: .bilinear), defaultLayer: "Mixed_7c",
    reason: "the last joined HxW map before global pooling",
    weights: WeightFiles.inceptionV3, unusedPrefixes: ["AuxLogits."],
    assembly: Inception.inceptionV3)

  static let xception = Architecture(
    name: "xception", synonyms: ["keras-xception", "xception-keras"],
    summary: "Xception (Keras), ImageNet, 22.9 M parameters", preprocessing: .kerasTF(299),
    defaultLayer: "block14_sepconv2_act", reason: "the last rectified HxW map before global pooling",
    weights: WeightFiles.kerasXception,
    assembly: KerasXception.xception)

  static let timmXception = Architecture(
    name: "xception-timm", synonyms: ["legacy_xception", "legacy-xception"],
    summary: "Xception (timm's legacy_xception), ImageNet, 22.9 M parameters",
    preprocessing: .halves(299, fit: .shorterSide(333), filter: .bicubic), defaultLayer: "act4",
    reason: "the last rectified HxW map before global pooling",
    weights: WeightFiles.timmXception,
    assembly: TimmXception.xception)

  static let kerasVGG16 = Architecture(
    name: "vgg16-keras", synonyms: ["keras-vgg16"],
    summary: "VGG-16 (Keras), ImageNet, 138.4 M parameters", preprocessing: .kerasCaffe(224),
    defaultLayer: "block5_conv3",
    reason: "the last convolution's rectified HxW map, finer than the pooled one",
    weights: WeightFiles.kerasVGG16,
    assembly: VGG.keras)

  static let kerasResNet50 = Architecture(
    name: "resnet50-keras", synonyms: ["keras-resnet50"],
    summary: "ResNet-50 (Keras), ImageNet, 25.6 M parameters", preprocessing: .kerasCaffe(224),
    defaultLayer: "conv5_block3_out",
    reason: "the last residual block's rectified HxW map, the last before global pooling",
    weights: WeightFiles.kerasResNet50,
    assembly: KerasResNet.resnet50)

  static let cifarSlim = Architecture(
    name: "resnet9-cifar", synonyms: ["cifar10"], summary: "slim residual net for CIFAR-10, 0.6 M parameters",
    preprocessing: .cifar10, classes: 10, labels: .cifar10, defaultLayer: "head",
    reason: "the last rectified HxW map before global pooling", weights: WeightFiles.resnet9CIFAR,
    assembly: CIFARNets.slimResNet9)

  static let cifar100Seven = Architecture(
    name: "cifar100-conv7", synonyms: ["cifar100"],
    summary: "the summary sheet's seven-convolution net for CIFAR-100, 3.9 M parameters",
    preprocessing: .raw32, classes: 100, labels: .cifar100, defaultLayer: "max_pooling2d_2",
    reason: "the last 4x4 map before flattening, where the reference work looks",
    weights: WeightFiles.sevenCIFAR,
    assembly: CIFARNets.sevenConvolutions)

  static let cifar10Five = Architecture(
    name: "cifar10-conv5",
    summary: "the different approach's five-convolution net for CIFAR-10, 0.5 M parameters",
    preprocessing: .raw32, classes: 10, labels: .cifar10, defaultLayer: "conv2d_4",
    reason: "the last convolution's rectified HxW map, where the reference work looks",
    weights: WeightFiles.fiveCIFAR,
    assembly: CIFARNets.fiveConvolutions)
}
