extension FileStore {
  /// Fetches the archive of a data set, unpacks it, and gives the folder; what is here already costs nothing.
  package func fetchDataset(
    _ archive: RemoteFile, isInterrupted: () -> Bool = { false }, progress: (FetchProgress) -> Void = { _ in }
  ) throws(FetchError) -> String {
    let stem = archive.name.split(separator: ".").first.map(String.init) ?? archive.name
    let folder = "\(directory)/datasets/\(stem)"
    if DirectoryListing.isDirectory(folder) { return folder }
    let path = try fetch(archive, isInterrupted: isInterrupted, progress: progress)
    do throws(FormatError) {
      try FileStore.makeDirectory("\(directory)/datasets")
      try TarArchive.extract(try MappedFile(path: path).bytes, to: folder, isInterrupted: isInterrupted)
    } catch {
      if error.cause == .interrupted { throw .interrupted(archive, received: archive.size ?? 0) }
      throw .file(error.inFile(path))
    }
    return folder
  }

  /// The folder of an archive that lies somewhere else, unpacked into the store once.
  package func unpacked(
    archive path: String, isInterrupted: () -> Bool = { false }
  ) throws(FormatError) -> String {
    let bytes = try MappedFile(path: path).bytes
    let name = path.split(separator: "/").last.map(String.init) ?? "archive"
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    let folder = "\(directory)/datasets/\(stem)-\(bytes.count)"
    if DirectoryListing.isDirectory(folder) { return folder }
    try FileStore.makeDirectory("\(directory)/datasets")
    do throws(FormatError) {
      try TarArchive.extract(bytes, to: folder, isInterrupted: isInterrupted)
    } catch { throw error.inFile(path) }
    return folder
  }
}
