import CAMRuntime
import Foundation
import TestSupport
import Testing

@Suite("A process whose memory is limited")
struct MemoryLimitTests {
  private static let photo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/display/colour.jpg").standardized.path
  private static let cell = """
    model resnet18 random=1 size=448
    image '\(photo)'
    guided-backprop
    ablation-cam
    """

  @Test("holds a reserve, which a request that no reserve could serve does not spend")
  func reserve() {
    #expect(MemoryReserve.hold() && MemoryReserve.bytes >= 1 << 20)
    #expect(MemoryRoom.canTake(1 << 20) && !MemoryRoom.canTake(1 << 60))
    #expect(!MemoryReserve.isSpent)
    #expect(throws: GraphError.self) { try MemoryRoom.check(1 << 60, for: "a tensor") }
  }

  @Test(
    "answers every command, by a result or by what is missing",
    .enabled(if: !Sanitizer.isPresent, "a sanitizer needs all addresses"))
  func limits() throws {
    var statuses: [Int32] = []
    for megabytes in stride(from: 250, through: 1_450, by: 300) {
      let result = try BuiltProgram.run(Self.cell, addresses: megabytes << 20)
      statuses.append(result.status)
      #expect(result.status == 0 || result.status == 1, "\(megabytes) MB: \(result.err.suffix(400))")
      if result.status == 1 {
        #expect(result.err.contains("error[no-memory]"), "\(megabytes) MB: \(result.err)")
      }
    }
    #expect(statuses.first == 1 && statuses.last == 0, "\(statuses)")
  }

  @Test(
    "refuses to compare more positions with each other than there is memory for",
    .enabled(if: !Sanitizer.isPresent, "a sanitizer needs all addresses"))
  func positions() throws {
    let cell = "model resnet9-cifar random=1 size=160\nimage '\(Self.photo)'\nkpca-cam layer=input"
    let result = try BuiltProgram.run(cell, addresses: 3 << 30)
    #expect(result.status == 1, "\(result.err.suffix(400))")
    #expect(result.err.contains("error[no-memory]"), "\(result.err.suffix(400))")
    #expect(result.err.contains("comparing 25600 positions with each other"))
  }

  @Test(
    "does not start where there is too little of it",
    .enabled(if: !Sanitizer.isPresent, "a sanitizer needs all addresses"))
  func tooLittle() throws {
    let result = try BuiltProgram.run("version", addresses: 48 << 20)
    #expect((2...127).contains(result.status) && result.out.isEmpty, "\(result)")
  }
}
