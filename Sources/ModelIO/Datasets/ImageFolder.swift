/// Pictures in folders, one folder a class: named by WordNet identifier, by name, or `<index>_<anything>`.
///
/// ImageNette is such a folder with `train` and `val` inside.
package enum ImageFolder {
  /// Files that commonly lie beside pictures.
  private static let otherSuffixes = [".txt", ".csv", ".json", ".md", ".html", ".xml"]

  /// Opens the folder at `path`.
  ///
  /// Where it has folders named `train`, `val` or `test`, `split` chooses one.
  package static func open(
    path: String, name: String = "folder", split: String? = nil
  ) throws(FormatError) -> ImageDataset {
    var root = path
    var entries = try DirectoryListing.entries(of: path)
    let splits = entries.filter { $0.isDirectory && ["train", "val", "test"].contains($0.name) }.map(\.name)
    var chosen = split ?? ""
    if !splits.isEmpty {
      chosen = split ?? splits.first { $0 == "val" } ?? splits[0]
      guard splits.contains(chosen) else {
        throw FormatError(
          .missing("the split '\(chosen)' (there are \(splits.joined(separator: ", ")))"), file: path)
      }
      root = "\(path)/\(chosen)"
      entries = try DirectoryListing.entries(of: root)
    } else if let split {
      throw FormatError(
        .invalid("there is no split '\(split)': the folder has none of train, val and test"), file: path)
    }
    let folders = entries.filter(\.isDirectory).map(\.name)
    guard !folders.isEmpty else {
      let files = pictures(in: entries).map { "\(root)/\($0)" }
      guard !files.isEmpty else { throw FormatError(.invalid("there is no picture"), file: root) }
      let part = FolderPart(paths: files, labels: [])
      return ImageDataset(name: name, split: chosen, classes: ClassList(name: name, names: []), parts: [part])
    }
    let (classes, labels) = meaning(of: folders, name: name)
    var (paths, marks): ([String], [Int]) = ([], [])
    for (folder, label) in zip(folders, labels) {
      for file in pictures(in: try DirectoryListing.entries(of: "\(root)/\(folder)")) {
        paths.append("\(root)/\(folder)/\(file)")
        marks.append(label)
      }
    }
    guard !paths.isEmpty else {
      throw FormatError(.invalid("there is no picture in its folders"), file: root)
    }
    return ImageDataset(
      name: name, split: chosen, classes: classes, parts: [FolderPart(paths: paths, labels: marks)])
  }

  /// Pictures in files that somebody named, in that order; the folders around them are their classes.
  ///
  /// Where all lie in one folder whose name means nothing, they have no classes.
  package static func open(files: [String], name: String = "folder") throws(FormatError) -> ImageDataset {
    guard let first = files.first else { throw FormatError(.invalid("there is no picture"), file: name) }
    func around(_ path: String) -> String {
      path.split(separator: "/").dropLast().last.map(String.init) ?? "."
    }
    let folders = Array(Set(files.map(around))).sorted {
      Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
    }
    let (classes, labels) = meaning(of: folders, name: name)
    guard folders.count > 1 || classes.name != name else {
      let part = FolderPart(paths: files, labels: [])
      return ImageDataset(name: name, split: "", classes: ClassList(name: name, names: []), parts: [part])
    }
    let index = Dictionary(uniqueKeysWithValues: zip(folders, labels))
    let part = FolderPart(paths: files, labels: files.map { index[around($0)] ?? index[around(first)] ?? 0 })
    return ImageDataset(name: name, split: "", classes: classes, parts: [part])
  }

  private static func pictures(in entries: [DirectoryListing.Entry]) -> [String] {
    entries.filter { entry in
      !entry.isDirectory && !otherSuffixes.contains { entry.name.lowercased().hasSuffix($0) }
    }.map(\.name)
  }

  /// Which classes the folders stand for.
  ///
  /// Only when all of them fit a scheme is it taken; else the folders' own names are the classes, in their
  /// order.
  static func meaning(of folders: [String], name: String) -> (classes: ClassList, labels: [Int]) {
    let imagenet = ClassList.imagenet
    let byWnid = folders.compactMap { imagenet.wnids.firstIndex(of: $0) }
    if byWnid.count == folders.count { return (imagenet, byWnid) }
    let byIndex = folders.compactMap { folder -> Int? in
      guard let mark = folder.firstIndex(of: "_"), let index = Int(folder[..<mark]) else { return nil }
      return imagenet.names.indices.contains(index) ? index : nil
    }
    if byIndex.count == folders.count { return (imagenet, byIndex) }
    for list in [ClassList.cifar10, .cifar100, imagenet] {
      let byName = folders.compactMap { exact($0, in: list) }
      if byName.count == folders.count, Set(byName).count == folders.count { return (list, byName) }
    }
    return (ClassList(name: name, names: folders), Array(folders.indices))
  }

  /// The one class of exactly this name, underscores counting as blanks.
  private static func exact(_ folder: String, in list: ClassList) -> Int? {
    let wanted = String(folder.lowercased().map { $0 == "_" ? " " : $0 })
    let found = list.names.indices.filter { list.names[$0].lowercased() == wanted }
    return found.count == 1 ? found[0] : nil
  }
}

/// Pictures in files of their own.
struct FolderPart: DatasetPart {
  let paths: [String]
  /// Empty where there are no classes.
  let labels: [Int]

  var count: Int { paths.count }

  func item(at index: Int) -> ImageDataset.Item {
    ImageDataset.Item(
      name: paths[index], label: labels.isEmpty ? nil : labels[index], content: .file(path: paths[index]))
  }
}
