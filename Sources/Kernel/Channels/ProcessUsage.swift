import Glibc

/// What the process and the machine use, read from `/proc`; the fields are those of ipykernel's `usage_reply`.
final class ProcessUsage {
  private var last: (cpuTicks: Int, nanoseconds: UInt64)?
  private var lastHost = (busy: 0, all: 0)

  func report() -> JSONValue {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let resident = Self.numbers(in: Self.text("/proc/self/statm")).dropFirst().first ?? 0
    let memory = Self.memory()
    let total = memory["MemTotal"] ?? 0
    let available = memory["MemAvailable"] ?? 0
    return [
      "hostname": .string(Self.hostname), "pid": .integer(Int(getpid())), "kernel_cpu": .number(cpuPercent()),
      "kernel_memory": .integer(resident * page), "host_cpu_percent": .number(hostPercent()),
      "cpu_count": .integer(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      "host_virtual_memory": [
        "total": .integer(total), "available": .integer(available), "free": .integer(memory["MemFree"] ?? 0),
        "used": .integer(total - available),
        "percent": .number(total > 0 ? 100 * Double(total - available) / Double(total) : 0),
        "buffers": .integer(memory["Buffers"] ?? 0), "cached": .integer(memory["Cached"] ?? 0),
        "active": .integer(memory["Active"] ?? 0), "inactive": .integer(memory["Inactive"] ?? 0),
        "shared": .integer(memory["Shmem"] ?? 0), "slab": .integer(memory["Slab"] ?? 0),
      ],
    ]
  }

  /// Percent of one processor since the last report (since the start, at the first).
  private func cpuPercent() -> Double {
    // The name in parentheses may hold anything; the numbers after it begin with the parent's id.
    let text = Self.text("/proc/self/stat")
    let nameEnd = text.lastIndex(of: UInt8(ascii: ")")) ?? text.startIndex
    let fields = Self.numbers(in: text[nameEnd...].dropFirst(3))
    guard fields.count > 18 else { return 0 }
    let ticks = fields[10] + fields[11]
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    var bootClock = timespec()
    clock_gettime(CLOCK_BOOTTIME, &bootClock)
    let now = UInt64(bootClock.tv_sec) * 1_000_000_000 + UInt64(bootClock.tv_nsec)
    let start = last ?? (0, UInt64(Double(fields[18]) / ticksPerSecond * 1e9))
    last = (ticks, now)
    let seconds = Double(now - min(now, start.nanoseconds)) / 1e9
    return seconds > 0 ? 100 * Double(ticks - start.cpuTicks) / ticksPerSecond / seconds : 0
  }

  /// Percent of all processors that were busy since the last report (since the machine's start, at the first).
  private func hostPercent() -> Double {
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests take is part of user already.
    let line = Self.text("/proc/stat").prefix { $0 != UInt8(ascii: "\n") }
    let ticks = Self.numbers(in: line).prefix(8)
    guard ticks.count >= 5 else { return 0 }
    let all = ticks.reduce(0, +)
    let now = (busy: all - ticks[3] - ticks[4], all: all)
    let before = lastHost
    lastHost = now
    guard now.all > before.all else { return 0 }
    return min(max(100 * Double(now.busy - before.busy) / Double(now.all - before.all), 0), 100)
  }

  /// `/proc/meminfo`, in bytes.
  private static func memory() -> [String: Int] {
    var memory: [String: Int] = [:]
    for line in text("/proc/meminfo").split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      memory[String(decoding: line[..<colon], as: UTF8.self)] =
        (numbers(in: line[(colon + 1)...]).first ?? 0) * 1024
    }
    return memory
  }

  private static func numbers(in text: ArraySlice<UInt8>) -> [Int] {
    text.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
      .compactMap { Int(String(decoding: $0, as: UTF8.self)) }
  }

  private static func text(_ path: String) -> ArraySlice<UInt8> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &bytes, bytes.count)
    return bytes[..<max(0, count)]
  }

  private static var hostname: String {
    var name = [UInt8](repeating: 0, count: 256)
    let code = name.withUnsafeMutableBytes { bytes -> Int32 in
      guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
      return gethostname(start, bytes.count - 1)
    }
    return code == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "localhost"
  }
}
