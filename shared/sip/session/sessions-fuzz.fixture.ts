/** Calls into which mutated messages are thrown. */
import { expect } from 'vitest';
import { mutatePacket, seededDraw } from '../fuzz.fixture.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { parseMessage, serialize } from '../message.ts';
import { newPair, sdp } from './sessions.fixture.ts';

/** Mutated messages in each call. */
const packets = 20;

/** The same request as another one, so that it reaches the session and not the transaction of the first. */
function renew(bytes: Buffer, count: number): Buffer {
  const text = bytes.toString('latin1');
  if (text.startsWith('SIP/') || count % 3 === 0) return bytes;
  const renewed = text.replace(/branch=[^;\r]*/, `branch=z9hG4bKfuzz${count}`);
  return Buffer.from(renewed.replace(/CSeq: \d+ (?!ACK|CANCEL)/, `CSeq: ${100 + count} `), 'latin1');
}

const isLast = (call: string): boolean => call.startsWith('end') || call.startsWith('failure');

/** A call with re-INVITE, REFER, INFO and PRACK, or one that is cancelled. */
function converse(isCancelled: boolean) {
  const pair = newPair();
  const { clock, alice, bob } = pair;
  const caller = alice.invite({ headers: Headers.none.append(header.require, '100rel') });
  clock.advance(100);
  const callee = bob.incoming[0]!;
  callee.session.progress(183, sdp('bob'));
  clock.advance(100);
  if (isCancelled) caller.session.end();
  else callee.session.answer(sdp('bob'));
  clock.advance(100);
  void caller.session.offer(sdp('alice', 'sendonly'));
  void callee.session.info('application/dtmf-relay', Buffer.from('Signal=5'));
  void callee.session.refer({ to: bob.contact }, () => undefined);
  clock.advance(100);
  callee.listener.offers[0]?.respond({ sdp: sdp('bob', 'recvonly') });
  caller.listener.refers[0]?.accept()(200);
  clock.advance(100);
  return { ...pair, caller };
}

/**
 * Throws mutated copies of its own messages into each of many calls.
 * @returns how many were well-formed
 * @throws if anything throws, a session does not end exactly once, or a dialog, transaction or timer is left
 */
export function mutateCalls(calls: number, seed: number): number {
  const draw = seededDraw(seed);
  let received = 0;
  for (let call = 0; call < calls; call += 1) {
    const { clock, alice, bob, sent, left, caller } = converse(call % 4 === 0);
    const originals = sent.map(({ from, message }) => ({ from, bytes: serialize(message) }));
    for (let packet = 0; packet < packets; packet += 1) {
      const { from, bytes } = originals[draw(originals.length)]!;
      const message = parseMessage(mutatePacket(draw, renew(bytes, packet)));
      clock.advance(draw(300));
      if (message.kind === 'malformed') continue;
      received += 1;
      (from === 'alice' ? bob : alice).layer.receive(message, { reliable: false });
    }
    caller.session.end();
    for (const side of [alice, bob]) for (const { session } of side.incoming) session.end();
    clock.advance(200_000);
    expect(left()).toEqual([0, 0, 0, 0, 0]);
    for (const { listener } of [caller, ...alice.incoming, ...bob.incoming])
      expect(listener.calls.filter(isLast)).toHaveLength(1);
  }
  return received;
}
