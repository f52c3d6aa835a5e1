import { anyCharacter } from './character-set.ts';
import { Cursor } from './cursor.ts';
import { character, literal } from './parse-character.ts';
import { assertion, characters, choice, group, repeat, sequence, type Syntax } from './syntax.ts';

/** A pattern's tree, and how many groups capture, the whole match not counted. */
export type Parsed = { readonly syntax: Syntax; readonly groupCount: number };

/**
 * Reads a pattern that RE2 accepts (re2js is asked when a pattern is saved).
 * @throws Error when it is none; not every such text is noticed
 */
export function parse(text: string): Parsed {
  const parser = new Parser(text);
  const syntax = parser.whole();
  return { syntax, groupCount: parser.groupCount };
}

/** `(?flags)` and `(?flags:`. Of the flags, `m` and `s` only make a difference to line breaks, which cannot be dialed. */
const flagGroup = /\(\?([imsU]*)(?:-([imsU]+))?([:)])/y;
const captureGroup = /\((?:\?P?<[0-9A-Za-z_]+>)?/y;
const repetition = /(?:([*+?])|\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\})(\?)?/y;

const anything = characters(anyCharacter);
const begin = assertion('begin');
const end = assertion('end');
const simpleEscapes: ReadonlyMap<string | undefined, Syntax> = new Map([
  ['A', begin],
  ['z', end],
  ['b', assertion('boundary')],
  ['B', assertion('noBoundary')],
]);

/** Recursive descent; each method reads one part of https://github.com/google/re2/wiki/Syntax from where the cursor stands. */
class Parser {
  groupCount = 0;
  readonly #cursor: Cursor;
  /** The flag `U`: greedy and lazy are swapped. */
  #isLazy = false;

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  whole(): Syntax {
    const syntax = this.#choice();
    if (this.#cursor.at < this.#cursor.text.length) throw this.#malformed();
    return syntax;
  }

  #choice(): Syntax {
    const choices = [this.#sequence()];
    while (this.#cursor.takes('|')) choices.push(this.#sequence());
    return choice(choices);
  }

  #sequence(): Syntax {
    const { text } = this.#cursor;
    const parts: Syntax[] = [];
    while (this.#cursor.at < text.length) {
      const next = text[this.#cursor.at];
      if (next === '|' || next === ')') break;
      this.#part(next, parts);
    }
    return sequence(parts);
  }

  #part(next: string | undefined, parts: Syntax[]): void {
    switch (next) {
      case '(':
        this.#parenthesis(parts);
        break;
      case '*':
      case '+':
      case '?':
      case '{':
        this.#repetition(parts);
        break;
      case '\\':
        this.#escape(parts);
        break;
      case '^':
        parts.push(this.#passed(begin, 1));
        break;
      case '$':
        parts.push(this.#passed(end, 1));
        break;
      case '.':
        parts.push(this.#passed(anything, 1));
        break;
      default:
        parts.push(character(this.#cursor));
    }
  }

  #passed(syntax: Syntax, length: number): Syntax {
    this.#cursor.at += length;
    return syntax;
  }

  /** A group; or nothing, where flags are set for the rest of the group around. */
  #parenthesis(parts: Syntax[]): void {
    const { folds } = this.#cursor;
    const isLazy = this.#isLazy;
    const found = this.#cursor.takesMatch(flagGroup);
    if (found === null) {
      this.#cursor.takesMatch(captureGroup);
      this.groupCount += 1;
      const number = this.groupCount;
      parts.push(group(number, this.#closed(folds, isLazy)));
      return;
    }
    const [, on = '', off = '', close] = found;
    this.#cursor.folds = (folds || on.includes('i')) && !off.includes('i');
    this.#isLazy = (isLazy || on.includes('U')) && !off.includes('U');
    if (close === ':') parts.push(this.#closed(folds, isLazy));
  }

  /** What stands within a group, and the flags behind it. */
  #closed(folds: boolean, isLazy: boolean): Syntax {
    const within = this.#choice();
    if (!this.#cursor.takes(')')) throw this.#malformed();
    this.#cursor.folds = folds;
    this.#isLazy = isLazy;
    return within;
  }

  /** Takes hold of the part before it. A brace that begins no repetition stands for itself. */
  #repetition(parts: Syntax[]): void {
    const found = this.#cursor.takesMatch(repetition);
    if (found === null) {
      parts.push(character(this.#cursor));
      return;
    }
    const of = parts.pop();
    if (of === undefined) throw this.#malformed();
    const [, operator, , , , lazy] = found;
    parts.push(repeat({ of, ...(operator === undefined ? counted(found) : uncounted(operator)), greedy: (lazy === undefined) !== this.#isLazy }));
  }

  #escape(parts: Syntax[]): void {
    const simple = simpleEscapes.get(this.#cursor.text[this.#cursor.at + 1]);
    if (simple !== undefined) parts.push(this.#passed(simple, 2));
    else if (this.#cursor.takes('\\Q')) this.#quoted(parts);
    else parts.push(character(this.#cursor));
  }

  /** Up to `\E`, or the end. */
  #quoted(parts: Syntax[]): void {
    const close = this.#cursor.text.indexOf('\\E', this.#cursor.at);
    const quoted = this.#cursor.text.slice(this.#cursor.at, close === -1 ? undefined : close);
    this.#cursor.at += quoted.length + (close === -1 ? 0 : 2);
    for (const one of quoted) parts.push(literal(one.codePointAt(0) ?? 0, this.#cursor.folds));
  }

  #malformed = (): Error => new Error(`a pattern was saved that is none, at position ${this.#cursor.at}: ${this.#cursor.text}`);
}

type Bounds = { readonly least: number; readonly most: number };

const uncounted = (operator: string): Bounds => ({ least: Number(operator === '+'), most: operator === '?' ? 1 : Infinity });

function counted([, , fewest, comma, greatest]: RegExpExecArray): Bounds {
  const least = Number(fewest);
  return { least, most: comma === undefined ? least : Number(greatest ?? Infinity) };
}
