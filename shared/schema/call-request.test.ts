import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallEnd, hostOf, NewCall, WantedAction } from './call-request.ts';

const phone = { type: 'phone', number: '+46890510' };
const body = { source: phone, destination: phone };
const faultsOf = (change: object): string[] =>
  (NewCall.safeParse({ ...body, ...change }).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('a new call', () => {
  test('has defaults for all but its ends', () => {
    expect(NewCall.parse(body)).toEqual({ ...body, options: { timeout: 30, record: false }, meta: {}, header: {} });
  });

  test.each([
    [{ source: { type: 'phone', number: '0890510' } }, 'source.number'],
    [{ source: { type: 'fax', number: '+46890510' } }, 'source.type'],
    [{ destination: { type: 'line', username: 'F8AB70C893D0E9F715094B' } }, 'destination.username'],
    [{ destination: { type: 'device', id: 'usr_1' } }, 'destination.id'],
    [{ options: { timeout: 4 } }, 'options.timeout'],
    [{ options: { timeout: 301 } }, 'options.timeout'],
    [{ options: { caller_id: '0890510' } }, 'options.caller_id'],
    [{ meta: { text: 'x'.repeat(4_100) } }, 'meta'],
    [{ header: { Via: 'x' } }, 'header.Via'],
    [{ header: { 'X-A': 'x'.repeat(257) } }, 'header.X-A'],
    [{ header: { 'X-A': 'a\r\nVia: b' } }, 'header.X-A'],
    [{ header: { 'X-A\r\nVia': 'b' } }, 'header.X-A\r\nVia'],
    [{ header: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`X-${at}`, 'a'])) }, 'header'],
  ])('names the field that is wrong: %j', (change, path) => {
    expect(faultsOf(change)).toEqual([path]);
  });

  test('may have 5 and 300 seconds of ringing, and 20 fields', () => {
    const header = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`X-${at}`, 'x'.repeat(256)]));
    expect([faultsOf({ options: { timeout: 5 }, header }), faultsOf({ options: { timeout: 300 } })]).toEqual([[], []]);
  });
});

describe('a SIP URI', () => {
  const isAccepted = (uri: string): boolean => CallEnd.safeParse({ type: 'sip', uri }).success;

  test.each(['sip:a@example.com', 'sip:+4689@192.0.2.1:5060', 'sip:a@[2001:db8::1]:5061;transport=tls'])(
    '%s',
    (uri) => {
      expect(isAccepted(uri)).toBe(true);
    },
  );

  test.each([
    'sip:example.com',
    'tel:+46890510',
    'sips:a@example.com',
    'sip:a@example.com;maddr=192.0.2.9',
    'sip:a@example.com?Route=%3Csip:b%3E',
    'sip:a@example.com:70000',
    'sip:a@example.com\r\nVia: x',
    'sip:a@b@example.com',
    'sip:a:password@example.com',
    '<sip:a@example.com>',
  ])('is rejected: %j', (uri) => {
    expect(isAccepted(uri)).toBe(false);
  });

  test('has a host without brackets and in lower case', () => {
    expect([hostOf('sip:a@Example.COM:5060'), hostOf('sip:a@[2001:DB8::1]')]).toEqual(['example.com', '2001:db8::1']);
  });

  test('that is accepted has no white space, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, host) => {
        const uri = `sip:${user}@${host}`;
        return !isAccepted(uri) || !/\s/.test(uri);
      }),
    );
  });
});

describe('an action', () => {
  test('transfers to a number or to an object as in a new call', () => {
    const to = (destination: unknown) => WantedAction.parse({ action: 'transfer', destination }).destination;
    expect([to('+46890510'), to(phone)]).toEqual([phone, phone]);
  });

  test('that transfers has a destination, and others need none', () => {
    expect(WantedAction.safeParse({ action: 'transfer' }).error?.issues[0]?.path).toEqual(['destination']);
    expect(WantedAction.parse({ action: 'hold' })).toEqual({ action: 'hold', mode: 'attended', leg: 'source' });
  });

  test('of another name is rejected', () => {
    expect(WantedAction.safeParse({ action: 'juggle' }).success).toBe(false);
  });
});
