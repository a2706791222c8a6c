"""The one root of all errors: a user's mistake is a sentence, a fault has a traceback."""


class GenchiError(Exception):
    """Root of every error this program raises on purpose."""


class UserMistake(GenchiError):
    """Something a person can mend: one sentence of what failed, expected against got, the remedy, the path last.

    The command line prints it to standard error and exits with 2; the window shows it and goes on.
    """


class Fault(GenchiError):
    """Something the program or the machine did wrong; the command line exits with 1."""


class Cancelled(GenchiError):
    """A person or a newer request ended this work; nothing was changed."""
