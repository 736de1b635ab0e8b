"""`python -m baiying.kit.recurring`: see table."""

import sys

from baiying.kit.recurring.table import main

if __name__ == "__main__":
    sys.exit(main())
