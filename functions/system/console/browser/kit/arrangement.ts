import type { Control } from './controls.ts';
import type { FormField, FormValues, Offers } from './form-fields.ts';

/**
 * Which fields a form shows, in which groups, with which words: a value beside its page. What a field accepts comes
 * from the OpenAPI document.
 */

/** What is said of a field. */
export type ArrangedField = {
  /** As in the body. */
  readonly name: string;
  /** Default: its word (`words.ts`). */
  readonly label?: string;
  /** A sentence for the person who fills it in. Default: none. */
  readonly help?: string;
  /** Default: by its schema. */
  readonly control?: Control;
  /** Its values as a person reads them. Of a list of texts: those that may be chosen. */
  readonly choices?: Readonly<Record<string, string>>;
  /** What is offered while it is typed; of pairs: as names. */
  readonly offers?: Offers;
  /** What is shown of an object or of the rows of a list, in this order. Default: everything. */
  readonly fields?: readonly Arranged[];
  /** Whether a row of a list has a field. Default: each has all. */
  readonly isShown?: (name: string, row: FormValues) => boolean;
  /** The kind of what it names (`targets.ts`), where its name does not say it. */
  readonly to?: string;
};

/** A field with its own word, or with what else is said of it. */
export type Arranged = string | ArrangedField;

export type Arrangement = {
  readonly groups: readonly { readonly title?: string; readonly fields: readonly Arranged[] }[];
  /** What only experts need, in this order; what the arrangement does not name follows. */
  readonly advanced?: readonly Arranged[];
  /** Not shown: they stay as they are. */
  readonly hidden?: readonly string[];
  /** Sent only if they were changed: they have values of elsewhere as long as they are not set. */
  readonly sentIfChanged?: readonly string[];
  /** A short form: what it does not name is not shown, nor is its JSON. */
  readonly isShort?: true;
};

export type FieldGroup = { readonly title: string; readonly fields: readonly FormField[] };

export type ArrangedForm = { readonly groups: readonly FieldGroup[]; readonly advanced: readonly FormField[] };

const asArranged = (arranged: Arranged): ArrangedField =>
  typeof arranged === 'string' ? { name: arranged } : arranged;

const pick = (fields: readonly FormField[], wanted: readonly Arranged[]): readonly FormField[] =>
  wanted.map(asArranged).flatMap((arranged) => {
    const field = fields.find(({ name }) => name === arranged.name);
    return field === undefined ? [] : [applied(field, arranged)];
  });

/** What is said of a field whatever its kind. */
const saidOf = ({ label, help, control, offers }: ArrangedField): object =>
  Object.fromEntries(Object.entries({ label, help, control, offers }).filter(([, value]) => value !== undefined));

function applied(field: FormField, arranged: ArrangedField): FormField {
  const { choices, fields, to } = arranged;
  const named: FormField = { ...field, ...saidOf(arranged) };
  if (to !== undefined && named.kind === 'text') return { ...named, kind: 'reference', to };
  if (choices !== undefined && named.kind === 'choice') return { ...named, labels: choices };
  if (choices !== undefined && named.kind === 'texts')
    return { ...named, choices: Object.keys(choices), labels: choices };
  if (fields !== undefined && (named.kind === 'group' || named.kind === 'rows'))
    return { ...named, fields: pick(named.fields, fields) };
  return named;
}

/** What has no form of its own is edited as JSON, by experts. */
const hasForm = ({ kind }: FormField): boolean => kind !== 'json';

/** Fields without those that have no form, also within others. What is not shown of an object stays as it is. */
const shownOf = (fields: readonly FormField[]): readonly FormField[] =>
  fields
    .filter(hasForm)
    .map((field) =>
      field.kind === 'group' || field.kind === 'rows' ? { ...field, fields: shownOf(field.fields) } : field,
    );

/** Fields without the texts of the document, which are for programmers. */
const withoutHelp = (fields: readonly FormField[]): readonly FormField[] =>
  fields.map((field) =>
    field.kind === 'group' || field.kind === 'rows'
      ? { ...field, help: '', fields: withoutHelp(field.fields) }
      : { ...field, help: '' },
  );

/** The fields of a body as its page shows them. @param arrangement undefined: all fields, in one group */
export function arrange(all: readonly FormField[], arrangement: Arrangement | undefined): ArrangedForm {
  const fields = withoutHelp(shownOf(all));
  if (arrangement === undefined) return { groups: [{ title: '', fields }], advanced: [] };
  const { groups, advanced = [], hidden = [], isShort = false } = arrangement;
  const named = new Set([...namesIn(arrangement), ...hidden]);
  return {
    groups: groups
      .map(({ title = '', fields: wanted }) => ({ title, fields: pick(fields, wanted) }))
      .filter(({ fields: found }) => found.length > 0),
    advanced: [...pick(fields, advanced), ...fields.filter(({ name }) => !isShort && !named.has(name))],
  };
}

/** A body without what is as it was, of the fields that are sent only if they were changed. */
export const withoutUnchanged = (body: object, before: FormValues | undefined, { sentIfChanged = [] }: Arrangement) =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => !sentIfChanged.includes(name) || JSON.stringify(value) !== JSON.stringify(before?.[name]),
    ),
  );

/** The fields of the body that an arrangement names. */
export const namesIn = ({ groups, advanced = [] }: Arrangement): readonly string[] =>
  [...groups.flatMap(({ fields }) => fields), ...advanced].map((each) => asArranged(each).name);
