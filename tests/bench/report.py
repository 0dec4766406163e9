"""Numbers into lines: median, smallest and largest of several runs, and what holds."""

from statistics import median


OTHERS_MAX = 0.1


def spread(values, digits=2):
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratios(values, base):
    """Run by run, since neighbours in time shared the same machine."""
    return [value / of for value, of in zip(values, base)]


class Report:
    """Collects figures against their targets and floors; prints as it goes."""

    def __init__(self):
        self.rows, self.others = [], []

    @staticmethod
    def say(text=""):
        print(text, flush=True)

    def runs(self, name, runs):
        """One variant's line: msg/s, processor time, gap, memory."""
        self.say(f"  {name:<34} {spread([r.rate / 1000 for r in runs], 0):>16} k msg/s | {spread([r.cpu_us for r in runs]):>18} CPU-s/M | "
                 f"{spread([r.gap_ms for r in runs], 0):>16} ms longest gap | {max(r.rss_mb for r in runs):6.1f} MB | others {max(r.others for r in runs) * 100:3.0f} %")
        self.others += [r.others for r in runs]

    def figure(self, name, values, target, floor=None, most=True, unit="", digits=2, worst=False):
        """most: the figure should be at most its target, else at least. worst: every run has to hold, not the median."""
        found = (max if most else min)(values) if worst else median(values)

        def holds(limit):
            return "-" if limit is None else "yes" if (found <= limit if most else found >= limit) else "NO"

        sign = "<=" if most else ">="
        self.rows.append((name, spread(values, digits) + unit, f"{sign} {target}{unit}", holds(target),
                          f"{sign} {floor}{unit}" if floor is not None else "-", holds(floor)))

    def disturbance(self):
        """How far to believe the figures: other work on the machine favours what has more threads."""
        if not self.others:
            return
        usual, most = median(self.others) * 100, max(self.others) * 100
        self.say(f"\nProcesses that are not part of the benchmark had {usual:.0f} % of the processors (at most {most:.0f} %).")
        if usual > OTHERS_MAX * 100:
            self.say("That is too much for figures in msg/s and for gaps: what has more threads gets more of a busy machine. Run it again on a quiet one.")

    def table(self):
        titles = ("figure", "median (min-max)", "target", "holds", "floor", "holds")
        widths = [max(len(row[i]) for row in [titles, *self.rows]) for i in range(len(titles))]
        for row in [titles, *self.rows]:
            self.say(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
            if row is titles:
                self.say("-|-".join("-" * width for width in widths))
