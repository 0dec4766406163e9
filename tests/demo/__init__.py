"""The demonstration of ./dev demo: a real broker, an application, two developers, and things killed under them."""
