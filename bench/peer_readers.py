"""One reading by another open-source reader, and what it took. Runs in .venv-bench.

Each does what its own documentation shows first; nobody is asked for more than they do.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.measuring import print_cost


def _oxedi_stream(path: str) -> Callable[[], object]:
    oxedi = importlib.import_module("oxedi")

    def read() -> int:
        return sum(1 for _ in oxedi.stream(Path(path).read_bytes()))

    return read


def _oxedi_parse_file(path: str) -> Callable[[], object]:
    oxedi = importlib.import_module("oxedi")
    return lambda: oxedi.parse_file(path)


def _pyx12_segments(path: str) -> Callable[[], object]:
    x12file = importlib.import_module("pyx12.x12file")
    return lambda: sum(1 for _ in x12file.X12Reader(path))


def _pyx12_document(path: str) -> Callable[[], object]:
    document = importlib.import_module("pyx12.x12n_document")
    settings = importlib.import_module("pyx12.params").params()
    return lambda: document.x12n_document(settings, path, None, None)


def _edi_835_parser(path: str) -> Callable[[], object]:
    parser = importlib.import_module("edi_835_parser")
    return lambda: parser.parse(path, debug=True)  # debug: an error is raised, not a warning


READERS: Mapping[str, Callable[[str], Callable[[], object]]] = {
    "oxedi_stream": _oxedi_stream,
    "oxedi_parse_file": _oxedi_parse_file,
    "pyx12_segments": _pyx12_segments,
    "pyx12_document": _pyx12_document,
    "edi_835_parser": _edi_835_parser,
}


if __name__ == "__main__":
    print_cost(READERS[sys.argv[1]](sys.argv[2]))
