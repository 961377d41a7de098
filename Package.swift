// swift-tools-version: 6.0
import PackageDescription

/// `CAMKERNEL_STRICT=1` makes warnings errors, as `.ci/run` wants it.
let isStrict = Context.environment["CAMKERNEL_STRICT"] == "1"

let settings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (isStrict ? [.unsafeFlags(["-warnings-as-errors"])] : [])

let cSettings: [CSetting] = isStrict ? [.unsafeFlags(["-Werror"])] : []

/// C libraries that the operating system provides; each is imported by one target only.
let systemLibraries: [Target] = ["CZMQ", "CSodium", "CLinux", "CDNNL", "CZlib"].map {
  .systemLibrary(name: $0)
}

/// The loops of the engine are optimised in debug builds too: tests run whole networks.
let hotLoops = ["-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]

/// `CAMKERNEL_MODEL=avx512` (`make test-model`): the loops for AVX-512 run on a model of its instructions in C.
let modelSettings: [CSetting] =
  Context.environment["CAMKERNEL_MODEL"] == "avx512" ? [.define("CV_MODEL_AVX512")] : []

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: ["TestSupport"] + dependencies, exclude: exclude, swiftSettings: settings)
}

let allTargets: [Target] =
  systemLibraries + [
    .target(name: "CCurl", cSettings: cSettings),
    room("ZMQShim", ["CZMQ"]),
    room("ModelIO", ["CZlib", "CCurl"]),
    .target(
      name: "CVector", cSettings: [.unsafeFlags(hotLoops)] + modelSettings + cSettings,
      linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),
    .target(
      name: "CMemory", cSettings: [.unsafeFlags(["-O2", "-fno-builtin"])] + cSettings,
      linkerSettings: [.linkedLibrary("dl")]),
    room("CAMRuntime", ["ModelIO", "CDNNL", "CVector", "CMemory"]),
    .target(
      name: "CPNG", cSettings: [.unsafeFlags(hotLoops)] + cSettings,
      linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
    .target(name: "CJPEG", cSettings: cSettings, linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CWebP", cSettings: cSettings, linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CPixels", cSettings: [.unsafeFlags(hotLoops)] + cSettings),
    .target(name: "CCairo", exclude: ["Fonts"], cSettings: cSettings, linkerSettings: [.linkedLibrary("dl")]),
    room("Display", ["CPNG", "CJPEG", "CWebP", "CPixels", "CCairo"]),
    room("Kernel", ["ZMQShim", "CSodium", "CLinux", "ModelIO", "CAMRuntime", "Display"]),
    .executableTarget(name: "camkernel", dependencies: ["Kernel"], swiftSettings: settings),
    .executableTarget(
      name: "camkernel-bench", dependencies: ["CAMRuntime", "Display", "ModelIO"], path: "Benchmarks/bench",
      swiftSettings: settings),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "KernelTestSupport", dependencies: ["Kernel", "ZMQShim"], path: "Tests/KernelTestSupport",
      swiftSettings: settings),
    tests("ZMQShimTests", ["ZMQShim"]),
    tests("ModelIOTests", ["ModelIO"]),
    tests("CAMRuntimeTests", ["CAMRuntime", "ModelIO", "CVector"]),
    tests("DisplayTests", ["Display"]),
    tests(
      "KernelTests", ["Kernel", "KernelTestSupport", "ZMQShim", "ModelIO", "CAMRuntime", "Display"],
      exclude: ["Commands/Snapshots"]),
    tests("EndToEndTests", ["Kernel", "KernelTestSupport", "ZMQShim", "ModelIO", "CAMRuntime"]),
  ]

/// `CAMKERNEL_ROOMS=Display,DisplayTests swift test` builds these targets and what they need, nothing else.
func chosen(from all: [Target]) -> [Target] {
  guard let rooms = Context.environment["CAMKERNEL_ROOMS"], !rooms.isEmpty else { return all }
  let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  var wanted: Set<String> = []
  var queue = rooms.split(separator: ",").map(String.init)
  while let name = queue.popLast() {
    guard let target = byName[name], wanted.insert(name).inserted else { continue }
    for dependency in target.dependencies {
      switch dependency {
      case .byNameItem(let name, _), .targetItem(let name, _): queue.append(name)
      default: break
      }
    }
  }
  return all.filter { wanted.contains($0.name) }
}

let package = Package(name: "camkernel", targets: chosen(from: allTargets))
