"""Every performance figure of the README: `python -m benchmarks`. Each is a ratio inside one run, or a count."""
