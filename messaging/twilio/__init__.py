"""WhatsApp by Twilio: the send, the webhooks, what its codes mean."""
