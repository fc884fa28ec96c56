"""The icon on a phone's home screen, cut from the drawing: `python -m portal.web.app_icon 192`.

A process of its own, since typst's threads do not survive a fork and a server may fork after it has
built its files.
"""

import subprocess
import sys
from pathlib import Path

import typst

_STATIC = Path(__file__).parents[2] / "static"
_POINTS_PER_INCH = 72
_GROUND = "#05566e"  # of icon.svg, to the edges: phones cut the corners themselves


def app_icon(size: int) -> bytes:
    """A PNG of so many pixels in square, drawn elsewhere. Raises CalledProcessError."""
    command = [sys.executable, "-m", __name__, str(size)]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 — ourselves


def _draw(size: int) -> bytes:
    page = f'#set page(width: {size}pt, height: {size}pt, margin: 0pt, fill: rgb("{_GROUND}"))\n'
    drawing = f'{page}#image("icon.svg", width: {size}pt)'
    return typst.compile(  # type: ignore[call-overload,no-any-return]  # the source is no path
        drawing.encode(), root=str(_STATIC), format="png", ppi=_POINTS_PER_INCH
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(int(sys.argv[1])))
