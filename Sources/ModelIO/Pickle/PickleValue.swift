/// A value of a pickle.
///
/// Containers are numbers into the `Pickle` that holds them, so that values may contain each other in
/// circles without leaking.
package enum PickleValue: Sendable, Hashable {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits.
  case wideInteger
  case float(Double)
  case text(String)
  /// Bytes, or a text of Python 2; `blobs[_]`.
  case bytes(Int)
  /// A tuple, list or set; `sequences[_]`.
  case sequence(Int)
  /// `dictionaries[_]`.
  case dictionary(Int)
  /// What a whitelisted callable would have made; `objects[_]`.
  case object(Int)
  /// A whitelisted Python object, by `module.name`.
  case global(String)
  /// What the pickle refers to outside itself; `persistents[_]` says how.
  case persistent(Int)
}

/// What a pickle holds; nothing of it was ever run.
package struct Pickle: Sendable {
  /// A whitelisted callable with what it would have been called with.
  package struct Object: Sendable {
    package let callable: String
    package let arguments: [PickleValue]
    /// What `__setstate__` would have been given.
    package var state: PickleValue?
  }

  package typealias Entry = (key: PickleValue, value: PickleValue)

  /// The pickled value.
  package internal(set) var root = PickleValue.none
  package internal(set) var blobs: [ByteSlice] = []
  package internal(set) var sequences: [[PickleValue]] = []
  package internal(set) var dictionaries: [[Entry]] = []
  package internal(set) var objects: [Object] = []
  package internal(set) var persistents: [PickleValue] = []

  /// The items of a tuple, list or set.
  package func items(_ value: PickleValue) -> [PickleValue]? {
    if case .sequence(let index) = value { sequences[index] } else { nil }
  }

  /// The entries of a dictionary, in their order.
  package func entries(_ value: PickleValue) -> [Entry]? {
    if case .dictionary(let index) = value { dictionaries[index] } else { nil }
  }

  package func object(_ value: PickleValue) -> Object? {
    if case .object(let index) = value { objects[index] } else { nil }
  }

  /// The value as text, also where Python wrote bytes: as they are, or (Python 3 in protocol 2) as a call
  /// that would encode a text.
  package func text(_ value: PickleValue) -> String? {
    switch value {
    case .text(let text): return text
    case .bytes(let index): return blobs[index].text
    case .object(let index):
      let object = objects[index]
      guard object.callable == "_codecs.encode", case .text(let text)? = object.arguments.first else {
        return nil
      }
      return text
    default: return nil
    }
  }

  package func integer(_ value: PickleValue) -> Int? {
    if case .integer(let integer) = value { integer } else { nil }
  }

  /// The value as integers, where it is a tuple or list of them.
  package func integers(_ value: PickleValue) -> [Int]? {
    guard let items = items(value) else { return nil }
    let integers = items.compactMap { integer($0) }
    return integers.count == items.count ? integers : nil
  }

  /// The entry of a dictionary whose key is this text.
  package func entry(_ name: String, of value: PickleValue) -> PickleValue? {
    entries(value)?.last { text($0.key) == name }?.value
  }
}
