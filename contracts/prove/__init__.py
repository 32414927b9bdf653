"""Does the suite see it? The suite, or any other, is played against servers that go wrong in known ways, and against some that differ harmlessly."""
