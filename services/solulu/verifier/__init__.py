"""The static verdict: does what a completion names exist? Without a compiler; unknown where it is not provable."""
