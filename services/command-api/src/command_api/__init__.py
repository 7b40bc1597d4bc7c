"""Takes commands, decides, appends events; serves the queries; relays the outbox."""
