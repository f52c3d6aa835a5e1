import { dialable } from '#telephony/dialed-string.ts';
import { describe, expect, test } from 'vitest';
import { decisionOf } from '../plan/plan.fixture.ts';
import { notFoundDocument } from '../plan/freeswitch.ts';
import { withoutLimits, type LimitedDecision } from './call-limits.ts';
import { callDocument } from './freeswitch-call.ts';

const bridge = withoutLimits(
  decisionOf({
    policy: { id: 'pol_1', name: 'A & <B>', priority: 1, version: 1 },
    destination: 'sofia/gateway/pstn/1800',
  }),
);
const route = (name: string, number = '1800') => ({
  gateway: null,
  name,
  destination: `sofia/gateway/${name}/${number}`,
  status: 'unmanaged' as const,
});
const asked = { called: '1800', context: 'org_1001' };

type Shown = { readonly name: string; readonly actions: readonly (readonly [string, string | undefined])[] };

/** Extension and actions of a document of one extension. */
function shown(decision: LimitedDecision, of = asked): Shown | null {
  const {
    document: { section },
  } = callDocument(decision, of);
  if (!('context' in section)) return null;
  const [extension] = section.context.extension;
  const actions = extension?.condition.flatMap((condition) => ('action' in condition ? condition.action : [])) ?? [];
  return {
    name: extension?.['@name'] ?? '',
    actions: actions.map((action) => [action['@application'], '@data' in action ? action['@data'] : undefined]),
  };
}

describe('the document for one call', () => {
  test('bridges over the routes in order, and limits the duration', () => {
    expect(
      shown({ ...bridge, routes: [route('pstn'), route('backup')], limits: { ...bridge.limits, max_duration: 3_600 } }),
    ).toEqual({
      name: 'pol_1',
      actions: [
        ['set', 'execute_on_answer=sched_hangup +3600 allotted_timeout'],
        ['bridge', 'sofia/gateway/pstn/1800|sofia/gateway/backup/1800'],
      ],
    });
  });

  test('is a section with a context and an extension with two conditions', () => {
    expect(callDocument(bridge, { called: '+1.800*', context: 'org_1001' })).toEqual({
      document: {
        '@type': 'freeswitch/xml',
        section: {
          '@name': 'dialplan',
          context: {
            '@name': 'org_1001',
            extension: [
              {
                '@name': 'pol_1',
                condition: [
                  { '@field': 'destination_number', '@expression': dialable.source },
                  {
                    '@field': 'destination_number',
                    '@expression': '^\\+1\\.800\\*$',
                    action: [{ '@application': 'bridge', '@data': 'sofia/gateway/pstn/1800' }],
                  },
                ],
              },
            ],
          },
        },
      },
    });
  });

  const denied = { ...bridge, allowed: false, action: null, destination: null } as const;

  test('is not found only for a call that nothing routes', () => {
    expect(callDocument({ ...denied, reason: 'NO_ROUTE' }, asked)).toBe(notFoundDocument);
  });

  test.each([
    ['POLICY_DENY', 'CALL_REJECTED'],
    ['NOT_IN_GROUP', 'CALL_REJECTED'],
    ['OUTSIDE_HOURS', 'CALL_REJECTED'],
    ['CALLER_ID_REQUIRED', 'CALL_REJECTED'],
    ['RATE_LIMITED', 'NORMAL_TEMPORARY_FAILURE'],
    ['NO_CREDIT', 'NORMAL_TEMPORARY_FAILURE'],
    ['NO_RATE', 'NORMAL_TEMPORARY_FAILURE'],
    ['CALL_LIMIT', 'NORMAL_TEMPORARY_FAILURE'],
    ['SPEND_LIMIT', 'NORMAL_TEMPORARY_FAILURE'],
  ] as const)('logs %s and hangs up with %s', (reason, cause) => {
    expect(shown({ ...denied, reason })).toEqual({
      name: 'pol_1',
      actions: [
        ['log', `NOTICE The dial plan denies the call to 1800: ${reason}`],
        ['hangup', cause],
      ],
    });
  });

  test.each([
    ['transfer', '204 XML other', '204%20XML%20other XML org_1001'],
    ['playback', 'welcome home.wav', 'welcome home.wav'],
    ['hangup', 'USER_BUSY', 'USER_BUSY'],
    ['hangup', '', undefined],
    ['answer', null, undefined],
  ] as const)('%s to %j', (action, destination, expected) => {
    expect(shown({ ...bridge, action, destination, policy: null, rule: { priority: 7, pattern: '.' } })).toEqual({
      name: 'rule-7',
      actions: [[action, expected]],
    });
  });

  test('a dialed @ does not name a host behind a gateway', () => {
    const called = '900@evil.example';
    expect(shown({ ...bridge, routes: [route('pstn', called)] }, { called, context: 'org_1001' })?.actions).toEqual([
      ['bridge', 'sofia/gateway/pstn/900%40evil.example'],
    ]);
    for (const destination of ['user/204@sip.example.com', 'sofia/gateway/pstn/204@carrier.example'])
      expect(shown({ ...bridge, destination })?.actions).toEqual([['bridge', destination]]);
  });
});
