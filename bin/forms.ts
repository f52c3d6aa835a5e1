import { globSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { contracts } from '#functions/contracts.ts';
import { requestSchema } from '#contract/json-schema.ts';
import { consumersIn } from '#contract/shared-queues.ts';
import { loadRows, type NamedRow } from './access-patterns/rows.ts';
import { argumentsOf, command } from './command-line/command.ts';

/**
 * The forms of stored items and of queued messages that this code writes and reads. `npm run --silent forms <commit>`
 * prints them for the list of the last release (test/upgrade/README.md).
 */

/** Versions of the stored form of an entity's items: the written one, and the newest readable one. */
type RowForms = { readonly written: number; readonly read: number };

/** The forms of a version of the platform. */
export type Forms = {
  /** By entity. */
  readonly rows: Readonly<Record<string, RowForms>>;
  /** The messages of each queue that its consumer reads, with the fields that it requires. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** The messages that code sends. */
  readonly sent: readonly string[];
};

const root = new URL('../', import.meta.url);

function rowForms(all: readonly NamedRow[]): Forms['rows'] {
  const rows = Map.groupBy(all, ({ row }) => row.entity);
  return Object.fromEntries(
    [...rows]
      .map(([entity, of]): [string, RowForms] => {
        const read = Math.max(...of.map(({ row }) => row.schema));
        return [entity, { written: Math.max(...of.map(({ row }) => row.written ?? row.schema)), read }];
      })
      .toSorted(([one], [other]) => one.localeCompare(other)),
  );
}

type Node = Readonly<Record<string, unknown>>;

const alternativesIn = (schema: Node): readonly Node[] => {
  const several = (schema['anyOf'] ?? schema['oneOf']) as readonly Node[] | undefined;
  return several === undefined ? [schema] : several.flatMap(alternativesIn);
};

/** Messages without a `schema` are those of AWS, which writes them as it documents. */
function messageForms(schema: Node): readonly (readonly [string, readonly string[]])[] {
  return alternativesIn(schema).flatMap(({ properties, required = [] }) => {
    const { schema: of } = (properties ?? {}) as { schema?: { readonly const?: string } };
    const fields = (required as readonly string[]).filter((name) => name !== 'schema').toSorted();
    return of?.const === undefined ? [] : [[of.const, fields] as const];
  });
}

function queueForms(): Forms['queues'] {
  const consumers = Map.groupBy(consumersIn(contracts), ({ queue }) => queue);
  return Object.fromEntries(
    [...consumers]
      .map(([queue, of]) => {
        const forms = of.flatMap(({ message }) => messageForms(requestSchema(message)));
        return [queue, Object.fromEntries(forms.toSorted(([one], [other]) => one.localeCompare(other)))] as const;
      })
      .toSorted(([one], [other]) => one.localeCompare(other)),
  );
}

/** What code writes as the `schema` of a body. A declaration of what is read is a literal of zod. */
const sentForm = /\bschema: '([a-z][a-z-]*\.v\d+)'/g;

const sentForms = (): readonly string[] =>
  [
    ...new Set(
      globSync('{functions,shared}/**/*.ts', { cwd: root })
        .filter((file) => !/[.](?:test|fixture)[.]ts$/.test(file))
        .flatMap((file) => [...readFileSync(new URL(file, root), 'utf8').matchAll(sentForm)])
        .map(([, form = '']) => form),
    ),
  ].toSorted();

export const presentForms = async (): Promise<Forms> => ({
  rows: rowForms(await loadRows()),
  queues: queueForms(),
  sent: sentForms(),
});

/** Rows with several forms that cannot read the older ones. */
export const rowsWithoutUpgrade = async (): Promise<readonly string[]> =>
  (await loadRows()).flatMap(({ name, row }) => (row.schema > 1 && row.upgrade === undefined ? [name] : []));

/** `cdr` of `cdr.v1`. */
const kindOf = (form: string): string => form.replace(/\.v\d+$/, '');

/** What is written that the release before cannot read, or was written by it and cannot be read any more. */
export function formObjections(released: Forms, present: Forms): readonly string[] {
  return [...rowObjections(released, present), ...messageObjections(released, present)];
}

const rowObjections = (released: Forms, present: Forms): readonly string[] =>
  Object.entries(present.rows).flatMap(([entity, { written, read }]) => {
    const before = released.rows[entity];
    if (written > read) return [`${entity}: schema ${written} is written, and only ${read} is read`];
    // Code before knows no such items.
    if (before === undefined) return [];
    if (written > before.read)
      return [`${entity}: schema ${written} is written, and the last release reads up to ${before.read}`];
    return read < before.written
      ? [`${entity}: schema ${before.written} of the last release is not read any more`]
      : [];
  });

function messageObjections(released: Forms, present: Forms): readonly string[] {
  const readBy = ({ queues }: Forms) =>
    Object.entries(queues).flatMap(([queue, read]) => Object.keys(read).map((form) => ({ queue, form })));
  const read = readBy(present);
  const kinds = new Set(read.map(({ form }) => kindOf(form)));
  const unread = present.sent.filter((form) => kinds.has(kindOf(form)) && !read.some((each) => each.form === form));
  const tooNew = read.filter(({ queue, form }) => {
    const before = released.queues[queue];
    return before !== undefined && present.sent.includes(form) && before[form] === undefined;
  });
  const lost = readBy(released).filter(
    ({ queue, form }) => released.sent.includes(form) && present.queues[queue]?.[form] === undefined,
  );
  const demanding = read.flatMap(({ queue, form }) => {
    const before = released.queues[queue]?.[form];
    const more = present.queues[queue]?.[form]?.filter((field) => before?.includes(field) === false) ?? [];
    return more.map((field) => `${queue}: ${form} requires ${field}, which the last release need not send`);
  });
  return [
    ...unread.map((form) => `${form} is sent, and no consumer reads it`),
    ...tooNew.map(({ queue, form }) => `${queue}: ${form} is sent, and the last release does not read it`),
    ...lost.map(({ queue, form }) => `${queue}: ${form} of the last release is not read any more`),
    ...demanding,
  ];
}

export const tool = command({
  name: 'forms',
  purpose: 'Prints the forms of stored items and of queued messages that this code writes and reads.',
  arguments: { commit: z.string().default('').describe('that the list names') },
});

if (import.meta.main) {
  const { commit } = argumentsOf(tool);
  const text = JSON.stringify({ commit, ...(await presentForms()) }, null, 2);
  process.stdout.write(`${text.replaceAll(/\{\s+("written": \d+,)\s+("read": \d+)\s+\}/g, '{ $1 $2 }')}\n`);
}
