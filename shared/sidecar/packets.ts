import * as z from 'zod';
import type { SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import { second } from '../schema/time.ts';
import { taskPoster, type PostDependencies } from './post.ts';

/** SIP messages that tasks of the sidecar pass to one another (functions/sip-sidecar/relay/README.md). */

const Endpoint = z.object({ address: z.string().max(64), port: z.int().min(0).max(65_535) });

const Packet = z.object({
  /**
   * `send`: through the socket of the receiving task. `send-owned`: likewise, if a phone that it owns is registered on
   * the flow. `receive`: it arrived at a socket of the sending task.
   * `handle`: as `receive`, its credentials are verified, and it is for a call of the receiving task.
   */
  kind: z.enum(['send', 'send-owned', 'receive', 'handle']),
  flow: z.object({
    transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
    remote: Endpoint,
    local: Endpoint,
    connection: z.string().max(64).optional(),
  }),
  /** The message in Base64; none: whether the flow is open is asked. */
  bytes: z.base64().max(150_000),
});
export type Packet = z.output<typeof Packet>;

/** The body of `POST /packets`. `from`: id of the task that passes them. */
export const Packets = z.object({ from: z.string().min(1).max(64), packets: z.array(Packet).min(1).max(1_000) });

/** Of each packet, whether it was sent, or belongs to the task. */
const PacketOutcomes = z.object({ taken: z.array(z.boolean()) });

/** Path of the control interface. */
export const packetPath = '/packets';

/** Bytes of a body at most. */
export const maxPacketBody = 1_048_576;

/** Time for a batch of packets, in milliseconds. A packet that comes later is repeated by its transaction. */
const timeout = 3 * second;

/** Passes packets to a task. @returns of each, whether it was taken @throws Error if the task does not answer */
export type PassPackets = (
  to: Pick<SidecarTaskItem, 'id' | 'address'>,
  packets: z.input<typeof Packets>,
) => Promise<readonly boolean[]>;

/** Passes packets by HTTP. */
export function packetPoster(dependencies: PostDependencies): PassPackets {
  const post = taskPoster(dependencies);
  return async (to, packets) => {
    const response = await post(to, { path: packetPath, body: packets, timeout });
    if (!response.ok) throw new Error(`the task ${to.id} answered ${response.status} to packets`);
    return PacketOutcomes.parse(await response.json()).taken;
  };
}
