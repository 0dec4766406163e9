"""What the demonstration shows: steps, and who got how many messages.

Owns standard output. On a terminal the table is redrawn in place below the steps; elsewhere each change is one plain line.
"""
import sys
import time

PLAIN_PERIOD_S = 3.0
DRAW_PERIOD_S = 0.2


class Screen:
    """columns: name -> function that gives its present text. Nothing is drawn between calls of step() and tick()."""

    def __init__(self, columns, live=None):
        self.columns = columns
        self.live = sys.stdout.isatty() if live is None else live
        self.began_s = time.monotonic()
        self.drawn = 0           # lines of the table that stand on the terminal now
        self.drawn_s = 0.0

    def step(self, text):
        """Something that happened; stays on the screen."""
        self._wipe()
        print(f"{time.monotonic() - self.began_s:6.1f} s  {text}", flush=True)
        self.draw()

    def tick(self):
        """Draw again when it is time to."""
        if time.monotonic() - self.drawn_s >= (DRAW_PERIOD_S if self.live else PLAIN_PERIOD_S):
            self.draw()

    def draw(self):
        self.drawn_s = time.monotonic()
        values = {name: str(show()) for name, show in self.columns.items()}
        if not self.live:
            print(f"{self.drawn_s - self.began_s:6.1f} s    " + "  ".join(f"{name} {value}" for name, value in values.items()), flush=True)
            return
        width = max(len(name) for name in values)
        lines = ["", *(f"    {name:<{width}}  {value:>9}" if value.isdigit() else f"    {name:<{width}}  {value}" for name, value in values.items())]
        self._wipe()
        print("\n".join(f"\x1b[2K{line}" for line in lines), flush=True)
        self.drawn = len(lines)

    def close(self):
        """The table stays as it was drawn last; what is printed next comes below."""
        self.draw()
        self.drawn = 0

    def _wipe(self):
        if self.drawn:
            print(f"\x1b[{self.drawn}A\x1b[J", end="")
            self.drawn = 0
