/// A named member of a group.
package struct HDF5Link: Sendable, Hashable {
  package let name: String
  /// Where the member's object header is.
  package let address: Int
}

/// A named member of a group as the file has it.
struct HDF5Member {
  enum Target {
    /// An object header (a hard link).
    case object(Int)
    /// A path in the same file (a soft link), absolute or from the member's group on.
    case path(String)
    /// Another file, which is never opened, or a kind of link of somebody's own.
    case outside
  }

  let name: String
  let target: Target
}

extension HDF5File {
  /// How many soft links may lead to an object one by another; libhdf5 allows as many.
  private static let mostLinks = 16

  /// The members of the group at `address`, by creation where the file keeps that, else by name; soft links are followed.
  package mutating func links(of address: Int) throws(FormatError) -> [HDF5Link] {
    var links: [HDF5Link] = []
    for member in try members(of: address) {
      links.append(HDF5Link(name: member.name, address: try follow(member, from: address, links: 0)))
    }
    return links
  }

  /// The object that `path` names, from the group at `address` on; nil where there is none.
  package mutating func object(_ path: String, from address: Int) throws(FormatError) -> Int? {
    try object(path, from: address, links: 0)
  }

  /// Where a member of the group at `address` is; refuses what lies in another file.
  mutating func follow(
    _ member: HDF5Member, from address: Int, links: Int = 0
  ) throws(FormatError) -> Int {
    switch member.target {
    case .object(let place): return place
    case .outside:
      throw FormatError(
        .unsupported(
          "'\(member.name)' is a link out of the file (copy what it names into the file, as h5py's "
            + "`group.copy(source, name)` does)"), offset: address)
    case .path(let path):
      guard links < Self.mostLinks else {
        throw FormatError(.cycle("the soft link '\(member.name)'"), offset: address)
      }
      // Paths may branch at each part: what they cost together is limited with all else.
      try charge(4096, "the soft links", at: address)
      let start = path.hasPrefix("/") ? root : address
      guard let place = try object(path, from: start, links: links + 1) else {
        throw FormatError(
          .missing("'\(path)', which the soft link '\(member.name)' names,"), offset: address)
      }
      return place
    }
  }

  private mutating func object(
    _ path: String, from address: Int, links: Int
  ) throws(FormatError) -> Int? {
    var place = address
    for part in path.split(separator: "/") where part != "." {
      guard let member = try members(of: place).first(where: { $0.name == part }) else { return nil }
      place = try follow(member, from: place, links: links)
    }
    return place
  }
}
