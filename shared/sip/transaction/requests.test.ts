import { expect, test } from 'vitest';
import { newResponse } from '../build.ts';
import { header } from '../header-kinds.ts';
import { addressOf } from '../values.fixture.ts';
import { requestOf } from './layer.fixture.ts';
import { newAck, newCancel } from './requests.ts';

const invite = requestOf('INVITE');
const routed = invite.with(invite.headers.append(header.route, addressOf('<sip:p1;lr>')));

test('the ACK of a failure has the Via, Route and CSeq number of the INVITE, and the To of the response', () => {
  const ack = newAck(routed, newResponse(routed, { status: 486, toTag: 'b1' }));
  expect([ack.method, ack.uri, ack.via, ack.cseq, ack.callId, ack.fromTag, ack.toTag]).toEqual([
    'ACK',
    routed.uri,
    routed.via,
    { sequence: routed.cseq.sequence, method: 'ACK' },
    routed.callId,
    routed.fromTag,
    'b1',
  ]);
  expect(ack.headers.all(header.route)).toEqual(routed.headers.all(header.route));
});

test('a CANCEL has the To of its request, without a tag', () => {
  const cancel = newCancel(routed);
  expect([cancel.cseq.method, cancel.toTag, cancel.via]).toEqual(['CANCEL', undefined, routed.via]);
});
