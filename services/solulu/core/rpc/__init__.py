"""gRPC: one server for any set of services, and one mapping between our errors and its statuses."""
