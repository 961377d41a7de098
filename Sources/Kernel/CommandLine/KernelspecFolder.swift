internal import Glibc

/// Where Jupyter looks for kernelspecs.
enum KernelspecFolder {
  /// The folder of a person's own kernelspecs.
  static func user() -> String? {
    if let data = FileSystem.environment("JUPYTER_DATA_DIR") { return data + "/kernels" }
    if let data = FileSystem.environment("XDG_DATA_HOME") { return data + "/jupyter/kernels" }
    return FileSystem.environment("HOME").map { $0 + "/.local/share/jupyter/kernels" }
  }

  /// The folder of the virtual environment that is active.
  static func environment() -> String? {
    (FileSystem.environment("VIRTUAL_ENV") ?? FileSystem.environment("CONDA_PREFIX")).map(inside)
  }

  /// The folder under a prefix such as `/usr/local`.
  static func inside(_ prefix: String) -> String {
    let trimmed = prefix.hasSuffix("/") && prefix.count > 1 ? String(prefix.dropLast()) : prefix
    return FileSystem.expanded(trimmed) + "/share/jupyter/kernels"
  }

  /// All folders that a frontend started here would look into.
  static func all() -> [String] {
    let path = FileSystem.environment("JUPYTER_PATH") ?? ""
    return path.split(separator: ":").map { String($0) + "/kernels" }
      + [user(), environment(), inside("/usr/local"), inside("/usr")].compactMap { $0 }
  }
}

/// Which of the places a person chose.
struct KernelspecPlace {
  let folder: String
  let name: String

  init(_ arguments: ProgramArguments) throws(UsageError) {
    var arguments = arguments
    let wantsUser = arguments.takeFlag("--user")
    let wantsEnvironment = arguments.takeFlag("--sys-prefix")
    let prefix = try arguments.takeValue("--prefix")
    name = try arguments.takeValue("--name") ?? KernelIdentity.implementation
    _ = try arguments.positionals(atMost: 0)
    guard [wantsUser, wantsEnvironment, prefix != nil].count(where: { $0 }) <= 1 else {
      throw UsageError("--user, --sys-prefix and --prefix exclude each other")
    }
    let isName = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
    }
    guard isName, !name.isEmpty, name != ".", name != ".." else {
      throw UsageError(
        "'\(TerminalText.safe(name))' cannot name a kernel: letters, digits, '-', '_' and '.' can")
    }
    if let prefix {
      folder = KernelspecFolder.inside(prefix)
    } else if wantsEnvironment {
      guard let environment = KernelspecFolder.environment() else {
        throw UsageError("no virtual environment is active (VIRTUAL_ENV is not set)")
      }
      folder = environment
    } else {
      guard let user = (wantsUser ? nil : KernelspecFolder.environment()) ?? KernelspecFolder.user() else {
        throw UsageError("there is no home folder (HOME is not set): use --prefix DIR")
      }
      folder = user
    }
  }

  var path: String { folder + "/" + name }
}
