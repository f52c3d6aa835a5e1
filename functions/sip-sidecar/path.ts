import type { Flow as Way } from '../../shared/sip/transaction/layer.ts';
import { flowKey, type Flow } from './transport/flow.ts';

/** A flow as the transactions know it. */
export type Path = Way & { readonly flow: Flow };

export const pathOf = (flow: Flow): Path => ({ reliable: flow.transport !== 'udp', flow });

/** Text by which the other end of a flow is known, also to a task that did not hear it before. */
export const remoteOf = (flow: Flow): string =>
  flow.transport === 'udp' ? `udp:${flow.remote.address}:${flow.remote.port}` : flowKey(flow);
