import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, IdInUrl } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';
import { templateName } from '#schema/email-template.ts';
import { ListedEmailTemplate, NewEmailTemplate, ShownEmailTemplate, emailTemplateErrors } from './email-template.ts';
import { examples } from './examples.ts';

const IdOrName = z.union(
  [IdInUrl, z.string().regex(templateName, 'must be the id or the name of a template')],
  'must be the id or the name of a template',
);

const readsTemplates = [reads('emailtemplate'), reads('emailtemplate-name'), reads('emailtemplate-version')] as const;
const writesTemplates = [
  writes('emailtemplate'),
  unique('emailtemplate-name'),
  writes('emailtemplate-version'),
] as const;

export const listEmailTemplates = endpoint('GET /emailtemplates', {
  id: 'listEmailTemplates',
  summary: 'List e-mail templates',
  description:
    'Own templates first, the newest first, then those of the platform that no own template replaces. Lists have no ' +
    'HTML, text and variables.',
  scope: 'messaging:read',
  query: {
    ...pageQuery,
    q: z.string().max(64).optional().describe('Only templates whose name contains this text, in any case'),
  },
  answers: { 200: listOf(ListedEmailTemplate) },
  errors: [],
  effects: [reads('emailtemplate')],
});

export const getEmailTemplate = endpoint('GET /emailtemplates/{id}', {
  id: 'getEmailTemplate',
  summary: 'Get an e-mail template, with a preview on request',
  description: 'A name finds an own template, or else the one of the platform.',
  scope: 'messaging:read',
  params: { id: IdOrName.describe('Id or name of the template') },
  query: {
    preview: z
      .string()
      .max(8_000)
      .optional()
      .describe('Variables as a JSON object, nested at most 5 deep: the answer has the e-mail with them')
      .meta({ example: '{"customer":"Ann"}' }),
  },
  answers: { 200: ShownEmailTemplate },
  errors: ['INVALID_TEMPLATE', 'MISSING_REQUIRED_VARIABLE', 'VALIDATION_FAILED'],
  effects: readsTemplates,
});

export const saveEmailTemplate = endpoint('PUT /emailtemplates/{id}', {
  id: 'saveEmailTemplate',
  summary: 'Create or replace an e-mail template',
  description:
    'Absent fields return to their defaults. Queued e-mails keep the version that they were made from. To replace a ' +
    'template of the platform for the organization, create one of the same name. An organization has at most 500.',
  scope: 'messaging:write',
  params: { id: IdOrName.describe('`new`, or the id or the name of the template to replace') },
  body: NewEmailTemplate,
  answers: { 200: ShownEmailTemplate, 201: ShownEmailTemplate },
  errors: ['INVALID_TEMPLATE', 'PLATFORM_TEMPLATE', 'TEMPLATE_NAME_EXISTS', 'LIMIT_EXCEEDED'],
  effects: [...writesTemplates, writes('count'), records('emailtemplate.created'), records('emailtemplate.updated')],
});

export const deleteEmailTemplate = endpoint('DELETE /emailtemplates/{id}', {
  id: 'deleteEmailTemplate',
  summary: 'Delete an e-mail template',
  description: 'Queued e-mails are still sent.',
  scope: 'messaging:write',
  params: { id: IdOrName.describe('Id or name of the template') },
  answers: { 200: Deletion },
  errors: ['PLATFORM_TEMPLATE'],
  effects: [...writesTemplates, writes('count'), records('emailtemplate.deleted')],
});

export const emailTemplates = resource('email-templates', {
  area: 'messaging',
  format: 'standard',
  owner: 'found',
  errors: { ...emailTemplateErrors, ...messagingErrors },
  endpoints: [listEmailTemplates, getEmailTemplate, saveEmailTemplate, deleteEmailTemplate],
  examples,
  cascades: [cascadeAfter('org.closed', writesTemplates)],
});
