import Kernel
import Testing

@Suite("abort window") struct AbortWindowTests {
  private let failure = Timestamp(microseconds: 1_000_000)

  private func window() -> AbortWindow {
    var window = AbortWindow()
    window.open(at: failure, clock: 1_000_000_000)
    return window
  }

  @Test(
    "only what was sent before the failure and comes soon is aborted",
    arguments: [
      (999_999, 1_100_000_000, true), (1_000_000, 1_100_000_000, false), (2_000_000, 1_100_000_000, false),
      (999_999, 1_500_000_000, false), (nil, 1_100_000_000, false),
    ] as [(Int?, UInt64, Bool)])
  func held(_ microseconds: Int?, _ clock: UInt64, _ isHeld: Bool) {
    var window = window()
    let answer = window.holds(microseconds.map(Timestamp.init(microseconds:)), clock: clock)
    #expect(answer == isHeld)
  }

  @Test("a newer request closes the window for those after it")
  func closes() {
    var window = window()
    let dates = [1, 1, 1_000_001, 1]
    let answers = dates.enumerated().map { index, date in
      window.holds(Timestamp(microseconds: date), clock: 1_000_000_001 + UInt64(index))
    }
    #expect(answers == [true, true, false, false])
  }

  @Test("without a failure nothing is aborted")
  func neverOpened() {
    var window = AbortWindow()
    let isHeld = window.holds(Timestamp(microseconds: 0))
    #expect(!isHeld)
  }
}
