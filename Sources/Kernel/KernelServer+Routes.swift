/// The list of request types and what answers them, by channel.
enum KernelRoutes {
  static func shell(
    of shell: ShellChannel, interpreter: any Interpreter, publisher: Publisher
  ) -> RequestRouter {
    var router = RequestRouter()
    router.on(KernelInfoRequest.self) { _, _ in KernelIdentity.reply }
    router.on(
      ExecuteRequest.self,
      failure: { ExecuteRequest.Reply($0, executionCount: interpreter.executionCount) }
    ) { [unowned shell] request, message in shell.execute(request, for: message) }
    router.on(CompleteRequest.self) { request, _ in
      CompleteRequest.Reply(interpreter.complete(request.code, cursor: request.cursor))
    }
    router.on(InspectRequest.self) { request, _ in
      InspectRequest.Reply(interpreter.inspect(request.code, cursor: request.cursor, detail: request.detail))
    }
    router.on(IsCompleteRequest.self) { request, _ in
      IsCompleteRequest.Reply(interpreter.completeness(of: request.code))
    }
    router.on(HistoryRequest.self) { request, _ in
      HistoryRequest.Reply(interpreter.history(request.query), withOutput: request.wantsOutput)
    }
    CommTable(targets: interpreter.commTargets, publisher: publisher).register(in: &router)
    // Clients before protocol 5.3 send it here.
    router.on(ShutdownRequest.self) { [unowned shell] request, message in
      publisher.post(.shutdown(restart: request.restart), for: message)
      shell.stopsAfterReply = true
      return ShutdownRequest.Reply(restart: request.restart)
    }
    router.refuse(InterruptRequest.self, belongsOn: Channel.control.rawValue)
    router.refuse(UsageRequest.self, belongsOn: Channel.control.rawValue)
    return router
  }

  static func control(
    of control: ControlChannel, interrupt: @escaping @Sendable (Timestamp) -> Void, publisher: Publisher
  ) -> RequestRouter {
    var router = RequestRouter()
    let usage = ProcessUsage()
    router.on(KernelInfoRequest.self) { _, _ in KernelIdentity.reply }
    router.on(InterruptRequest.self) { _, message in
      interrupt(message.header.date ?? .now)
      return InterruptRequest.Reply()
    }
    router.on(ShutdownRequest.self) { [unowned control] request, message in
      publisher.post(.shutdown(restart: request.restart), for: message)
      control.stopsAfterReply = true
      return ShutdownRequest.Reply(restart: request.restart)
    }
    router.on(UsageRequest.self) { _, _ in UsageRequest.Reply(usage.report()) }
    let shell = Channel.shell.rawValue
    router.refuse(ExecuteRequest.self, belongsOn: shell)
    router.refuse(CompleteRequest.self, belongsOn: shell)
    router.refuse(InspectRequest.self, belongsOn: shell)
    router.refuse(IsCompleteRequest.self, belongsOn: shell)
    router.refuse(HistoryRequest.self, belongsOn: shell)
    router.refuse(CommInfoRequest.self, belongsOn: shell)
    return router
  }
}
