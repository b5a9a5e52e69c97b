"""The report: one HTML file about one run of a pipeline, for people. It is no artifact."""
