"""ganola's command as torchrun starts it in a test: with few phrases, so that judging takes no time."""

from ganola.__main__ import main
from tests.models import few_phrases

if __name__ == "__main__":
    with few_phrases():
        main()
