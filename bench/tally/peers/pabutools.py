"""Counts one .pb file by one rule with pabutools in its exact mode, and prints one line of JSON.

    python3 pabutools.py SOURCES FILE RULE

SOURCES is a folder of the library's own sources; RULE is add1, shares, greedy or phragmen. Equal ballots are grouped first (a multiprofile), which
is the library's fastest way. Reading is not in the time. Modules that none of these rules uses (solvers, PrefLib) may be missing.
"""

import json
import resource
import sys
import time
import types


class Anything(types.ModuleType):
    """Stands in for a library that is imported and not called."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for module, probe in (("pulp", "HiGHS"), ("preflibtools.instances", "PrefLibInstance"), ("networkx", "DiGraph"), ("natsort", "natsorted")):
    try:
        __import__(module, fromlist=[probe]).__dict__[probe]
    except (ImportError, KeyError):
        for i in range(module.count(".") + 1):
            name = ".".join(module.split(".")[: i + 1])
            sys.modules[name] = Anything(name)
            sys.modules[name].__path__ = []

sys.path.insert(0, sys.argv[1])
import gmpy2  # noqa: E402

if tuple(int(x) for x in gmpy2.version().split(".")[:3]) < (2, 1, 5):
    sys.exit("gmpy2 " + gmpy2.version() + " makes pabutools return nonsense: 2.1.5 or later is needed")

from pabutools.election import ApprovalMultiProfile, Cost_Sat, parse_pabulib  # noqa: E402
from pabutools.election import ApprovalBallot, ApprovalProfile  # noqa: E402
from pabutools.rules import exhaustion_by_budget_increase, greedy_utilitarian_welfare  # noqa: E402
from pabutools.rules import method_of_equal_shares, sequential_phragmen  # noqa: E402
from pabutools.tiebreaking import TieBreakingRule  # noqa: E402

instance, read = parse_pabulib(sys.argv[2])
# Whatever the ballots are, whom they name is what cost utility looks at.
profile = ApprovalProfile([ApprovalBallot(b) for b in read], instance=instance)
votes = {p: sum(1 for b in profile if p in b) for p in instance}
ties = TieBreakingRule(lambda i, p, x: (-votes[x], x.cost, x.name.encode()))
voters = profile.num_ballots()
grouped = profile.as_multiprofile()
assert isinstance(grouped, ApprovalMultiProfile) and grouped.num_ballots() == voters

def count(rule):
    if rule == "greedy":
        return greedy_utilitarian_welfare(instance, grouped, sat_class=Cost_Sat, tie_breaking=ties)
    if rule == "phragmen":
        return sequential_phragmen(instance, grouped, tie_breaking=ties)
    if rule == "shares":
        return method_of_equal_shares(instance, grouped, sat_class=Cost_Sat, tie_breaking=ties)
    if rule == "add1":
        return exhaustion_by_budget_increase(
            instance, grouped, method_of_equal_shares, {"sat_class": Cost_Sat, "tie_breaking": ties}, exhaustive_stop=False, budget_step=voters
        )
    sys.exit("unknown rule " + rule)


print("read", file=sys.stderr, flush=True)
used = resource.getrusage(resource.RUSAGE_SELF)
start = time.perf_counter()
won = [p.name for p in count(sys.argv[3])]
wall = time.perf_counter() - start
then = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"winners": won, "wall": wall, "cpu": then.ru_utime + then.ru_stime - used.ru_utime - used.ru_stime}))
