internal import CAMRuntime
internal import Glibc

/// Says what is found and what is missing.
struct DoctorSubcommand: Subcommand {
  let name = "doctor"
  let usage = ""
  let summary = "says what is found and what is missing; exit status 1 where something necessary is missing"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    _ = try arguments.positionals(atMost: 0)
    let findings = DoctorReport.findings()
    let width = findings.map(\.subject.count).max() ?? 0
    for finding in findings {
      let padding = String(repeating: " ", count: width - finding.subject.count)
      let mark =
        switch finding.state {
        case .found: "ok      "
        case .missing: "missing "
        case .optional: "absent  "
        }
      Terminal.write("\(mark)\(finding.subject)\(padding)  \(TerminalText.safe(finding.text))\n", to: .stdout)
    }
    return findings.contains { $0.state == .missing } ? 1 : 0
  }
}

/// What the program finds around itself.
enum DoctorReport {
  /// How a finding counts.
  enum State { case found, missing, optional }

  /// One line of the report.
  struct Finding {
    let subject: String
    let state: State
    let text: String
  }

  static func findings() -> [Finding] {
    [program(), processor(), memory(), jupyter(), kernelspec(), cache()]
  }

  private static func program() -> Finding {
    Finding(
      subject: "program", state: .found, text: "\(KernelIdentity.implementation) \(KernelIdentity.version)")
  }

  private static func processor() -> Finding {
    let flags = (try? FileSystem.read("/proc/cpuinfo", limit: 16 << 20)).map { cpuFlags(in: $0) } ?? []
    let known = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"].filter(flags.contains)
    let text =
      "\(allowedProcessors()) processors for this process"
      + (known.isEmpty ? "" : ", " + known.joined(separator: " "))
      + "; precision=bf16 is computed in \(Precision.bfloat16.account)"
    return Finding(subject: "processor", state: .found, text: text)
  }

  private static func cpuFlags(in bytes: [UInt8]) -> Set<String> {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") }) else { return [] }
    return Set(line.split(separator: " ").map(String.init))
  }

  /// How many processors the scheduler gives this process (`Cpus_allowed`, a mask in hexadecimal words).
  private static func allowedProcessors() -> Int {
    let bytes = (try? FileSystem.read("/proc/self/status", limit: 1 << 20)) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let mask = lines.first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst("Cpus_allowed:".count) ?? ""
    let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    return count > 0 ? count : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  private static func memory() -> Finding {
    let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let size = NumberText.text(Double(bytes) / Double(1 << 30), decimals: 1)
    return Finding(subject: "memory", state: .found, text: "\(size) GB")
  }

  private static func jupyter() -> Finding {
    let folders = FileSystem.environment("PATH")?.split(separator: ":").map(String.init) ?? []
    let found = folders.first { access($0 + "/jupyter-lab", X_OK) == 0 }
    guard let found else {
      return Finding(
        subject: "jupyterlab", state: .optional,
        text: "not on PATH: `make lab` installs it into the project, `pip install jupyterlab` elsewhere")
    }
    return Finding(subject: "jupyterlab", state: .found, text: found + "/jupyter-lab")
  }

  private static func kernelspec() -> Finding {
    let found = KernelspecFolder.all().filter {
      FileSystem.exists("\($0)/\(KernelIdentity.implementation)/kernel.json")
    }
    guard !found.isEmpty else {
      return Finding(
        subject: "kernelspec", state: .optional,
        text: "not installed for this user: `camkernel install` does it")
    }
    return Finding(subject: "kernelspec", state: .found, text: found.joined(separator: ", "))
  }

  private static func cache() -> Finding {
    let folder =
      FileSystem.environment("CAMKERNEL_CACHE") ?? FileSystem.environment("XDG_CACHE_HOME").map {
        $0 + "/camkernel"
      }
      ?? FileSystem.environment("HOME").map { $0 + "/.cache/camkernel" }
    guard let folder else {
      return Finding(
        subject: "cache", state: .missing, text: "no folder for weights: set CAMKERNEL_CACHE or HOME")
    }
    let files = (try? FileSystem.names(in: folder))?.count
    let text = folder + (files.map { ", \($0) \($0 == 1 ? "entry" : "entries")" } ?? ", not made yet")
    return Finding(subject: "cache", state: .found, text: text)
  }
}
