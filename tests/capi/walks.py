"""Beam search in plain Python, over the walks of `client.pyx`: what the compiled search is compared with."""

import math

import numpy

F = numpy.float32


def is_finished(walk, length):
    key, steps = walk
    return steps >= length or key % 5 == 4


class Beam:
    """States are [score, loss, is_done, history, walk]; the best comes first."""

    def __init__(self, classes, width, min_density=0.0, length=4, modulus=0):
        self.classes, self.width, self.length, self.modulus = classes, width, length, modulus
        self.min_density = F(min_density)
        self.t = 0
        self.states = [[F(0), F(0), False, [], (0, 0)]]
        self.is_done = False

    def candidates(self, scores, is_valid):
        """Pairs of score and move id, best first; of equal scores the larger id comes first."""
        found = []
        for i, (score, _, done, history, _) in enumerate(self.states):
            if done:
                found.append((F(score + score / F(self.t)) if history else score, i * self.classes))
                continue
            moves = numpy.flatnonzero(is_valid[i])
            found += [(F(score + scores[i, j]), int(i * self.classes + j)) for j in moves]
        if self.min_density:
            highest = float(max(found)[0])
            exps = [math.exp(float(score) - highest) for score, _ in found]
            Z = sum(exps)
            least = float(self.min_density) * (1 / Z)
            found = [entry for entry, e in zip(found, exps, strict=True) if e / Z >= least]
        return sorted(found, reverse=True)

    def advance(self, scores, is_valid, costs):
        states, seen = [], set()
        for score, move in self.candidates(scores, is_valid):
            i, j = divmod(move, self.classes)
            _, loss, done, history, (key, steps) = self.states[i]
            if done:
                states.append([score, loss, True, history, (key, steps)])
            else:
                walk = (key * self.classes + j, steps + 1)
                sign = walk[0] % self.modulus + 1 if self.modulus else 0
                if sign > 1 and sign in seen:
                    continue
                seen.add(sign)
                done = is_finished(walk, self.length)
                states.append([score, F(loss + costs[i, j]), done, [*history, j], walk])
            if len(states) == self.width:
                break
        self.states = states
        self.t += 1
        self.is_done = all(done for _, _, done, _, _ in states)

    @property
    def best(self):
        return self.states[0]


def softmax(values):
    highest = max(values, default=0)
    exps = [math.exp(float(value) - float(highest)) for value in values]
    return [e / sum(exps) for e in exps]


class MaxViolation:
    """The step with the largest lead of a wrong prediction."""

    def __init__(self):
        self.cost, self.delta, self.Z, self.gZ = F(0), F(-1), 0.0, 0.0
        self.p_hist, self.g_hist, self.p_probs, self.g_probs = [], [], [], []

    def is_largest(self, pred, gold, least_loss):
        lead = F(pred.best[0] - gold.best[0])
        if pred.best[1] < least_loss or not (self.cost == 0 or lead > self.delta):
            return False
        self.cost, self.delta = pred.best[1], lead
        return True

    def check(self, pred, gold):
        if self.is_largest(pred, gold, 1):
            self.p_hist, self.g_hist = pred.best[3], gold.best[3]
            right = sum(math.exp(state[0]) for state in gold.states if state[1] == 0)
            self.gZ = 1e-10 + right
            self.Z = 1e-10 + right + sum(math.exp(state[0]) for state in pred.states if state[1] > 0)

    def check_crf(self, pred, gold):
        if self.is_largest(pred, gold, numpy.nextafter(F(0), F(1))):
            truths = [state[3] for state in gold.states]
            wrong = [state for state in pred.states if state[1] > 0]
            right = [state for state in pred.states if state[1] <= 0 and state[3] not in truths]
            right += [state for state in gold.states if state[1] == 0]
            self.p_hist, self.g_hist = [state[3] for state in wrong], [state[3] for state in right]
            probs = softmax([state[0] for state in wrong + right])
            alone = softmax([state[0] for state in right])
            self.p_probs = probs[: len(wrong)]
            self.g_probs = [p - q for p, q in zip(probs[len(wrong) :], alone, strict=True)]
