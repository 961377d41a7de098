import Foundation
import Kernel
import Testing

@Suite("dates of headers") struct TimestampTests {
  @Test(
    "ISO 8601 is read with its zone",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.5Z", 1_500_000),
      ("2026-11-21T04:55:00.123456Z", 1_795_236_900_123_456),
      ("2026-11-21T04:55:00.1234567899Z", 1_795_236_900_123_456),
      ("2026-11-21T04:55:00.123Z", 1_795_236_900_123_000),
      ("2026-11-21T05:55:00+01:00", 1_795_236_900_000_000),
      ("2026-11-20T23:25:00-0530", 1_795_236_900_000_000),
      ("2024-02-29 12:00:00Z", 1_709_208_000_000_000),
    ])
  func read(_ text: String, _ microseconds: Int) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(
    "what has no zone or is no date is not read",
    arguments: [
      "", "now", "2026-11-21", "2026-11-21T04:55:00", "2026-11-21T04:55:00.Z", "2026-13-21T04:55:00Z",
      "2026-11-21T04:55:00Zulu", "2026-1-21T04:55:00Z", "٢٠٢٦-11-21T04:55:00Z",
    ])
  func unreadable(_ text: String) { #expect(Timestamp(text) == nil) }

  @Test(
    "what is written reads back, and Foundation writes the same",
    arguments: [0, 1, 951_782_400_000_000, 4_102_444_799_999_999])
  func roundTrip(_ microseconds: Int) throws {
    let text = Timestamp(microseconds: microseconds).text
    #expect(Timestamp(text)?.microseconds == microseconds)
    let formatter = ISO8601DateFormatter()
    let seconds = formatter.string(from: Date(timeIntervalSince1970: Double(microseconds / 1_000_000)))
    #expect(text.prefix(19) == seconds.prefix(19))
  }
}
