import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { Operations, Schema } from './operations.ts';
import { isKind, kindOfField, kindOfListField, type Target } from './targets.ts';

/** The fields of a form, from the JSON schema of a body. */

type Common = {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly isRequired: boolean;
  readonly example: unknown;
};

export type FormField = Common &
  (
    | { readonly kind: 'text'; readonly maxLength: number | undefined; readonly isSecret: boolean }
    | { readonly kind: 'number'; readonly min: number | undefined; readonly max: number | undefined }
    | { readonly kind: 'boolean' }
    | { readonly kind: 'choice'; readonly choices: readonly string[] }
    /** Texts, each of which is typed by itself. */
    | { readonly kind: 'texts'; readonly choices: readonly string[] }
    /** What has no simpler form: an object or a list of objects, as JSON. */
    | { readonly kind: 'json' }
    /** The id of something, which is chosen by its name. */
    | { readonly kind: 'reference'; readonly to: string }
    /** The ids of several. */
    | { readonly kind: 'references'; readonly to: string }
    /** The type and the id of something to which calls go. */
    | { readonly kind: 'target'; readonly choices: readonly string[] }
    /** Several to which calls go: numbers as texts, and objects whose only property is of the kind and has the id. */
    | { readonly kind: 'targets'; readonly choices: readonly string[] }
  );

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const isText = (value: unknown): value is string => typeof value === 'string';

/** A schema without references, and without the alternative null. */
export function plain(schema: unknown, schemas: Operations['schemas']): Schema {
  if (!isObject(schema)) return {};
  const { $ref: reference, anyOf } = schema;
  if (isText(reference)) {
    const named = plain(schemas[reference.slice(reference.lastIndexOf('/') + 1)], schemas);
    return { ...named, ...descriptionOf(schema) };
  }
  if (Array.isArray(schema['type'])) {
    const types = listIn(schema['type']).filter((type) => type !== 'null');
    return types.length === 1 ? { ...schema, type: types[0] } : schema;
  }
  const others = listIn(anyOf).filter((each) => !isObject(each) || each['type'] !== 'null');
  return others.length === 1 ? { ...plain(others[0], schemas), ...descriptionOf(schema) } : schema;
}

const descriptionOf = ({ description }: Schema): Schema => (isText(description) ? { description } : {});

/** `caller_name_prefix` and `callerNamePrefix` as a label. */
export function labelOf(name: string): string {
  const words = name
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\b(ids?|url|ip|sip|mac|api|sms)\b/gi, (word) =>
    word.toLowerCase() === 'ids' ? 'IDs' : word.toUpperCase(),
  );
}

const isSecret = (name: string): boolean => /password|secret|token|pin$/i.test(name);

function kindOfText(name: string, schema: Schema) {
  const to = kindOfField(name);
  if (to !== undefined) return { kind: 'reference', to } as const;
  return { kind: 'text', maxLength: numberIn(schema['maxLength']), isSecret: isSecret(name) } as const;
}

/** An object that names something by type and id is a target. */
function kindOfObject({ properties }: Schema) {
  const isTarget = isObject(properties) && Object.keys(properties).toSorted().join() === 'id,type';
  const choices = isTarget ? listIn(at(properties, 'type', 'enum')).filter(isText) : [];
  return choices.length > 0 ? ({ kind: 'target', choices } as const) : ({ kind: 'json' } as const);
}

/** The kind of target that a schema of a list's item stands for; undefined: none. */
function kindOfItem({ type, properties }: Schema): string | undefined {
  if (type === 'string') return 'number';
  const [name = '', ...others] = Object.keys(isObject(properties) ? properties : {});
  return others.length === 0 && isKind(name) ? name : undefined;
}

function kindOfList(name: string, schema: Schema, schemas: Operations['schemas']) {
  const items = plain(schema['items'], schemas);
  const to = kindOfListField(name);
  if (items['type'] === 'string' && to !== undefined) return { kind: 'references', to } as const;
  if (items['type'] === 'string') return { kind: 'texts', choices: listIn(items['enum']).filter(isText) } as const;
  const found = listIn(items['anyOf']).map((each) => kindOfItem(plain(each, schemas)));
  const choices = found.filter(isText);
  return choices.length > 1 && choices.length === found.length
    ? ({ kind: 'targets', choices } as const)
    : ({ kind: 'json' } as const);
}

