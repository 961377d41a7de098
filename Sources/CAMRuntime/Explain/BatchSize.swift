/// How many entries a batch may have.
enum BatchSize {
  /// As many entries as fit in the limit, in batches of nearly equal size.
  ///
  /// No single operation of `entryWork` multiplications takes long: between operations it is seen whether to stop. Batches do
  /// not grow beyond `usual` bytes whatever the limit, nor beyond half of what is free beside what the network's pool holds.
  static func of(
    entries: Int, entryBytes: Int, entryWork: Int, in network: Network, usual: Int = 64 << 20, most: Int
  ) -> Int {
    let limit = network.options.memoryLimit
    let allowed = min(limit > 0 ? limit : .max, usual)
    let wanted = max(1, min(most, entries, allowed / max(entryBytes, 1), 6_000_000_000 / max(entryWork, 1)))
    let most = MemoryRoom.entries(wanted, bytes: entryBytes, reserve: network.device.pool)
    let batches = max(1, (entries + most - 1) / most)
    return max(1, (entries + batches - 1) / batches)
  }
}
