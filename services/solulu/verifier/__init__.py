"""The static verdict: does what a completion names exist? No compiler, no execution; unknown where that is not provable."""
