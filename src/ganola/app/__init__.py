"""What a command, a notebook, a study or a server does, each in one call: nothing here prints or parses."""
