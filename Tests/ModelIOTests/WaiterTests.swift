import ModelIO
import Synchronization
import Testing

/// Counts questions and leaves at one of them.
private final class Impatience: Sendable {
  private let asked = Atomic<Int>(0)
  private let last: Int

  init(leavesAt last: Int = .max) { self.last = last }

  var questions: Int { asked.load(ordering: .relaxed) }

  var waiter: Waiter {
    Waiter { self.asked.add(1, ordering: .relaxed).newValue >= self.last }
  }
}

@Suite("who waits for a file") struct WaiterTests {
  /// Numbers of every kind that must be converted, in three pieces and a bit.
  private static let count = 3 << 20 | 6

  private static func tensor(_ type: ElementType, size: Int, strides: [Int]? = nil) throws -> RawTensor {
    let bytes = ByteSlice([UInt8](repeating: 0x3C, count: count * size))
    return try RawTensor(
      name: "w", elementType: type, shape: strides == nil ? [count] : [count / 2, 2], strides: strides,
      bytes: bytes)
  }

  @Test(
    "is asked once for each piece of a tensor, and never again after he has left",
    arguments: [(ElementType.float16, 2, nil), (.float64, 8, nil), (.int8, 1, nil), (.bfloat16, 2, [1, 2])]
      as [(ElementType, Int, [Int]?)])
  func conversion(_ type: ElementType, _ size: Int, _ strides: [Int]?) throws {
    let tensor = try Self.tensor(type, size: size, strides: strides)
    func converted(_ impatience: Impatience) throws -> Int {
      let awaited = try RawTensor(
        name: "w", elementType: type, shape: tensor.shape, strides: tensor.strides,
        bytes: tensor.bytes.awaited(by: impatience.waiter))
      #expect(awaited.floats().count == tensor.elementCount)
      return impatience.questions
    }
    #expect(try (2...4).contains(converted(Impatience())))
    #expect(try converted(Impatience(leavesAt: 2)) == 2)
    // Nobody was asked, and all is there.
    let whole = Array(tensor.floats())
    #expect(whole == [Float](repeating: whole[0], count: whole.count))
  }

  @Test(
    "ends the reading of packed and summed members, wherever he leaves",
    arguments: ["deflated.npz", "stored.npz", "net.keras", "classic.h5", "latest.h5"])
  func archives(_ name: String) throws {
    let path = Fixture.path("modelio/\(name)")
    let patient = Impatience()
    _ = try WeightFormatCatalog.read(path: path, for: patient.waiter)
    try #require(patient.questions > 0)
    for last in 1...patient.questions {
      let impatience = Impatience(leavesAt: last)
      let error = #expect(throws: FormatError.self) {
        try WeightFormatCatalog.read(path: path, for: impatience.waiter)
      }
      #expect(error?.cause == .interrupted, "question \(last) of \(patient.questions): \(error as Any)")
      #expect(impatience.questions == last)
    }
  }
}
