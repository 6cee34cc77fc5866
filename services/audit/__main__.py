"""One process of this service: `python -m services.audit [role …]`."""

from chassis.process import command_line
from services.audit.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
