import { AppError, notFound } from '../../../shared/errors.ts';
import { prefersXml } from '../../../shared/http/answers/accept.ts';
import { commits, created, document, ok } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { dialplanTemplate, getTemplate, putTemplate } from './contract.ts';
import { templateDocument } from './freeswitch-context.ts';
import { gatewaysNamedIn } from './named-gateways.ts';
import { auditedTemplate, presentTemplate, templateCreation, templateReplacement } from './saving.ts';
import { saving, templateStore } from './store.ts';

function rejectUnknown(wanted: readonly string[], existing: ReadonlySet<string>): void {
  const details = wanted.flatMap((id, at) =>
    existing.has(id) ? [] : [{ path: `policies[${at}]`, message: `${id} is no policy of the organization` }],
  );
  if (details.length > 0)
    throw new AppError('UNKNOWN_POLICY', details.map(({ message }) => message).join('; '), { details });
}

export const templateApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanTemplate,
    {
      [getTemplate.route]: async ({ query, headers, organization }, { table }) => {
        const template = await templateStore(table).get();
        if (template === undefined) throw notFound('Template');
        const asXml = query.format === 'xml' || (query.format === undefined && prefersXml(headers['accept']));
        if (asXml)
          return document(
            'application/xml',
            xmlDocument(templateDocument(template, organizationText(organization.org_id))),
          );
        return ok({ template: presentTemplate(template) }, { version: template.version });
      },

      [putTemplate.route]: async ({ body, caller, now, record, pinnedVersion }, { table, nextId }) => {
        const store = templateStore(table);
        const plan = await store.plan(record);
        const before = await store.get();
        const { org_id: _, ...fields } = body();
        rejectUnknown(fields.policies, await store.existing(fields.policies));
        const gateways = await store.gatewaysNamed(gatewaysNamedIn(fields));
        const author = { id: caller.id, username: caller.username, at: now.toISOString(), entryId: nextId('hist') };
        if (before === undefined) {
          const save = templateCreation(fields, nextId('tpl'), gateways, author);
          const { template } = save;
          return commits(
            [
              ...saving(plan, before, save),
              record('template.created', {
                entity: { type: 'template', id: template.id },
                description: `Template ${template.name} created`,
                after: auditedTemplate(template),
              }),
            ],
            created(
              { template: presentTemplate(template) },
              { message: 'Template created successfully', version: template.version },
            ),
          );
        }
        const save = templateReplacement(before, fields, gateways, author);
        const { template } = save;
        pinned(before, pinnedVersion);
        return commits(
          [
            ...saving(plan, before, save),
            record('template.updated', {
              entity: { type: 'template', id: template.id },
              description: `Template ${template.name} replaced`,
              before: auditedTemplate(before),
              after: auditedTemplate(template),
            }),
          ],
          ok(
            { template: presentTemplate(template) },
            { message: 'Template updated successfully', version: template.version },
          ),
        );
      },
    },
    dependencies,
  );

export const handler = templateApi();
