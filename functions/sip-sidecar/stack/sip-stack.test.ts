import { expect, test } from 'vitest';
import { parseMessage } from '#sip/message.ts';
import { defaultTimers } from '#sip/transaction/timers.ts';
import { crlf } from '#sip/values.fixture.ts';
import { udp } from './reception.fixture.ts';
import { branchOfTask } from '../relay/named-task.ts';
import { sipStack } from './sip-stack.ts';

const [own, gone] = ['task_01M80R637EMHMFMB7Q8V65BDJX', 'task_01M80R637EMHMFMB7Q8V65BDJY'];

/** What a stack sends when a phone answers an INVITE. @param isKnown whether the dialog is one of its sessions */
function sentAfter(branch: string, { isKnown = false, body = 'v=0'.repeat(200) } = {}): string[] {
  const sent: string[] = [];
  const stack = sipStack({
    task: own,
    advertised: { host: '192.0.2.9', port: 5_060 },
    timers: defaultTimers,
    sessions: {
      onCancel: () => false,
      onServerFailure: () => undefined,
      onStrayResponse: () => isKnown,
    },
    gate: { onAck: () => undefined, isOfSource: () => true },
    send: (bytes) => {
      const message = parseMessage(bytes);
      sent.push(message.kind === 'request' ? message.method : message.kind);
    },
    handlers: () => ({}),
    mayChallenge: () => true,
    onArrival: () => undefined,
    passOn: () => false,
    fault: (error) => expect.fail(String(error)),
    now: () => 0,
    onRequestSent: () => undefined,
    onAnswered: () => undefined,
  });
  const answer = crlf(
    'SIP/2.0 200 OK',
    `Via: SIP/2.0/UDP 192.0.2.9;branch=${branch}`,
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>;tag=2',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    'Contact: <sip:b@192.0.2.1:5062>',
    `Content-Length: ${body.length}`,
    '',
    body,
  );
  stack.receive({ kind: 'message', bytes: answer }, udp);
  return sent;
}

test('a phone that answers a task which is gone gets ACK and BYE, once each', () => {
  expect(sentAfter(branchOfTask(gone, 'abc'))).toEqual(['ACK', 'BYE']);
});

test('an answer that no task has asked for, that is known, or that is too short for both gets nothing', () => {
  expect([
    sentAfter('z9hG4bKabc'),
    sentAfter(branchOfTask(own, 'abc')),
    sentAfter(branchOfTask(gone, 'abc'), { isKnown: true }),
    sentAfter(branchOfTask(gone, 'abc'), { body: '' }),
  ]).toEqual([[], [], [], []]);
});
