import { found } from '#errors.ts';
import { prefersXml } from '#http/answers/accept.ts';
import { commits, created, document, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import { omit } from '#schema/omit.ts';
import { organizationText } from '#schema/values.ts';
import { dialplanTemplate, getDialplanTemplate, saveDialplanTemplate } from './contract.ts';
import { templateDocument } from './freeswitch-context.ts';
import { gatewaysNamedIn } from '../schema/dialplan-template.ts';
import {
  assertPoliciesExist,
  auditedTemplate,
  prepareTemplateCreation,
  prepareTemplateReplacement,
  presentTemplate,
  templateWarnings,
  type TemplateSave,
} from './template-save.ts';
import { saveWrites, templateStore } from './store.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';

type TemplateContext = Context<typeof dialplanTemplate>;

const entityOf = ({ id }: DialplanTemplate) => ({ type: 'template', id });

async function get({ query, headers, organization }: Request<typeof getDialplanTemplate>, { table }: TemplateContext) {
  const template = found(await templateStore(table).get(), 'Template');
  const isXml = query.format === 'xml' || (query.format === undefined && prefersXml(headers['accept']));
  if (!isXml) return ok({ template: presentTemplate(template) }, { version: template.version });
  const tree = templateDocument(template, organizationText(organization.org_id));
  return document('application/xml', xmlDocument(tree));
}

type Save = Request<typeof saveDialplanTemplate>;
type Plan = Parameters<typeof saveWrites>[0];

/** A save of the template, and the warnings of its answer. */
type WarnedSave = TemplateSave & { readonly warnings: readonly string[] };

function createTemplate({ record }: Save, plan: Plan, creation: WarnedSave) {
  const { template, warnings } = creation;
  const writes = saveWrites(plan, undefined, creation);
  const event = record('template.created', {
    entity: entityOf(template),
    description: `Template ${template.name} created`,
    after: auditedTemplate(template),
  });
  return commits(
    [...writes, event],
    created(
      { template: presentTemplate(template) },
      { message: 'Template created successfully', warnings, version: template.version },
    ),
  );
}

function replaceTemplate({ record }: Save, plan: Plan, before: DialplanTemplate, replacement: WarnedSave) {
  const { template, warnings } = replacement;
  const writes = saveWrites(plan, before, replacement);
  const event = record('template.updated', {
    entity: entityOf(template),
    description: `Template ${template.name} replaced`,
    before: auditedTemplate(before),
    after: auditedTemplate(template),
  });
  return commits(
    [...writes, event],
    ok(
      { template: presentTemplate(template) },
      { message: 'Template updated successfully', warnings, version: template.version },
    ),
  );
}

async function save(request: Save, { table, nextId }: TemplateContext) {
  const { body, caller, now, organization, record, pinnedVersion } = request;
  const store = templateStore(table);
  const plan = await store.plan(record);
  const before = await store.get();
  const fields = omit(body(), 'org_id', 'confirm_removal');
  assertPoliciesExist(fields.policies, await store.existingPolicies(fields.policies));
  const gateways = await store.gatewaysNamed(gatewaysNamedIn(fields));
  const author = { id: caller.id, username: caller.username, at: now.toISOString(), entryId: nextId('hist') };
  const withWarnings = async (prepared: TemplateSave): Promise<WarnedSave> => ({
    ...prepared,
    warnings: templateWarnings(await store.editedPlan(plan, prepared.edit), organization),
  });
  if (before === undefined) {
    const creation = prepareTemplateCreation(fields, nextId('tpl'), gateways, author);
    return createTemplate(request, plan, await withWarnings(creation));
  }
  const replacement = prepareTemplateReplacement(before, fields, gateways, author);
  assertPinnedVersion(before, pinnedVersion);
  assertListsRemoveFew(before, fields, request);
  return replaceTemplate(request, plan, before, await withWarnings(replacement));
}

export const templateApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(dialplanTemplate, { [getDialplanTemplate.route]: get, [saveDialplanTemplate.route]: save }, dependencies);

export const handler = templateApi();
