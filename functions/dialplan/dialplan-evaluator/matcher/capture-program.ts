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
    if (!Number.isFinite(limit)) return this.#copies(of, least - 1, this.#beforeLoop(of, least > 0, next, greedy));
    let start = next;
    for (let copy = least; copy < limit; copy += 1) start = this.#optional(this.before(of, start), next, greedy);
    return this.#copies(of, least, start);
  }

  #copies(of: Syntax, count: number, next: number): number {
    let start = next;
    for (let copy = 0; copy < count; copy += 1) start = this.before(of, start);
    return start;
  }

  /** Any number of repetitions, at least one if `isNeeded`. */
  #beforeLoop(of: Syntax, isNeeded: boolean, next: number, greedy: boolean): number {
    const fork: Fork = { kind: 'fork', first: next, second: next };
    const loop = this.#add(fork);
    const body = this.before(of, loop);
    if (greedy) fork.first = body;
    else fork.second = body;
    if (isNeeded) return body;
    // A nullable body is tried once before the loop ends, as in RE2.
    return isNullable(of) ? this.#optional(body, next, greedy) : loop;
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
