"""One process of this service: `python -m services.oversight [role …]`."""

from chassis.process import command_line
from services.oversight.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
