"""One process of this service: `python -m services.recognition [role …]`."""

from chassis.process import command_line
from services.recognition.bootstrap import BLUEPRINT

if __name__ == "__main__":
    command_line(BLUEPRINT)
