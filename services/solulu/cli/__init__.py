"""The command line: flags from the protos, progress on stderr, results on stdout. Holds no logic of a service."""
