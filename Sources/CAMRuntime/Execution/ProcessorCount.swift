internal import CVector

/// How many cores this process may use.
enum ProcessorCount {
  /// The cores of the process' affinity, cut to the quota of its control group; at least one.
  static var usable: Int {
    var count = Int(cv_usable_cores())
    if let quota { count = min(count, max(1, Int(quota.rounded(.up)))) }
    return max(1, count)
  }

  /// The cores' worth of time that control groups of either version grant.
  private static var quota: Double? {
    if let text = SystemFile.contents("/sys/fs/cgroup/cpu.max") {
      let fields = text.split(whereSeparator: \.isWhitespace)
      guard fields.count == 2, let granted = Double(fields[0]), let period = Double(fields[1]), period > 0
      else { return nil }
      return granted / period
    }
    guard let granted = SystemFile.contents("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap(number),
      granted > 0,
      let period = SystemFile.contents("/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap(number), period > 0
    else { return nil }
    return granted / period
  }

  private static func number(_ text: String) -> Double? {
    text.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
  }
}
