import { Fault } from './fault.ts';
import { unquote } from './grammar.ts';

/** A name in lower case, and the value as written (quoted or escaped); null for a parameter without value (`lr`). */
export type Parameter = readonly [name: string, value: string | null];

/** The parameters of a header value or of a URI, in order. Immutable. If a name is repeated, the first one counts. */
export class Parameters implements Iterable<Parameter> {
  static readonly none = new Parameters([]);
  readonly #entries: readonly Parameter[];

  constructor(entries: readonly Parameter[]) {
    this.#entries = entries;
  }

  /**
   * The value without quotes; '' for a parameter without value; undefined if the parameter is absent.
   * @param name in lower case
   */
  get(name: string): string | undefined {
    for (const [at, value] of this.#entries) if (at === name) return value === null ? '' : unquote(value);
    return undefined;
  }

  has(name: string): boolean {
    return this.#entries.some(([at]) => at === name);
  }

  /** Replaces the value of the parameter, or adds it at the end. @param value as it is to be written, already quoted */
  with(name: string, value: string | null): Parameters {
    if (!this.has(name)) return new Parameters([...this.#entries, [name, value]]);
    return new Parameters(this.#entries.map((entry) => (entry[0] === name ? [name, value] : entry)));
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.#entries[Symbol.iterator]();
  }

  /** `;name=value;name`; '' without parameters. */
  toString(): string {
    let text = '';
    for (const [name, value] of this.#entries) text += value === null ? `;${name}` : `;${name}=${value}`;
    return text;
  }
}

/** Parameters per value; more are a fault. */
export const maxParameters = 64;

/**
 * `generic-param` with its semicolon. Values may contain more than `token / host / quoted-string`, because phones send
 * base64; characters that end a parameter or a value are excluded.
 */
const headerParameter = /[ \t]*;[ \t]*([\w!%'*+\-.`~]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\[^])*"|[^\s;,"<>\\]+))?/y;

/** Parses the rest of a header value, from `start` to its end, as parameters. */
export function parseParameters(text: string, start: number): Parameters | Fault {
  if (start >= text.length) return Parameters.none;
  const entries: Parameter[] = [];
  let end = start;
  while (end < text.length && entries.length < maxParameters) {
    headerParameter.lastIndex = end;
    const match = headerParameter.exec(text);
    if (match === null) break;
    entries.push([(match[1] ?? '').toLowerCase(), match[2] ?? null]);
    end = headerParameter.lastIndex;
  }
  return end === text.length || text.slice(end).trim() === ''
    ? new Parameters(entries)
    : new Fault('Malformed parameters');
}
