import type { Flow as LayerFlow } from '#sip/transaction/layer.ts';
import { flowKey, type Flow } from '../transport/flow.ts';

/** A flow in the form that the transaction layer needs. */
export type TransactionFlow = LayerFlow & { readonly flow: Flow };

/**
 * The flow for the transaction layer: UDP is unreliable, and its source may be forged; connections are reliable.
 * @param received bytes of the packet that arrived on the flow
 */
export const transactionFlow = (flow: Flow, received?: number): TransactionFlow =>
  flow.transport === 'udp' && received !== undefined
    ? { reliable: false, flow, received }
    : { reliable: flow.transport !== 'udp', flow };

/**
 * Identifies the remote end of a flow. Another task that receives from a phone over UDP gets the same key, but not over
 * a connection, which belongs to one task.
 */
export const remoteKey = (flow: Flow): string =>
  flow.transport === 'udp' ? `udp:${flow.remote.address}:${flow.remote.port}` : flowKey(flow);
