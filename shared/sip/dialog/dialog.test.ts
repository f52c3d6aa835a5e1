import { describe, expect, test } from 'vitest';
import { address, printAddress } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { printUri } from '../uri.ts';
import { addressOf, unwrap, uriOf } from '../values.fixture.ts';
import { newVia } from '../via.ts';
import {
  ackOf2xx,
  receiveResponse,
  confirmDialog,
  type Dialog,
  dialogKey,
  dialogKeyOfRequest,
  dialogKeyOfResponse,
  dialogOfClient,
  dialogOfServer,
  receiveRequest,
  requestIn,
} from './dialog.ts';

const withContact = (contact: string, ...recorded: readonly string[]): Headers =>
  Headers.none.append(header.contact, addressOf(contact)).with(header.recordRoute, ...recorded.map(addressOf));

const invite = (headers = withContact('<sip:alice@192.0.2.1>')): SipRequest =>
  newRequest({
    method: 'INVITE',
    uri: uriOf('sip:bob@example.com'),
    from: addressOf('<sip:alice@example.com>;tag=a'),
    to: addressOf('<sip:bob@example.com>'),
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
  unwrap(request.headers.all(header.route)).map(printAddress),
  request.fromTag,
  request.toTag,
  request.cseq.sequence,
];

describe('the dialog of the caller', () => {
  test('is early after 18x and confirmed after 2xx, one per To tag (RFC 3261 §12.1.2)', () => {
    const dialogs = [response(180, 'b1'), response(183, 'b2'), response(200, 'b1')].map((each) =>
      unwrap(dialogOfClient(invite(), each)),
    );
    expect(dialogs.map((dialog) => [dialog.state, dialogKey(dialog)])).toEqual([
      ['early', 'c a b1'],
      ['early', 'c a b2'],
      ['confirmed', 'c a b1'],
    ]);
    expect(dialogKeyOfResponse(response(200, 'b1'))).toBe('c a b1');
  });

  test('sends requests along the reversed Record-Routes, with the next CSeq (RFC 3261 §12.2.1.1)', () => {
    const first = requestIn(unwrap(dialogOfClient(invite(), response(200, 'b'))), { method: 'BYE' });
    expect(shown(first.request)).toEqual(['BYE', 'sip:bob@192.0.2.2', ['<sip:p1;lr>', '<sip:p2;lr>'], 'a', 'b', 8]);
    expect(requestIn(first.dialog, { method: 'INFO' }).request.cseq).toEqual({ sequence: 9, method: 'INFO' });
  });

  test('acknowledges a 2xx with the CSeq number of its INVITE (RFC 3261 §13.2.2.4)', () => {
    const later = requestIn(unwrap(dialogOfClient(invite(), response(200, 'b'))), { method: 'INFO' }).dialog;
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
    const dialog = unwrap(
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

  test('takes target and route set from the 2xx that confirms it, only the target from later ones', () => {
    const early = unwrap(dialogOfClient(invite(), response(180, 'b')));
    const confirmed = receiveResponse(early, response(200, 'b', withContact('<sip:bob@new>', '<sip:p9;lr>')));
    expect([confirmed.state, printUri(confirmed.target), confirmed.routes.map(printAddress)]).toEqual([
      'confirmed',
      'sip:bob@new',
      ['<sip:p9;lr>'],
    ]);
    const again = receiveResponse(confirmed, response(200, 'b', withContact('<sip:bob@newer>', '<sip:other;lr>')));
    expect([printUri(again.target), again.routes.map(printAddress)]).toEqual(['sip:bob@newer', ['<sip:p9;lr>']]);
    expect(receiveResponse(confirmed, response(486, 'b'))).toBe(confirmed);
  });

  test('keeps its route set when an UPDATE is answered before the INVITE (RFC 3311 §5.1)', () => {
    const early = unwrap(dialogOfClient(invite(), response(180, 'b', withContact('<sip:bob@x>', '<sip:p9;lr>'))));
    const update = inDialogOf(early, 'UPDATE');
    const updated = receiveResponse(early, newResponse(update, { status: 200, headers: withContact('<sip:bob@new>') }));
    expect([updated.state, printUri(updated.target), updated.routes.map(printAddress)]).toEqual([
      'early',
      'sip:bob@new',
      ['<sip:p9;lr>'],
    ]);
  });

  test('has the Request-URI as its target if the response has no Contact, as gateways send it', () => {
    const early = unwrap(dialogOfClient(invite(), response(180, 'b', Headers.none)));
    expect(printUri(early.target)).toBe('sip:bob@example.com');
    const confirmed = receiveResponse(early, response(200, 'b', withContact('<sip:bob@192.0.2.2>')));
    expect(printUri(confirmed.target)).toBe('sip:bob@192.0.2.2');
  });

  test('has a target without headers and method, which a Request-URI must not have (RFC 3261 §19.1.1)', () => {
    const contact = withContact('<sip:bob@192.0.2.2;method=BYE;x=1?Route=%3Csip:evil%3E>');
    expect(printUri(unwrap(dialogOfClient(invite(), response(200, 'b', contact))).target)).toBe(
      'sip:bob@192.0.2.2;x=1',
    );
  });

  test('does not start with a malformed Contact, or with *', () => {
    const malformed = new Headers([new Field('Contact', 'contact', '<<<')]);
    expect(dialogOfClient(invite(), response(180, 'b', malformed))).toBeInstanceOf(Fault);
    expect(dialogOfClient(invite(), response(180, 'b', Headers.none.append(header.contact, '*')))).toBeInstanceOf(
      Fault,
    );
  });
});

/** Our request in a dialog, as it is sent. */
const inDialogOf = (dialog: Dialog, method: string): SipRequest =>
  requestIn(dialog, { method, via: newVia('UDP', 'x', 5060, 'z9hG4bK1') }).request;

describe('the dialog of the callee', () => {
  const served = (): Dialog =>
    unwrap(
      dialogOfServer(invite(withContact('<sip:alice@192.0.2.1>', '<sip:p1;lr>', '<sip:p2;lr>')), response(200, 'b')),
    );
  const inDialog = (method: string, sequence: number, headers = Headers.none): SipRequest =>
    newRequest({
      method,
      uri: uriOf('sip:bob@192.0.2.2'),
      from: addressOf('<sip:alice@example.com>;tag=a'),
      to: addressOf('<sip:bob@example.com>;tag=b'),
      callId: 'c',
      sequence,
      headers,
    });

  test('has the Record-Routes in their order, and starts its own CSeq numbers (RFC 3261 §12.1.1)', () => {
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

  test('keeps its route set when our re-INVITE is answered, also if it began with a 180', () => {
    const contact = withContact('<sip:alice@192.0.2.1>', '<sip:p1;lr>');
    const early = unwrap(dialogOfServer(invite(contact), response(180, 'b')));
    expect(early.state).toBe('early');
    const confirmed = confirmDialog(early);
    const answered = newResponse(inDialogOf(confirmed, 'INVITE'), {
      status: 200,
      headers: withContact('<sip:alice@new>'),
    });
    expect(receiveResponse(confirmed, answered).routes.map(printAddress)).toEqual(['<sip:p1;lr>']);
  });

  test('accepts requests in the order of their CSeq numbers (RFC 3261 §12.2.2)', () => {
    const after = receiveRequest(served(), inDialog('INFO', 9));
    if (after === 'out of order') throw new Error(after);
    expect([
      after.remoteSequence,
      receiveRequest(after, inDialog('INFO', 9)),
      receiveRequest(after, inDialog('INFO', 8)),
      receiveRequest(after, inDialog('ACK', 7)) === after,
    ]).toEqual([9, 'out of order', 'out of order', true]);
  });

  test('takes a new target from a re-INVITE or UPDATE, not from an INFO', () => {
    const moved = withContact('<sip:alice@new>');
    const targets = ['INVITE', 'UPDATE', 'INFO']
      .map((method) => receiveRequest(served(), inDialog(method, 8, moved)))
      .map((dialog) => (dialog === 'out of order' ? dialog : printUri(dialog.target)));
    expect(targets).toEqual(['sip:alice@new', 'sip:alice@new', 'sip:alice@192.0.2.1']);
  });
});

test('a peer of RFC 2543 has no tag', () => {
  const request = newRequest({
    method: 'INVITE',
    uri: uriOf('sip:b@x'),
    from: address(uriOf('sip:a@x')),
    to: address(uriOf('sip:b@x')),
    callId: 'c',
    sequence: 1,
    headers: withContact('<sip:a@y>'),
  });
  expect(dialogKey(unwrap(dialogOfServer(request, newResponse(request, { status: 200, toTag: 'b' }))))).toBe('c b ');
});
