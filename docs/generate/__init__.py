"""The generated documents: `python -m docs.generate` writes them, `--check` says whether they are up to date."""
