"""`python -m baiying.kit.learning`: see in_time."""

import sys

from baiying.kit.learning.in_time import main

if __name__ == "__main__":
    sys.exit(main())
