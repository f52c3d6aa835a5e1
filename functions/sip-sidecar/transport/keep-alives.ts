import { second } from '#schema/time.ts';
import type { Flow } from './flow.ts';

/** A packet that is no message (RFC 5626 §4.4.1): who receives it does nothing. */
export const keepAlive = Buffer.from('\r\n\r\n');

/** Milliseconds between two of them: many NATs, and the security groups of AWS, forget a UDP flow after 30 s. */
export const keepAliveInterval = 25 * second;

/** The dependencies of the keep-alives of a request. */
type KeepAlivesOfRequest = {
  readonly send: (bytes: Buffer, flow: Flow) => void;
  /** Whether a final response may still come. */
  readonly isAwaited: () => boolean;
};

/**
 * Lets the network know a flow over UDP while a response to a request is awaited. A phone that rings for half a minute
 * says nothing, and its answer would come from a stranger.
 */
export function keepFlowAlive(flow: Flow, { send, isAwaited }: KeepAlivesOfRequest): void {
  if (flow.transport !== 'udp') return;
  const timer = setInterval(() => {
    if (isAwaited()) send(keepAlive, flow);
    else clearInterval(timer);
  }, keepAliveInterval);
  timer.unref();
}
