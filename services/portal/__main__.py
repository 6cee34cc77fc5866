"""One process of this service: `python -m services.portal [role …]`."""

from chassis.process import command_line
from services.portal.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
