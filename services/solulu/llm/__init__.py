"""Models: endpoints that are paid for, the local engine, and the prompts that turn a hole into tokens."""
