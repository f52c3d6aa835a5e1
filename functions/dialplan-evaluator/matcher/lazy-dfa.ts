import { ByteClasses } from './byte-classes.ts';
import { contains, wordCharacters } from './character-set.ts';
import type { Found } from './found.ts';
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

/** What states and transitions may take for each place of the nondeterministic automaton: some states that hold them all. */
const bytesPerPlace = 64;

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
  readonly #classes = new ByteClasses();
  /** Sets of the rules that the classes tell apart. */
  #setsTold = 0;
  /** What is known of the characters before, then the places. */
  readonly #states = new Sequences();
  /** A row for each state: a column for each class of characters, and one for the end. A state goes by where its row begins. */
  #table = new Int32Array(0);
  #columns = 0;
  /** Transitions on which rules match: the next state, and which sequence of rules. */
  readonly #loudTarget = new Integers();
  readonly #loudRules = new Integers();
  readonly #rules = new Sequences();
  /** The sequence that was told last in this string. */
  #told = unknown;

  /** Anchored: each rule only matches at the beginning. `capacity`: bytes that states and transitions may take, beside what the rules need. */
  constructor(isAnchored: boolean, capacity: number) {
    this.#isAnchored = isAnchored;
    this.#capacity = capacity;
  }

  /** Of the nondeterministic automaton. */
  get edges(): number {
    return this.#nfa.edges;
  }

  /** Bytes that it may come to hold, about. */
  get size(): number {
    return this.#nfa.size + this.#mostBytes;
  }

  /** Adds a rule by its number; `settle` has to follow. */
  add(syntax: Syntax, rule: number): void {
    this.#nfa.add(syntax, rule);
  }

  /** Takes in the rules that were added. What strings have gone through stays, as far as no new rule has a part in it. */
  settle(): void {
    const isFirst = this.#columns === 0;
    const tellsMore = this.#tellApart();
    const changed = this.#nfa.takeChanged();
    if (isFirst || tellsMore || changed === null) this.#clear();
    else if (changed.size > 0) this.#forget(changed);
  }

  /** Notes each rule that matches a string, which is given as code points of dialable characters. */
  collect(codes: Uint8Array, length: number, found: Found<unknown>): void {
    const { classOf, count: end } = this.#classes;
    let table = this.#table;
    let state = this.#columns;
    this.#told = unknown;
    for (let index = 0; index < length; index += 1) {
      const column = classOf[codes[index] ?? 0] ?? 0;
      const next = table[state + column] ?? unknown;
      if (next > dead) state = next;
      else {
        state = next === dead ? dead : this.#turn(state, column, found);
        if (state === dead) return;
        table = this.#table;
      }
    }
    if (table[state + end] !== dead) this.#turn(state, end, found);
  }

  /** Takes a transition that is not yet known, or on which rules match. */
  #turn(from: number, column: number, found: Found<unknown>): number {
    const known = this.#table[from + column] ?? unknown;
    const next = known === unknown ? this.#explore(from, column) : known;
    if (next >= dead) return next;
    const transition = loud - next;
    const rules = this.#loudRules.at(transition);
    if (rules !== this.#told) found.add(this.#rules.members, this.#rules.start(rules), this.#rules.end(rules));
    this.#told = rules;
    return this.#loudTarget.at(transition);
  }

  #explore(from: number, column: number): number {
    const state = this.#bytes > this.#mostBytes ? this.#clearBut(from) : from;
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
    return { code, isWord: code !== null && this.#asksForWords && contains(wordCharacters, code) };
  }

  get #asksForWords(): boolean {
    return (this.#nfa.assertions & boundaries) !== 0;
  }

  #loudTransition(target: number): number {
    this.#loudTarget.push(target);
    this.#loudRules.push(this.#rules.numberOf(this.#walk.matches));
    return loud - (this.#loudTarget.length - 1);
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

  /** Whether there are more classes than before. */
  #tellApart(): boolean {
    const before = this.#classes.count;
    for (const set of this.#nfa.sets.slice(this.#setsTold)) this.#classes.tellApart(set);
    if (this.#asksForWords) this.#classes.tellApart(wordCharacters);
    this.#setsTold = this.#nfa.sets.length;
    return this.#classes.count > before;
  }

  get #bytes(): number {
    return 4 * this.#columns * this.#states.count + this.#states.size + this.#rules.size + 8 * this.#loudTarget.length;
  }

  get #mostBytes(): number {
    return this.#capacity + bytesPerPlace * this.#nfa.places;
  }

  #clear(): void {
    for (const list of [this.#states, this.#rules]) list.clear();
    for (const list of [this.#loudTarget, this.#loudRules]) list.length = 0;
    this.#told = unknown;
    this.#columns = this.#classes.count + 1;
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
    for (let index = this.#states.start(sequence); index < this.#states.end(sequence); index += 1) kept.push(this.#states.members[index] ?? 0);
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
