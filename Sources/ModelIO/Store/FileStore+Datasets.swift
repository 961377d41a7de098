import Glibc

extension FileStore {
  /// Fetches the archive of a data set, unpacks it, and gives the folder; what is here already costs nothing.
  ///
  /// The archive does not stay: its pictures would take the disk's room twice.
  package func fetchDataset(
    _ archive: RemoteFile, isInterrupted: () -> Bool = { false }, progress: (FetchProgress) -> Void = { _ in }
  ) throws(FetchError) -> String {
    if let folder = datasetFolder(of: archive) { return folder }
    let folder = place(of: archive)
    let path = try fetch(archive, isInterrupted: isInterrupted, progress: progress)
    do throws(FormatError) {
      try FileStore.makeDirectory("\(directory)/datasets")
      try TarArchive.extract(try MappedFile(path: path).bytes, to: folder, isInterrupted: isInterrupted)
    } catch {
      if error.cause == .interrupted { throw .interrupted(archive, received: archive.size ?? 0) }
      throw .file(error.inFile(path))
    }
    if path == self.path(of: archive) { unlink(path) }
    return folder
  }

  /// The folder of a data set that was fetched before; nil where it was not.
  package func datasetFolder(of archive: RemoteFile) -> String? {
    let folder = place(of: archive)
    return DirectoryListing.isDirectory(folder) ? folder : nil
  }

  private func place(of archive: RemoteFile) -> String {
    "\(directory)/datasets/\(archive.name.split(separator: ".").first.map(String.init) ?? archive.name)"
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
