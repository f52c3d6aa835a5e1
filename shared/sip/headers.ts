import { Fault } from './fault.ts';
import { elements } from './grammar.ts';
import { fullNames } from './header-names.ts';

/** How the values of one header are read and written. */
export type HeaderKind<Value> = {
  readonly name: string;
  /** The name in small letters and full form. */
  readonly key: string;
  /** Whether a field can hold several values, with commas between them. */
  readonly list: boolean;
  /** Whether a field may be without value (`Supported:`). */
  readonly mayBeEmpty: boolean;
  readonly parse: (text: string) => Value | Fault;
  readonly print: (value: Value) => string;
};

/** Enough of a kind to find its fields. */
type Named = Pick<HeaderKind<never>, 'key'>;

/** One field of a message. What its value means is found out when somebody asks, and remembered. */
export class Field {
  /** As it is written. */
  readonly name: string;
  readonly key: string;
  /** In one line, without white space around it. */
  readonly value: string;
  #values: readonly unknown[] | Fault | undefined;

  constructor(name: string, key: string, value: string) {
    this.name = name;
    this.key = key;
    this.value = value;
  }

  /** One field for these values; several only where the kind is a list. */
  static of<Value>(kind: HeaderKind<Value>, ...values: readonly Value[]): Field {
    // A line end in a value would begin a field of the sender's choice.
    const field = new Field(
      kind.name,
      kind.key,
      values
        .map(kind.print)
        .join(', ')
        .replace(/[\r\n]+/g, ' '),
    );
    field.#values = values;
    return field;
  }

  values<Value>(kind: HeaderKind<Value>): readonly Value[] | Fault {
    this.#values ??= parseValues(kind, this.value);
    return this.#values as readonly Value[] | Fault;
  }
}

/** Of one field. */
const maxValues = 256;

function parseValues<Value>(kind: HeaderKind<Value>, text: string): readonly Value[] | Fault {
  if (text === '' && kind.list && kind.mayBeEmpty) return [];
  const values: Value[] = [];
  const texts = kind.list ? elements(text) : [text];
  if (texts.length > maxValues) return new Fault(`${kind.name}: Too many values`);
  for (const element of texts) {
    const value = element === '' && !kind.mayBeEmpty ? new Fault('Empty value') : kind.parse(element);
    if (value instanceof Fault) return new Fault(`${kind.name}: ${value.reason}`);
    values.push(value);
  }
  return values;
}

/**
 * The fields of a message in their order. Unchangeable: an edit answers new headers, which share the untouched fields
 * and what is known of them.
 */
export class Headers implements Iterable<Field> {
  static readonly none = new Headers([]);
  readonly #fields: readonly Field[];

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  [Symbol.iterator](): Iterator<Field> {
    return this.#fields[Symbol.iterator]();
  }

  has(kind: Named): boolean {
    return this.#fields.some(({ key }) => key === kind.key);
  }

  /** The first value; later fields are not looked at. */
  first<Value>(kind: HeaderKind<Value>): Value | Fault | undefined {
    for (const field of this.#fields) {
      if (field.key !== kind.key) continue;
      const values = field.values(kind);
      if (values instanceof Fault || values.length > 0) return values instanceof Fault ? values : values[0];
    }
    return undefined;
  }

  /** The value of a header that can have only one: a second one is a fault (RFC 4475 §3.3.8). */
  one<Value>(kind: HeaderKind<Value>): Value | Fault | undefined {
    let found: Field | undefined;
    for (const field of this.#fields) {
      if (field.key !== kind.key) continue;
      if (found !== undefined) return new Fault(`${kind.name}: More than one`);
      found = field;
    }
    const values = found?.values(kind);
    return values === undefined || values instanceof Fault ? values : values[0];
  }

  /** Every value, in order; empty where there is none. */
  all<Value>(kind: HeaderKind<Value>): readonly Value[] | Fault {
    let found: readonly Value[] = [];
    for (const field of this.#fields) {
      if (field.key !== kind.key) continue;
      const values = field.values(kind);
      if (values instanceof Fault) return values;
      found = found.length === 0 ? values : [...found, ...values];
    }
    return found;
  }

  /** The header's fields, not looked into. */
  fields(kind: Named): readonly Field[] {
    return this.#fields.filter(({ key }) => key === kind.key);
  }

  /** In place of every field of this header one field for each value, where the first one stood, or at the end. */
  with<Value>(kind: HeaderKind<Value>, ...values: readonly Value[]): Headers {
    const at = this.#fields.findIndex(({ key }) => key === kind.key);
    const added = values.map((value) => Field.of(kind, value));
    if (at === -1) return new Headers([...this.#fields, ...added]);
    return new Headers([
      ...this.#fields.slice(0, at),
      ...added,
      ...this.#fields.slice(at).filter(({ key }) => key !== kind.key),
    ]);
  }

  without(kind: Named): Headers {
    return new Headers(this.#fields.filter(({ key }) => key !== kind.key));
  }

  /** With one more field at the end; several values only where the kind is a list. */
  append<Value>(kind: HeaderKind<Value>, ...values: readonly Value[]): Headers {
    return new Headers([...this.#fields, Field.of(kind, ...values)]);
  }

  /** With a value before all others of this header, at the very top. */
  prepend<Value>(kind: HeaderKind<Value>, value: Value): Headers {
    return new Headers([Field.of(kind, value), ...this.#fields]);
  }

  /** With the first value replaced, the others untouched. @returns the fault where the first field cannot be read. */
  withFirst<Value>(kind: HeaderKind<Value>, value: Value): Headers | Fault {
    const at = this.#fields.findIndex(({ key }) => key === kind.key);
    const values = this.#fields[at]?.values(kind);
    if (values instanceof Fault) return values;
    const replaced = [value, ...(values ?? []).slice(1)].map((each) => Field.of(kind, each));
    return at === -1
      ? new Headers(replaced)
      : new Headers([...this.#fields.slice(0, at), ...replaced, ...this.#fields.slice(at + 1)]);
  }

  /** Without the first value (a response's topmost Via, §16.7). */
  withoutFirst<Value>(kind: HeaderKind<Value>): Headers | Fault {
    const at = this.#fields.findIndex(({ key }) => key === kind.key);
    if (at === -1) return this;
    const values = this.#fields[at]?.values(kind) ?? [];
    if (values instanceof Fault) return values;
    const rest = values.slice(1).map((each) => Field.of(kind, each));
    return new Headers([...this.#fields.slice(0, at), ...rest, ...this.#fields.slice(at + 1)]);
  }
}

/** The full name in small letters of a header's name in any form. */
export const keyOf = (name: string): string =>
  fullNames.get(name) ?? fullNames.get(name.toLowerCase()) ?? name.toLowerCase();
