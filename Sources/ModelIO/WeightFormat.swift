/// A kind of file that holds named tensors; recognised by content, never by suffix.
package protocol WeightFormat: SendableMetatype {
  /// One word for messages, such as `safetensors`.
  static var name: String { get }
  /// Whether these bytes look like this format; looks at little and never throws.
  static func recognises(_ bytes: ByteSlice) -> Bool
  /// The tensors of the file; `directory` is where a file that refers to others may find them.
  static func read(_ bytes: ByteSlice, directory: String?) throws(FormatError) -> StateDictionary
}
