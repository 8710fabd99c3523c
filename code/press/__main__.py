"""Let `python -m press COMMAND` make the site."""

import sys

from press.cli import main

sys.exit(main())
