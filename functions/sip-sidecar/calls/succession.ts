import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { Call, CallLeg } from '#schema/call.ts';
import type { Seals } from '#secrets/seals.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { hostOfAddress } from '#sip/host.ts';
import { Parameters } from '#sip/parameters.ts';
import type { StoredSession } from '#sip/session/session.ts';
import { isSipUri, parseUri, printUri, sipUri, type SipUri } from '#sip/uri.ts';
import { defaultPort, transports } from '#telephony/sip-peer.ts';
import type { Peer } from '../outbound/outbound.ts';
import type { Task } from '../task.ts';
import type { TransportName } from '../transport/flow.ts';
import type { AdoptionDependencies } from './adoption.ts';
import type { CallsDependencies } from './call-beginnings.ts';
import { settledLegs } from './call-limits.ts';
import type { CallServiceDependencies } from './call-service.ts';
import type { Directory } from './directory.ts';
import { newCallWriter } from './new-call-writer.ts';
import { readWay } from './stored-way.ts';
import { CallTakeover } from './takeover.ts';
import type { PeerAccount, Target } from './target.ts';
import { gatewayTarget, trunkTarget } from './targets.ts';
import type { Ways } from './ways.ts';

/** Joins what a task needs to go on with the calls of others, and to end them. */

/** The address of this task in dialogs: its user names the task. */
export const contactOf = ({ settings, membership }: Task, transport: TransportName): SipUri => {
  const { host, port } = settings.advertised;
  return sipUri({
    user: membership.id,
    host: hostOfAddress(host),
    port,
    ...(transport === 'udp' ? {} : { parameters: new Parameters([['transport', transport]]) }),
  });
};

/** Answers the challenges of a peer. */
export const digestOf = async (
  { username, sealed_password: password, realm, sealedFor }: PeerAccount,
  host: string,
  { seals, newTag }: { readonly seals: Seals; readonly newTag: () => string },
): Promise<DigestClient> =>
  new DigestClient({ username, password: await seals.open(password, sealedFor), realm, host }, newTag);

/** What is stored, and how requests reach it. */
type Known = { readonly directory: Directory; readonly ways: Ways };

/** The calls of dead tasks, whose parties are hung up. */
export function takeoverOf(
  { context, membership }: Task,
  { sessions, media }: Pick<CallServiceDependencies, 'sessions' | 'media'>,
  { directory, ways, decider, ...parts }: Pick<CallsDependencies, 'commit' | 'cdrs' | 'decider'> & Known,
): CallTakeover {
  return new CallTakeover({
    context,
    membership,
    sessions,
    cdrs: parts.cdrs,
    endMedia: media.end,
    writerOf: async (call) => {
      const organization = await directory.organization(call.org_id);
      return newCallWriter({ context, ...parts }, organization ?? { org_id: call.org_id, country: '' }, {
        ...{ call, stored: call, onLost: () => undefined },
        ...(organization === undefined ? {} : { settle: (ended) => decider.settle(organization, settledLegs(ended)) }),
      });
    },
    wayTo: async ({ org_id: organization, task, session }, leg) => {
      const { target, way } = session as StoredSession;
      const item = readWay(way, task);
      const party = { ...leg, organization };
      if (item !== undefined) return ways.toStored(item, party);
      const { device_id: device } = leg;
      const contacts = device === null ? [] : await directory.contactsOfDevice(organization, device);
      // Only the task of a connection can send on it.
      const phone = contacts.find(({ binding }) => binding.flow.transport === 'udp');
      return phone === undefined ? ways.toPeer(peerIn(target), party) : ways.toPhone(phone.binding.flow, party);
    },
  });
}

/** Where the remote target of a dialog is. */
function peerIn(target: string): Peer {
  const uri = parseUri(target);
  if (uri instanceof Fault || !isSipUri(uri)) return { host: 'invalid', port: 5_060, transport: 'udp' };
  const transport = transportOf(uri);
  return { host: uri.host, port: uri.port ?? defaultPort(transport), transport };
}

const transportOf = (uri: SipUri): Peer['transport'] =>
  transports.find((each) => each === uri.parameters.get('transport')?.toLowerCase()) ?? 'udp';

/** The dialogs of other tasks, as this one goes on with them. */
export function successors(
  task: Task,
  { stack }: Pick<CallServiceDependencies, 'stack'>,
  { directory, ways, seals }: Known & { readonly seals: Seals },
): AdoptionDependencies['successorOf'] {
  return async (call, side, { session, task: former }: CallDialogItem) => {
    const stored = session as StoredSession;
    const item = readWay(stored.way, former);
    const contact = parseUri(stored.contact);
    const leg = call.legs.find(({ role, status }) => role === side && status === 'answered');
    if (item === undefined || leg === undefined || contact instanceof Fault || !isSipUri(contact)) return undefined;
    const account = await accountOf(directory, call.org_id, leg);
    return {
      stored: { ...stored, contact: printUri(contactOf(task, transportOf(contact))) },
      way: ways.toStored(item, { ...leg, organization: call.org_id }),
      digest:
        account === null || item.kind === 'flow'
          ? undefined
          : await digestOf(account, item.peer.host, { seals, newTag: stack.newTag }),
    };
  };
}

/** The credentials at the gateway or trunk of a leg; null: it has none. */
async function accountOf(
  directory: Directory,
  organization: Call['org_id'],
  { gateway_id: gatewayId, trunk_id: trunkId, target: number }: CallLeg,
): Promise<PeerAccount | null> {
  const [gateway, trunk] = await Promise.all([
    gatewayId === null ? undefined : directory.gateway(organization, gatewayId),
    trunkId === null ? undefined : directory.trunk(organization, trunkId),
  ]);
  const target: Target | undefined =
    (gateway === undefined ? undefined : gatewayTarget(gateway, number)) ??
    (trunk === undefined ? undefined : trunkTarget(trunk, number));
  return target?.to.kind === 'peer' ? target.to.account : null;
}
