internal import Glibc

/// The colours of our cells in JupyterLab: a prebuilt extension, which the program carries in itself.
///
/// One serves all kernelspecs beside it, whatever their names.
enum LabExtension {
  private static let fileNames = ["package.json", "static/language.js"]

  /// The extension's folder, where JupyterLab looks for it, beside a folder of kernelspecs.
  static func folder(beside kernelspecs: String) -> String {
    FileSystem.split(kernelspecs).folder + "labextensions/" + KernelIdentity.implementation
  }

  /// Writes the extension beside a folder of kernelspecs.
  static func install(beside kernelspecs: String) throws(FileError) {
    let folder = folder(beside: kernelspecs)
    try FileSystem.makeFolder(folder + "/static")
    for name in fileNames {
      let bytes = KernelspecFiles.content["labextension/" + name].flatMap { Base64.bytes(of: $0) } ?? []
      try FileSystem.write(bytes, to: folder + "/" + name)
    }
  }

  /// Removes the extension, unless another of our kernelspecs lies in the folder.
  static func removeIfUnused(beside kernelspecs: String) {
    let names = (try? FileSystem.names(in: kernelspecs)) ?? []
    guard !names.contains(where: { isOurs(kernelspecs + "/" + $0 + "/kernel.json") }) else { return }
    let folder = folder(beside: kernelspecs)
    for name in fileNames { unlink(folder + "/" + name) }
    rmdir(folder + "/static")
    rmdir(folder)
  }

  private static func isOurs(_ path: String) -> Bool {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20) else { return false }
    return String(decoding: bytes, as: UTF8.self).contains("\"language\": \"\(KernelIdentity.language)\"")
  }
}
