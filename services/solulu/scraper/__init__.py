"""Cuts fill-in-the-middle contexts out of real repositories: the first step, and the only one to read foreign code."""
