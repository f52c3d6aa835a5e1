import type { ByteClasses } from './byte-classes.ts';
import { contains, wordCharacters } from './character-set.ts';
import { Integers } from './integers.ts';
import { Nfa, root } from './nfa.ts';
import { Sequences } from './sequences.ts';
import { assertions, type Syntax } from './syntax.ts';
import { before, type Behind, Walk } from './walk.ts';

/** Entries of the table; below it: `loud - transition`; else the next state. */
const unknown = -1;
const loud = -2;
/** The state from which nothing can match any more. */
const dead = 0;

/**
 * What states and transitions may take for each place of the nondeterministic automaton: two or three states in which
 * it is alone, or some in which all are.
 */
const bytesPerPlace = 256;

const boundaries = assertions.boundary | assertions.noBoundary;

/**
 * Many rules' patterns as one deterministic automaton, made of the states and transitions that dialed strings
 * really take, as they take them. A state is a set of places of the nondeterministic one. Rules that match are told
 * on the way, not remembered by states, so that there are no more states than there are sets of places. It is a
 * cache: where it outgrows its capacity it begins anew, in the middle of a string too.
 */
export class LazyDfa {
  readonly #isAnchored: boolean;
  readonly #capacity: number;
  readonly #nfa = new Nfa();
  readonly #walk = new Walk(this.#nfa);
  readonly #classes: ByteClasses;
  /** What is known of the characters before, then the places. */
  readonly #states = new Sequences();
  /**
   * A row for each state: a column for each class of characters, and one for the end. A state goes by where its row
   * begins.
   */
  #table = new Int32Array(0);
  #columns = 0;
  /** Whether states know what stood before them, for assertions that ask for words. */
  #knowsWords = false;
  /** Of transitions on which rules match: the next state, and which sequence of rules. */
  readonly #loud = new Integers();
  /** What matches together. These outlive the states: a string's findings are told by their numbers. */
  readonly #rules = new Sequences();
  #round = 0;

  /**
   * Anchored: each rule only matches at the beginning. `capacity`: bytes that states and transitions may take, beside
   * what the rules need.
   */
  constructor(isAnchored: boolean, classes: ByteClasses, capacity: number) {
    this.#isAnchored = isAnchored;
    this.#classes = classes;
    this.#capacity = capacity;
  }

  /** Of the nondeterministic automaton. */
  get edges(): number {
    return this.#nfa.edges;
  }

  /** Bytes that it may come to hold, about. */
  get size(): number {
    return this.#nfa.size + this.#maxBytes;
  }

  /** Numbers that `collect` tells mean the same within a round. */
  get round(): number {
    return this.#round;
  }

  /** Adds a rule by its number; `settle` has to follow. */
  add(syntax: Syntax, rule: number): void {
    this.#nfa.add(syntax, rule);
  }

