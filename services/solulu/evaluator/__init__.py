"""Measures models: base against tuned on the same holes, with intervals over what is truly independent."""
