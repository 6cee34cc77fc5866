"""`python -m cli`: the same as `healthcode-admin`."""

from cli.admin import main

if __name__ == "__main__":
    main()
