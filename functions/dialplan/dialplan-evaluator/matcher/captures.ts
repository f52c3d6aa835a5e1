import { captureProgram, type Instruction, type Program } from './capture-program.ts';
import { contains, wordCharacters } from './character-set.ts';
import { assertions, isAnchored, type Syntax } from './syntax.ts';

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
  from(start: number, place: number): readonly number[] | null {
    this.#stack.push(start, place);
    while (this.#stack.length > 0) {
      const at = this.#stack.pop() ?? 0;
      const instruction = this.#stack.pop() ?? 0;
      if (instruction < 0) this.#slots[~instruction] = at;
      else {
        const end = this.#run(instruction, at);
        if (end === null) continue;
        this.#slots[0] = place;
        this.#slots[1] = end;
        return this.#slots;
      }
    }
    return null;
  }

  /** Runs until a match or a dead end. @returns the end of the match, or null */
  #run(start: number, from: number): number | null {
    let next = start;
    let place = from;
    while (this.#visits(next, place)) {
      const instruction = this.#instructions[next];
      switch (instruction?.kind) {
        case 'character':
          if (place === this.#text.length || !contains(instruction.set, this.#text.charCodeAt(place))) return null;
          place += 1;
          next = instruction.out;
          break;
        case 'fork':
          this.#stack.push(instruction.second, place);
          next = instruction.first;
          break;
        case 'save':
          this.#stack.push(~instruction.slot, this.#slots[instruction.slot] ?? -1);
          this.#slots[instruction.slot] = place;
          next = instruction.out;
          break;
        case 'assertion':
          if ((instruction.assertions & ~this.#holding(place)) !== 0) return null;
          next = instruction.out;
          break;
        default:
          return place;
      }
    }
    return null;
  }

  #holding(place: number): number {
    const isEdge = this.#isWord(place - 1) !== this.#isWord(place);
    return (
      (place === 0 ? assertions.begin : 0) |
      (place === this.#text.length ? assertions.end : 0) |
      (isEdge ? assertions.boundary : assertions.noBoundary)
    );
  }

  #isWord(place: number): boolean {
    return place >= 0 && place < this.#text.length && contains(wordCharacters, this.#text.charCodeAt(place));
  }

  #visits(instruction: number, place: number): boolean {
    const bit = instruction * (this.#text.length + 1) + place;
    const word = this.#visited[bit >> 5] ?? 0;
    if (((word >>> (bit & 31)) & 1) === 1) return false;
    this.#visited[bit >> 5] = word | (1 << (bit & 31));
    return true;
  }
}
