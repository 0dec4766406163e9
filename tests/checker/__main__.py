"""Lets the folder itself be run: python3 tests/checker FOLDER."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checker.cli import main  # noqa: E402  (the path comes first)

sys.exit(main())
