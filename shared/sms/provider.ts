import type { SmsCategory } from '../schema/sms.ts';
import type { SmsEncoding } from '../schema/sms-segments.ts';

/** Providers of SMS (functions/messaging/sms-reports/README.md). */

/** A message as a provider takes it. */
export type OutgoingSms = {
  /** Number of the organization that sends it. */
  readonly organization: number;
  /** `msg_…` */
  readonly id: string;
  /** A number (E.164) or an alphanumeric sender. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly encoding: SmsEncoding;
  readonly segments: number;
  readonly category: SmsCategory;
};

/** Why a provider never accepts a message. */
export type PermanentCode = 'UNREACHABLE' | 'BLOCKED' | 'INVALID_NUMBER' | 'REJECTED';

/** `Declared`: never for a function whose contract does not declare that it sends SMS, which then cannot send. */
export type SmsProvider<Declared extends true = true> = {
  /** Name of the provider in messages, and of its own ids. */
  readonly name: string;
  /**
   * Hands a message over.
   * @throws PermanentFault if the provider never accepts it; TemporaryFault if it did not accept it now. After any
   * other error it may have accepted it.
   */
  readonly send: (
    sms: OutgoingSms & (Declared extends true ? unknown : never),
  ) => Promise<{ readonly provider_message_id: string }>;
};

/** The provider will never accept this message. */
export class PermanentFault extends Error {
  override name = 'PermanentFault';
  readonly code: PermanentCode;
  /** Whether the reason is that the recipient is in an opt-out list of the provider. */
  readonly isOptOut: boolean;

  constructor(code: PermanentCode, problem: string, { isOptOut = false }: { readonly isOptOut?: boolean } = {}) {
    super(problem);
    this.code = code;
    this.isOptOut = isOptOut;
  }
}

/** The provider did not accept the message, and may accept it later. */
export class TemporaryFault extends Error {
  override name = 'TemporaryFault';
}

/** Milliseconds for a call. It, and the storing of its result, must end within the time-out of the function. */
export const providerTimeout = 10_000;

/** System calls whose errors mean that no connection was made, so that nothing was handed over. */
const connecting = new Set(['connect', 'getaddrinfo']);

/** How the client says that it could not connect in time (@smithy/node-http-handler). */
const unconnected = /did not establish a connection/;

/** Whether an error of a client says that there was no connection. */
export const isUnconnected = (error: unknown): boolean =>
  error instanceof Error &&
  (('syscall' in error && connecting.has(String(error.syscall))) || unconnected.test(error.message));
