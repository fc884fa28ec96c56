"""One reading by the portal, as `era check` does it, and what it took."""

import sys

from bench.measuring import print_cost
from portal.remittances.check import check_file

if __name__ == "__main__":
    print_cost(lambda: check_file(sys.argv[1]))
