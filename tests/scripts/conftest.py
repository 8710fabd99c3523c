"""Let the tests of this folder `import ranks`, which the import mode of this project does not do by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
