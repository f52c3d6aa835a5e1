import * as z from 'zod';
import type { StoredSender } from '#sip/session/session.ts';
import { transports } from '#telephony/sip-peer.ts';

/** How requests reach the party of a stored dialog, as its task has stored it (`senders.ts`). */

const Endpoint = z.object({ address: z.string(), port: z.int() });

const StoredFlow = z.object({
  transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
  remote: Endpoint,
  local: Endpoint,
  connection: z.string().exactOptional(),
  task: z.string().exactOptional(),
});

const Server = z.object({ host: z.string(), port: z.int(), transport: z.enum(transports) });

const SenderItem = z.discriminatedUnion('kind', [
  /** On the flow of a phone. */
  z.object({ kind: z.literal('flow'), flow: StoredFlow }),
  /**
   * By DNS; `proxy`: to which requests that begin calls are sent; `flow`: where the peer was heard last, over UDP;
   * `home`: addresses of its servers; `heard`: others from which it may speak.
   */
  z.object({
    kind: z.literal('peer'),
    peer: Server,
    proxy: Server.exactOptional(),
    flow: StoredFlow.exactOptional(),
    home: z.array(z.string()).exactOptional(),
    heard: z.array(z.string()).exactOptional(),
  }),
]);
export type SenderItem = z.output<typeof SenderItem>;

/**
 * A sender as its task has stored it; undefined: there is none.
 * @param task that stored it: while it lives, phones behind NAT get what it sends
 */
export function readAnySender(stored: StoredSender | undefined, task: string): SenderItem | undefined {
  const sender = SenderItem.safeParse(stored).data;
  return sender?.flow === undefined ? sender : { ...sender, flow: { task, ...sender.flow } };
}

/** Whether a sender is a connection, which ends with its task: the phone has to return. */
export const isConnection = (sender: SenderItem): boolean => sender.kind === 'flow' && sender.flow.transport !== 'udp';

/** A sender that another task can use; undefined: there is none, as its connection ends with the task that has it. */
export function readSender(stored: StoredSender | undefined, task: string): SenderItem | undefined {
  const sender = readAnySender(stored, task);
  return sender === undefined || isConnection(sender) ? undefined : sender;
}
