import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// A training in a process of its own, killed again and again.
@Suite("a training that is killed", .enabled(if: BuiltProgram.path != nil))
final class CheckpointKillTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/killed-\(UUID().uuidString)"
  private var weights: String { folder + "/net.safetensors" }
  private var state: String { weights + ".resume" }

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
      var bytes = Data()
      for picture in 0..<2 {
        bytes.append(UInt8(picture))
        bytes.append(contentsOf: (0..<3072).map { UInt8(($0 * 7 + picture * 90) % 256) })
      }
      try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name).bin"))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Begins the training, or takes it up where the last one was killed; epochs are short, so that writing takes much of the time.
  private func start(output: String) throws -> Process {
    let resume = FileManager.default.fileExists(atPath: state) ? " resume='\(state)'" : ""
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(BuiltProgram.path))
    process.arguments = [
      "run", "-c",
      "dataset cifar10 '\(folder)'\ntrain resnet9-cifar epochs=10000 batch=4 lr=0.001 schedule=constant seed=1 save='\(weights)'\(resume)",
    ]
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    let file = FileHandle(forWritingAtPath: output)
    process.standardOutput = file
    process.standardError = file
    try process.run()
    return process
  }

  /// The epochs that a run reported.
  private func epochs(in output: String) throws -> [Int] {
    try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard line.contains("resnet9-cifar, epoch ") else { return nil }
      return line.split(separator: "epoch ").last.flatMap { Int($0.prefix { $0.isNumber }) }
    }
  }

  private func savedEpoch() throws -> Int {
    let found = try Checkpoint.read(path: state, settings: OptimizerSettings(kind: .adam, weightDecay: 5e-4))
    return try #require(found.progress).epoch
  }

  @Test("kill -9 at any moment leaves whole files, and at most the epoch that was under way is lost")
  func killed() throws {
    var generator = SystemRandomNumberGenerator()
    var last = 0
    for round in 0..<(Sanitizer.isPresent ? 8 : 30) {
      let output = "\(folder)/output-\(round)"
      let process = try start(output: output)
      let deadline = Date(timeIntervalSinceNow: 60)
      while try epochs(in: output).isEmpty, process.isRunning, Date() < deadline { usleep(2000) }
      usleep(UInt32.random(in: 0..<150_000, using: &generator))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let reported = try epochs(in: output)
      let said = try String(contentsOfFile: output, encoding: .utf8)
      try #require(process.terminationReason == .uncaughtSignal && !reported.isEmpty, "\(said)")
      #expect(reported.first == last + 1, "round \(round) went on after epoch \(last)")
      let saved = try savedEpoch()
      #expect(saved >= reported[reported.count - 1], "round \(round)")
      last = saved
      let best = try WeightFormatCatalog.read(path: weights)
      #expect(best.tensors.allSatisfy { $0.floats().allSatisfy(\.isFinite) })
    }
    let remains = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".partial")
    }
    #expect(remains.count <= 2, "only the last run may leave files that are not finished: \(remains)")
  }
}

/// The program, built beside the tests.
private enum BuiltProgram {
  static let path: String? = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? bundle
    let candidates = [own, bundle].map {
      URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("camkernel").path
    }
    if let found = candidates.first(where: FileManager.default.isExecutableFile) { return found }
    print("skipped: tests of the built program, which is not at \(candidates)")
    return nil
  }()
}
