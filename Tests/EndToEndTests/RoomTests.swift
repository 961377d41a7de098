import Testing

@Suite("room") struct RoomTests {}
