import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { fieldsOf, plain, type FormField, type FormValues } from '../kit/form-fields.ts';
import type { Operations, Schema } from '../kit/operations.ts';
import { t } from '../texts/texts.ts';
import { exitFieldsOf, type Step } from './flow-draft.ts';
import { tests } from './step-words.ts';

/** The fields of a step as a person fills them in, and the step that follows from them. */

/** The kinds of steps, by their name, as the contract describes them. */
export function variantsOf(body: Schema, operations: Operations): ReadonlyMap<string, Schema> {
  const inside = (schema: unknown, name: string): unknown => {
    const { properties } = plain(schema, operations.schemas);
    return isObject(properties) ? properties[name] : undefined;
  };
  const { additionalProperties } = plain(inside(body, 'steps'), operations.schemas);
  // The steps of today, and those that the API knows but does not carry out yet.
  const [today] = listIn(plain(additionalProperties, operations.schemas)['oneOf']);
  const found = listIn(plain(today, operations.schemas)['oneOf']).map((variant): [string, Schema] => {
    const schema = plain(variant, operations.schemas);
    const type = plain(inside(schema, 'type'), operations.schemas);
    return [textIn(type['const']), schema];
  });
  return new Map(found);
}

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];
/** In place of null among the choices of `end_key`. */
const noKey = 'none';

const common = { help: '', isRequired: false, isNullable: false, example: undefined } as const;
const text = (name: string, label: string, more: Partial<FormField> = {}): FormField =>
  ({ ...common, name, label, kind: 'text', maxLength: undefined, isSecret: false, ...more }) as FormField;
const choice = (name: string, label: string, labels: Readonly<Record<string, string>>): FormField => ({
  ...{ ...common, name, label, isRequired: true },
  ...{ kind: 'choice', choices: Object.keys(labels), labels },
});

const spokenForms = {
  text: t('as text'),
  digits: t('digit by digit'),
  number: t('as a number'),
  date: t('as a date'),
  time: t('as a time'),
};
const partFields: readonly FormField[] = [
  choice('part', t('Kind'), { text: t('a text'), sound: t('a sound') }),
  text('say', t('Text'), { isRequired: true }),
  { ...choice('as', t('Variables are said'), spokenForms), isRequired: false },
  { ...text('language', t('Language'), { help: t('Empty: that of the flow.') }), control: 'language' },
  { ...common, name: 'file', label: t('Sound'), isRequired: true, kind: 'reference', to: 'sound' },
];

/** What is played: texts and sounds, in their order. */
const promptField = ({ name, label, help, isRequired }: FormField): FormField => ({
  ...{ ...common, name, label, help, isRequired, kind: 'rows', fields: partFields, fresh: { part: 'text' } },
  isShown: (field, row) => field === 'part' || (field === 'file') === (row['part'] === 'sound'),
});

const promptNames = new Set(['prompt', 'greeting', 'announce']);

const rowOfPart = (part: unknown): FormValues => ({
  part: at(part, 'file') === undefined ? 'text' : 'sound',
  ...(isObject(part) ? part : {}),
});

/** A prompt of one part is that part. */
function promptOf(rows: unknown): unknown {
  const parts = listIn(rows)
    .map((row) => (at(row, 'part') === 'sound' ? keep(row, 'file') : keep(row, 'say', 'as', 'language')))
    .filter((part) => Object.keys(part).length > 0);
  return parts.length > 1 ? parts : parts[0];
}

const keep = (value: unknown, ...names: readonly string[]): FormValues =>
  Object.fromEntries(names.flatMap((name) => (at(value, name) === undefined ? [] : [[name, at(value, name)]])));

/** Fields of a condition that a test has. */
const fieldsOfTest: Readonly<Record<string, readonly string[]>> = { between: ['from', 'until'] };
const always = new Set(['variable', 'test', 'to']);

