import sys

from baiying.command.main import main

if __name__ == "__main__":
    sys.exit(main())
