"""Pipelines: a YAML file of named steps, run by a client. Running one again continues it."""
