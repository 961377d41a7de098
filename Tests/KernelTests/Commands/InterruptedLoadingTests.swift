import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import Synchronization
import Testing

/// Interrupts a session at the look at its flag that is asked for.
private final class LookCounter: Sendable {
  private let seen = Atomic<Int>(0)
  private let wanted = Atomic<Int>(.max)

  var looks: Int { seen.load(ordering: .relaxed) }

  /// Counts from here on, and raises the flag at this look.
  func start(raisingAt look: Int = .max) {
    seen.store(0, ordering: .relaxed)
    wanted.store(look, ordering: .relaxed)
  }

  var flag: InterruptFlag {
    InterruptFlag { flag in
      let look = self.seen.add(1, ordering: .relaxed).newValue
      if look == self.wanted.load(ordering: .relaxed) { flag.raise() }
    }
  }
}

@Suite("commands that load, interrupted") final class InterruptedLoadingTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/loading-\(UUID().uuidString)"
  private let counter = LookCounter()
  private let transcript: Transcript

  init() throws {
    transcript = Transcript(Session(interruptFlag: counter.flag))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, shade) in [("one", UInt8(40)), ("two", 200)] {
      let picture = Raster(width: 60, height: 40, color: (shade, 90, 10))
      try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
      for kind in ["ants", "bees"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/set/\(kind)", withIntermediateDirectories: true)
        try Data(PNGEncoder.encode(picture)).write(
          to: URL(fileURLWithPath: "\(folder)/set/\(kind)/\(name).png"))
      }
    }
    transcript.run(
      """
      model cifar10-conv5 random=3
      save '\(folder)/five.npz'
      model resnet9-cifar random=1
      image '\(folder)/one.png'
      dataset folder '\(folder)/set'
      """)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test(
    "leave model, picture and data set as they were, at whichever look they notice it",
    arguments: [
      "model cifar10-conv5 random=2", "model '@/five.npz'", "model cifar10-conv5 weights='@/five.npz'",
      "image '@/two.png'", "dataset folder '@/set'", "batch size=4",
      "train cifar10-conv5 epochs=1 batch=2 seed=1",
    ])
  func state(_ line: String) throws {
    let cell = line.replacing("@", with: folder)
    let workspace = transcript.session.workspace
    let model = try workspace.current(LoadedModel.self), image = try workspace.current(LoadedImages.self)
    let set = try workspace.current(LoadedDataset.self)
    counter.start()
    #expect(transcript.run(cell).mistakeCode == nil, "\(transcript.output.events.suffix(2))")
    let all = counter.looks
    try #require(all > 1)
    transcript.session.workspace = workspace
    // The last look is the runner's own, after the command's work.
    for look in stride(from: 1, through: all, by: max(1, all / 31)) {
      counter.start(raisingAt: look)
      let outcome = transcript.run(cell)
      #expect(outcome.mistakeCode == "interrupted", "look \(look) of \(all): \(outcome.mistakeMessage ?? "")")
      let after = transcript.session.workspace
      #expect(try after.current(LoadedModel.self) === model, "look \(look) of \(all)")
      #expect(
        try after.current(LoadedImages.self).images.map(ObjectIdentifier.init)
          == image.images.map(ObjectIdentifier.init), "look \(look) of \(all)")
      #expect(try after.current(LoadedDataset.self).images.count == set.images.count)
      guard outcome.mistakeCode == "interrupted" else { return }
    }
  }
}
