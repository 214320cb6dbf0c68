"""What everything else is made of: a case and its finding, a problem, a backend under test, tolerances, results."""
