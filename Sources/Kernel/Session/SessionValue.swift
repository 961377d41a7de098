/// A value that a session can hold: a model, images, a data set, an explanation, a table.
///
/// Values stay on the thread of the session. A new kind conforms and is then kept by `as NAME`, found by name, completed, inspected and shown by `show`.
package protocol SessionValue {
  /// What it is, without an article: `model`, `image`, `result`.
  static var noun: String { get }
  /// One line for inspection and lists; complete without a picture.
  var summary: String { get }
  /// The value as a frontend shows it, drawn with these settings.
  func bundle(with settings: Settings) throws -> DisplayBundle
}

/// A kind of value of which a session has a current one.
package protocol CurrentValue: SessionValue {
  /// What a person does to have one, such as "use `image PATH`".
  static var wayToGet: String { get }
}
