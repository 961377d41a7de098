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

/// One program a format; its only function is `LLVMFuzzerTestOneInput`.
func fuzzer(_ name: String, _ room: Target.Dependency) -> Target {
  .executableTarget(
    name: name, dependencies: [room], path: "Sources/\(name)",
    swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

let package = Package(
  name: "camkernel",
  targets: [
    .systemLibrary(name: "CZlib"),
    .target(name: "CCurl"),
    .target(name: "ModelIO", dependencies: ["CZlib", "CCurl"], swiftSettings: instrumented),
    fuzzer("FuzzSafeTensors", "ModelIO"),
    fuzzer("FuzzPyTorch", "ModelIO"),
    fuzzer("FuzzNumPy", "ModelIO"),
    fuzzer("FuzzKeras", "ModelIO"),
    fuzzer("FuzzONNX", "ModelIO"),
    fuzzer("FuzzDataset", "ModelIO"),
  ])
