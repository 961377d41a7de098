import Foundation
import Testing

/// What the program says where it may not look: it runs as nobody, since rights do not bind a super-user.
@Suite("files without rights") struct ForbiddenFileTests {
  @Test(
    "no rights are told from nothing there",
    arguments: [
      ("image closed.png", "no permission to read it"), ("image folder/a.png", "permission denied"),
      ("dataset folder folder", "permission denied"), ("dataset cifar10 folder", "permission denied"),
      ("dataset cifar10 nowhere", "there is no file"),
      ("model resnet18 weights=closed.png", "permission denied"),
      ("source closed.png", "permission denied"), ("image nowhere/a.png", "there is no folder"),
    ])
  func forbidden(_ cell: String, _ reason: String) throws {
    guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else {
      print("skipped: this test needs a super-user and setpriv")
      return
    }
    let folder = FileManager.default.temporaryDirectory.path + "/forbidden-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/closed.png"))
    try FileManager.default.copyItem(atPath: BuiltProgram.path, toPath: folder + "/camkernel")
    for name in ["closed.png", "folder"] {
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: "\(folder)/\(name)")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
    process.arguments = ["--reuid", "65534", "--clear-groups", "./camkernel", "run", "-c", cell]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let err = Pipe()
    process.standardError = err
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1 && text.contains(reason), "\(text)")
    #expect(text.contains("^^^"), "no place: \(text)")
  }
}
