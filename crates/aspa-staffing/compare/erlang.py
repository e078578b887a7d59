"""Values of Erlang C and Erlang A to 50 digits, by other ways than the crate goes.

Erlang C: the sums over all states, term by term. Erlang A: state probabilities as plain products,
shares of waiting times by numerical integration of the density of the virtual wait (a hypoexponential
density, as a mixture over the queue found on arrival), never by the crate's recurrence.

    python3 compare/erlang.py > tests/erlang.tsv
"""

from mpmath import mp, mpf, beta, exp, inf, linspace, quad

mp.dps = 50


def erlang_c(rate, handling, n):
    """rate in contacts a second; returns wait probability, mean wait, queue length."""
    load = rate * handling
    term, below = mpf(1), mpf(0)
    for j in range(n):
        below += term
        term = term * load / (j + 1)
    waiting = term * n / (n - load)
    wait = waiting / (below + waiting)
    return wait, wait * handling / (n - load), wait * load / (n - load)


def erlang_a(rate, handling, patience, n):
    """Probabilities of each number of contacts in the system, summed and scaled."""
    load, theta, mu = rate * handling, 1 / patience, 1 / handling
    term, states = mpf(1), []
    j = 0
    while True:
        states.append(term)
        j += 1
        term = term * rate / (min(j, n) * mu + max(0, j - n) * theta)
        if j > n and term * j < mpf(10) ** -45 * max(states) and term < states[-1]:
            break
    total = sum(states)
    return [p / total for p in states]


def waits(rate, handling, patience, n, times):
    """(virtual wait <= T, answered within T) for each T, and the means, by integration over time.

    The density of the virtual wait after k ahead: nu = n mu; in y = exp(-theta v) it is Beta(nu/theta,
    k + 1), so in v: theta exp(-nu v) (1 - exp(-theta v))^k / B(nu/theta, k + 1). Summed over k first.
    """
    states = erlang_a(rate, handling, patience, n)
    queue, free = states[n:], sum(states[:n])
    theta, nu = 1 / patience, n / handling
    s = nu / theta
    weights = [p / beta(s, k + 1) * theta for k, p in enumerate(queue)]

    def density(v):
        y = 1 - exp(-theta * v)
        value = mpf(0)
        for w in reversed(weights):
            value = value * y + w
        return value * exp(-nu * v)

    def integral(f, a, b):  # the tail past 4096 / nu is below the digits that count
        pieces = linspace(a, b, 9) if b != inf else [a] + [a + mpf(2) ** i / nu for i in range(13)]
        return quad(f, pieces)

    found = []
    for t in times:
        found.append((
            free + integral(density, mpf(0), t),
            free + integral(lambda v: density(v) * exp(-theta * v), mpf(0), t),
        ))
    end = inf
    answered = free + integral(lambda v: density(v) * exp(-theta * v), mpf(0), end)
    mean_answered = integral(lambda v: v * density(v) * exp(-theta * v), mpf(0), end) / answered
    gone = lambda v: (1 - exp(-theta * v)) / theta - v * exp(-theta * v)
    abandoned = integral(lambda v: density(v) * (1 - exp(-theta * v)), mpf(0), end)
    mean_abandoned = integral(lambda v: density(v) * gone(v), mpf(0), end) / abandoned
    length = sum(k * p for k, p in enumerate(queue))
    return found, free, answered, abandoned, mean_answered, mean_abandoned, length


def line(*cells):
    print("\t".join(mp.nstr(c, 20) if isinstance(c, mpf) else str(c) for c in cells))


def main():
    print("# Made by compare/erlang.py: 50 digits, printed to 20. Times in seconds.")
    print("# C: contacts an hour, handling, agents, T | wait probability, mean wait, queue, service level")
    for per_hour, handling, n, t in [
        (100, 180, 6, 20), (100, 180, 7, 20), (200, 180, 14, 20), (1, 360, 1, 0), (9, 360, 1, 60),
        (170, 180, 9, 20), (171, 180, 9, 20), (180, 180, 10, 15), (600, 300, 51, 20), (600, 300, 55, 20),
        (600, 300, 60, 3600), (6000, 300, 501, 20), (6000, 300, 517, 20), (6000, 300, 540, 20),
        (144000, 300, 12001, 20), (144000, 300, 12024, 20), (144000, 300, 12400, 5),
        (1200000, 300, 100100, 20), (12000000, 300, 1000500, 20), (12000000, 300, 1000001, 20),
        (3599, 1, 1, 0), (1, 1, 3, 1), (1, 1, 40, 1), (1000, 3600, 2500, 10),
    ]:
        rate = mpf(per_hour) / 3600
        wait, mean, queue = erlang_c(rate, mpf(handling), n)
        level = 1 - wait * exp(-(n - rate * handling) * mpf(t) / handling)
        line("C", per_hour, handling, n, t, wait, mean, queue, level)
    print("# A: contacts an hour, handling, patience, agents, T, short | wait probability, abandonment,")
    print("# queue, mean wait answered, mean wait abandoned, of all, without short, virtual, wait")
    for per_hour, handling, patience, n, t, short in [
        (100, 180, 120, 5, 20, 5), (100, 180, 120, 6, 20, 5), (100, 180, 120, 4, 20, 20),
        (600, 300, 180, 50, 20, 5), (600, 300, 180, 45, 20, 5), (600, 300, 180, 55, 20, 10),
        (600, 300, 60, 30, 20, 5), (600, 300, 900, 40, 60, 5), (600, 300, 900, 40, 300, 5),
        (600, 300, 600, 50, 3600, 10), (60, 360, 3600, 6, 3600, 30), (60, 360, 3600, 7, 60, 30),
        (10, 600, 30, 1, 20, 5), (10, 600, 600, 1, 20, 5), (1, 60, 10, 1, 5, 1), (400, 600, 30, 10, 15, 3),
        (1000, 300, 7, 70, 20, 5), (2880, 300, 240, 235, 20, 5), (6000, 300, 180, 490, 20, 5),
        (6000, 300, 1800, 505, 10, 5), (60, 3600, 36000, 50, 1200, 60), (30, 3600, 36, 2, 30, 9),
        (50, 3600, 360, 40, 120, 20), (1500, 300, 3600, 25, 5700, 60), (1500, 300, 3600, 25, 4500, 60),
    ]:
        rate, h, p = mpf(per_hour) / 3600, mpf(handling), mpf(patience)
        found, free, answered, abandoned, ma, mg, length = waits(rate, h, p, n, [mpf(t), mpf(short)])
        assert abs(length / p / rate - abandoned) < mpf(10) ** -20, (per_hour, n, length / p / rate - abandoned)
        assert abs(answered + abandoned - 1) < mpf(10) ** -20
        (virtual, level), (short_virtual, short_level) = found
        stay = exp(-mpf(short) / p)
        # P(R <= S, R < V): what is over by S, less what was answered by then.
        over = 1 - (1 - short_virtual) * stay
        without = level / (1 - (over - short_level))
        wait = 1 - (1 - virtual) * exp(-mpf(t) / p)
        line("A", per_hour, handling, patience, n, t, short, 1 - free, abandoned, length, ma, mg,
             level, without, virtual, wait)


if __name__ == "__main__":
    main()
