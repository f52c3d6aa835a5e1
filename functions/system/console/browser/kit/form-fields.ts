import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { Operations, Schema } from './operations.ts';
import { controlOf, type Control } from './controls.ts';
import { isKind, kindOfField, kindOfListField, type Target } from './targets.ts';
import { labelOf } from './words.ts';

/** The fields of a form, from the JSON schema of a body. */

/** What is offered while a text is typed, in groups. */
export type Offers = readonly { readonly group: string; readonly items: readonly string[] }[];

type Common = {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly isRequired: boolean;
  /** Whether null is a value of it. */
  readonly isNullable: boolean;
  readonly example: unknown;
  /** How it is edited, where its kind alone does not say it. */
  readonly control?: Control;
  readonly offers?: Offers;
};

export type FormField = Common &
  (
    | { readonly kind: 'text'; readonly maxLength: number | undefined; readonly isSecret: boolean }
    | { readonly kind: 'number'; readonly min: number | undefined; readonly max: number | undefined }
    | { readonly kind: 'boolean' }
    | {
        readonly kind: 'choice';
        readonly choices: readonly string[];
        /** As a person reads them. Absent: as they are. */
        readonly labels?: Readonly<Record<string, string>>;
      }
    /** Texts, each of which is typed by itself. */
    | {
        readonly kind: 'texts';
        readonly choices: readonly string[];
        /** Whether they are numbers, which are typed as texts. Absent: they are not. */
        readonly isNumeric?: true;
        /** As a person reads them. Absent: as they are. */
        readonly labels?: Readonly<Record<string, string>>;
      }
    /** An object with fields of its own. */
    | { readonly kind: 'group'; readonly fields: readonly FormField[] }
    /** A list of such objects. */
    | {
        readonly kind: 'rows';
        readonly fields: readonly FormField[];
        /** What a new row has. Absent: nothing. */
        readonly fresh?: FormValues;
        /** Whether a row has a field. Absent: each has all. */
        readonly isShown?: (name: string, row: FormValues) => boolean;
      }
    /** Values by names: `keys` are those that there may be; none: they are typed. */
    | { readonly kind: 'pairs'; readonly keys: readonly string[]; readonly value: FormField }
    /** What has no simpler form, as JSON. */
    | { readonly kind: 'json' }
    /** The id of something, which is chosen by its name. */
    | { readonly kind: 'reference'; readonly to: string }
    /** The ids of several. */
    | { readonly kind: 'references'; readonly to: string }
    /** The type and the id of something to which calls go. */
    | { readonly kind: 'target'; readonly choices: readonly string[] }
    /** One of some words, or an object whose only property is of the kind of something and has its id. */
    | {
        readonly kind: 'option';
        readonly choices: readonly string[];
        readonly targets: readonly string[];
        /** As a person reads the words. Absent: as they are. */
        readonly labels?: Readonly<Record<string, string>>;
      }
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

const isSecret = (name: string): boolean => /password|secret|token|pin$/i.test(name);

function kindOfText(name: string, schema: Schema) {
  const to = kindOfField(name);
  if (to !== undefined) return { kind: 'reference', to } as const;
  return { kind: 'text', maxLength: numberIn(schema['maxLength']), isSecret: isSecret(name) } as const;
}

/** Objects within objects that have fields; what is further in is JSON. */
const deepest = 3;

/** Where a schema is. */
type Within = { readonly schemas: Operations['schemas']; readonly depth: number };

/** An object that names something by type and id is a target. */
function kindOfObject(schema: Schema, within: Within) {
  const { properties, additionalProperties } = schema;
  if (within.depth >= deepest) return { kind: 'json' } as const;
  if (isObject(properties)) {
    const isTarget = Object.keys(properties).toSorted().join() === 'id,type';
    const choices = isTarget ? listIn(at(properties, 'type', 'enum')).filter(isText) : [];
    if (choices.length > 0) return { kind: 'target', choices } as const;
    return { kind: 'group', fields: fieldsWithin(schema, within, undefined) } as const;
  }
  const value = fieldOf('value', additionalProperties, { ...within, depth: within.depth + 1 });
  const isSimple = value.kind === 'text' || value.kind === 'number' || value.kind === 'choice';
  return isSimple ? ({ kind: 'pairs', keys: [], value } as const) : ({ kind: 'json' } as const);
}

/** The kind of target that a schema of a list's item stands for; undefined: none. */
function kindOfItem({ type, properties }: Schema): string | undefined {
  if (type === 'string') return 'number';
  const [name = '', ...others] = Object.keys(isObject(properties) ? properties : {});
  return others.length === 0 && isKind(name) ? name : undefined;
}

function kindOfList(name: string, schema: Schema, within: Within) {
  const items = plain(schema['items'], within.schemas);
  const to = kindOfListField(name);
  if (items['type'] === 'string' && to !== undefined) return { kind: 'references', to } as const;
  if (items['type'] === 'string') return { kind: 'texts', choices: listIn(items['enum']).filter(isText) } as const;
  if (items['type'] === 'integer') return { kind: 'texts', choices: [], isNumeric: true } as const;
  if (isObject(items['properties']) && within.depth < deepest)
    return { kind: 'rows', fields: fieldsWithin(items, within, undefined) } as const;
  const found = listIn(items['anyOf']).map((each) => kindOfItem(plain(each, within.schemas)));
  const choices = found.filter(isText);
  // Forms of a text, such as addresses of IPv4 and of IPv6.
  if (found.length > 0 && found.every((kind) => kind === 'number')) return { kind: 'texts', choices: [] } as const;
  return choices.length > 1 && choices.length === found.length
    ? ({ kind: 'targets', choices } as const)
    : ({ kind: 'json' } as const);
}

/** The forms that a value may have, without null. */
const formsOf = (schema: Schema, schemas: Operations['schemas']): readonly Schema[] => {
  const forms = listIn(schema['anyOf']).map((each) => plain(each, schemas));
  return forms.length === 0 ? [schema] : forms.flatMap((form) => formsOf(form, schemas));
};

/** Words, or what is named by its id: `reject`, or `{ flow: 'flow_…' }`. Undefined: the forms are others. */
function kindOfOptions(schema: Schema, { schemas }: Within) {
  const forms = formsOf(schema, schemas);
  const objects = forms.filter(({ properties }) => isObject(properties));
  const words = forms.flatMap((form) => listIn(form['enum'])).filter(isText);
  const targets = objects.map(kindOfItem).filter(isText);
  const isWhole = targets.length === objects.length && forms.every((form) => 'enum' in form || objects.includes(form));
  return isWhole && words.length > 0 && targets.length > 0
    ? ({ kind: 'option', choices: words, targets } as const)
    : undefined;
}

/** Several forms of a text are a text, and so are numbers that may be a text: the API says which it accepts. */
function kindOfForms(name: string, schema: Schema, { schemas }: Within) {
  const types = formsOf(schema, schemas).map((form) => textIn(form['type']));
  const isOf = (...known: readonly string[]): boolean =>
    types.includes('string') && types.every((type) => known.includes(type));
  if (isOf('string', 'number', 'integer')) return kindOfText(name, {});
  const isOfTexts = formsOf(schema, schemas).every(
    ({ type, items }) => type !== 'array' || plain(items, schemas)['type'] === 'string',
  );
  return isOf('string', 'array') && isOfTexts ? ({ kind: 'texts', choices: [] } as const) : ({ kind: 'json' } as const);
}

function kindOf(name: string, schema: Schema, within: Within) {
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
      return kindOfList(name, schema, within);
    case 'object':
      return kindOfObject(schema, within);
    default:
      return kindOfOptions(schema, within) ?? kindOfForms(name, schema, within);
  }
}

