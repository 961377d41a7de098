import TestSupport

extension ScriptServer {
  /// A server of a folder's files; the first answer may break off after some bytes.
  static func folder(_ path: String, brokenAfter: Int = 0) throws -> ScriptServer {
    try ScriptServer("folder_server.py", [path, String(brokenAfter)])
  }
}
