"""What a process is made of: settings, wiring, embedded services, their supervisor."""
