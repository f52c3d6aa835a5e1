import { readToEnd } from '../../shared/dynamodb/read-to-end.ts';
import { trunkAddressRow, type TrunkAddressItem } from '../telephony/rows/trunk-ip.ts';
import type { SidecarContext } from './leases/membership.ts';
import { authenticator, storedAccounts } from './registrar/authentication.ts';
import { Orphans } from './registrar/orphans.ts';
import { Registrar } from './registrar/registrar.ts';
import type { Settings } from './settings.ts';
import { sipStack, type SipStack } from './sip-stack.ts';
import type { Task } from './task.ts';
import { Admission } from './transport/admission.ts';
import type { Flow } from './transport/flow.ts';
import { SourceLimits } from './transport/source-limits.ts';
import { openTransports, type Transports, type TransportSettings } from './transport/transports.ts';

/** The SIP side of a task: its sockets, transactions and registrar. */
export type SipEndpoint = {
  readonly transports: Transports;
  readonly stack: SipStack;
  readonly admission: Admission;
  readonly registrar: Registrar;
  readonly orphans: Orphans;
};

/** Opens the SIP ports and answers requests from then on. @throws Error if a port is in use */
export async function openSipEndpoint(task: Task): Promise<SipEndpoint> {
  const { settings, context, membership, running, now, fault } = task;
  const sources = new SourceLimits(
    now,
    (address) => void isTrustedTrunk(context, address).then((yes) => (yes ? sources.trust(address) : undefined), fault),
  );
  // Stack and registrar send through transports that need the stack: they are opened last.
  const opened: { transports?: Transports } = {};
  const registrar = newRegistrar(task, sources);
  const orphans = new Orphans({ context, membership, registrar, socket: () => opened.transports?.bound.udp });
  const stack = sipStack({
    advertised: settings.advertised,
    fault,
    now,
    transports: { send: (bytes, flow) => opened.transports?.send(bytes, flow) ?? false },
    register: (request, flow) => registrar.register(request, flow),
    mayChallenge: (flow) => sources.admitsChallenge(flow),
    onArrival: (flow) => orphans.onArrival(flow),
    onRequestSent: (flow) => sources.expectAnswers(flow),
    onAnswered: (flow) => sources.recordSuccess(flow),
  });
  const isRegistered = (flow: Flow): boolean => registrar.owned.hasFlow(flow) || orphans.hasFlow(flow);
  const admission = new Admission({
    sources,
    isRegistered,
    isAwaited: (packet) => stack.isAwaited(packet),
  });
  const transports = await openTransports(transportSettings(settings), {
    onArrival: (arrival, flow) => stack.receive(arrival, flow),
    onClosed: () => undefined,
    isRegistered,
    admission,
    now,
  });
  opened.transports = transports;
  running.defer(() => transports.close());
  running.defer(() => stack.close());
  return { transports, stack, admission, registrar, orphans };
}

const newRegistrar = ({ dependencies, context, membership, domain }: Task, sources: SourceLimits): Registrar =>
  new Registrar({
    context,
    store: dependencies.store,
    membership,
    authenticate: authenticator({
      readAccounts: storedAccounts(context),
      clock: context.clock,
      platformDomain: domain,
    }),
    sources,
  });

const transportSettings = ({ host, ports, tls }: Settings): TransportSettings => ({
  host,
  udp: ports['sip-udp'],
  tcp: ports['sip-tcp'],
  ...(tls === undefined ? {} : { tls: { port: ports['sip-tls'], end: tls } }),
});

/** Whether a trunk has this source address on the word of the operator or a seller: its tenant's is not enough. */
async function isTrustedTrunk({ tableOf }: SidecarContext, address: string): Promise<boolean> {
  const places = await readToEnd((range) =>
    tableOf(0).query<'trunkip-address', TrunkAddressItem, { address: string }>(trunkAddressRow, { address }, range),
  );
  return places.some(({ owners }) => owners.some(({ active, trusted }) => active && trusted === true));
}
