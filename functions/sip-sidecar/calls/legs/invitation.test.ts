import { expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { isSipUri, sipUri } from '#sip/uri.ts';
import { callFacts, gatewayParty } from '../call/calls.fixture.ts';
import { invitationTo } from './invitation.ts';
import type { Target } from '../routing/target.ts';

const gateway = (callerNumber: string | null): Target => ({
  party: gatewayParty('gw_1'),
  uri: sipUri({ user: '+15551234567', host: 'carrier.example.com' }),
  to: {
    kind: 'peer',
    peer: { host: 'carrier.example.com', port: 5_060, transport: 'udp' },
    account: null,
    claim: { org_id: 1_001, id: 'gw_1', since: '', consent: null },
  },
  isTrusted: true,
  callerNumber,
  channels: [],
  limits: {},
});

const [own, foreign, ofGateway] = ['+4610100555', '+46701234567', '+46890510'];

/** The user in From, and the asserted identity. */
function presented(
  numbers: { readonly caller: string; readonly asserted: string | null },
  callerNumber: string | null,
) {
  const { from, headers = Headers.none } = invitationTo(gateway(callerNumber), {
    call: callFacts({ began_by: 'api', numbers: { ...callFacts().numbers, ...numbers } }),
    domain: 'pbx.example.com',
    contact: sipUri({ host: 'sip.example.com' }),
    sdp: undefined,
    timeout: 30_000,
    maxForwards: undefined,
  });
  const asserted = headers.first(header.assertedIdentity);
  return [from, asserted].map((each) =>
    each !== undefined && 'uri' in each && isSipUri(each.uri) ? each.uri.user : undefined,
  );
}

test('a gateway sees the number that is verified, never the number of a source that is called over a carrier', () => {
  expect(presented({ caller: own, asserted: own }, ofGateway)).toEqual([own, own]);
  expect(presented({ caller: foreign, asserted: null }, ofGateway)).toEqual([ofGateway, ofGateway]);
  expect(presented({ caller: foreign, asserted: null }, null)).toEqual(['anonymous', undefined]);
});
