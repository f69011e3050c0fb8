"""The Flask edge and the command line: thin views over the domain."""
