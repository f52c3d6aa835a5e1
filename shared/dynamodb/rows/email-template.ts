import { row } from '../row.ts';
import type { Table } from '../table.ts';
import {
  templateName,
  type EmailTemplate,
  type OwnedTemplate,
  type TemplateHead,
  type TemplateParts,
} from '../../schema/email-template.ts';

type Id = { readonly id: string };

/** `emailtemplate#1001`: what lists show of the templates of an organization. */
export const emailTemplateRow = row<'emailtemplate', TemplateHead, Id>('emailtemplate', { sort: ({ id }) => id });

/** The parts of one version. Lists do not read them, as they are large. */
type Version = TemplateParts &
  Id & {
    readonly version: number;
    /** Unix seconds after which no queued e-mail can need it; undefined while it is the current one. */
    readonly until?: number | undefined;
  };

/** `emailtemplate-version#1001#<id>`: a replaced version stays for e-mails that are queued with it. */
export const emailTemplateVersionRow = row<'emailtemplate-version', Version, Id & { readonly version: number }, Id>(
  'emailtemplate-version',
  {
    partition: ({ id }) => [id],
    sort: ({ version }) => String(version).padStart(9, '0'),
    expires: ({ until }) => until,
  },
);

/** `emailtemplate-name#1001`: the template of a name. */
export const emailTemplateNameRow = row<'emailtemplate-name', { name: string; id: string }, { name: string }>(
  'emailtemplate-name',
  { sort: ({ name }) => name },
);

export type TemplateReads = Pick<
  Table<'emailtemplate' | 'emailtemplate-name' | 'emailtemplate-version'>,
  'get' | 'organization'
>;

/** The version row of a template. */
export const versionOf = ({ id, version, subject, html, text, variables }: EmailTemplate): Version => ({
  id,
  version,
  subject,
  html,
  text,
  variables,
});

/** An own template of the organization, by id or by name. */
export async function findOwnTemplate(table: TemplateReads, idOrName: string): Promise<OwnedTemplate | undefined> {
  const named = templateName.test(idOrName) ? await table.get(emailTemplateNameRow, { name: idOrName }) : undefined;
  const id = named?.id ?? idOrName;
  const head = await table.get(emailTemplateRow, { id });
  if (head === undefined) return undefined;
  const parts = await table.get(emailTemplateVersionRow, { id, version: head.version });
  if (parts === undefined) return undefined;
  const { subject, html, text, variables } = parts;
  return { ...head, subject, html, text, variables, organization_id: table.organization };
}
