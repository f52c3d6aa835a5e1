import { type CharacterSet, eachDigit, longestDialed, noCharacter } from './character-set.ts';
import { maxDialed, type Repeat, type Syntax } from './syntax.ts';

/** A step of a backtracking search for one pattern. A fork tries `first` first, so that groups capture as in Perl. */
export type Instruction =
  | { readonly kind: 'character'; readonly set: CharacterSet; readonly out: number }
  | { readonly kind: 'assertion'; readonly assertions: number; readonly out: number }
  | { readonly kind: 'save'; readonly slot: number; readonly out: number }
  | Fork
  | { readonly kind: 'match' };

type Fork = { readonly kind: 'fork'; first: number; second: number };

/** Instructions, and the index of the first. */
export type Program = { readonly instructions: readonly Instruction[]; readonly start: number };

/** The program of a pattern. Repetitions expand as in the simplifier of RE2, since captures depend on it. */
export function captureProgram(syntax: Syntax): Program {
  const instructions: Instruction[] = [];
  const end = instructions.push({ kind: 'match' }) - 1;
  const start = new Compiler(instructions).before(syntax, end);
  return { instructions, start };
}

class Compiler {
  readonly #instructions: Instruction[];

  constructor(instructions: Instruction[]) {
    this.#instructions = instructions;
  }

  /** The first instruction of a part that continues at `next`. */
  before(syntax: Syntax, next: number): number {
    if (syntax.shortest > longestDialed) return this.#add({ kind: 'character', set: noCharacter, out: next });
    switch (syntax.kind) {
      case 'characters':
        return this.#add({ kind: 'character', set: syntax.set, out: next });
      case 'digits':
        return Array.from(syntax.text).reduceRight(
          (after, digit) => this.#add({ kind: 'character', set: eachDigit[Number(digit)] ?? noCharacter, out: after }),
          next,
        );
      case 'assertion':
        return this.#add({ kind: 'assertion', assertions: syntax.assertion, out: next });
      case 'group': {
        const close = this.#add({ kind: 'save', slot: 2 * syntax.number + 1, out: next });
        return this.#add({ kind: 'save', slot: 2 * syntax.number, out: this.before(syntax.of, close) });
      }
      case 'sequence':
        return syntax.parts.reduceRight((after, part) => this.before(part, after), next);
      case 'choice':
        return syntax.choices
          .map((one) => this.before(one, next))
          .reduceRight((others, one) => this.#fork(one, others));
      case 'repeat':
        return this.#beforeRepeat(syntax, next);
    }
  }

  #beforeRepeat({ of, least, most, greedy }: Repeat, next: number): number {
    const limit = maxDialed(of, most);
    if (!Number.isFinite(limit)) {
      const loop = this.#beforeLoop(of, next, greedy);
      if (least > 0) return this.#copies(of, least - 1, loop.body);
      return isEnteredApart({ of, most }) ? this.#optional(loop.body, next, greedy) : loop.fork;
    }
    let start = next;
    for (let copy = least; copy < limit; copy += 1) start = this.#optional(this.before(of, start), next, greedy);
    return this.#copies(of, least, start);
  }

  #copies(of: Syntax, count: number, next: number): number {
    let start = next;
    for (let copy = 0; copy < count; copy += 1) start = this.before(of, start);
    return start;
  }

  /** Any number of repetitions. @returns the body, and the fork that each repetition ends at */
  #beforeLoop(of: Syntax, next: number, greedy: boolean): { readonly body: number; readonly fork: number } {
    const fork: Fork = { kind: 'fork', first: next, second: next };
    const loop = this.#add(fork);
    const body = this.before(of, loop);
    if (greedy) fork.first = body;
    else fork.second = body;
    return { body, fork: loop };
  }

  #optional(body: number, next: number, greedy: boolean): number {
    return greedy ? this.#fork(body, next) : this.#fork(next, body);
  }

  #fork(first: number, second: number): number {
    return this.#add({ kind: 'fork', first, second });
  }

  #add(instruction: Instruction): number {
    return this.#instructions.push(instruction) - 1;
  }
}

/**
 * Whether a loop is entered by a fork of its own: RE2 tries a nullable body once before the loop ends, and copies the
 * body of a counted repetition. An enclosing loop can then start the first copy at the position where a later copy has
 * ended. If both were the same fork, it would have been visited there.
 */
const isEnteredApart = ({ of, most }: Pick<Repeat, 'of' | 'most'>): boolean => isNullable(of) || Number.isFinite(most);

/** Whether a part can match the empty string. */
function isNullable(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'characters':
    case 'digits':
      return false;
    case 'assertion':
      return true;
    case 'group':
      return isNullable(syntax.of);
    case 'sequence':
      return syntax.parts.every(isNullable);
    case 'choice':
      return syntax.choices.some(isNullable);
    case 'repeat':
      return syntax.least === 0 || isNullable(syntax.of);
  }
}