const conditionsField = (field: FormField, steps: Steps): FormField => ({
  ...{ ...common, name: field.name, label: field.label, help: field.help, isRequired: true },
  kind: 'rows',
  fields: [
    text('variable', t('Variable'), { isRequired: true, example: 'caller' }),
    choice('test', t('Comparison'), tests),
    text('equals', t('Value')),
    text('prefix', t('Text'), { isRequired: true }),
    { ...common, name: 'in', label: t('Values'), isRequired: true, kind: 'texts', choices: [] },
    text('matches', t('Pattern'), { isRequired: true }),
    { ...common, name: 'from', label: t('From'), isRequired: true, kind: 'number', min: undefined, max: undefined },
    { ...common, name: 'until', label: t('To'), isRequired: true, kind: 'number', min: undefined, max: undefined },
    { ...common, name: 'to', label: t('Next step'), isRequired: true, kind: 'choice', ...steps },
  ],
  fresh: { test: 'equals' },
  isShown: (name, row) => {
    const test = textIn(row['test']);
    return always.has(name) || (fieldsOfTest[test] ?? [test]).includes(name);
  },
});

function rowOfCondition(condition: unknown): FormValues {
  const test = Object.keys(tests).find((name) => at(condition, name) !== undefined) ?? 'equals';
  const [from, until] = listIn(at(condition, 'between'));
  return { ...(isObject(condition) ? condition : {}), test, from, until };
}

function conditionOf(row: unknown): object {
  const test = textIn(at(row, 'test'));
  const value = test === 'between' ? [at(row, 'from'), at(row, 'until')] : (at(row, test) ?? '');
  return { ...keep(row, 'variable', 'to'), [test]: value };
}

/** The steps of a flow, from which the next one is chosen. */
type Steps = { readonly choices: readonly string[]; readonly labels?: Readonly<Record<string, string>> };

function fieldOfStep(field: FormField, exits: ReadonlySet<string>, steps: Steps): FormField {
  const { name, label, help, isRequired } = field;
  const base = { ...common, name, label, help, isRequired };
  if (exits.has(name)) return { ...base, kind: 'choice', ...steps };
  if (promptNames.has(name)) return promptField(field);
  if (name === 'when') return conditionsField(field, steps);
  if (name === 'music') return { ...base, kind: 'reference', to: 'sound' };
  if (name === 'template') return { ...base, kind: 'reference', to: 'template' };
  if (name === 'accept_key') return { ...base, kind: 'choice', choices: digits };
  if (name === 'end_key') return { ...base, kind: 'choice', choices: [...digits, noKey] };
  if (field.kind !== 'pairs' || name !== 'choices') return field;
  return { ...field, keys: digits, value: { ...field.value, label: t('Step'), kind: 'choice', ...steps } };
}

/** @param variant schema of the kind of step @param steps those that may be next */
export function fieldsOfStep(variant: Schema, operations: Operations, steps: Steps): readonly FormField[] {
  const exits = new Set(exitFieldsOf(variant));
  return fieldsOf(variant, operations, undefined)
    .filter(({ name }) => name !== 'type')
    .map((field) => fieldOfStep(field, exits, steps));
}

/** A step as its fields have it. */
export function valuesOfStep(step: Step, fields: readonly FormField[]): FormValues {
  const values = fields.map(({ name, kind, isRequired }): [string, unknown] => {
    const value = step[name];
    // One of those that it must have is there to be filled in.
    if (kind === 'targets' && isRequired && value === undefined) return [name, ['']];
    if (name === 'end_key' && value === null) return [name, noKey];
    if (name === 'when') return [name, listIn(value).map(rowOfCondition)];
    if (!promptNames.has(name)) return [name, value];
    const parts = value === undefined ? (isRequired ? [{}] : []) : Array.isArray(value) ? value : [value];
    return [name, (parts as readonly unknown[]).map(rowOfPart)];
  });
  return Object.fromEntries(values);
}

/** The step of what was filled in. @param body of `bodyOf` over its fields */
export function stepOf(type: string, body: object): Step {
  const values = Object.entries(body).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (promptNames.has(name)) return [name, promptOf(value)];
    if (name === 'when') return [name, listIn(value).map(conditionOf)];
    return [name, name === 'end_key' && value === noKey ? null : value];
  });
  const filled = values.filter(([name, value]) => value !== undefined && (value !== null || name === 'end_key'));
  return { ...Object.fromEntries(filled), type };
}
