"""The page on which a person looks at a customer's WhatsApp and plays him."""
