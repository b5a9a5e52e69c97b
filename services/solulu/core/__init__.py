"""What every service stands on: records, store, jobs, runner, gRPC. Knows no service."""
