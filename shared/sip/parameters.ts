import { Fault } from './fault.ts';
import { unquote } from './grammar.ts';

/** A name in lower case, and the value as written (quoted or escaped); null for a parameter without value (`lr`). */
export type Parameter = readonly [name: string, value: string | null];

/** How parameters are written: those of headers, or of URIs. */
export type ParameterForm = {
  /** All of them, up to the end of the text, from `lastIndex`. */
  readonly all: RegExp;
  /** One of them, from `lastIndex`: its name, and its value if it has one. */
  readonly one: RegExp;
  readonly nameOf: (written: string) => string;
};

/** Text whose parameters are of the form, and are taken apart on first use. */
type Written = { readonly text: string; readonly start: number; readonly form: ParameterForm };

/** The parameters of a header value or of a URI, in order. Immutable. If a name is repeated, the first one counts. */
export class Parameters implements Iterable<Parameter> {
  static readonly none = new Parameters([]);
  #held: readonly Parameter[] | Written;

  constructor(held: readonly Parameter[] | Written) {
    this.#held = held;
  }

  get #entries(): readonly Parameter[] {
    const held = this.#held;
    if (!('form' in held)) return held;
    const entries = entriesOf(held);
    this.#held = entries;
    return entries;
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

function entriesOf({ text, start, form: { one, nameOf } }: Written): readonly Parameter[] {
  const entries: Parameter[] = [];
  one.lastIndex = start;
  for (let match = one.exec(text); match !== null; match = one.exec(text))
    entries.push([nameOf(match[1] ?? ''), match[2] ?? null]);
  return entries;
}

/** Regular expressions: what is before a name, names, what is before a value, values, and what may end the text. */
type Grammar = Readonly<Record<'before' | 'name' | 'equals' | 'value' | 'end', string>>;

export const parameterForm = (
  { before, name, equals, value, end }: Grammar,
  nameOf: (written: string) => string,
): ParameterForm => ({
  all: new RegExp(`(?:${before}${name}(?:${equals}(?:${value}))?){0,${maxParameters}}${end}$`, 'y'),
  one: new RegExp(`${before}(${name})(?:${equals}(${value}))?`, 'y'),
  nameOf,
});

/** The parameters from `start` to the end of the text. A fault without their form, or if there are too many. */
export function readParameters(text: string, start: number, form: ParameterForm): Parameters | Fault {
  if (start >= text.length) return Parameters.none;
  form.all.lastIndex = start;
  return form.all.test(text) ? new Parameters({ text, start, form }) : new Fault('Malformed parameters');
}

/**
 * `generic-param` with its semicolon. Values may contain more than `token / host / quoted-string`, because phones send
 * base64; characters that end a parameter or a value are excluded.
 */
const headerParameters = parameterForm(
  {
    before: String.raw`[ \t]*;[ \t]*`,
    name: String.raw`[\w!%'*+\-.\x60~]+`,
    equals: String.raw`[ \t]*=[ \t]*`,
    value: String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"|[^\s;,"<>\\]+`,
    end: String.raw`\s*`,
  },
  (written) => written.toLowerCase(),
);

/** Parses the rest of a header value, from `start` to its end, as parameters. */
export const parseParameters = (text: string, start: number): Parameters | Fault =>
  readParameters(text, start, headerParameters);
