import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { OrganizationId } from '../../../shared/schema/values.ts';
import { TemplateFields, TemplateShown } from './dialplan-template.ts';

const Answer = z.object({ template: TemplateShown }).meta({ id: 'OneTemplate' });

export const getTemplate = endpoint('GET /dialplan/template', {
  summary: "Get the organization's dial-plan template",
  description: '`format=xml` answers it as a dial-plan context of FreeSWITCH.',
  scope: 'dialplan:read',
  query: { format: z.enum(['json', 'xml']).optional() },
  answers: { 200: Answer },
  alsoAnswers: raw(['application/xml']),
  errors: [],
  effects: [reads('template')],
});

export const putTemplate = endpoint('PUT /dialplan/template', {
  summary: "Create or replace the organization's dial-plan template",
  scope: 'dialplan:write',
  nullIsAbsent: true,
  body: TemplateFields.extend({ org_id: OrganizationId.nullish() }).meta({ id: 'NewTemplate' }),
  answers: { 200: Answer, 201: Answer },
  errors: ['INVALID_PATTERN', 'UNKNOWN_POLICY', 'LIMIT_EXCEEDED', 'VERSION_CONFLICT'],
  effects: [
    writes('template'),
    reads('policy'),
    reads('gateway'),
    reads('gateway-name'),
    writes('planhead'),
    writes('planchange'),
    records('plan.published'),
    writes('dialplanhistory'),
    records('template.created'),
    records('template.updated'),
  ],
});

export const dialplanTemplate = resource('dialplan-template', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [getTemplate, putTemplate],
  cascades: [after('org.closed', [writes('template')])],
});
