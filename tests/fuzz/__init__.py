"""A seeded raw-socket fuzzer of the mock server: `python -m tests.fuzz --seed N --inputs N [--only FAMILY]`.

What each input is depends on the seed, its number and the ids of its (seeded) world alone; so any one can be made again by its number. After
each the oracle asks what the server may not do: answer 5xx or something that is no HTTP, change a world in a request that it refused, give one
request another's answer, print a traceback, become slow, touch a world that nobody addressed.

The parts: `operations` and `vocabulary` (what there is to call, and with which words: both from the specs and the world's target table),
`draft` (a well-formed request), `families` (how one is spoilt), `inputs` (seed and number -> input), `wire` (bytes out, answers in), `site` (the
server's worlds), `oracle`, `report`, `attack` (one server), `campaign` (several, side by side).

Libraries. Requests by the spec are Schemathesis's and so Hypothesis's: the `fuzz` environment runs it at length beside this. Answers are read by
h11, which is stricter than what the server writes them with; what a request means to a parser is asked of httptools. For the mutations none of
the known ones fits: Hypothesis needs 2 ms an input, has no way to input number N but through all before it, and draws from the literals of the
modules that are loaded, so that mending a bug would change the inputs of its seed; boofuzz's inputs are listed, not seeded, and it knows no
answer's meaning; atheris is guided by coverage inside one process, and this server is another; pyradamsa, seeded and good, was last released in
2020 for one processor.
"""
