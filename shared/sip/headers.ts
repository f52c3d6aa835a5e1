import { Fault } from './fault.ts';
import { splitList } from './grammar.ts';
import { fullNames } from './header-names.ts';

/** How the values of one header are parsed and printed. */
export type HeaderKind<Value> = {
  readonly name: string;
  /** The full name in lower case. */
  readonly key: string;
  /** Whether one field can hold several values, separated by commas. */
  readonly list: boolean;
  /** Whether the value may be empty (`Supported:`). */
  readonly mayBeEmpty: boolean;
  readonly parse: (text: string) => Value | Fault;
  readonly print: (value: Value) => string;
};

/** The part of a kind that is needed to find its fields. */
type Named = Pick<HeaderKind<never>, 'key'>;

/** One header field of a message. Its value is parsed on first use, and the result is cached. */
export class Field {
  /** The name as the sender wrote it. */
  readonly name: string;
  readonly key: string;
  /** Unfolded to one line and trimmed. */
  readonly value: string;
  #values: readonly unknown[] | Fault | undefined;

  constructor(name: string, key: string, value: string) {
    this.name = name;
    this.key = key;
    this.value = value;
  }

  /** One field with these values; more than one only if the kind is a list. */
  static of<Value>(kind: HeaderKind<Value>, ...values: readonly Value[]): Field {
    // A line end in a value would start another header field: it becomes a space (header injection).
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

  /** The parsed values of this field. */
  values<Value>(kind: HeaderKind<Value>): readonly Value[] | Fault {
    this.#values ??= parseValues(kind, this.value);
    return this.#values as readonly Value[] | Fault;
  }
}

/** Values per field; more are a fault. */
const maxValues = 256;

function parseValue<Value>(kind: HeaderKind<Value>, text: string): Value | Fault {
  const value = text === '' && !kind.mayBeEmpty ? new Fault('Empty value') : kind.parse(text);
  return value instanceof Fault ? new Fault(`${kind.name}: ${value.reason}`) : value;
}

function parseValues<Value>(kind: HeaderKind<Value>, text: string): readonly Value[] | Fault {
  if (text === '' && kind.list && kind.mayBeEmpty) return [];
  if (!kind.list || !text.includes(',')) {
    const value = parseValue(kind, text);
    return value instanceof Fault ? value : [value];
  }
  const texts = splitList(text);
  if (texts.length > maxValues) return new Fault(`${kind.name}: Too many values`);
  const values: Value[] = [];
  for (const element of texts) {
    const value = parseValue(kind, element);
    if (value instanceof Fault) return value;
    values.push(value);
  }
  return values;
}

/**
 * The fields of a message in order. Immutable: an edit returns new headers, which share the unchanged fields and their
 * parsed values.
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

  /** The first value. Later fields are not parsed. */
  first<Value>(kind: HeaderKind<Value>): Value | Fault | undefined {
    for (const field of this.#fields) {
      if (field.key !== kind.key) continue;
      const values = field.values(kind);
      if (values instanceof Fault || values.length > 0) return values instanceof Fault ? values : values[0];
    }
    return undefined;
  }

  /** The value of a header that must not be repeated: a second field is a fault (RFC 4475 §3.3.8). */
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

  /** Every value in order; empty if the message does not have the header. */
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

  /** The header's fields, unparsed. */
  fields(kind: Named): readonly Field[] {
    return this.#fields.filter(({ key }) => key === kind.key);
  }

  /** Replaces every field of this header by one field per value, at the position of the first one or at the end. */
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

  /** Adds a field at the end; more than one value only if the kind is a list. */
  append<Value>(kind: HeaderKind<Value>, ...values: readonly Value[]): Headers {
    return new Headers([...this.#fields, Field.of(kind, ...values)]);
  }

  /** Adds a field at the top, before all other fields. */
  prepend<Value>(kind: HeaderKind<Value>, value: Value): Headers {
    return new Headers([Field.of(kind, value), ...this.#fields]);
  }

  /** Replaces the first value and keeps the others. @returns a fault if the first field cannot be parsed */
  withFirst<Value>(kind: HeaderKind<Value>, value: Value): Headers | Fault {
    const at = this.#fields.findIndex(({ key }) => key === kind.key);
    const values = this.#fields[at]?.values(kind);
    if (values instanceof Fault) return values;
    const replaced = [value, ...(values ?? []).slice(1)].map((each) => Field.of(kind, each));
    return at === -1
      ? new Headers(replaced)
      : new Headers([...this.#fields.slice(0, at), ...replaced, ...this.#fields.slice(at + 1)]);
  }

  /** Removes the first value, such as a response's topmost Via (RFC 3261 §16.7). @returns a fault like `withFirst` */
  withoutFirst<Value>(kind: HeaderKind<Value>): Headers | Fault {
    const at = this.#fields.findIndex(({ key }) => key === kind.key);
    if (at === -1) return this;
    const values = this.#fields[at]?.values(kind) ?? [];
    if (values instanceof Fault) return values;
    const rest = values.slice(1).map((each) => Field.of(kind, each));
    return new Headers([...this.#fields.slice(0, at), ...rest, ...this.#fields.slice(at + 1)]);
  }
}

/** The full name in lower case of a header name in any form. */
export const keyOf = (name: string): string =>
  fullNames.get(name) ?? fullNames.get(name.toLowerCase()) ?? name.toLowerCase();
