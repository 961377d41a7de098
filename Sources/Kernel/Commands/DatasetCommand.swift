internal import CAMRuntime
package import ModelIO

/// Opens a data set and makes it current.
package struct DatasetCommand: Command {
  /// What can be fetched, by name.
  private let archives: [String: RemoteFile]
  /// Where it is kept; nil for the place that the environment names.
  private let directory: String?

  /// The command over the archives that their authors publish, or over others.
  package init(archives: [String: RemoteFile] = DatasetFiles.all, directory: String? = nil) {
    self.archives = archives
    self.directory = directory
  }

  private var store: FileStore { FileStore(directory: directory) }

  private enum Kind: String, CaseIterable { case cifar10, cifar100, folder, imagenette, fetch }

  private static let kind = Parameter.required(
    "kind", CaseValue(Kind.self), "what it is, or `fetch` to download one")
  private static let path = Parameter.optional(
    "path", PathValue(.file, suffixes: [".gz", ".tgz", ".tar"]),
    "its folder or archive; with `fetch` the name of the set; without it the set that was fetched")
  private static let split = Parameter.option(
    "split", ChoiceValue(["train", "test", "val"]), absent: "train for CIFAR, val for folders",
    "which part")

  package let signature = CommandSignature(
    "dataset", "opens a data set and makes it current", group: .models, parameters: [kind, path, split],
    givesValue: true,
    examples: [
      "dataset fetch cifar10", "dataset cifar10 cifar-10-batches-bin split=test",
      "dataset folder photos as mine", "dataset folder photos/*/a*.jpg",
      "dataset imagenette imagenette2-160 split=val",
    ],
    details: """
      CIFAR in its author's binary or Python layout (a pickle is read, never run), as folder or archive. A folder \
      has one folder a class, named by WordNet identifier, by name or as `<index>_<anything>`; ImageNette is such \
      a folder; a glob such as `photos/*/*.jpg` takes some of its files. `fetch` takes cifar10, cifar100 or \
      imagenette from its author's address, resumes where it broke off and checks the checksum; without a path the \
      folder that `CAMKERNEL_DATA` names is searched too. The order is that of the files; `batch shuffle=SEED` \
      changes it.
      """)

  package func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let kind = try call[Self.kind]
    let split = try call[Self.split]
    let place = call.isGiven(Self.path) ? call.span(of: Self.path) : call.span(of: Self.kind)
    let images = try blaming(call, place) {
      switch kind {
      case .fetch:
        let name = try fetchable(try call[Self.path], call)
        return try open(name, path: try fetched(name, context), split: split)
      default:
        if kind == .folder, let files = try chosenFiles(try call[Self.path]) {
          return try ImageFolder.open(files: files)
        }
        if let word = try call[Self.path], !FileSystem.exists(word.text) {
          throw FileSystem.absence(of: word.text).diagnostic(at: word.span)
        }
        let path = try call[Self.path].map { FileSystem.expanded($0.text) } ?? here(kind, call)
        guard FileSystem.isFolder(path) || Self.isArchive(path) else {
          throw Diagnostic(
            "bad-file", "'\(path)' is neither a folder nor an archive", at: place,
            hints: ["archives are .tar, .tar.gz and .tgz: unpack others first"])
        }
        return try open(kind, path: try unpacked(path, context), split: split)
      }
    }
    let dataset = LoadedDataset(images)
    context.session.workspace.setCurrent(dataset)
    return try .value(dataset, in: context)
  }

  /// Opens a set; an error that speaks of the split is put there.
  private func blaming<Result>(
    _ call: Call, _ place: SourceSpan, _ work: () throws -> Result
  ) throws -> Result {
    do {
      return try work()
    } catch let error as FormatError where call.isGiven(Self.split) && "\(error)".contains("split '") {
      throw error.diagnostic(at: call.span(of: Self.split))
    } catch {
      if error is Interrupted { throw error }
      throw Blame.diagnostic(of: error, at: place)
    }
  }

  private func open(_ kind: Kind, path: String, split: String?) throws -> ImageDataset {
    switch kind {
    case .cifar10: return try CIFARDataset.open(.cifar10, path: path, split: split ?? "train")
    case .cifar100: return try CIFARDataset.open(.cifar100, path: path, split: split ?? "train")
    case .folder, .fetch: return try ImageFolder.open(path: path, split: split)
    case .imagenette:
      let inner = path + "/imagenette2-160"
      return try ImageFolder.open(
        path: FileSystem.exists(inner) ? inner : path, name: kind.rawValue, split: split)
    }
  }

  /// The files that a glob or the path of a single picture names; nil for a folder.
  private func chosenFiles(_ word: Word?) throws(Diagnostic) -> [String]? {
    guard let word else { return nil }
    let pattern = FileSystem.expanded(word.text)
    let isGlob = !FileSystem.exists(pattern) && pattern.contains { "*?[".contains($0) }
    let isFile = FileSystem.exists(pattern) && !FileSystem.isFolder(pattern) && !Self.isArchive(pattern)
    guard isGlob || isFile else { return nil }
    let matches = FileSystem.paths(matching: pattern)
    let files = matches.filter { !FileSystem.isFolder($0) }
    guard !files.isEmpty else {
      let hasFolders = matches.contains(where: FileSystem.isFolder)
      throw Diagnostic(
        "no-such-file", "no file matches '\(word.text)'", at: word.span,
        hints: hasFolders
          ? ["folders do: `\(StringLiteral.written(word.text + "/*"))` names their files"] : [])
    }
    return files
  }

  private static let suffixes = [".tar", ".tar.gz", ".tgz"]

  private static func isArchive(_ path: String) -> Bool {
    suffixes.contains { path.lowercased().hasSuffix($0) }
  }

  private func archive(_ kind: Kind) -> RemoteFile? { archives[kind.rawValue] }

  private func fetchable(_ word: Word?, _ call: Call) throws(Diagnostic) -> Kind {
    let names = Kind.allCases.filter { archive($0) != nil }.map(\.rawValue)
    guard let word else {
      throw Diagnostic(
        "missing-value", "`dataset fetch` needs the name of a set", at: call.span(of: Self.kind),
        hints: ["one of \(names.joined(separator: ", "))"])
    }
    guard let kind = Kind(rawValue: word.text.lowercased()), archive(kind) != nil else {
      throw .unknown("data set", word, known: names, place: "to fetch")
    }
    return kind
  }

  /// Downloads and unpacks, or finds what was.
  private func fetched(_ kind: Kind, _ context: CommandContext) throws -> String {
    guard let file = archive(kind) else { return "" }
    let bar = FetchBar(kind.rawValue, in: context)
    let path = try store.fetchDataset(file, isInterrupted: { bar.isStopped }, progress: bar.show)
    bar.finish()
    return path
  }

  /// The folder of a set in the folder of data, or of one that was fetched before.
  private func here(_ kind: Kind, _ call: Call) throws(Diagnostic) -> String {
    if let data = FileSystem.environment("CAMKERNEL_DATA").map(FileSystem.expanded) {
      let paths = Self.usualNames(of: kind).map { "\(data)/\($0)" }
      if let path = paths.first(where: FileSystem.isFolder) { return path }
    }
    guard kind != .folder else {
      throw Diagnostic(
        "missing-value", "dataset folder needs PATH, a folder of pictures", at: call.span(of: Self.kind),
        hints: ["for example `dataset folder photos`"])
    }
    guard let file = archive(kind), let path = store.datasetFolder(of: file) else {
      let hint = "`dataset fetch \(kind.rawValue)` or `dataset \(kind.rawValue) PATH`"
      throw Diagnostic(
        "missing-data", "no path, and \(kind.rawValue) was not fetched yet", at: call.span(of: Self.kind),
        hints: ["use \(hint)"])
    }
    return path
  }

  /// What the unpacked folders of a set are called by their authors.
  private static func usualNames(of kind: Kind) -> [String] {
    switch kind {
    case .cifar10: ["cifar-10-batches-bin", "cifar-10-batches-py"]
    case .cifar100: ["cifar-100-binary", "cifar-100-python"]
    case .imagenette: ["imagenette2-160", "imagenette2-320", "imagenette2"]
    case .folder, .fetch: []
    }
  }

  /// The folder at `path`, or the one that an archive there is unpacked to.
  private func unpacked(_ path: String, _ context: CommandContext) throws -> String {
    guard Self.isArchive(path) else { return path }
    return try store.unpacked(archive: path) { context.interrupt.isRaised }
  }
}
