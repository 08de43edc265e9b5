"""What a long step shows: a bar that is redrawn on a terminal, a line at every quarter elsewhere (CI, Docker)."""

from __future__ import annotations

import sys
import time


class Progress:
    """A step with a known or unknown number of parts. `update` may be called as often as one likes."""

    WIDTH = 28

    def __init__(self, title: str, total: int) -> None:
        self.title, self.total = title, max(total, 1)
        self.started = time.monotonic()
        self._live = sys.stderr.isatty()
        self._quarter = -1

    def update(self, done: float, note: str = "") -> None:
        """Show `done` of `total` parts, with a note on what is being worked on."""
        share = min(done / self.total, 1.0)
        if self._live:
            full = int(share * self.WIDTH)
            bar = "█" * full + "░" * (self.WIDTH - full)
            seconds = int(time.monotonic() - self.started)
            print(
                f"\r  {self.title:<24} {bar} {share:4.0%} {seconds:>3} s  {note[:34]:<34}",
                end="",
                file=sys.stderr,
            )
        elif int(share * 4) > self._quarter:
            self._quarter = int(share * 4)
            print(f"  {self.title}: {share:.0%} {note}".rstrip(), file=sys.stderr, flush=True)

    def close(self, note: str = "done") -> None:
        """The step is over: the last line stays on the screen."""
        seconds = time.monotonic() - self.started
        clear = "\r\033[K" if self._live else ""
        print(f"{clear}  {self.title}: {note} ({seconds:.0f} s)", file=sys.stderr, flush=True)


def say(sentence: str) -> None:
    """One line to the person at the terminal."""
    print(sentence, file=sys.stderr, flush=True)


class Trouble(Exception):
    """A step cannot go on; the text is one sentence for the person who started it."""
