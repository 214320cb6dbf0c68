"""What is done with a backend, and compared with a reference: each check gives one finding."""
