import { notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { OwnRecords } from '#http/authorization/own-records.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import {
  deleteEmailTemplate,
  emailTemplates,
  getEmailTemplate,
  listEmailTemplates,
  saveEmailTemplate,
} from './contract.ts';
import type { OwnedTemplate, TemplateHead } from '#schema/email-template.ts';
import {
  auditedTemplate,
  newTemplate,
  nextTemplate,
  platformTemplateFault,
  presentHead,
  presentTemplate,
} from './email-template.ts';
import { platformTemplateOf } from './platform-templates.ts';
import { assertTemplate, previewVariables, renderEmail } from './render.ts';
import { createWrites, deleteWrites, emailTemplateStore, prefetch, replaceWrites } from './store.ts';

type TemplatesContext = Context<typeof emailTemplates>;

const entityOf = ({ id }: TemplateHead) => ({ type: 'emailtemplate', id });

async function list(
  { query: { q = '' }, page: pageOf, own }: Request<typeof listEmailTemplates>,
  { table }: TemplatesContext,
) {
  const wanted = q.toLowerCase();
  const listed = await emailTemplateStore(table).page(
    pageOf(),
    ({ name }) => own.covers(null) && name.includes(wanted),
  );
  return page({ ...listed, items: listed.items.map(presentHead) });
}

async function get({ params, query, own }: Request<typeof getEmailTemplate>, { table }: TemplatesContext) {
  const values = query.preview === undefined ? undefined : previewVariables(query.preview);
  if (!own.covers(null)) throw notFound('E-mail template');
  const template = (await emailTemplateStore(table).own(params.id)) ?? platformTemplateOf(params.id);
  if (template === undefined) throw notFound('E-mail template');
  const shown = presentTemplate(template);
  if (values !== undefined) return ok({ ...shown, preview: renderEmail(template, values) });
  return ok(shown, { version: template.version });
}

/** A template of the organization. @throws AppError NOT_FOUND, PLATFORM_TEMPLATE */
async function findOwn(id: string, records: OwnRecords, { table }: TemplatesContext): Promise<OwnedTemplate> {
  if (!records.covers(null)) throw notFound('E-mail template');
  const own = await emailTemplateStore(table).own(id);
  if (own !== undefined) return own;
  const platform = platformTemplateOf(id);
  throw platform === undefined ? notFound('E-mail template') : platformTemplateFault(platform.name);
}

type Save = Request<typeof saveEmailTemplate>;

/** PUT of `new`. */
function create({ body, own, record, now, organization }: Save, { nextId }: TemplatesContext) {
  own.assertCovers(null);
  const wanted = body();
  const template = newTemplate(wanted, nextId('etpl'), now.toISOString());
  assertTemplate(template);
  const event = record('emailtemplate.created', {
    entity: entityOf(template),
    description: `E-mail template ${template.name} created`,
    after: auditedTemplate(template),
  });
  return commits(
    [...createWrites(template), event],
    created(presentTemplate({ ...template, organization_id: organization.org_id }), {
      message: 'E-mail template created successfully',
      version: template.version,
    }),
  );
}

/** PUT of an id or a name. */
async function replace({ params, body, own, record, now, pinnedVersion }: Save, context: TemplatesContext) {
  const before = await findOwn(params.id, own, context);
  const after = nextTemplate(before, body(), now.toISOString());
  assertTemplate(after);
  assertPinnedVersion(before, pinnedVersion);
  const event = record('emailtemplate.updated', {
    entity: entityOf(after),
    description: `E-mail template ${after.name} replaced`,
    before: auditedTemplate(before),
    after: auditedTemplate(after),
  });
  return commits(
    [...replaceWrites(before, after, now), event],
    ok(presentTemplate({ ...after, organization_id: before.organization_id }), {
      message: 'E-mail template updated successfully',
      version: after.version,
    }),
  );
}

async function remove(
  { params, own, record, now, pinnedVersion }: Request<typeof deleteEmailTemplate>,
  context: TemplatesContext,
) {
  const template = assertPinnedVersion(await findOwn(params.id, own, context), pinnedVersion);
  const event = record('emailtemplate.deleted', {
    entity: entityOf(template),
    description: `E-mail template ${template.name} deleted`,
    before: auditedTemplate(template),
  });
  const deletion = { id: template.id, deleted_at: now.toISOString() };
  return commits(
    [...deleteWrites(template, now), event],
    ok(deletion, { message: 'E-mail template deleted successfully' }),
  );
}

export const emailTemplatesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    emailTemplates,
    {
      [listEmailTemplates.route]: list,
      [getEmailTemplate.route]: get,
      [saveEmailTemplate.route]: async (request, context) =>
        request.params.id === 'new' ? create(request, context) : replace(request, context),
      [deleteEmailTemplate.route]: remove,
    },
    { ...dependencies, prefetch },
  );

export const handler = emailTemplatesHandler();
