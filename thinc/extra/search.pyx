"""Beam search: the best few of many sequences of moves, and the update that trains such a search.

`Beam` keeps `width` states of the caller and advances them by their best moves; what a state is, and what a
move does to it, is up to C callbacks. `MaxViolation` compares the beam with one that was held to the truth,
and keeps the histories of the step at which they differed most (Huang et al. 2012, "Structured Perceptron
with Inexact Search").
"""

cimport cython
from libc.math cimport exp
from libc.string cimport memcpy, memset
from libcpp.unordered_set cimport unordered_set
from libcpp.vector cimport vector

from ..errors import InvalidValueError

__all__ = ["Beam", "MaxViolation"]

# A hash may be 0 without being an error, whatever the declared type says.
ctypedef hash_t (*hash_nullable_func_t)(void* state, void* extra) except? 0

cdef enum:
    MAX_INT = 0x7fffffff  # rows and classes are numbered by ints


@cython.no_gc_clear  # the callers' states lie in `mem`, which has to outlive them
cdef class Beam:
    """The `width` best states so far, and a score, validity and cost for each move out of each of them."""

    def __init__(self, class_t nr_class, class_t width, weight_t min_density=0.0):
        if nr_class == 0 or width == 0:
            raise InvalidValueError(f"Beam: nr_class and width must be at least 1; got {nr_class}, {width}")
        if nr_class > MAX_INT or width > MAX_INT:
            raise MemoryError(f"Beam: no memory for {width} states with {nr_class} classes each")
        delete_contents(self)
        cdef Pool mem = Pool()
        cdef weight_t** scores = <weight_t**>new_table(mem, width, nr_class, sizeof(weight_t))
        cdef int** is_valid = <int**>new_table(mem, width, nr_class, sizeof(int))
        cdef weight_t** costs = <weight_t**>new_table(mem, width, nr_class, sizeof(weight_t))
        cdef _State* states = <_State*>mem.alloc(width, sizeof(_State))
        cdef _State* parents = <_State*>mem.alloc(width, sizeof(_State))
        self.histories = [[] for _ in range(width)]
        self._parent_histories = [[] for _ in range(width)]
        self.mem = mem
        self.scores, self.is_valid, self.costs = scores, is_valid, costs
        self._states, self._parents = states, parents
        self.nr_class, self.width, self.min_density = nr_class, width, min_density
        self.size, self.t, self.is_done = 1, 0, False

    def __dealloc__(self):
        delete_contents(self)

    def __len__(self):
        return self.size

    @property
    def score(self):
        """Score of the best state."""
        return checked(self)._states[0].score

    @property
    def min_score(self):
        """Score of the worst state."""
        return checked(self)._states[self.size - 1].score

    @property
    def loss(self):
        """What the moves of the best state cost."""
        return checked(self)._states[0].loss

    @property
    def probs(self):
        """Softmax of the states' scores."""
        return _softmax(state_scores(checked(self)))

    @property
    def scores(self):
        """Scores of all states, best first."""
        return state_scores(checked(self))

    cdef int initialize(self, init_func_t init_func, del_func_t del_func, int n, void* extra_args) except -1:
        """Make a state for each slot; `del_func` will be called for each of them in the end."""
        cdef class_t i
        checked(self)
        delete_contents(self)
        self.del_func = del_func
        for i in range(self.width):
            self._states[i].content = init_func(self.mem, n, extra_args)
            self._parents[i].content = init_func(self.mem, n, extra_args)
        return 0

    cdef int advance(self, trans_func_t transition_func, hash_func_t hash_func, void* extra_args) except -1:
        """Replace the states by their best successors: ties go to the larger move id.

        With a hash function, of successors with equal hashes (other than 0 and 1) only the best is kept.
        """
        cdef Queue queue
        cdef Entry entry
        cdef _State* parent
        cdef _State* state
        cdef class_t clas, i, size = 0
        cdef hash_t key
        cdef unordered_set[hash_t] seen
        self._fill(&queue, self.scores, self.is_valid)
        if queue.empty():
            raise InvalidValueError(f"Beam.advance: a state must have a valid move; got none for {self.size}")
        self._states, self._parents = self._parents, self._states
        self.histories, self._parent_histories = self._parent_histories, self.histories
        while size < self.width and not queue.empty():
            entry = queue.top()
            queue.pop()
            i = entry.second // self.nr_class
            clas = entry.second % self.nr_class
            parent = &self._parents[i]
            state = &self._states[size]
            if parent.is_done:
                state.content, parent.content = parent.content, state.content
                state.loss, state.is_done = parent.loss, 1
                self.histories[size] = list(self._parent_histories[i])
            else:
                transition_func(state.content, parent.content, clas, extra_args)
                if hash_func is not NULL:
                    key = (<hash_nullable_func_t>hash_func)(state.content, extra_args)
                    if key > 1 and not seen.insert(key).second:
                        continue
                state.loss, state.is_done = parent.loss + self.costs[i][clas], 0
                self.histories[size] = self._parent_histories[i] + [clas]
            state.score, state.t = entry.first, parent.t + 1
            size += 1
        self.size = size
        for i in range(self.width):
            memset(self.scores[i], 0, sizeof(weight_t) * self.nr_class)
            memset(self.is_valid[i], 0, sizeof(int) * self.nr_class)
            memset(self.costs[i], 0, sizeof(weight_t) * self.nr_class)
        self.t += 1
        return 0

    cdef int check_done(self, finish_func_t finish_func, void* extra_args) except -1:
        """Ask which states are finished; the beam is done when all are."""
        cdef class_t i
        checked(self)
        self.is_done = True
        for i in range(self.size):
            if not self._states[i].is_done:
                self._states[i].is_done = finish_func(self._states[i].content, extra_args)
            self.is_done = self.is_done and self._states[i].is_done
        return 0

    cdef int set_row(
        self, int i, const weight_t* scores, const int* is_valid, const weight_t* costs
    ) except -1:
        """Copy what is known about the moves of state i: `nr_class` numbers each."""
        checked(self)
        if i < 0 or <class_t>i >= self.width:
            raise IndexError(f"Beam.set_row: row must be in [0, {self.width}); got {i}")
        if scores is NULL or is_valid is NULL or costs is NULL:
            raise ValueError(f"Beam.set_row: scores, is_valid, costs must be given; got a null pointer ({i})")
        memcpy(self.scores[i], scores, sizeof(weight_t) * self.nr_class)
        memcpy(self.is_valid[i], is_valid, sizeof(int) * self.nr_class)
        memcpy(self.costs[i], costs, sizeof(weight_t) * self.nr_class)
        return 0

    cdef int set_table(self, weight_t** scores, int** is_valid, weight_t** costs) except -1:
        """Copy what is known about the moves of all states: `width` rows each."""
        cdef class_t i
        checked(self)
        if scores is NULL or is_valid is NULL or costs is NULL:
            raise ValueError("Beam.set_table: scores, is_valid, costs must be given; got a null pointer")
        for i in range(self.width):
            self.set_row(i, scores[i], is_valid[i], costs[i])
        return 0

    cdef int _fill(self, Queue* q, weight_t** scores, int** is_valid) except -1:
        """Put all moves in line. A finished state has one: to stay, and gain its mean gain per step."""
        cdef vector[Entry] entries
        cdef Entry entry
        cdef class_t i, j
        cdef _State* state
        cdef double highest, Z = 0
        checked(self)
        for i in range(self.size):
            state = &self._states[i]
            if state.is_done:
                entry.first = state.score + (state.score / state.t if self.histories[i] else 0)
                entry.second = i * self.nr_class
                entries.push_back(entry)
                continue
            for j in range(self.nr_class):
                if is_valid[i][j]:
                    entry.first = state.score + scores[i][j]
                    entry.second = i * self.nr_class + j
                    entries.push_back(entry)
        if self.min_density == 0 or entries.empty():
            for entry in entries:
                q.push(entry)
            return 0
        highest = entries[0].first
        for entry in entries:
            highest = max(highest, entry.first)
        for entry in entries:
            Z += exp(entry.first - highest)
        for entry in entries:
            if exp(entry.first - highest) / Z >= self.min_density * (1 / Z):
                q.push(entry)
        return 0


