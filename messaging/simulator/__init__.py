"""A program of its own: the HTTP interface of Twilio with a ledger, phones and faults."""
