import type * as z from 'zod';

/** The fields that a schema names, at every depth, as far as a client sends them. */
export type Fields = {
  readonly named: ReadonlyMap<string, Fields>;
  /** Of the items of a list; undefined if there is no list. */
  readonly items: Fields | undefined;
  /** Of the values under names that the client chooses (`variables`, `metadata`); undefined if it chooses none. */
  readonly values: Fields | undefined;
  /** Every content is accepted as it is. */
  readonly isFree: boolean;
};

/** A value without fields. */
export const noFields: Fields = { named: new Map(), items: undefined, values: undefined, isFree: false };
const free: Fields = { ...noFields, isFree: true };

const either = (one: Fields | undefined, other: Fields | undefined): Fields | undefined =>
  one === undefined || other === undefined ? (one ?? other) : both(one, other);

/** The fields that either of two schemas names. */
function both(one: Fields, other: Fields): Fields {
  if (one === noFields) return other;
  if (other === noFields) return one;
  const names = new Set([...one.named.keys(), ...other.named.keys()]);
  return {
    named: new Map([...names].map((name) => [name, either(one.named.get(name), other.named.get(name)) ?? noFields])),
    items: either(one.items, other.items),
    values: either(one.values, other.values),
    isFree: one.isFree || other.isFree,
  };
}

/** Fields that an object accepts beside those of its shape. */
const beside = (catchall: z.core.$ZodType | undefined): Fields | undefined =>
  catchall === undefined || (catchall as z.core.$ZodTypes)._zod.def.type === 'never' ? undefined : fieldsOf(catchall);

/** Content of any form. */
const freeTypes: ReadonlySet<string> = new Set(['any', 'unknown', 'custom', 'transform', 'lazy']);

/** The fields of what a schema accepts. */
export function fieldsOf(schema: z.core.$ZodType): Fields {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // Optional, nullable, with a default, read-only.
  if ('innerType' in def) return fieldsOf(def.innerType);
  switch (def.type) {
    case 'object': {
      const named = new Map(Object.entries(def.shape).map(([name, inner]) => [name, fieldsOf(inner)]));
      return { ...noFields, named, values: beside(def.catchall) };
    }
    case 'record':
      return { ...noFields, values: fieldsOf(def.valueType) };
    case 'array':
      return { ...noFields, items: fieldsOf(def.element) };
    case 'tuple':
      return { ...noFields, items: def.items.map(fieldsOf).reduce(both, noFields) };
    case 'union':
      return def.options.map(fieldsOf).reduce(both, noFields);
    case 'intersection':
      return both(fieldsOf(def.left), fieldsOf(def.right));
    // A function that changes the input first (`preprocess`) hides what it takes: the schema behind it tells.
    case 'pipe':
      return fieldsOf((def.in as z.core.$ZodTypes)._zod.def.type === 'transform' ? def.out : def.in);
    default:
      return freeTypes.has(def.type) ? free : noFields;
  }
}

/** All names of fields, at any depth. */
export const namesIn = ({ named, items, values }: Fields): string[] => [
  ...named.keys(),
  ...[...named.values(), items, values].flatMap((inner) => (inner === undefined ? [] : namesIn(inner))),
];
