/// Where the names of a kind come from, for completion.
package struct NameProvider: Sendable {
  package let kind: NameKind
  package let names: @Sendable (Session, Statement?) -> [Candidate]

  /// - Parameters:
  ///   - kind: the kind of names.
  ///   - names: the names that could stand in a statement, given the session.
  package init(_ kind: NameKind, _ names: @escaping @Sendable (Session, Statement?) -> [Candidate]) {
    self.kind = kind
    self.names = names
  }
}
