import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from '#telephony/call.ts';
import { callCdrs, cdrMessage } from '../call/cdr.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { newBatcher } from '#concurrency/batcher.ts';

/** Sends the CDRs of calls that are over to the queue. */
export type CdrSender = { readonly send: (call: Call) => Promise<void> };

/** Messages per request to SQS, and concurrent requests. */
const batches = { max: 10, concurrency: 4 } as const;
/** Attempts while the queue does not accept, and the pause before the next one, in milliseconds. */
const attempts = { max: 8, pause: 500 } as const;

/**
 * A sender that sends the CDRs of several calls together. One that fails is tried again, and in the end left to the
 * task that takes over: the call stays marked, and sending twice charges nothing twice.
 */
export function cdrSender({ queues, clock }: Pick<SidecarContext, 'queues' | 'clock'>): CdrSender {
  const send = newBatcher<Call, true>(async (calls) => {
    await queues.send(
      'cdr-ingest',
      calls.map((call) => ({ body: cdrMessage(call, clock()), group: String(call.org_id) })),
    );
    return calls.map(() => true as const);
  }, batches);
  return {
    send: async (call) => {
      if (callCdrs(call).length === 0) return;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await send(call);
          return;
        } catch (error) {
          if (attempt === attempts.max) throw error;
          await pause(attempts.pause * attempt, undefined, { ref: false });
        }
      }
    },
  };
}
