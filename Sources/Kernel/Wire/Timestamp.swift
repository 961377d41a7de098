import Glibc

/// A moment, in microseconds since 1970 (UTC), and its ISO 8601 text in message headers.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let microseconds: Int

  package init(microseconds: Int) { self.microseconds = microseconds }

  package static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: time.tv_sec * 1_000_000 + time.tv_nsec / 1000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// Reads `2026-11-21T04:55:00.123456Z` or the same with an offset; nil where it is something else or has no zone.
  package init?(_ text: String) {
    var reader = DigitReader(text)
    guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
      reader.take("-"),
      let day = reader.number(digits: 2), reader.take("T") || reader.take(" "),
      let hour = reader.number(digits: 2),
      reader.take(":"), let minute = reader.number(digits: 2), reader.take(":"),
      let second = reader.number(digits: 2)
    else { return nil }
    let fraction = reader.take(".") ? reader.microseconds() : 0
    guard let fraction, let zone = reader.zoneSeconds(), reader.isAtEnd, (1...12).contains(month) else {
      return nil
    }
    var parts = tm()
    parts.tm_year = Int32(year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    microseconds = (timegm(&parts) - zone) * 1_000_000 + fraction
  }

  package var text: String {
    var seconds = microseconds / 1_000_000
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let day = [
      padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2), padded(Int(parts.tm_mday), 2),
    ]
    let time = [padded(Int(parts.tm_hour), 2), padded(Int(parts.tm_min), 2), padded(Int(parts.tm_sec), 2)]
    let fraction = padded(microseconds % 1_000_000, 6)
    return "\(day.joined(separator: "-"))T\(time.joined(separator: ":")).\(fraction)Z"
  }
}

/// Walks over the digits and marks of a date.
private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ mark: Character) -> Bool {
    guard let first = rest.first, first == mark.asciiValue else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// A fraction of a second of any length, cut to six digits.
  mutating func microseconds() -> Int? {
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      if count < 6 {
        value = value * 10 + digit
        count += 1
      }
    }
    for _ in count..<6 { value *= 10 }
    return value
  }

  mutating func zoneSeconds() -> Int? {
    if take("Z") { return 0 }
    let isBehind = take("-")
    guard isBehind || take("+"), let hours = number(digits: 2) else { return nil }
    _ = take(":")
    guard let minutes = number(digits: 2) else { return nil }
    return (isBehind ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private mutating func digit() -> Int? {
    guard let first = rest.first, (0x30...0x39).contains(first) else { return nil }
    rest.removeFirst()
    return Int(first - 0x30)
  }
}
