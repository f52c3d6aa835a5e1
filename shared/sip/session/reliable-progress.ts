import type { ResponseParts } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import type { SetTimer } from '../transaction/run.ts';
import type { Timers } from '../transaction/timers.ts';
import { repeatUntilAcknowledged } from './repeated-answer.ts';

/** What reliable provisional responses need. */
export type ReliableProgressParts = {
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Sends a provisional response of the INVITE, also again. */
  readonly send: (parts: ResponseParts) => void;
  /** No PRACK in 64 T1. */
  readonly onTimeout: () => void;
};

type Pending = { readonly number: number; readonly hasSdp: boolean; readonly stop: () => void };

/** Responses that wait for the PRACK of the one before, at most. Further ones are left out. */
const maxWaiting = 8;

/**
 * Our reliable provisional responses to one INVITE (RFC 3262 §3): numbered, repeated until their PRACK, and one after
 * the other.
 */
export class ReliableProgress {
  readonly #parts: ReliableProgressParts;
  readonly #waiting: ResponseParts[] = [];
  #number: number;
  #pending: Pending | undefined;
  /** The number of the response that waited for its PRACK when the INVITE got its final response. */
  #last: number | undefined;

  constructor(parts: ReliableProgressParts) {
    this.#parts = parts;
    // RFC 3262 §3: the first number is below 2^31.
    this.#number = 1 + Math.floor(parts.random() * 0x7ffffffe);
  }

  /**
   * Whether a response with a session description is not acknowledged: a 2xx has to wait (RFC 3262 §3). One that is not
   * sent yet holds it up, too: the 2xx would be without a description that the peer has not got.
   */
  get holdsAnswer(): boolean {
    return this.#pending?.hasSdp === true || this.#waiting.some(({ body }) => body !== undefined);
  }

  /** Sends a response when the ones before are acknowledged. */
  send(parts: ResponseParts): void {
    if (this.#pending === undefined) this.#send(parts);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(parts);
  }

  /**
   * Ends the repetition of the response that a PRACK acknowledges. @returns that response; undefined if it acknowledges
   * none
   */
  acknowledge({ headers }: SipRequest, invite: SipRequest): { readonly hasSdp: boolean } | undefined {
    const rack = headers.one(header.rack);
    const pending = this.#pending;
    if (rack === undefined || rack instanceof Fault) return undefined;
    if (rack.invite.method !== 'INVITE' || rack.invite.sequence !== invite.cseq.sequence) return undefined;
    if (pending === undefined) return this.#acknowledgeLast(rack.number);
    if (rack.number !== pending.number) return undefined;
    pending.stop();
    this.#pending = undefined;
    return pending;
  }

  /** Sends the next response that waits. */
  proceed(): void {
    const next = this.#pending === undefined ? this.#waiting.shift() : undefined;
    if (next !== undefined) this.#send(next);
  }

  /** The INVITE has its final response. A PRACK that is on its way is still accepted (RFC 3262 §3). */
  stop(): void {
    this.#pending?.stop();
    this.#last = this.#pending?.number;
    this.#pending = undefined;
    this.#waiting.length = 0;
  }

  /** Nothing depends on the PRACK any more: a 2xx waits for that of a description. */
  #acknowledgeLast(number: number): { readonly hasSdp: boolean } | undefined {
    if (number !== this.#last) return undefined;
    this.#last = undefined;
    return { hasSdp: false };
  }

  #send(parts: ResponseParts): void {
    const number = this.#number;
    this.#number += 1;
    const headers = (parts.headers ?? Headers.none).append(header.require, '100rel').append(header.rseq, number);
    const reliable = { ...parts, headers };
    const { stop } = repeatUntilAcknowledged({
      setTimer: this.#parts.setTimer,
      timers: this.#parts.timers,
      repeat: () => this.#parts.send(reliable),
      onTimeout: () => this.#parts.onTimeout(),
    });
    this.#pending = { number, hasSdp: parts.body !== undefined, stop };
    this.#parts.send(reliable);
  }
}

/** Whether the peer demands that provisional responses are reliable. */
export function demandsReliability({ headers }: SipRequest): boolean {
  const tags = headers.all(header.require);
  return !(tags instanceof Fault) && tags.some((tag) => tag.toLowerCase() === '100rel');
}
