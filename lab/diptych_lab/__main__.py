"""``python -m diptych_lab``: the ``diptych`` command."""

from diptych_lab.command_line import main

if __name__ == "__main__":
    main()
