import { trunkAddressRow, type TrunkAddressItem } from '../telephony/rows/trunk-ip.ts';
import type { SidecarContext } from './leases/membership.ts';
import { authenticator, storedAccounts } from './registrar/authentication.ts';
import { Orphans } from './registrar/orphans.ts';
import { Registrar } from './registrar/registrar.ts';
import type { Settings } from './settings.ts';
import { sipStack, type SipStack } from './sip-stack.ts';
import type { Task } from './task.ts';
import { SourceLimits } from './transport/source-limits.ts';
import { openTransports, type Transports, type TransportSettings } from './transport/transports.ts';

/** The SIP side of a task: its sockets, transactions and registrar. */
export type SipEndpoint = {
  readonly transports: Transports;
  readonly stack: SipStack;
  readonly sources: SourceLimits;
  readonly registrar: Registrar;
  readonly orphans: Orphans;
};

/** Opens the SIP ports and answers requests from then on. @throws Error if a port is in use */
export async function openSipEndpoint(task: Task): Promise<SipEndpoint> {
  const { settings, dependencies, context, membership, running, now, fault } = task;
  const sources = new SourceLimits(
    now,
    (address) => void isTrunk(context, address).then((yes) => (yes ? sources.trust(address) : undefined), fault),
  );
  // Stack and registrar send through transports that need the stack: they are opened last.
  const opened: { transports?: Transports } = {};
  const registrar = new Registrar({
    context,
    store: dependencies.store,
    membership,
    sources,
    authenticate: authenticator({
      readAccounts: storedAccounts(context),
      clock: context.clock,
      platformDomain: task.domain,
    }),
    keepOpen: (flow) => opened.transports?.keepOpen(flow),
  });
  const orphans = new Orphans({ context, membership, registrar });
  const stack = sipStack({
    advertised: settings.advertised,
    fault,
    transports: { send: (bytes, flow) => opened.transports?.send(bytes, flow) ?? false },
    register: (request, flow) => registrar.register(request, flow),
    onArrival: (flow) => orphans.onArrival(flow),
    onRequestSent: (address) => sources.expectAnswers(address),
  });
  const transports = await openTransports(transportSettings(settings), {
    onArrival: (arrival, flow) => stack.receive(arrival, flow),
    onClosed: () => undefined,
    admits: (address) => sources.admits(address),
    now,
  });
  opened.transports = transports;
  running.defer(() => transports.close());
  running.defer(() => stack.close());
  return { transports, stack, sources, registrar, orphans };
}

const transportSettings = ({ host, ports, tls }: Settings): TransportSettings => ({
  host,
  udp: ports['sip-udp'],
  tcp: ports['sip-tcp'],
  ...(tls === undefined ? {} : { tls: { port: ports['sip-tls'], end: tls } }),
});

/** Whether a trunk has this source address. */
async function isTrunk({ tableOf }: SidecarContext, address: string): Promise<boolean> {
  const { items } = await tableOf(0).query<'trunkip-address', TrunkAddressItem, { address: string }>(
    trunkAddressRow,
    { address },
    { limit: 1 },
  );
  return items.length > 0;
}