cdef class MaxViolation:
    """The step of a search at which the prediction was furthest ahead of the truth it had lost."""

    def __init__(self):
        self.delta = -1
        self.p_hist, self.g_hist, self.p_probs, self.g_probs = [], [], [], []

    cpdef int check(self, Beam pred, Beam gold) except -1:
        """Compare the best states: a state of `pred` violates once its loss is 1 or more.

        The histories of the largest violation are kept in `p_hist` and `g_hist`, and what a softmax over all
        wrong predictions and right truths is made of in `Z`, over the truths alone in `gZ`.
        """
        cdef weight_t delta = lead(pred, gold)
        cdef class_t i
        if pred._states[0].loss < 1 or not is_new(self, delta):
            return 0
        keep(self, pred, gold, delta)
        self.p_hist = list(pred.histories[0])
        self.g_hist = list(gold.histories[0])
        self.Z = self.gZ = 1e-10
        for i in range(gold.size):
            if gold._states[i].loss == 0:
                self.gZ += exp(gold._states[i].score)
        for i in range(pred.size):
            if pred._states[i].loss > 0:
                self.Z += exp(pred._states[i].score)
        self.Z += self.gZ - 1e-10
        return 0

    cpdef int check_crf(self, Beam pred, Beam gold) except -1:
        """Compare all states: gradients of the log-probability of the right histories.

        `p_probs` are the gradients of the wrong histories `p_hist`, `g_probs` those of the right `g_hist`.
        """
        cdef weight_t delta = lead(pred, gold)
        cdef class_t i
        cdef list p_hist = [], p_scores = [], g_hist = [], g_scores = []
        if pred._states[0].loss <= 0 or not is_new(self, delta):
            return 0
        truths = {tuple(gold.histories[i]) for i in range(gold.size)}
        for i in range(pred.size):
            history = list(pred.histories[i])
            if pred._states[i].loss > 0:
                p_hist.append(history)
                p_scores.append(pred._states[i].score)
            elif tuple(history) not in truths:
                g_hist.append(history)
                g_scores.append(pred._states[i].score)
        for i in range(gold.size):
            if gold._states[i].loss == 0:
                g_hist.append(list(gold.histories[i]))
                g_scores.append(gold._states[i].score)
        probs = _softmax(p_scores + g_scores)
        keep(self, pred, gold, delta)
        self.p_hist, self.g_hist = p_hist, g_hist
        self.p_probs = probs[:len(p_hist)]
        self.g_probs = [p - q for p, q in zip(probs[len(p_hist):], _softmax(g_scores), strict=True)]
        return 0


