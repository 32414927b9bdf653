"""What a run comes to: what excuses a failure, what has to be checked, and the one code and sentence that say so."""