/** Names of the organization, which the console chooses for all pages. */
const organization = new Set(['org_id', 'orgId', 'organization_id', 'organizationId']);

/** What a client says of its own knowledge: the version that it has read, and that a removal is meant. */
const statements = new Set(['version', 'confirm_removal']);

const isNull = (schema: unknown): boolean => at(schema, 'type') === 'null';

function fieldOf(name: string, property: unknown, within: Within): FormField {
  const schema = plain(property, within.schemas);
  return {
    name,
    label: labelOf(name),
    help: textIn(schema['description']),
    isRequired: false,
    isNullable: listIn(at(property, 'anyOf')).some(isNull) || listIn(at(property, 'type')).includes('null'),
    example: listIn(schema['examples'])[0],
    ...controlOf(name),
    ...kindOf(name, schema, within),
  };
}

/** What says nothing of its values takes none yet (`NOT_YET_SUPPORTED`). */
const hasValues = (property: unknown): boolean =>
  isObject(property) && ['type', 'enum', 'const', 'anyOf', 'oneOf', '$ref'].some((word) => word in property);

function fieldsWithin(body: Schema, { schemas, depth }: Within, example: unknown): readonly FormField[] {
  const { properties, required } = plain(body, schemas);
  const names = new Set(listIn(required));
  return Object.entries(isObject(properties) ? properties : {})
    .filter(([name, property]) => !organization.has(name) && !statements.has(name) && hasValues(property))
    .map(([name, property]) => {
      const field = fieldOf(name, property, { schemas, depth: depth + 1 });
      const given = isObject(example) ? example[name] : undefined;
      return { ...field, isRequired: names.has(name), example: given ?? field.example };
    })
    .toSorted((one, other) => Number(other.isRequired) - Number(one.isRequired));
}

/** @param body schema of a JSON object @param example an accepted body, which shows how a field is filled in */
export const fieldsOf = (body: Schema, { schemas }: Operations, example: unknown): readonly FormField[] =>
  fieldsWithin(body, { schemas, depth: 0 }, example);

