"""gRPC: one server for any set of services, and one mapping between our errors and its statuses."""

DEFAULT_ADDRESS = "127.0.0.1:7333"
"""Where `solulu up` listens, and where a client looks that was told nothing else."""
