"""The command `limbeck`: arguments in, one verb run, an exit code out. Nothing imports this room."""
