import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { create, overwrite, remove, replace } from '#dynamodb/write.ts';
import { day, second } from '#schema/time.ts';
import type { emailTemplates } from './contract.ts';
import type { EmailTemplate, TemplateHead } from '#schema/email-template.ts';
import { headOf, emailTemplateErrors } from './email-template.ts';
import { platformTemplates } from './platform-templates.ts';
import {
  emailTemplateNameRow,
  emailTemplateRow,
  emailTemplateVersionRow,
  findOwnTemplate,
  versionOf,
} from '#dynamodb/rows/email-template.ts';

/** Templates of an organization. */
const maxTemplates = 500;
/** Days for which a replaced version is kept: as long as e-mails are. */
const keptDays = 90;

type Reads = Table<ReadName<EffectOf<typeof emailTemplates>>>;
type OwnedHead = TemplateHead & { readonly organization_id: number | null };

/** The version that the path names by id is read with the session only if it is the first, so only the head is. */
export const prefetch = prefetchByPathId(emailTemplateRow);

export const emailTemplateStore = (table: Reads) => ({
  own: (idOrName: string) => findOwnTemplate(table, idOrName),
  /** Own templates, newest first; then those of the platform that no own one replaces: their ids are the lowest. */
  page: async (request: PageRequest, keep: (template: TemplateHead) => boolean) => {
    const own = await readToEnd((after) => table.query(emailTemplateRow, {}, after));
    const names = new Set(own.map(({ name }) => name));
    const all: readonly OwnedHead[] = [
      ...own.map((template) => ({ ...template, organization_id: table.organization })),
      ...platformTemplates.filter(({ name }) => !names.has(name)),
    ];
    const keyOf = ({ id }: OwnedHead): string => id;
    const read = mergeSources([orderedList(all, keyOf)], { keyOf, order: 'desc', between: ['', '\uffff'] });
    return readPage(request, { read, keep });
  },
});

const names = uniqueValues(emailTemplateNameRow, {
  markerOf: ({ name, id }: TemplateHead) => ({ name, id }),
  taken: emailTemplateErrors.TEMPLATE_NAME_EXISTS,
  message: ({ name }) => `An e-mail template named ${name} exists`,
});

/** The version stays for e-mails that are queued with it. */
const retire = (template: EmailTemplate, now: Date) =>
  overwrite(
    emailTemplateVersionRow,
    { ...versionOf(template), until: Math.floor((now.getTime() + keptDays * day) / second) },
    { expression: 'attribute_exists(PK)' },
  );

export const createWrites = (template: EmailTemplate) => [
  create(emailTemplateRow, headOf(template)),
  create(emailTemplateVersionRow, versionOf(template)),
  names.claim(template),
  incrementCount('e-mail templates', maxTemplates),
];

export const replaceWrites = (before: EmailTemplate, after: EmailTemplate, now: Date) => [
  replace(emailTemplateRow, headOf(after), before),
  create(emailTemplateVersionRow, versionOf(after)),
  retire(before, now),
  ...names.move(before, after),
];

export const deleteWrites = (template: EmailTemplate, now: Date) => [
  remove(emailTemplateRow, template, template),
  names.release(template),
  retire(template, now),
  decrementCount('e-mail templates'),
];
