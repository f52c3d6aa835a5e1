import type { ConnectionDependencies } from './connection-table.ts';
import { Connections, type TlsEnd } from './connections.ts';
import { openUdp } from './udp.ts';
import type { Destination, Endpoint, Flow } from './flow.ts';

/** Everything that SIP goes over. */
export type Transports = {
  /** Where packets are taken; the ports of the system's choice where 0 was asked for. */
  readonly bound: { readonly udp: Endpoint; readonly tcp: Endpoint; readonly tls?: Endpoint };
  /** False where the flow's connection is gone. */
  readonly send: (bytes: Buffer, flow: Flow) => boolean;
  /** A flow to a destination; over connections an open one, or a new one. Rejects when none can be made in time. */
  readonly connect: (to: Destination) => Promise<Flow>;
  /** A registered contact uses the flow. */
  readonly keep: (flow: Flow) => void;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

export type TransportSettings = {
  readonly host: string;
  readonly udp: number;
  readonly tcp: number;
  readonly tls?: { readonly port: number; readonly end: TlsEnd };
};

/** What is too short or begins like no text is a keep-alive (RFC 5626 §4.4) or no SIP at all. */
const isKeepalive = (bytes: Buffer): boolean => bytes.length < 5;

/** Opens the sockets. `heard` must not throw. */
export async function openTransports(
  { host, udp, tcp, tls }: TransportSettings,
  dependencies: ConnectionDependencies,
): Promise<Transports> {
  const packets = await openUdp({ address: host, port: udp }, (bytes, flow) => {
    if (dependencies.admits(flow.remote.address))
      dependencies.heard(isKeepalive(bytes) ? { kind: 'keepalive' } : { kind: 'message', bytes }, flow);
  });
  const connections = new Connections(dependencies);
  const boundTcp = await connections.listen({ address: host, port: tcp });
  const boundTls = tls === undefined ? undefined : await connections.listen({ address: host, port: tls.port }, tls.end);
  return {
    bound: { udp: packets.local, tcp: boundTcp, ...(boundTls === undefined ? {} : { tls: boundTls }) },
    send: (bytes, flow) => {
      if (flow.transport !== 'udp') return connections.send(bytes, flow);
      packets.send(bytes, flow.remote);
      return true;
    },
    connect: async (to) =>
      to.transport === 'udp'
        ? { transport: 'udp', remote: { address: to.address, port: to.port }, local: packets.local }
        : connections.connect(to),
    keep: (flow) => connections.keep(flow),
    connections: () => connections.size,
    close: async () => {
      await Promise.all([packets.close(), connections.close()]);
    },
  };
}
