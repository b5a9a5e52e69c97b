"""Hard negatives: plausible completions that refer to something that does not exist, written by a panel and checked."""