function kindOf(name: string, schema: Schema, schemas: Operations['schemas']) {
  const choices = listIn(schema['enum']).filter(isText);
  if (choices.length > 0) return { kind: 'choice', choices } as const;
  switch (schema['type']) {
    case 'string':
      return kindOfText(name, schema);
    case 'integer':
    case 'number':
      return { kind: 'number', min: numberIn(schema['minimum']), max: numberIn(schema['maximum']) } as const;
    case 'boolean':
      return { kind: 'boolean' } as const;
    case 'array':
      return kindOfList(name, schema, schemas);
    case 'object':
      return kindOfObject(schema);
    default: {
      // Several forms of a text are a text: the API says which it accepts.
      const alternatives = listIn(schema['anyOf']).map((each) => plain(each, schemas));
      return alternatives.length > 0 && alternatives.every(({ type }) => type === 'string')
        ? ({ kind: 'text', maxLength: undefined, isSecret: isSecret(name) } as const)
        : ({ kind: 'json' } as const);
    }
  }
}

/** Names of the organization, which the console chooses for all pages. */
const organization = new Set(['org_id', 'orgId', 'organization_id', 'organizationId']);

/** What a client says of its own knowledge: the version that it has read, and that a removal is meant. */
const statements = new Set(['version', 'confirm_removal']);

/** @param body schema of a JSON object @param example an accepted body, which shows how a field is filled in */
export function fieldsOf(body: Schema, { schemas }: Operations, example: unknown): readonly FormField[] {
  const { properties, required } = plain(body, schemas);
  const names = new Set(listIn(required));
  return Object.entries(isObject(properties) ? properties : {})
    .filter(([name]) => !organization.has(name) && !statements.has(name))
    .map(([name, property]) => {
      const schema = plain(property, schemas);
      const given = isObject(example) ? example[name] : undefined;
      return {
        name,
        label: labelOf(name),
        help: textIn(schema['description']),
        isRequired: names.has(name),
        example: given ?? listIn(schema['examples'])[0],
        ...kindOf(name, schema, schemas),
      };
    })
    .toSorted((one, other) => Number(other.isRequired) - Number(one.isRequired));
}

/** A field for what is typed, also where its name is that of something to choose. */
export const asText = ({ name, label, help, isRequired, example }: FormField): FormField => ({
  ...{ name, label, help, isRequired, example },
  kind: 'text',
  maxLength: undefined,
  isSecret: false,
});

export type FormValues = Readonly<Record<string, unknown>>;

/** Whether a field has a list. */
const hasList = ({ kind }: FormField): boolean => kind === 'texts' || kind === 'references' || kind === 'targets';

/** A target of a list, as it is edited. */
const targetOf = (item: unknown): Target => {
  if (!isObject(item)) return { kind: 'number', to: textIn(item) };
  const [kind = '', to] = Object.entries(item)[0] ?? [];
  return { kind, to: textIn(to) };
};

/** Targets of a list as they are sent; what was not filled in is left out. */
const itemsOf = (targets: readonly unknown[]): readonly unknown[] =>
  (targets as readonly Target[])
    .map(({ kind, to }) => ({ kind, to: to.trim() }))
    .filter(({ to }) => to !== '')
    .map(({ kind, to }) => (kind === 'number' ? to : { [kind]: to }));

/** How a value is edited; `json` fields are edited as their text. */
export const editableOf = (field: FormField, value: unknown): unknown => {
  if (field.kind === 'json') return value === undefined || value === null ? '' : JSON.stringify(value, null, 2);
  if (field.kind === 'targets') return listIn(value).map(targetOf);
  if (hasList(field)) return listIn(value).map(String);
  return value ?? (field.kind === 'boolean' ? undefined : '');
};

/** What is wrong with what was typed, which only the page can know. Null: nothing. */
export function problemOf(field: FormField, value: unknown): string | null {
  if (field.kind !== 'json' || value === '') return null;
  try {
    JSON.parse(textIn(value));
    return null;
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
}

/** Whether nothing is filled in, or nothing was. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** What is sent of what is typed. */
function sentOf({ kind }: FormField, typed: unknown): unknown {
  if (kind === 'targets') return itemsOf(listIn(typed));
  return kind === 'json' && !isEmpty(typed) ? (JSON.parse(textIn(typed)) as unknown) : typed;
}

/**
 * The body of a request. What was not filled in is left out; what was emptied is null, which clears it.
 * @param before the resource that is edited; undefined: a new one
 */
export function bodyOf(fields: readonly FormField[], values: FormValues, before: FormValues | undefined): object {
  const filled = fields.flatMap((field): [string, unknown][] => {
    const { name } = field;
    // What JSON says is sent as it is, also an empty list.
    const isLeft = isEmpty(field.kind === 'targets' ? sentOf(field, values[name]) : values[name]);
    if (!isLeft) return [[name, sentOf(field, values[name])]];
    return isEmpty(before?.[name]) ? [] : [[name, hasList(field) ? [] : null]];
  });
  return Object.fromEntries(filled);
}
