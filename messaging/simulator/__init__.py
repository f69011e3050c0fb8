"""A program of its own: Twilio's HTTP interface with a ledger, customers who answer, and faults.

Run ``python -m messaging.simulator --help``.
"""
