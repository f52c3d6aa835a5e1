import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Flow } from '../../transport/flow.ts';
import { acknowledgesFrom, Speaker, speaksFrom, type Places } from './speaker.ts';

const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'] as const;
const address = fc.constantFrom(...addresses);

/** Few values, so that a source often is one of the places, or nearly. */
const flow: fc.Arbitrary<Flow> = fc
  .record({
    transport: fc.constantFrom('udp' as const, 'tcp' as const, 'tls' as const, 'wss' as const),
    address,
    port: fc.constantFrom(5_060, 40_000),
    connection: fc.constantFrom('c1', 'c2'),
    task: fc.constantFrom('task_1', 'task_2'),
    local: fc.constantFrom('10.0.0.1', '10.0.0.2'),
  })
  .map(({ transport, address: from, port, connection, task, local }) => ({
    transport,
    remote: { address: from, port },
    local: { address: local, port: 5_060 },
    task,
    ...(transport === 'udp' ? {} : { connection }),
  }));
const phonePlaces = fc.record({ flows: fc.array(flow, { maxLength: 4 }), addresses: fc.constant([]) });
const peerPlaces = fc.record({ flows: fc.constant([]), addresses: fc.array(address, { maxLength: 3 }) });

const isFlow = (one: Flow, other: Flow): boolean =>
  one.transport === other.transport &&
  one.remote.address === other.remote.address &&
  one.remote.port === other.remote.port &&
  (one.transport === 'udp' || one.connection === other.connection);

test('a phone speaks on its flows only, whichever task received it', () => {
  fc.assert(
    fc.property(flow, phonePlaces, (source, places) => {
      expect(speaksFrom(source, places)).toBe(places.flows.some((each) => isFlow(each, source)));
    }),
  );
});

test('a gateway or trunk speaks at any port of its addresses, over any transport', () => {
  fc.assert(
    fc.property(flow, peerPlaces, (source, places) => {
      expect(speaksFrom(source, places)).toBe(places.addresses.includes(source.remote.address as never));
    }),
  );
});

test('who may speak may acknowledge, and an address that no place has may do neither', () => {
  fc.assert(
    fc.property(flow, fc.oneof(phonePlaces, peerPlaces), (source, places: Places) => {
      const known = [...places.addresses, ...places.flows.map(({ remote }) => remote.address)];
      expect(acknowledgesFrom(source, places)).toBe(known.includes(source.remote.address));
      if (speaksFrom(source, places)) expect(acknowledgesFrom(source, places)).toBe(true);
    }),
  );
});

const at = (from: string, port: number): Flow => ({
  transport: 'udp',
  remote: { address: from, port },
  local: { address: '10.0.0.1', port: 5_060 },
});

test.each([
  ['a phone', { organization: 1_001, device_id: 'dev_1', line: null }, [true, false]],
  ['a trunk', undefined, [true, true]],
])('%s that was admitted at another place is there from then on', (_, phone, expected) => {
  const speaker = new Speaker({
    known: () => ({ flows: [], addresses: [] }),
    lookUp: async () => ({ flows: [], addresses: [] }),
    ...(phone === undefined ? {} : { phone }),
  });
  expect(speaksFrom(at('192.0.2.1', 1), speaker.places)).toBe(false);
  speaker.accept(at('192.0.2.1', 1));
  const places = [at('192.0.2.1', 1), at('192.0.2.1', 2)];
  expect(places.map((source) => speaksFrom(source, speaker.places))).toEqual(expected);
});
