"""One process of this service: `python -m services.connector [role …]`."""

from chassis.process import command_line
from services.connector.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
