"""One process of this service: `python -m services.issuer [role …]`."""

from chassis.process import command_line
from services.issuer.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
