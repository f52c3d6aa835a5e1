import { Fault } from './fault.ts';
import { unquoted } from './grammar.ts';

/** A name in small letters, and the value as it is written (quoted or escaped); null where there is none (`lr`). */
export type Parameter = readonly [name: string, value: string | null];

/**
 * The parameters of a header's value or of a URI, in their order. Unchangeable; where one comes twice, the first
 * counts.
 */
export class Parameters implements Iterable<Parameter> {
  static readonly none = new Parameters([]);
  readonly #entries: readonly Parameter[];

  constructor(entries: readonly Parameter[]) {
    this.#entries = entries;
  }

  /**
   * The value without quotes, '' for a parameter without value, undefined where there is no such parameter. `name` in
   * small letters.
   */
  get(name: string): string | undefined {
    for (const [at, value] of this.#entries) if (at === name) return value === null ? '' : unquoted(value);
    return undefined;
  }

  has(name: string): boolean {
    return this.#entries.some(([at]) => at === name);
  }

  /** With the parameter's value replaced, or the parameter added at the end. `value` is written as it is given. */
  with(name: string, value: string | null): Parameters {
    if (!this.has(name)) return new Parameters([...this.#entries, [name, value]]);
    return new Parameters(this.#entries.map((entry) => (entry[0] === name ? [name, value] : entry)));
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.#entries[Symbol.iterator]();
  }

  /** `;name=value;name`, '' where there are none. */
  toString(): string {
    let text = '';
    for (const [name, value] of this.#entries) text += value === null ? `;${name}` : `;${name}=${value}`;
    return text;
  }
}

/** Of one value; more are a fault. */
export const maxParameters = 64;

/**
 * `generic-param` after its semicolon. Values may hold more than `token / host / quoted-string`: phones write base64
 * there, and nothing that ends a parameter or a value is let in.
 */
const headerParameter = /[ \t]*;[ \t]*([\w!%'*+\-.`~]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\[^])*"|[^\s;,"<>\\]+))?/y;

/** The parameters that the rest of a header's value is, from `start` to its end. */
export function parseParameters(text: string, start: number): Parameters | Fault {
  if (start >= text.length) return Parameters.none;
  const entries: Parameter[] = [];
  headerParameter.lastIndex = start;
  let end = start;
  for (
    let match = headerParameter.exec(text);
    match !== null && entries.length < maxParameters;
    match = headerParameter.exec(text)
  ) {
    entries.push([(match[1] ?? '').toLowerCase(), match[2] ?? null]);
    end = headerParameter.lastIndex;
  }
  return text.slice(end).trim() === '' ? new Parameters(entries) : new Fault('Malformed parameters');
}
