import { Integers } from './integers.ts';
import { condition, type Nfa, wordOf } from './nfa.ts';
import { assertions } from './syntax.ts';

/** What precedes a position in a string, as bits. */
export const before = { nothing: 1, word: 2 } as const;

/** What follows a position: the code point of a character, null at the end; and whether it is a word character. */
export type Following = { readonly code: number | null; readonly isWord: boolean };

/** Steps of the nondeterministic automaton from a set of places to the next. */
export class Walk {
  /** The places after the last step. */
  readonly next = new Integers();
  /** The rules that matched before its character, possibly with duplicates. */
  readonly matches = new Integers();
  readonly #nfa: Nfa;
  readonly #queue = new Integers();
  readonly #visited = new Marks();
  readonly #reached = new Marks();

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
  }

  /** Begins a step. @param first what precedes the next places, which becomes their first element */
  begin(first: number): void {
    this.next.length = 0;
    this.next.push(first);
    this.matches.length = 0;
    this.#queue.length = 0;
    this.#visited.begin(this.#nfa.places);
    this.#reached.begin(this.#nfa.places);
  }

  /** Adds a place to step from. */
  from(place: number): void {
    if (this.#visited.marks(place)) this.#queue.push(place);
  }

  /** Adds a place to the result. */
  reach(place: number): void {
    if (this.#reached.marks(place)) this.next.push(place);
  }

  /** Follows all edges that the string allows at this position. */
  step(known: number, following: Following): void {
    const holding = holdingAt(known, following);
    const word = wordOf(following.code);
    const bit = (following.code ?? 0) & 31;
    const { newest, older, label, target, sets } = this.#nfa.graph;
    for (let index = 0; index < this.#queue.length; index += 1) {
      for (let edge = newest[this.#queue.at(index)] ?? 0; edge !== 0; edge = older[edge] ?? 0) {
        const asked = label[edge] ?? 0;
        const to = target[edge] ?? 0;
        if (asked < 0) this.#pass(asked, to, holding);
        else if ((((sets[4 * asked + word] ?? 0) >>> bit) & 1) === 1) this.reach(to);
      }
    }
  }

  /** Follows an edge without a character. */
  #pass(label: number, target: number, holding: number): void {
    if (label === condition.match) this.matches.push(target);
    else if ((condition.assertions(label) & ~holding) === 0) this.from(target);
  }
}

const holdingAt = (known: number, following: Following): number =>
  ((known & before.nothing) === 0 ? 0 : assertions.begin) |
  (following.code === null ? assertions.end : 0) |
  (((known & before.word) !== 0) === following.isWord ? assertions.noBoundary : assertions.boundary);

/** A set of places that `begin` empties. */
class Marks {
  #marked = new Int32Array(0);
  #round = 0;

  begin(places: number): void {
    if (this.#marked.length < places) {
      this.#marked = new Int32Array(places * 2);
      this.#round = 0;
    }
    this.#round += 1;
  }

  /** Marks a place; false if it was marked. */
  marks(place: number): boolean {
    if (this.#marked[place] === this.#round) return false;
    this.#marked[place] = this.#round;
    return true;
  }
}
