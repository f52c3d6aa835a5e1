import { type CharacterSet, contains, eachDigit, longestDialed, noCharacter, wordCharacters } from './character-set.ts';
import { assertions, isAnchored, maxDialed, type Repeat, type Syntax } from './syntax.ts';

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

/**
 * Finds the captures of one pattern by backtracking. It visits each instruction at most once per position, so that the
 * time is linear in the string.
 */
export class CaptureSearch {
  readonly #program: Program;
  readonly #isAnchored: boolean;
  readonly #groupCount: number;

  constructor(syntax: Syntax, groupCount: number) {
    this.#program = captureProgram(syntax);
    this.#isAnchored = isAnchored(syntax);
    this.#groupCount = groupCount;
  }

  /** The whole match, then each group, `''` for one without a match; null: no match. @param text can be dialed */
  find(text: string): string[] | null {
    const { instructions, start } = this.#program;
    const attempt = new Attempt(instructions, text, this.#groupCount);
    const last = this.#isAnchored ? 0 : text.length;
    for (let from = 0; from <= last; from += 1) {
      const slots = attempt.from(start, from);
      if (slots !== null) return this.#captures(text, slots);
    }
    return null;
  }

  #captures(text: string, slots: readonly number[]): string[] {
    const captures: string[] = [];
    for (let group = 0; group <= this.#groupCount; group += 1) {
      const begin = slots[2 * group] ?? -1;
      const end = slots[2 * group + 1] ?? -1;
      captures.push(begin === -1 || end === -1 ? '' : text.slice(begin, end));
    }
    return captures;
  }
}

/** One search in one string. */
class Attempt {
  readonly #instructions: readonly Instruction[];
  readonly #text: string;
  /** Start and end of each group, the whole match first; -1: none yet. */
  readonly #slots: number[];
  /** A bit for each instruction at each position. */
  readonly #visited: number[];
  /** Stack of pairs to return to: an instruction and a position; or `~slot` (below 0) and its earlier value. */
  readonly #stack: number[] = [];

  constructor(instructions: readonly Instruction[], text: string, groupCount: number) {
    this.#instructions = instructions;
    this.#text = text;
    this.#slots = new Array<number>(2 * groupCount + 2).fill(-1);
    this.#visited = new Array<number>(((instructions.length * (text.length + 1)) >> 5) + 1).fill(0);
  }

  /** The slots of the match that begins at a position, or null. */
  from(start: number, position: number): readonly number[] | null {
    this.#stack.push(start, position);
    while (this.#stack.length > 0) {
      const at = this.#stack.pop() ?? 0;
      const instruction = this.#stack.pop() ?? 0;
      if (instruction < 0) this.#slots[~instruction] = at;
      else {
        const end = this.#run(instruction, at);
        if (end === null) continue;
        this.#slots[0] = position;
        this.#slots[1] = end;
        return this.#slots;
      }
    }
    return null;
  }

  /** Runs until a match or a dead end. @returns the end of the match, or null */
  #run(start: number, from: number): number | null {
    let next = start;
    let position = from;
    while (this.#visits(next, position)) {
      const instruction = this.#instructions[next];
      switch (instruction?.kind) {
        case 'character':
          if (position === this.#text.length || !contains(instruction.set, this.#text.charCodeAt(position)))
            return null;
          position += 1;
          next = instruction.out;
          break;
        case 'fork':
          this.#stack.push(instruction.second, position);
          next = instruction.first;
          break;
        case 'save':
          this.#stack.push(~instruction.slot, this.#slots[instruction.slot] ?? -1);
          this.#slots[instruction.slot] = position;
          next = instruction.out;
          break;
        case 'assertion':
          if ((instruction.assertions & ~this.#holding(position)) !== 0) return null;
          next = instruction.out;
          break;
        default:
          return position;
      }
    }
    return null;
  }

  #holding(position: number): number {
    const isEdge = this.#isWord(position - 1) !== this.#isWord(position);
    return (
      (position === 0 ? assertions.begin : 0) |
      (position === this.#text.length ? assertions.end : 0) |
      (isEdge ? assertions.boundary : assertions.noBoundary)
    );
  }

  #isWord(position: number): boolean {
    return position >= 0 && position < this.#text.length && contains(wordCharacters, this.#text.charCodeAt(position));
  }

  #visits(instruction: number, position: number): boolean {
    const bit = instruction * (this.#text.length + 1) + position;
    const word = this.#visited[bit >> 5] ?? 0;
    if (((word >>> (bit & 31)) & 1) === 1) return false;
    this.#visited[bit >> 5] = word | (1 << (bit & 31));
    return true;
  }
}
