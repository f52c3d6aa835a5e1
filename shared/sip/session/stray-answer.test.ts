import { expect, test } from 'vitest';
import { newResponse } from '../build.ts';
import { textHeader } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import { serialize, type SipResponse } from '../message.ts';
import { parseOrThrow, requestOf } from '../transaction/layer.fixture.ts';
import { printUri } from '../uri.ts';
import { endOfAnswer, isAnswer } from './stray-answer.ts';

const answerWith = (...headers: readonly (readonly [string, string])[]): SipResponse => {
  const response = newResponse(requestOf('INVITE'), {
    status: 200,
    toTag: 'b1',
    headers: new Headers(headers.map(([name, value]) => Field.of(textHeader(name), value))),
  });
  return parseOrThrow(serialize(response)) as SipResponse;
};

test('an answer that no one awaits gets its ACK, and BYE with the next number, at its Contact', () => {
  const ends = endOfAnswer(answerWith(['Contact', '<sip:bob@192.0.2.9:5062>']));
  expect(ends.map(({ method, uri, cseq, toTag }) => [method, printUri(uri), cseq.sequence, toTag])).toEqual([
    ['ACK', 'sip:bob@192.0.2.9:5062', 7, 'b1'],
    ['BYE', 'sip:bob@192.0.2.9:5062', 8, 'b1'],
  ]);
});

test('an answer whose Contact cannot be read gets nothing', () => {
  expect(endOfAnswer(answerWith(['Contact', '<<<']))).toEqual([]);
});

test('only a 2xx of an INVITE is an answer', () => {
  const [invite, bye] = [requestOf('INVITE'), requestOf('BYE')];
  const responses = [answerWith(), newResponse(invite, { status: 180 }), newResponse(invite, { status: 486 })];
  expect([...responses, newResponse(bye, { status: 200 })].map(isAnswer)).toEqual([true, false, false, false]);
});
