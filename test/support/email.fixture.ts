import { domainOf } from './resources.fixture.ts';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { ulid } from 'ulid';
import type { EmailTemplate } from '#schema/email-template.ts';
import {
  emailTemplateNameRow,
  emailTemplateRow,
  emailTemplateVersionRow,
  versionOf,
} from '#dynamodb/rows/email-template.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { domainNameRow, domainRow } from '#dynamodb/rows/domain.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Domain } from '#schema/domain.ts';
import { omit } from '#schema/omit.ts';

/** Templates and domains for tests of e-mail, stored without the checks of their endpoints. */

const at = '2026-01-31T12:00:00.000Z';

/** @param more fields that differ from those of a plain invoice. @returns its id */
export async function storeTemplate(
  store: Store,
  organization: number,
  more: Partial<EmailTemplate> & Pick<EmailTemplate, 'name'>,
): Promise<string> {
  const template: EmailTemplate = {
    id: `etpl_${ulid()}`,
    version: 1,
    subject: 'Invoice of {{month}}',
    html: '<p>Hello {{name}},</p>',
    text: null,
    variables: [],
    description: null,
    from: null,
    from_name: null,
    created_at: at,
    updated_at: at,
    ...more,
  };
  const { id, name } = template;
  await commit(store, organization, [
    overwrite(emailTemplateRow, omit(template, 'html', 'text', 'variables')),
    overwrite(emailTemplateVersionRow, versionOf(template)),
    overwrite(emailTemplateNameRow, { name, id }),
  ]);
  return id;
}

/** A domain that e-mail may be sent from. */
export async function storeDomain(
  store: Store,
  organization: number,
  host: string,
  more: Partial<Domain> = {},
): Promise<void> {
  const domain = domainOf({ id: `dom_${ulid()}`, org_id: organization, domain: host, ...more });
  const name = { host, claim: 'active' as const, org_id: organization, domain_id: domain.id };
  await commit(store, organization, [overwrite(domainRow, domain), overwrite(domainNameRow, name)]);
}

/** The folder of e-mails that the local provider accepted. */
const emailOutbox = (): string => join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

/** An e-mail as its reader sees it. */
export const readEmail = (id: string): Promise<ParsedMail> =>
  simpleParser(readFileSync(join(emailOutbox(), `${id}.eml`)));
