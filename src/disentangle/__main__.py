"""``python -m disentangle STAGE …``, the command every rule of the workflow runs."""

from disentangle.cli import main

main()
