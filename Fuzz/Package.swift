// swift-tools-version: 6.0
import PackageDescription

// The rooms are linked into this package's Sources, so that their package-wide names are visible here and every
// branch of them is instrumented. `../Sources` stays the only copy.
let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-sanitize=fuzzer,address"]),
]

/// The thin C targets are watched too.
let watched: [CSetting] = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]

/// One program a format.
func fuzzer(_ name: String, _ room: Target.Dependency) -> Target {
  .executableTarget(
    name: name, dependencies: ["CFuzzing", room], path: "Sources/\(name)",
    swiftSettings: instrumented,
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
}

let package = Package(
  name: "camkernel",
  targets: [
    .systemLibrary(name: "CZlib"),
    .target(name: "CCurl"),
    .target(name: "CFuzzing"),
    .target(name: "ModelIO", dependencies: ["CZlib", "CCurl"], swiftSettings: instrumented),
    .target(
      name: "CPNG", cSettings: watched, linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
    .target(name: "CJPEG", cSettings: watched, linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CWebP", cSettings: watched, linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CPixels", cSettings: watched),
    .target(name: "CCairo", exclude: ["Fonts"], linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "Display", dependencies: ["CPNG", "CJPEG", "CWebP", "CPixels", "CCairo"],
      swiftSettings: instrumented),
    fuzzer("FuzzPNG", "Display"),
    fuzzer("FuzzJPEG", "Display"),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CLinux"),
    .target(name: "Kernel", dependencies: ["CSodium", "CLinux"], swiftSettings: instrumented),
    fuzzer("FuzzFrames", "Kernel"),
    fuzzer("FuzzJSON", "Kernel"),
    fuzzer("FuzzSafeTensors", "ModelIO"),
    fuzzer("FuzzPyTorch", "ModelIO"),
    fuzzer("FuzzNumPy", "ModelIO"),
    fuzzer("FuzzKeras", "ModelIO"),
    fuzzer("FuzzONNX", "ModelIO"),
    fuzzer("FuzzDataset", "ModelIO"),
  ])