def _softmax(nums):
    """Softmax of a list of numbers; None stays None."""
    highest = max((num for num in nums if num is not None), default=0)
    exps = [None if num is None else exp(num - highest) for num in nums]
    total = sum(num for num in exps if num is not None)
    return [None if num is None else num / total for num in exps]


cdef void** new_table(Pool mem, class_t rows, class_t columns, size_t size) except NULL:
    """Rows of zeros in one block, so that a table beyond the memory there is fails at once."""
    cdef char* block = <char*>mem.alloc(rows * columns, size)  # no overflow: both are ints
    cdef char** table = <char**>mem.alloc(rows, sizeof(char*))
    cdef class_t i
    for i in range(rows):
        table[i] = block + i * columns * size
    return <void**>table


cdef Beam checked(Beam beam):
    """The beam, provided that it has states."""
    if beam is None:
        raise TypeError("Beam: got None")
    if beam._states is NULL:
        raise ValueError("Beam: must be initialised with numbers of classes and states; got no states")
    return beam


cdef int delete_contents(Beam beam) except -1:
    """Have the caller's states deleted, as far as there are any."""
    cdef class_t i
    if beam.del_func is NULL or beam._states is NULL:
        return 0
    for i in range(beam.width):
        delete_content(beam, &beam._states[i])
        delete_content(beam, &beam._parents[i])
    return 0


cdef void delete_content(Beam beam, _State* state) noexcept:
    """An exception of the caller's is reported, and does not keep the other states alive."""
    content, state.content = state.content, NULL
    if content is not NULL:
        beam.del_func(beam.mem, content, NULL)


cdef list state_scores(Beam beam):
    cdef class_t i
    return [beam._states[i].score for i in range(beam.size)]


cdef weight_t lead(Beam pred, Beam gold) except? -1:
    """By how much the best prediction outscores the best truth."""
    if pred is None or gold is None:
        raise TypeError("MaxViolation: pred and gold must be of type Beam; got None")
    return checked(pred)._states[0].score - checked(gold)._states[0].score


cdef bint is_new(MaxViolation violation, weight_t delta) noexcept:
    """Is this the first violation, or larger than the one that was kept?"""
    return violation.cost == 0 or delta > violation.delta


cdef void keep(MaxViolation violation, Beam pred, Beam gold, weight_t delta) noexcept:
    violation.cost, violation.delta = pred._states[0].loss, delta
    violation.p_score, violation.g_score = pred._states[0].score, gold._states[0].score
