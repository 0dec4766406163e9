"""The figures of a forwarding worker, with their denominators, on a real broker: `python -m bench`, or `./dev bench`."""
