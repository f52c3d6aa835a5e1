import { XMLParser } from 'fast-xml-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { isWellFormed } from '#test/support/well-formed.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { dialplanEvaluator } from './contract.ts';
import { evaluator } from './handler.ts';
import { dialplanPolicies } from '../dialplan-policies/contract.ts';
import { policyApi } from '../dialplan-policies/handler.ts';
import { dialplanTemplate } from '../dialplan-template/contract.ts';
import { templateApi } from '../dialplan-template/handler.ts';

const functions = functionsOf(
  [dialplanEvaluator, evaluator],
  [dialplanPolicies, policyApi],
  [dialplanTemplate, templateApi],
);

/** POST /dialplan/freeswitch as mod_xml_curl requests it, and the template as FreeSWITCH parses it. */

const lists = new Set(['extension', 'condition', 'action']);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  isArray: (name) => lists.has(name),
  processEntities: true,
});

type Action = { readonly '@application': string; readonly '@data'?: string };
type Condition = { readonly '@field': string; readonly '@expression': string; readonly action?: readonly Action[] };
type Extension = { readonly '@name': string; readonly '@continue'?: 'true'; readonly condition: readonly Condition[] };
type Section = {
  readonly '@name': string;
  readonly context?: { readonly '@name': string; readonly extension: readonly Extension[] };
  readonly result?: { readonly '@status': string };
};

/** The section of a document, with its elements checked as FreeSWITCH reads them. */
function sectionIn(body: unknown): Section {
  expect(isWellFormed(String(body))).toBe(true);
  const { document } = parser.parse(String(body)) as { document: { '@type': string; section: Section } };
  expect(document['@type']).toBe('freeswitch/xml');
  for (const { condition } of document.section.context?.extension ?? []) {
    expect(condition.length).toBeGreaterThan(0);
    for (const { '@expression': expression } of condition) expect(() => new RegExp(expression)).not.toThrow();
  }
  return document.section;
}

const actionsIn = (section: Section | undefined): readonly Action[] =>
  section?.context?.extension.flatMap(({ condition }) => condition.flatMap(({ action = [] }) => action)) ?? [];

/** A form of mod_xml_curl, which includes variables of the channel, some of them twice. */
const formOf = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams([
    ['hostname', 'fs1'],
    ['section', 'dialplan'],
    ['tag_name', ''],
    ['key_name', ''],
    ['key_value', ''],
    ['Event-Name', 'REQUEST_PARAMS'],
    ['Caller-Direction', 'inbound'],
    ['variable_trunkline_user_id', ''],
    ['variable_sip_h_X-Tag', 'a'],
    ['variable_sip_h_X-Tag', 'b'],
    ...Object.entries(fields),
  ]).toString();

