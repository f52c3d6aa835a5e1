import { notFound } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { commitCreation, commitUpdate, createOrReplace, deleteOf, listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import {
  deleteEmailTemplate,
  emailTemplates,
  getEmailTemplate,
  listEmailTemplates,
  saveEmailTemplate,
} from './contract.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import type { EmailTemplate, OwnedTemplate } from '#schema/email-template.ts';
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

type Save = Request<typeof saveEmailTemplate>;

const audit = auditOf('emailtemplate', {
  noun: 'E-mail template',
  describe: describeByName('E-mail template', 'replaced'),
  logged: (template: EmailTemplate) => auditedTemplate(template),
});

function read(
  { query: { q = '' }, page: pageOf, own }: Request<typeof listEmailTemplates>,
  { table }: TemplatesContext,
) {
  const wanted = q.toLowerCase();
  return emailTemplateStore(table).page(pageOf(), ({ name }) => own.covers(null) && name.includes(wanted));
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
async function findOwn(
  { params, own: records }: Pick<Save, 'params' | 'own'>,
  { table }: TemplatesContext,
): Promise<OwnedTemplate> {
  if (!records.covers(null)) throw notFound('E-mail template');
  const own = await emailTemplateStore(table).own(params.id);
  if (own !== undefined) return own;
  const platform = platformTemplateOf(params.id);
  throw platform === undefined ? notFound('E-mail template') : platformTemplateFault(platform.name);
}

/** PUT of `new`. */
async function create(request: Save, { nextId }: TemplatesContext) {
  request.own.assertCovers(null);
  const wanted = request.body();
  const template = newTemplate(wanted, nextId('etpl'), request.now.toISOString());
  assertTemplate(template);
  return commitCreation(audit, request, template, {
    writes: createWrites(template),
    shown: presentTemplate({ ...template, organization_id: request.organization.org_id }),
  });
}

/** PUT of an id or a name. */
async function replace(request: Save, context: TemplatesContext) {
  const before = await findOwn(request, context);
  const after = nextTemplate(before, request.body(), request.now.toISOString());
  assertTemplate(after);
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: replaceWrites(before, after, request.now),
      shown: presentTemplate({ ...after, organization_id: before.organization_id }),
    },
  );
}

export const emailTemplatesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    emailTemplates,
    {
      [listEmailTemplates.route]: listOf(read, presentHead),
      [getEmailTemplate.route]: get,
      [saveEmailTemplate.route]: createOrReplace(create, replace),
      [deleteEmailTemplate.route]: deleteOf(audit, findOwn, (template, { now }: Pick<Save, 'now'>) => ({
        writes: deleteWrites(template, now),
      })),
    },
    { ...dependencies, prefetch },
  );

export const handler = emailTemplatesHandler();
