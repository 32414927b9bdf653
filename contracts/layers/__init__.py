"""The layers over a vendor's cases: the matrix, the random walks and the races, which ask its reference model, and the Schemathesis runs."""