  /** Has the classes tell apart what the rules do. */
  tellApart(): void {
    for (const set of this.#nfa.takeSets()) this.#classes.tellApart(set);
    if (this.#asksForWords) this.#classes.tellApart(wordCharacters);
  }

  /**
   * Takes in the rules that were added. What strings have gone through stays, as far as no new rule has a part in it.
   */
  settle(): void {
    const changed = this.#nfa.takeChanged();
    const isOther = this.#columns !== this.#classes.count + 1 || this.#knowsWords !== this.#asksForWords;
    if (isOther || changed === null) this.#clear();
    else if (changed.size > 0) this.#forget(changed);
  }

  /** Where there is more to remember than there may be, begins a new round. */
  makeRoom(): void {
    if (this.#rules.size <= this.#maxBytes) return;
    this.#rules.clear();
    this.#round += 1;
    this.#clear();
  }

  /** Walks over a string, which is given by the classes of its characters, and tells which sequences of rules match. */
  collect(string: Uint8Array, length: number, told: Integers): void {
    let table = this.#table;
    let state = this.#columns;
    for (let index = 0; index < length; index += 1) {
      const column = string[index] ?? 0;
      const next = table[state + column] ?? unknown;
      if (next > dead) state = next;
      else if (next === dead) return;
      else {
        state = this.#turn(state, column, told);
        if (state === dead) return;
        table = this.#table;
      }
    }
    const end = this.#columns - 1;
    if (table[state + end] !== dead) this.#turn(state, end, told);
  }

  /** Passes on the rules of a sequence that was told in this round. */
  eachOf(sequence: number, found: { add(rule: number): void }): void {
    const { members } = this.#rules;
    for (let index = this.#rules.start(sequence); index < this.#rules.end(sequence); index += 1)
      found.add(members[index] ?? 0);
  }

  /** Takes a transition that is not yet known, or on which rules match. */
  #turn(from: number, column: number, told: Integers): number {
    const known = this.#table[from + column] ?? unknown;
    const next = known === unknown ? this.#explore(from, column) : known;
    if (next >= dead) return next;
    const transition = 2 * (loud - next);
    told.push(this.#loud.at(transition + 1));
    return this.#loud.at(transition);
  }

  #explore(from: number, column: number): number {
    const state = this.#bytes > this.#maxBytes ? this.#clearBut(from) : from;
    const { next, matches } = this.#walk;
    this.#step(state, column);
    const target = next.length > 1 ? this.#stateOf(next) : dead;
    const entry = matches.length === 0 ? target : this.#loudTransition(target);
    this.#table[state + column] = entry;
    return entry;
  }

  #step(state: number, column: number): void {
    const { members } = this.#states;
    const sequence = state / this.#columns;
    const start = this.#states.start(sequence);
    const end = this.#states.end(sequence);
    const behind = this.#behind(column);
    this.#walk.begin(behind.isWord ? before.word : 0);
    if (!this.#isAnchored && behind.code !== null) this.#walk.reach(root);
    for (let index = start + 1; index < end; index += 1) this.#walk.from(members[index] ?? 0);
    this.#walk.step(members[start] ?? 0, behind);
  }

  #behind(column: number): Behind {
    const code = this.#classes.members[column] ?? null;
    return { code, isWord: code !== null && this.#knowsWords && contains(wordCharacters, code) };
  }

  get #asksForWords(): boolean {
    return (this.#nfa.assertions & boundaries) !== 0;
  }

  #loudTransition(target: number): number {
    const transition = this.#loud.length / 2;
    this.#loud.push(target);
    this.#loud.push(this.#rules.numberOf(this.#walk.matches));
    return loud - transition;
  }

  #stateOf(members: Integers): number {
    const state = this.#states.numberOf(members) * this.#columns;
    if (state + this.#columns > this.#table.length) {
      const grown = new Int32Array(this.#table.length * 2).fill(unknown, this.#table.length);
      grown.set(this.#table);
      this.#table = grown;
    }
    return state;
  }

  get #bytes(): number {
    return 4 * (this.#columns * this.#states.count + this.#loud.length) + this.#states.size;
  }

  get #maxBytes(): number {
    return this.#capacity + bytesPerPlace * this.#nfa.places;
  }

  #clear(): void {
    this.#states.clear();
    this.#loud.length = 0;
    this.#columns = this.#classes.count + 1;
    this.#knowsWords = this.#asksForWords;
    if (this.#table.length < 2 * this.#columns) this.#table = new Int32Array(16 * this.#columns);
    this.#table.fill(unknown);
    this.#walk.begin(0);
    this.#stateOf(this.#walk.next);
    this.#walk.begin(before.nothing);
    this.#walk.reach(root);
    this.#stateOf(this.#walk.next);
  }

  /** Begins anew with one state, which it answers. */
  #clearBut(state: number): number {
    const sequence = state / this.#columns;
    const kept = new Integers(this.#states.end(sequence) - this.#states.start(sequence) + 1);
    for (let index = this.#states.start(sequence); index < this.#states.end(sequence); index += 1)
      kept.push(this.#states.members[index] ?? 0);
    this.#clear();
    return this.#stateOf(kept);
  }

  /** Forgets the transitions of the states that hold one of these places. */
  #forget(changed: ReadonlySet<number>): void {
    const { members } = this.#states;
    for (let sequence = 0; sequence < this.#states.count; sequence += 1) {
      const row = sequence * this.#columns;
      for (let index = this.#states.start(sequence) + 1; index < this.#states.end(sequence); index += 1) {
        if (changed.has(members[index] ?? 0)) this.#table.fill(unknown, row, row + this.#columns);
      }
    }
  }
}
