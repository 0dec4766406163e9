"""The testbed: real brokers and other real things that tests, demo and benchmarks run against."""
