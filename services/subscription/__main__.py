"""One process of this service: `python -m services.subscription [role …]`."""

from chassis.process import command_line
from services.subscription.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
