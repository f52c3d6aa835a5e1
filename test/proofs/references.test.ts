import * as z from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { newExampleTenant, sendAsOwner } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import { endpoints } from '../authorization/matrix.ts';
import type { ExampleTenant } from '../support/example-request.ts';
import { apiOfThisFile } from './in-process.ts';

/**
 * A body that names a resource by its id names one of its organization: an id that the organization does not have is
 * rejected. That an id of another tenant is answered as one that does not exist, `tenants.ts` proves.
 */

const missing = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** Fields of bodies that name resources of the organization, and an id of their kind. */
const references: Readonly<Record<string, string>> = {
  'attachments[].file_id': `file_${missing}`,
  busy_greeting_file_id: `file_${missing}`,
  'contacts.admin_user_id': `usr_${missing}`,
  'contacts.finance_user_id': `usr_${missing}`,
  'contacts.tech_user_id': `usr_${missing}`,
  file_id: `file_${missing}`,
  'filter.user_ids[]': `usr_${missing}`,
  greeting_file_id: `file_${missing}`,
  ip_id: `ip_${missing}`,
  name_file_id: `file_${missing}`,
  parent_id: '999999',
  policyId: `arp_${missing}`,
  policy_id: `arp_${missing}`,
  search_id: `job_${missing}`,
  'targets[].targetId': `usr_${missing}`,
  tariff_id: `trf_${missing}`,
  template_id: `file_${missing}`,
  trunk_id: `trunk_${missing}`,
  'trunk_ids[]': `trunk_${missing}`,
  user_id: `usr_${missing}`,
  'user_ids[]': `usr_${missing}`,
};

/** Fields of the same form that name no resource of the organization, or need not. */
const reasons: Readonly<Record<string, string>> = {
  actor_id: 'who acted in another system, as it names it',
  batch_id: 'a name that the client gives',
  call_id: 'a call, which may be over, or of another system',
  'calls[].user_id': 'each call of a batch is answered for itself (POST /dialplan/evaluate)',
  client_id: 'the name of a client at a server of others, or of a service account',
  drop_id: 'a greeting to play: the answer names it (404), of a call that exists only',
  event_ids: 'events to deliver again, which expire; those that are gone are named',
  'filter.entity_ids[]': 'records, calls, mailboxes and devices, also of the past',
  foreign_caller_id: 'a switch, not an id',
  'foreignIds[]': 'ids in other systems',
  'foreignIds[].foreignId': 'an id in another system',
  'logs[].message_id': 'a message of another system',
  'logs[].userId': 'a user of another system',
  'options.caller_id': 'a phone number',
  queue_id: 'a queue of a call center, which the platform does not have',
  resource_id: 'a resource of another system, as it names it',
  'fields.call_id': 'the name of a column of CSV',
  'fields.related_call_id': 'the name of a column of CSV',
  'settings.forward_caller_id': 'a choice, not an id',
  'settings.sms.sender_ids': 'names of senders',
  task_id: 'a task to change: 404',
  taxId: 'a number of an authority',
  userId: 'the sender of messages of another system, or what a search looks for',
  variable_trunkline_user_id: 'read as the user of a call, as in POST /dialplan/evaluate',
};

/** What is not rejected although the field is a reference elsewhere. */
const exceptions: Readonly<Record<string, string>> = {
  'POST /cdr/export trunk_id': 'a search, which finds the records of trunks that are gone',
  'POST /cdr/export user_id': 'a search, which finds the records of users who left',
  'POST /cdrmunch/task tariff_id': 'read of a new task only',
};

/** What the body of an example must have, or lack, for the field to be read. */
const readWith: Readonly<Record<string, object>> = {
  'POST /mobile/{id} user_id': { action: 'assign' },
  'PUT /cdrmunch/task tariff_id': { task_type: 'reprocess' },
  'PUT /tariffs/{id} trunk_ids[]': { kind: 'cost' },
  'PUT /voicemaildrop/{id} file_id': { content_type: undefined, size: undefined, duration_seconds: undefined },
};

type Schema = { readonly [key: string]: unknown };

/** The paths of all fields in a JSON schema whose names end as those of ids do. */
function idFields(schema: unknown, defs: Schema, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { $ref, properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema as Schema;
  if (typeof $ref === 'string') return idFields(defs[$ref.replace('#/$defs/', '')], defs, path);
  const below = Object.entries(properties as Schema).flatMap(([name, each]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const isList = (each as Schema)['items'] !== undefined;
    return [...(/(?:_id|Id)s?$/.test(name) ? [isList ? `${at}[]` : at] : []), ...idFields(each, defs, at)];
  });
  return [
    ...below,
    ...idFields(items, defs, `${path}[]`),
    ...[anyOf, oneOf, allOf].flatMap((list) => (list as unknown[]).flatMap((each) => idFields(each, defs, path))),
  ];
}

const isOrganization = (path: string): boolean => /^(?:org_id|orgId|organization_id)$/.test(path);

function fieldsOf({ body }: Endpoint): string[] {
  if (body === undefined) return [];
  const schema = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
  return [...new Set(idFields(schema, schema.$defs ?? {}))].filter((path) => !isOrganization(path));
}

const named = endpoints.flatMap((endpoint) => fieldsOf(endpoint).map((path) => ({ endpoint, path })));

test('every field of a body that has the form of an id names a resource, or says why it does not', () => {
  const paths = new Set(named.map(({ path }) => path));
  expect([...paths].filter((path) => !(path in references) && !(path in reasons))).toEqual([]);
  expect([...Object.keys(references), ...Object.keys(reasons)].filter((path) => !paths.has(path))).toEqual([]);
});

/** A body with a value in one of its fields. */
function withValue(body: unknown, [step = '', ...rest]: readonly string[], value: string): unknown {
  const name = step.replace('[]', '');
  const before = (Object(body) as Record<string, unknown>)[name];
  const isList = step.endsWith('[]');
  if (rest.length === 0) return { ...Object(body), [name]: isList ? [value] : value };
  const inner = withValue(isList ? (before as unknown[] | undefined)?.[0] : before, rest, value);
  return { ...Object(body), [name]: isList ? [inner] : inner };
}

describe('an id that the organization does not have is rejected', () => {
  const api = apiOfThisFile();
  let home: ExampleTenant;
  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  const cases = named
    .filter(({ path }) => path in references)
    .map(({ endpoint, path }) => [`${endpoint.route} ${path}`, endpoint, path] as const);
  test.each(cases)('%s', async (title, endpoint, path) => {
    const own = await examples[endpoint.route]!.prepare(home);
    const body = withValue({ ...Object(own.body), ...readWith[title] }, path.split('.'), references[path] ?? '');
    const asked = { ...own, body };
    const answer = await sendAsOwner(api(), endpoint, { home, asked, headers: { accept: 'application/json' } });
    expect(answer.status < 300, JSON.stringify(answer.body)).toBe(title in exceptions);
    // Not for another reason.
    if (!(title in exceptions))
      expect(JSON.stringify(answer.body)).not.toMatch(/cannot be combined|is only for|tariffs only|only be/);
  });
});