describe('mod_xml_curl', () => {
  let tenant: TestTenant;
  let stranger: TestTenant;

  const ask = async (fields: Readonly<Record<string, string>>, of = tenant) =>
    functions.api(`/dialplan/freeswitch?org_id=${of.id}`, {
      method: 'POST',
      token: functions.operator,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: formOf(fields),
    });
  const dial = async (called: string, more: Readonly<Record<string, string>> = {}): Promise<Section> => {
    const { status, headers, body } = await ask({
      'Caller-Destination-Number': called,
      'Caller-Context': tenant.id,
      ...more,
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/xml']);
    return sectionIn(body);
  };
  const policy = (fields: object) => tenant.ask('PUT', '/dialplan/policy', { status: 'active', ...fields });

  beforeAll(async () => {
    [tenant, stranger] = await Promise.all([functions.newTenant(), functions.newTenant()]);
    await policy({
      name: 'Toll-free & "more"',
      conditions: { pattern: '^1(800|888)[0-9]{7}$' },
      actions: { allow: true, gateway: 'pstn', failover_gateways: ['backup'], max_duration: 3600, rate_limit: 2 },
    });
    await policy({
      name: 'Known callers',
      conditions: { pattern: '^2', caller_id_required: true },
      actions: { allow: true, gateway: 'pstn' },
    });
    await tenant.ask('PUT', '/dialplan/template', {
      name: 'Office',
      variables: { domain: `sip.example.com,\${evil}|x` },
      rules: [
        { pattern: '^([3-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
        { pattern: '^(.+@.+)$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
        { pattern: '^\\*98$', action: 'voicemail', destination: 'default sip.example.com 204' },
      ],
    });
  });

  test('gets a bridge with fail-over and a limit for the dialed number in the requested context', async () => {
    const section = await dial('18005550100');
    expect(section).toMatchObject({ '@name': 'dialplan', context: { '@name': tenant.id } });
    expect(
      section.context?.extension[0]?.condition.every(({ '@expression': expression }) =>
        new RegExp(expression).test('18005550100'),
      ),
    ).toBe(true);
    expect(actionsIn(section)).toEqual([
      { '@application': 'set', '@data': 'execute_on_answer=sched_hangup +3600 allotted_timeout' },
      { '@application': 'bridge', '@data': 'sofia/gateway/pstn/18005550100|sofia/gateway/backup/18005550100' },
    ]);
  });

  /** What FreeSWITCH does with a denied call. */
  const hangupBy = (reason: string, cause: string) => [
    { '@application': 'log', '@data': expect.stringMatching(`^NOTICE The dial plan denies .*: ${reason}$`) },
    { '@application': 'hangup', '@data': cause },
  ];

  test('counts against the rate limit of a policy: the third call in a minute is hung up', async () => {
    const sections = [await dial('18005550100'), await dial('18005550100'), await dial('18005550100')];
    expect(actionsIn(sections[2])).toEqual(hangupBy('RATE_LIMITED', 'NORMAL_TEMPORARY_FAILURE'));
  });

  test('hangs up a call that a policy denies, instead of looking in its own dial plan', async () => {
    await policy({ name: 'No 6', conditions: { pattern: '^6' }, actions: { allow: false } });
    expect(actionsIn(await dial('604'))).toEqual(hangupBy('POLICY_DENY', 'CALL_REJECTED'));
  });

  test('gets "not found" for a call that nothing routes, and for another section', async () => {
    expect(await dial('0')).toMatchObject({ result: { '@status': 'not found' } });
    expect(sectionIn((await ask({ section: 'directory' })).body)).toMatchObject({ result: { '@status': 'not found' } });
  });

  test("sends the caller's number, and whether it is withheld", async () => {
    expect(actionsIn(await dial('200', { 'Caller-Caller-ID-Number': '+14155550100' }))).toHaveLength(1);
    for (const caller of [
      {},
      { 'Caller-Caller-ID-Number': 'anonymous' },
      { 'Caller-Caller-ID-Number': '+14155550100', 'Caller-Privacy-Hide-Number': 'true' },
    ])
      expect(actionsIn(await dial('200', caller as Record<string, string>))).toEqual(
        hangupBy('CALLER_ID_REQUIRED', 'CALL_REJECTED'),
      );
  });

  test('gets escaped text: no second dial string, no expansion, no other host', async () => {
    expect(actionsIn(await dial('304'))).toEqual([
      { '@application': 'bridge', '@data': 'user/304@sip.example.com%2C%24%7Bevil%7D%7Cx' },
    ]);
    expect(actionsIn(await dial('900@evil.example'))).toEqual([
      { '@application': 'bridge', '@data': 'sofia/gateway/pstn/900%40evil.example' },
    ]);
    expect(actionsIn(await dial('*98'))).toEqual([
      { '@application': 'voicemail', '@data': 'default sip.example.com 204' },
    ]);
  });

  test('asks for the hunted number after a transfer', async () => {
    expect(actionsIn(await dial('0', { 'Hunt-Destination-Number': '305', 'Hunt-Context': tenant.id }))).toMatchObject([
      { '@data': expect.stringMatching(/^user\/305@/) },
    ]);
  });

  test('is rejected with an invalid number, without a number, or with a context of another tenant', async () => {
    for (const called of ['1|2', '1,2', `\${x}`, 'a b', '1'.repeat(65)])
      expect((await ask({ 'Caller-Destination-Number': called, 'Caller-Context': tenant.id })).status).toBe(400);
    expect((await ask({ 'Caller-Context': tenant.id })).status).toBe(400);
    expect((await ask({ 'Caller-Destination-Number': '1', 'Caller-Context': stranger.id })).status).toBe(403);
    expect(
      (
        await stranger.ask('POST', '/dialplan/freeswitch', {
          'Caller-Destination-Number': '1',
          'Caller-Context': tenant.id,
        })
      ).status,
    ).toBe(403);
  });

  test('reads the whole template as a context', async () => {
    const { body } = await tenant.ask('GET', '/dialplan/template?format=xml');
    expect(sectionIn(body)).toMatchObject({
      '@name': 'dialplan',
      context: {
        '@name': tenant.id,
        extension: [
          {
            '@name': 'rule-1',
            condition: [
              {},
              {
                '@expression': '^([3-8][0-9]{2})$',
                action: [{ '@application': 'bridge', '@data': 'user/$1@sip.example.com%2C%24%7Bevil%7D%7Cx' }],
              },
            ],
          },
          { '@name': 'rule-2' },
          { '@name': 'rule-3', condition: [{}, { '@expression': '^\\*98$' }] },
        ],
      },
    });
  });
});
