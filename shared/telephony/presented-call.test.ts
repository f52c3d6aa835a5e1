import { describe, expect, test } from 'vitest';
import { aCall } from './call.fixture.ts';
import { callEvent, ListedCall, PresentedCall, presentCall, presentListedCall } from './presented-call.ts';

const surroundings = { publicUrl: 'https://api.example.com', country: 'US' };
const present = (fields: Parameters<typeof aCall>[0] = {}) => presentCall(aCall(fields), surroundings);

describe('a call', () => {
  test('has every field, whatever its state', () => {
    expect(PresentedCall.parse(present())).toEqual(present());
    expect(present()).toMatchObject({
      url: 'https://api.example.com/v1/Calls/call_01M80C4A3X5J5YNXFESCQD4901',
      number: { caller: '+4610100555', called: '+46890510', diverter: null },
      hangup: null,
    });
  });

  test('shows numbers in the national form of their country, which its plan describes', () => {
    const { destination } = present({
      destination: { ...aCall().destination, requested: { scheme: 'sip', user: '+46890510', name: '' } },
    });
    expect(destination).toMatchObject({
      dialplan: { key: 'SE', localPrefix: '0' },
      req: { user: '0890510', userParam: { user: 'phone' } },
    });
  });

  test('shows a SIP user as it is, with the plan of the organization', () => {
    const { destination } = present({
      numbers: { ...aCall().numbers, called: null },
      destination: { ...aCall().destination, to: { scheme: 'sip', user: '204', name: 'Ann' } },
    });
    expect(destination).toMatchObject({
      dialplan: { key: 'US' },
      to: { scheme: 'sip', user: '204', name: 'Ann', userParam: {} },
    });
  });

  test('shows in a list whether its caller was verified', () => {
    const stir = { verstat: 'TN-Validation-Passed', attestation: 'A', origid: crypto.randomUUID() } as const;
    const shown = ListedCall.parse(presentListedCall(aCall({ stir }), surroundings));
    expect(shown.stir).toEqual(stir);
    expect(presentListedCall(aCall(), surroundings)).not.toHaveProperty('stir');
  });

  test('has nothing asserted if nothing was verified', () => {
    expect(present({ source: { ...aCall().source, asserted: null } }).source.asserted).toBeNull();
  });
});

describe('a withheld caller', () => {
  test('from outside is not shown anywhere', () => {
    const shown = JSON.stringify(
      present({
        privacy: true,
        direction: 'inbound',
        legs: aCall()
          .legs.map((leg) => ({ ...leg, target: '+4610100555', number: '+4610100555' }))
          .slice(0, 1),
        numbers: { ...aCall().numbers, billing: '+46890510' },
      }),
    );
    expect(shown).not.toMatch(/10100555/);
    expect(shown).toContain('"privacy":true');
  });

  test('of the organization itself is shown to it', () => {
    expect(present({ privacy: true }).number.caller).toBe('+4610100555');
  });
});

test('lists and events have no legs', () => {
  const listed = presentListedCall(aCall(), surroundings);
  expect(ListedCall.parse(listed)).toEqual(listed);
  expect(callEvent(aCall({ status: 'ringing' }), surroundings)).toMatchObject({
    type: 'call.ringing',
    entity: { type: 'call', id: aCall().id },
    fields: { id: aCall().id, status: 'ringing' },
  });
  expect(listed).not.toHaveProperty('legs');
});
