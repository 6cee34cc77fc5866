"""One process of this service: `python -m services.declaration [role …]`."""

from chassis.process import command_line
from services.declaration.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
