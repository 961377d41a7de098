internal import ModelIO

/// Puts the nodes that some values need into an order in which each stands behind what it reads.
struct ONNXNodeOrder {
  private let producers: [String: Int]
  private let nodes: [ONNXNode]
  private let opset: Int

  /// Refuses two nodes that write one value.
  init(_ nodes: [ONNXNode], opset: Int) throws(ONNXImportError) {
    self.nodes = nodes
    self.opset = opset
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard producers.updateValue(index, forKey: output) == nil else {
          throw Self.failure(.writtenTwice(output), node, opset)
        }
      }
    }
    self.producers = producers
  }

  /// The nodes behind `values`; `known` tells which names have a value already.
  ///
  /// Walks without recursion: a chain may be longer than the stack.
  func nodes(
    for values: [String], known: (String) -> Bool
  ) throws(ONNXImportError) -> [ONNXNode] {
    enum Mark { case open, done }
    var marks: [Int: Mark] = [:]
    var order: [ONNXNode] = []
    for value in values where !known(value) {
      guard let root = producers[value] else {
        throw ONNXImportError(.invalid("nothing gives the output '\(value)'"))
      }
      var stack: [(index: Int, next: Int)] = [(root, 0)]
      if marks[root] == .done { continue }
      marks[root] = .open
      while let (index, next) = stack.last {
        let reads = reads(of: nodes[index])
        guard next < reads.count else {
          marks[index] = .done
          order.append(nodes[index])
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let name = reads[next]
        if name.isEmpty || known(name) { continue }
        guard let producer = producers[name] else {
          throw Self.failure(.dangling(name), nodes[index], opset)
        }
        switch marks[producer] {
        case .done: continue
        case .open: throw Self.failure(.cycle, nodes[producer], opset)
        case nil:
          marks[producer] = .open
          stack.append((producer, 0))
        }
      }
    }
    return order
  }

  /// The node's inputs, and what the graphs in its attributes read from outside.
  private func reads(of node: ONNXNode) -> [String] {
    var names = node.inputs
    for attribute in node.attributes.values {
      guard case .graph(let graph) = attribute else { continue }
      let own = Set(
        graph.nodes.flatMap(\.outputs) + graph.initializers.map(\.name) + graph.inputs.map(\.name))
      names += graph.nodes.flatMap(\.inputs).filter { !own.contains($0) && producers[$0] != nil }
      names += graph.outputs.map(\.name).filter { !own.contains($0) && producers[$0] != nil }
    }
    return names
  }

  private static func failure(
    _ cause: ONNXImportError.Cause, _ node: ONNXNode, _ opset: Int
  ) -> ONNXImportError {
    ONNXImportError(cause, node: node.label, operation: node.operation, opset: opset)
  }
}

extension ONNXNode {
  /// Every name that the node or a graph in its attributes reads.
  var namesRead: Set<String> {
    var names = Set(inputs)
    for attribute in attributes.values {
      switch attribute {
      case .graph(let graph): names.formUnion(graph.namesRead)
      case .graphs(let graphs): for graph in graphs { names.formUnion(graph.namesRead) }
      default: break
      }
    }
    return names
  }
}

extension ONNXGraph {
  fileprivate var namesRead: Set<String> {
    nodes.reduce(into: Set(outputs.map(\.name))) { $0.formUnion($1.namesRead) }
  }
}
