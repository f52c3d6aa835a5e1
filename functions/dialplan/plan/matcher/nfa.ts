import { type CharacterSet, eachDigit, longestDialed, noCharacter, zero } from './character-set.ts';
import { maxDialed, type Repeat, type Syntax } from './syntax.ts';

/** Labels of edges: the number of a character set, or a condition below 0. */
export const condition = {
  /** The label of an edge that needs assertions (as bits) and no character. */
  of: (assertions: number): number => -2 - assertions,
  assertions: (label: number): number => -2 - label,
  /** The label of a match: the target of the edge is the number of the rule. */
  match: -1,
} as const;

/** A place without edges to it. */
const nowhere = 0;
/** The place at the start of each text. */
export const root = 1;

const wordsPerSet = 4;

/** The word of a set that has the bit of a character; null: the end of the text, which is in no set. */
export const wordOf = (code: number | null): number => (code === null ? wordsPerSet - 1 : (code >> 5) - 1);

/** The edges of a place are `newest[place]`, then `older[edge]` until 0. The words of a set begin at `4 * set`. */
export type Graph = {
  readonly newest: Int32Array;
  readonly older: Int32Array;
  /** See `condition`. */
  readonly label: Int32Array;
  /** The next place, or the rule that matches. */
  readonly target: Int32Array;
  readonly sets: Int32Array;
};

/** Edges of a place that are compared to share one; places with more edges share fewer. */
const maxCompared = 96;

/**
 * The patterns of many rules as one nondeterministic automaton. Equal prefixes share their places, so that a string
 * walks the common part of thousands of rules once. Rules are only added, never removed.
 */
export class Nfa {
  /** Bits of all assertions in the patterns. */
  assertions = 0;
  readonly #setNumbers = new Map<string, number>();
  /** By set: bits of the dialable characters, and an empty word for the end of the text. */
  #sets = new Int32Array(64);
  #newSets: CharacterSet[] = [];
  /** By place: its newest edge, 0 for none. */
  #newest = new Int32Array(64);
  /**
   * By place: itself; or, if it is reached without a character, the one place before it; `nowhere` if there are
   * several.
   */
  #entrance = new Int32Array(64);
  /** The first two are `nowhere` and `root`. */
  #places = 2;
  /** By edge: label, target, and the next older edge of its place. */
  #label = new Int32Array(64);
  #target = new Int32Array(64);
  #older = new Int32Array(64);
  /** Begins at 1, as 0 means no edge. */
  #edges = 1;
  /** The numbers of the sets of single digits. */
  readonly #digitNumbers: (number | undefined)[] = new Array<undefined>(10).fill(undefined);
  /** Places that join several others, by those. */
  readonly #joints = new Map<string, number>();
  /** Entrances of the settled places that have new edges. */
  #changed = new Set<number>();
  /** Places below this number existed when the changes were last taken. */
  #settled = 0;

  constructor() {
    this.#entrance[root] = root;
  }

  get places(): number {
    return this.#places;
  }

  get edges(): number {
    return this.#edges;
  }

  /** Estimated bytes. */
  get size(): number {
    return (
      8 * this.#newest.length +
      12 * this.#label.length +
      4 * this.#sets.length +
      150 * this.#setNumbers.size +
      100 * this.#joints.size
    );
  }

  get graph(): Graph {
    return { newest: this.#newest, older: this.#older, label: this.#label, target: this.#target, sets: this.#sets };
  }

  /** Adds a rule by its number. */
  add(syntax: Syntax, rule: number): void {
    this.#reserve(syntax.size);
    const last = this.#after(syntax, root);
    if (last !== nowhere) this.#lead(last, condition.match, rule);
  }

  /** The sets that were added since the last call. */
  takeSets(): readonly CharacterSet[] {
    const sets = this.#newSets;
    this.#newSets = [];
    return sets;
  }

  /** The places whose reach without a character has grown since the last call; null: possibly any place. */
  takeChanged(): ReadonlySet<number> | null {
    const changed = this.#changed;
    this.#changed = new Set();
    this.#settled = this.places;
    return changed.has(nowhere) ? null : changed;
  }

  /** The place after a pattern that begins at `from`. */
  #after(syntax: Syntax, from: number): number {
    if (from === nowhere || syntax.shortest > longestDialed) return nowhere;
    switch (syntax.kind) {
      case 'characters':
        return this.#next(from, this.#numberOf(syntax.set));
      case 'digits':
        return this.#afterDigits(syntax.text, from);
      case 'assertion':
        this.assertions |= syntax.assertion;
        return this.#next(from, condition.of(syntax.assertion));
      case 'group':
        return this.#after(syntax.of, from);
      case 'sequence':
        return this.#afterAll(syntax.parts, from);
      case 'choice':
        return this.#afterAny(syntax.choices, from);
      case 'repeat':
        return this.#afterRepeat(syntax, from);
    }
  }

