import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Nonces } from '#sip/digest/nonces.ts';
import { challenge } from '#sip/digest/server.ts';
import { mutatePacket, seededDraw } from '#sip/fuzz.fixture.ts';
import { newReception, packet } from './reception.fixture.ts';

/** Bytes of all answers within a minute, as a multiple of the packet's. */
const max = { challenge: 3, answer: 1.5 };
const minute = 60_000;

const nonces = new Nonces({ secret: randomBytes(32), now: () => 1, randomBytes, lifetime: minute, max: 1 });
const challenged = { status: 401, headers: challenge(nonces, 'pbx.example.com') };

/** What a stranger's packet brings back over UDP. */
async function answersTo(bytes: Buffer): Promise<Buffer[]> {
  const { reception, receive, sent, advance } = newReception(async () => challenged);
  receive(bytes);
  await reception.waitForResponses();
  advance(minute);
  return sent;
}

const expectNoAmplification = (bytes: Buffer, answers: readonly Buffer[]): void => {
  const limit = answers[0]?.toString().startsWith('SIP/2.0 401') === true ? max.challenge : max.answer;
  expect(answers.length).toBeLessThanOrEqual(1);
  expect(Buffer.concat(answers).length).toBeLessThanOrEqual(limit * bytes.length);
};

const methods = ['INVITE', 'REGISTER', 'OPTIONS', 'CANCEL', 'ACK', 'BYE', 'SUBSCRIBE', 'PUBLISH', 'FROBNICATE'];
const lines = [
  'Require: 100rel, outbound, path, gruu, timer',
  'Content-Type: text/plain',
  'Accept: text/plain',
  'Subject: x',
  'Max-Forwards: 70',
  'Contact: <sip:b@192.0.2.1>',
  'Route: <sip:proxy.example.com;lr>',
  'Contact: <',
];

test('a packet of a stranger brings one answer at most, of 1.5 times its size; a challenge of 3 times', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...methods),
      fc.subarray(lines),
      fc.nat(600),
      fc.nat(40),
      async (method, some, filler, cut) => {
        const whole = packet(method, ...some, ...(filler > 0 ? [`X: ${'x'.repeat(filler)}`] : []));
        const bytes = whole.subarray(0, whole.length - (cut > 30 ? cut : 0));
        expectNoAmplification(bytes, await answersTo(bytes));
      },
    ),
    { numRuns: 500 },
  );
});

test('a mutated packet brings no more either', async () => {
  const draw = seededDraw(3_261);
  for (let count = 0; count < 2_000; count += 1) {
    const bytes = mutatePacket(draw);
    expectNoAmplification(bytes, await answersTo(bytes));
  }
});

test('an ordinary REGISTER is challenged', async () => {
  const [answer] = await answersTo(packet('REGISTER', 'Max-Forwards: 70', 'Contact: <sip:b@192.0.2.1>'));
  expect(answer?.toString().match(/algorithm=[\w-]+/g)).toEqual(['algorithm=MD5']);
});

test('a retransmission is answered again, with the same To tag', async () => {
  const { receive, sent } = newReception();
  const bytes = packet('INVITE', 'Max-Forwards: 70');
  receive(bytes);
  receive(bytes);
  expect([sent.length, new Set(sent.map(String)).size]).toEqual([2, 1]);
});
