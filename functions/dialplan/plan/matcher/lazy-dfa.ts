import type { ByteClasses } from './byte-classes.ts';
import { contains, wordCharacters } from './character-set.ts';
import { Integers } from './integers.ts';
import { Nfa, root } from './nfa.ts';
import { Sequences } from './sequences.ts';
import { assertions, type Syntax } from './syntax.ts';
import { before, type Following, Walk } from './walk.ts';

/** Entries of the table: `unknown`, `loud - transition` (with matches), or the next state. */
const unknown = -1;
const loud = -2;
/** The state without further matches. */
const dead = 0;

/** Bytes of states and transitions per place of the nondeterministic automaton: about three states of one place. */
const bytesPerPlace = 256;

const boundaries = assertions.boundary | assertions.noBoundary;

/**
 * The patterns of many rules as one deterministic automaton. Its states and transitions are made when a dialed string
 * first needs them. A state is a set of places of the nondeterministic automaton. Matches belong to transitions, so
 * that there are no more states than sets of places. It is a cache: beyond its capacity it starts over, even within a
 * string.
 */
export class LazyDfa {
  readonly #isAnchored: boolean;
  readonly #capacity: number;
  readonly #nfa = new Nfa();
  readonly #walk = new Walk(this.#nfa);
  readonly #classes: ByteClasses;
  /** What precedes the position, then the places. */
  readonly #states = new Sequences();
  /** A row for each state, with a column for each character class and one for the end. A state is named by its row. */
  #table = new Int32Array(0);
  #columns = 0;
  /** Whether states include the kind of the preceding character, for word boundaries. */
  #knowsWords = false;
  /** Of transitions with matches: the next state, and the number of the sequence of rules. */
  readonly #loud = new Integers();
  /** Rules that match together. They outlive the states, since results refer to their numbers. */
  readonly #rules = new Sequences();
  #round = 0;

  /**
   * @param isAnchored each rule matches at the start only
   * @param capacity bytes for states and transitions, in addition to what the rules need
   */
  constructor(isAnchored: boolean, classes: ByteClasses, capacity: number) {
    this.#isAnchored = isAnchored;
    this.#classes = classes;
    this.#capacity = capacity;
  }

  /** Edges of the nondeterministic automaton. */
  get edges(): number {
    return this.#nfa.edges;
  }

  /** Estimated bytes that it may take. */
  get size(): number {
    return this.#nfa.size + this.#maxBytes;
  }

  /** The numbers of `collect` keep their meaning within a round. */
  get round(): number {
    return this.#round;
  }

  /** Adds a rule by its number; `settle` must follow. */
  add(syntax: Syntax, rule: number): void {
    this.#nfa.add(syntax, rule);
  }

  /** Splits the character classes as the rules need it. */
  distinguish(): void {
    for (const set of this.#nfa.takeSets()) this.#classes.distinguish(set);
    if (this.#asksForWords) this.#classes.distinguish(wordCharacters);
  }

  /** Includes the added rules. Explored transitions stay unless a new rule takes part in them. */
  settle(): void {
    const changed = this.#nfa.takeChanged();
    const isOther = this.#columns !== this.#classes.count + 1 || this.#knowsWords !== this.#asksForWords;
    if (isOther || changed === null) this.#clear();
    else if (changed.size > 0) this.#forget(changed);
  }

  /** Begins a new round if the sequences of rules exceed the capacity. */
  makeRoom(): void {
    if (this.#rules.size <= this.#maxBytes) return;
    this.#rules.clear();
    this.#round += 1;
    this.#clear();
  }

  /** Walks over a string (as character classes) and appends the numbers of the matching sequences of rules. */
  collect(string: Uint8Array, length: number, matches: Integers): void {
    let table = this.#table;
    let state = this.#columns;
    for (let index = 0; index < length; index += 1) {
      const column = string[index] ?? 0;
      const next = table[state + column] ?? unknown;
      if (next > dead) state = next;
      else if (next === dead) return;
      else {
        state = this.#turn(state, column, matches);
        if (state === dead) return;
        table = this.#table;
      }
    }
    const end = this.#columns - 1;
    if (table[state + end] !== dead) this.#turn(state, end, matches);
  }

  /** Passes on the rules of a sequence of this round. */
  eachOf(sequence: number, found: { add(rule: number): void }): void {
    const { members } = this.#rules;
    for (let index = this.#rules.start(sequence); index < this.#rules.end(sequence); index += 1)
      found.add(members[index] ?? 0);
  }

  /** Takes a transition that is unknown or has matches. */
  #turn(from: number, column: number, matches: Integers): number {
    const known = this.#table[from + column] ?? unknown;
    const next = known === unknown ? this.#explore(from, column) : known;
    if (next >= dead) return next;
    const transition = 2 * (loud - next);
    matches.push(this.#loud.at(transition + 1));
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
    const following = this.#following(column);
    this.#walk.begin(following.isWord ? before.word : 0);
    if (!this.#isAnchored && following.code !== null) this.#walk.reach(root);
    for (let index = start + 1; index < end; index += 1) this.#walk.from(members[index] ?? 0);
    this.#walk.step(members[start] ?? 0, following);
  }

  #following(column: number): Following {
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
      const grow = new Int32Array(this.#table.length * 2).fill(unknown, this.#table.length);
      grow.set(this.#table);
      this.#table = grow;
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

  /** Starts over with one state. @returns its new row */
  #clearBut(state: number): number {
    const sequence = state / this.#columns;
    const kept = new Integers(this.#states.end(sequence) - this.#states.start(sequence) + 1);
    for (let index = this.#states.start(sequence); index < this.#states.end(sequence); index += 1)
      kept.push(this.#states.members[index] ?? 0);
    this.#clear();
    return this.#stateOf(kept);
  }

  /** Forgets the transitions of the states that contain one of these places. */
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