  #afterDigits(text: string, from: number): number {
    let place = from;
    for (let index = 0; index < text.length; index += 1)
      place = this.#next(place, this.#numberOfDigit(text.charCodeAt(index) - zero));
    return place;
  }

  #afterAll(parts: readonly Syntax[], from: number): number {
    let place = from;
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index];
      if (part !== undefined) place = this.#after(part, place);
    }
    return place;
  }

  #afterAny(choices: readonly Syntax[], from: number): number {
    return this.#joint(choices.map((one) => this.#after(one, from)));
  }

  #afterRepeat({ of, least, most }: Repeat, from: number): number {
    const limit = maxDialed(of, most);
    const needed = Number.isFinite(limit) ? least : Math.max(least - 1, 0);
    let place = from;
    for (let copy = 1; copy <= needed; copy += 1) place = this.#after(of, place);
    if (!Number.isFinite(limit)) return this.#afterLoop(of, place, least > 0);
    const ends = [place];
    for (let copy = least + 1; copy <= limit; copy += 1) {
      place = this.#after(of, place);
      ends.push(place);
    }
    return this.#joint(ends);
  }

  #afterLoop(of: Syntax, from: number, isNeeded: boolean): number {
    if (from === nowhere) return nowhere;
    const start = this.#place(nowhere);
    this.#lead(from, condition.of(0), start);
    const end = this.#after(of, start);
    if (end !== nowhere) this.#lead(end, condition.of(0), start);
    return isNeeded ? end : start;
  }

  /** The place that joins several places. */
  #joint(places: readonly number[]): number {
    if (places.length === 1) return places[0] ?? nowhere;
    const distinct = [...new Set(places)].filter((place) => place !== nowhere);
    if (distinct.length <= 1) return distinct[0] ?? nowhere;
    const key = distinct.join();
    const known = this.#joints.get(key);
    if (known !== undefined) return known;
    const joint = this.#place(nowhere);
    for (const place of distinct) this.#lead(place, condition.of(0), joint);
    this.#joints.set(key, joint);
    return joint;
  }

  /** The target of the edge with a label, which is added if the place has none. */
  #next(from: number, label: number): number {
    let edge = this.#newest[from] ?? 0;
    for (let compared = 0; edge !== 0 && compared < maxCompared; compared += 1) {
      if (this.#label[edge] === label) return this.#target[edge] ?? nowhere;
      edge = this.#older[edge] ?? 0;
    }
    const place = this.#place(label < 0 ? (this.#entrance[from] ?? nowhere) : this.#places);
    this.#lead(from, label, place);
    return place;
  }

  #lead(from: number, label: number, to: number): void {
    if (from < this.#settled) this.#changed.add(this.#entrance[from] ?? nowhere);
    const edge = this.#edges;
    this.#edges += 1;
    this.#older[edge] = this.#newest[from] ?? 0;
    this.#newest[from] = edge;
    this.#label[edge] = label;
    this.#target[edge] = to;
  }

  #place(entrance: number): number {
    const place = this.#places;
    this.#places += 1;
    this.#entrance[place] = entrance;
    return place;
  }

  /** Makes room for a pattern: a part has at most two places and three edges. */
  #reserve(size: number): void {
    const places = this.#places + 2 * size + 2;
    if (places > this.#newest.length) {
      this.#newest = grow(this.#newest, places);
      this.#entrance = grow(this.#entrance, places);
    }
    const edges = this.#edges + 3 * size + 2;
    if (edges > this.#label.length) {
      this.#label = grow(this.#label, edges);
      this.#target = grow(this.#target, edges);
      this.#older = grow(this.#older, edges);
    }
  }

  #numberOfDigit(digit: number): number {
    const known = this.#digitNumbers[digit];
    if (known !== undefined) return known;
    const number = this.#numberOf(eachDigit[digit] ?? noCharacter);
    this.#digitNumbers[digit] = number;
    return number;
  }

  #numberOf(set: CharacterSet): number {
    const known = this.#setNumbers.get(set.key);
    if (known !== undefined) return known;
    const number = this.#setNumbers.size;
    this.#setNumbers.set(set.key, number);
    this.#newSets.push(set);
    const word = wordsPerSet * number;
    if (word + wordsPerSet > this.#sets.length) this.#sets = grow(this.#sets, word + wordsPerSet);
    this.#sets[word] = set.low;
    this.#sets[word + 1] = set.middle;
    this.#sets[word + 2] = set.high;
    return number;
  }
}

function grow(cells: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * needed);
  larger.set(cells);
  return larger;
}
