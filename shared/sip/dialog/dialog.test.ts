import { describe, expect, test } from 'vitest';
import { address, type Address, parseAddress, printAddress } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { parseUri, printUri, type Uri } from '../uri.ts';
import {
  ackOf2xx,
  answered,
  type Dialog,
  dialogKey,
  dialogKeyOfRequest,
  dialogKeyOfResponse,
  dialogOfClient,
  dialogOfServer,
  received,
  requestIn,
} from './dialog.ts';

function right<Value>(value: Value | Fault | undefined): Value {
  if (value === undefined) throw new Error('nothing');
  if (value instanceof Fault) throw new Error(value.reason);
  return value;
}

const uri = (text: string): Uri => right(parseUri(text));
const named = (text: string): Address => right(parseAddress(text));
const withContact = (contact: string, ...recorded: readonly string[]): Headers =>
  Headers.none.append(header.contact, named(contact)).with(header.recordRoute, ...recorded.map(named));

const invite = (headers = withContact('<sip:alice@192.0.2.1>')): SipRequest =>
  newRequest({
    method: 'INVITE',
    uri: uri('sip:bob@example.com'),
    from: named('<sip:alice@example.com>;tag=a'),
    to: named('<sip:bob@example.com>'),
    callId: 'c',
    sequence: 7,
    headers,
  });
const response = (
  status: number,
  toTag: string,
  headers = withContact('<sip:bob@192.0.2.2>', '<sip:p2;lr>', '<sip:p1;lr>'),
): SipResponse => newResponse(invite(), { status, toTag, headers });
const shown = (request: SipRequest): unknown => [
  request.method,
  printUri(request.uri),
  right(request.headers.all(header.route)).map(printAddress),
  request.fromTag,
  request.toTag,
  request.cseq.sequence,
];

describe('the caller’s dialog', () => {
  test('is early with 18x and confirmed with 2xx, one for each To tag (§12.1.2)', () => {
    const dialogs = [response(180, 'b1'), response(183, 'b2'), response(200, 'b1')].map((each) =>
      right(dialogOfClient(invite(), each)),
    );
    expect(dialogs.map((dialog) => [dialog.state, dialogKey(dialog)])).toEqual([
      ['early', 'c a b1'],
      ['early', 'c a b2'],
      ['confirmed', 'c a b1'],
    ]);
    expect(dialogKeyOfResponse(response(200, 'b1'))).toBe('c a b1');
  });

  test('sends along the Record-Routes in reverse, to the Contact, with the next number (§12.2.1.1)', () => {
    const first = requestIn(right(dialogOfClient(invite(), response(200, 'b'))), { method: 'BYE' });
    expect(shown(first.request)).toEqual(['BYE', 'sip:bob@192.0.2.2', ['<sip:p1;lr>', '<sip:p2;lr>'], 'a', 'b', 8]);
    expect(requestIn(first.dialog, { method: 'INFO' }).request.cseq).toEqual({ sequence: 9, method: 'INFO' });
  });

  test('acknowledges a 2xx with the number of its INVITE (§13.2.2.4)', () => {
    const later = requestIn(right(dialogOfClient(invite(), response(200, 'b'))), { method: 'INFO' }).dialog;
    expect(shown(ackOf2xx(later, invite(), {}))).toEqual([
      'ACK',
      'sip:bob@192.0.2.2',
      ['<sip:p1;lr>', '<sip:p2;lr>'],
      'a',
      'b',
      7,
    ]);
  });

  test('puts a strict router into the Request-URI', () => {
    const dialog = right(
      dialogOfClient(invite(), response(200, 'b', withContact('<sip:bob@192.0.2.2>', '<sip:p2;lr>', '<sip:strict>'))),
    );
    expect(shown(requestIn(dialog, { method: 'BYE' }).request)).toEqual([
      'BYE',
      'sip:strict',
      ['<sip:p2;lr>', '<sip:bob@192.0.2.2>'],
      'a',
      'b',
      8,
    ]);
  });

  test('takes target and route of the 2xx that confirms it, later ones only the target', () => {
    const early = right(dialogOfClient(invite(), response(180, 'b')));
    const confirmed = answered(early, response(200, 'b', withContact('<sip:bob@new>', '<sip:p9;lr>')));
    expect([confirmed.state, printUri(confirmed.target), confirmed.routes.map(printAddress)]).toEqual([
      'confirmed',
      'sip:bob@new',
      ['<sip:p9;lr>'],
    ]);
    const again = answered(confirmed, response(200, 'b', withContact('<sip:bob@newer>', '<sip:other;lr>')));
    expect([printUri(again.target), again.routes.map(printAddress)]).toEqual(['sip:bob@newer', ['<sip:p9;lr>']]);
    expect(answered(confirmed, response(486, 'b'))).toBe(confirmed);
  });

  test('needs a Contact', () => {
    expect(dialogOfClient(invite(), response(200, 'b', Headers.none))).toEqual(new Fault('Contact: Missing'));
  });
});

describe('the called one’s dialog', () => {
  const served = (): Dialog =>
    right(
      dialogOfServer(invite(withContact('<sip:alice@192.0.2.1>', '<sip:p1;lr>', '<sip:p2;lr>')), response(200, 'b')),
    );
  const inDialog = (method: string, sequence: number, headers = Headers.none): SipRequest =>
    newRequest({
      method,
      uri: uri('sip:bob@192.0.2.2'),
      from: named('<sip:alice@example.com>;tag=a'),
      to: named('<sip:bob@example.com>;tag=b'),
      callId: 'c',
      sequence,
      headers,
    });

  test('keeps the Record-Routes in their order, and begins its own numbers (§12.1.1)', () => {
    expect(shown(requestIn(served(), { method: 'BYE' }).request)).toEqual([
      'BYE',
      'sip:alice@192.0.2.1',
      ['<sip:p1;lr>', '<sip:p2;lr>'],
      'b',
      'a',
      1,
    ]);
    expect([dialogKey(served()), dialogKeyOfRequest(inDialog('BYE', 8))]).toEqual(['c b a', 'c b a']);
  });

  test('takes requests in the order of their numbers (§12.2.2)', () => {
    const after = received(served(), inDialog('INFO', 9));
    if (after === 'out of order') throw new Error(after);
    expect([
      after.remoteSequence,
      received(after, inDialog('INFO', 9)),
      received(after, inDialog('INFO', 8)),
      received(after, inDialog('ACK', 7)) === after,
    ]).toEqual([9, 'out of order', 'out of order', true]);
  });

  test('takes a new target from a re-INVITE, none from an INFO', () => {
    const moved = withContact('<sip:alice@new>');
    const targets = ['INVITE', 'UPDATE', 'INFO']
      .map((method) => received(served(), inDialog(method, 8, moved)))
      .map((dialog) => (dialog === 'out of order' ? dialog : printUri(dialog.target)));
    expect(targets).toEqual(['sip:alice@new', 'sip:alice@new', 'sip:alice@192.0.2.1']);
  });
});

test('an address without tag is the other side of RFC 2543', () => {
  const elder = newRequest({
    method: 'INVITE',
    uri: uri('sip:b@x'),
    from: address(uri('sip:a@x')),
    to: address(uri('sip:b@x')),
    callId: 'c',
    sequence: 1,
    headers: withContact('<sip:a@y>'),
  });
  expect(dialogKey(right(dialogOfServer(elder, newResponse(elder, { status: 200, toTag: 'b' }))))).toBe('c b ');
});