/** A field for what is typed, also where its name is that of something to choose. */
export const asText = ({ name, label, help, isRequired, isNullable, example }: FormField): FormField => ({
  ...{ name, label, help, isRequired, isNullable, example },
  kind: 'text',
  maxLength: undefined,
  isSecret: false,
});

export type FormValues = Readonly<Record<string, unknown>>;

/** A value of `pairs`, as it is edited. */
export type Pair = { readonly key: string; readonly value: unknown };

const listKinds: ReadonlySet<FormField['kind']> = new Set(['texts', 'references', 'targets', 'rows']);

/** Whether a field has a list. */
const hasList = ({ kind }: FormField): boolean => listKinds.has(kind);

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

/** The values of fields as they are edited. */
export const editableValues = (fields: readonly FormField[], of: unknown): FormValues =>
  Object.fromEntries(fields.map((field) => [field.name, editableOf(field, at(of, field.name))]));

/** How the items of a list, and the values of a map, are edited. */
function editableItems(field: FormField, value: unknown): readonly unknown[] {
  switch (field.kind) {
    case 'targets':
      return listIn(value).map(targetOf);
    case 'rows':
      return listIn(value).map((row) => editableValues(field.fields, row));
    case 'pairs':
      return Object.entries(isObject(value) ? value : {}).map(([key, each]): Pair => {
        return { key, value: editableOf(field.value, each) };
      });
    default:
      return (isText(value) ? [value] : listIn(value)).map(String);
  }
}

/** How a value is edited; `json` fields are edited as their text. */
export function editableOf(field: FormField, value: unknown): unknown {
  if (field.kind === 'json') return value === undefined || value === null ? '' : JSON.stringify(value, null, 2);
  if (field.kind === 'group') return editableValues(field.fields, value);
  if (field.kind === 'option') return isObject(value) ? targetOf(value) : { kind: textIn(value), to: '' };
  if (field.kind === 'pairs' || hasList(field)) return editableItems(field, value);
  return value ?? (field.kind === 'boolean' ? undefined : '');
}

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

/** Whether what was typed can be sent. */
export function isWellFormed(field: FormField, value: unknown): boolean {
  const areWellFormed = (fields: readonly FormField[], values: unknown): boolean =>
    fields.every((each) => isWellFormed(each, at(values, each.name)));
  if (field.kind === 'group') return areWellFormed(field.fields, value);
  if (field.kind === 'rows') return listIn(value).every((row) => areWellFormed(field.fields, row));
  return problemOf(field, value) === null;
}

/** Whether nothing is filled in, or nothing was. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** What is no number is sent as it was typed: the API says what is wrong with it. */
const integerOf = (typed: unknown): unknown => (/^\d+$/.test(textIn(typed).trim()) ? Number(typed) : typed);

/** What is sent of what is typed; what is empty in it is left out. @param before what the resource has */
function sentOf(field: FormField, typed: unknown, before: unknown): unknown {
  switch (field.kind) {
    case 'texts':
      return field.isNumeric === true ? listIn(typed).map(integerOf) : typed;
    case 'targets':
      return itemsOf(listIn(typed));
    case 'group':
      return partsOf(field.fields, typed, before);
    case 'rows':
      return listIn(typed)
        .map((row) => partsOf(field.fields, row, undefined))
        .filter((row) => !isEmpty(row));
    case 'pairs':
      return Object.fromEntries(
        (listIn(typed) as readonly Pair[])
          .filter(({ key, value }) => key !== '' && !isEmpty(value))
          .map(({ key, value }) => [key, sentOf(field.value, value, undefined)]),
      );
    case 'option': {
      const { kind, to } = typed as Target;
      return field.targets.includes(kind) ? { [kind]: to } : kind;
    }
    case 'json':
      return isEmpty(typed) ? typed : (JSON.parse(textIn(typed)) as unknown);
    default:
      return typed;
  }
}

/** The values of an object within the body. What was emptied is null if it may be, as the object is sent whole. */
function partsOf(fields: readonly FormField[], values: unknown, before: unknown): object {
  const filled = fields.flatMap((field): [string, unknown][] => {
    const [typed, known] = [at(values, field.name), at(before, field.name)];
    const sent = sentOf(field, typed, known);
    if (!isEmpty(sent)) return [[field.name, sent]];
    return known !== undefined && field.isNullable ? [[field.name, null]] : [];
  });
  return Object.fromEntries(filled);
}

/**
 * The body of a request. What was not filled in is left out; what was emptied is null, which clears it.
 * @param before the resource that is edited; undefined: a new one
 */
export function bodyOf(fields: readonly FormField[], values: FormValues, before: FormValues | undefined): object {
  const filled = fields.flatMap((field): [string, unknown][] => {
    const { name } = field;
    const sent = sentOf(field, values[name], before?.[name]);
    // What JSON says is sent as it is, also an empty list.
    if (!isEmpty(field.kind === 'json' ? values[name] : sent)) return [[name, sent]];
    return isEmpty(before?.[name]) ? [] : [[name, hasList(field) ? [] : null]];
  });
  return Object.fromEntries(filled);
}
