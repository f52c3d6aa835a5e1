import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { advertisedVariables, type SipAddress } from '../sip-address.ts';
import { loopback, type Addresses } from './machine/addresses.ts';
import { isCertificateFor, newCertificate } from './certificate.ts';
import { textIn, writeDurably } from './machine/data-dir.ts';
import { freePort } from './machine/free-port.ts';
import type { OwnCertificate } from './https.ts';
import { startServices, type ServiceOptions, type Services } from './lambda/services.ts';
import { portTrouble } from './machine/port-trouble.ts';
import { LocalCloudError } from './templates/resource.ts';

/** The services on this machine: the tasks of the SIP sidecar, and a media relay. */

/** Lifetime of a certificate, and the time before its end from which a start replaces it, in milliseconds. */
const day = 24 * 60 * 60 * 1_000;
const lifetime = 3_650 * day;
const renewal = 30 * day;

/** Settings of the sidecar: the files of its key and certificate. */
type SipTlsFiles = { readonly SIP_TLS_KEY: string; readonly SIP_TLS_CERTIFICATE: string };

/**
 * The key and the self-signed certificate of SIP over TLS in the data directory, readable by their owner only. They are
 * made once, and again when they end soon or do not name a host.
 * @param advertised the host that phones connect to
 */
export function sipTlsFiles(dataDir: string, advertised: string, now = new Date()): SipTlsFiles {
  const files = {
    SIP_TLS_KEY: join(dataDir, 'sip-tls-key.pem'),
    SIP_TLS_CERTIFICATE: join(dataDir, 'sip-tls-certificate.pem'),
  };
  const hosts = [...new Set(['localhost', '127.0.0.1', advertised])];
  if (!isUsable(files, hosts, now)) {
    const { key, cert } = newCertificate(hosts, new Date(now.getTime() - day), new Date(now.getTime() + lifetime));
    writeDurably(files.SIP_TLS_KEY, key);
    writeDurably(files.SIP_TLS_CERTIFICATE, cert);
  }
  return files;
}

/** A start that was interrupted may have left a new key beside an old certificate. */
function isUsable(
  { SIP_TLS_KEY: key, SIP_TLS_CERTIFICATE: file }: SipTlsFiles,
  hosts: readonly string[],
  now: Date,
): boolean {
  const at = new Date(now.getTime() + renewal);
  return isCertificateFor({ key: textIn(key), cert: textIn(file) }, hosts, at);
}

/** UDP ports of media of relays on this machine: beside the ports that systems pick for clients. */
const defaults = { firsts: [10_000, 11_000, 12_000, 13_000, 14_000, 15_000], last: 15_999 } as const;

/** Ports that no other relay uses until `close`, as the variable `MEDIA_PORTS` has them. */
type MediaPorts = { readonly ports: string; readonly close: () => Promise<void> };

/**
 * Reserves ports for a relay by a TCP listener at their first one. Two relays would bind the same port without an error
 * (`SO_REUSEADDR`), and hear the calls of each other. rtpengine takes ports in their order, so that ranges may end at
 * the same one. Without a free range it gives the whole one.
 */
export async function reserveMediaPorts({
  firsts,
  last,
}: {
  readonly firsts: readonly number[];
  readonly last: number;
} = defaults): Promise<MediaPorts> {
  for (const first of firsts) {
    const server = createServer();
    const isFree = new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    server.listen(first, loopback);
    if (await isFree)
      return { ports: `${first}-${last}`, close: async () => void (await once(server.close(), 'close')) };
  }
  return { ports: `${firsts[0] ?? last}-${last}`, close: async () => undefined };
}

/** Ports of this machine: of SIP over UDP and TCP, and of WebSockets. */
export type SipPorts = { readonly sip: number; readonly webSocket: number };

/** What the services are started with. */
export type ServiceSettings = Pick<
  ServiceOptions,
  'resources' | 'images' | 'logFolder' | 'announce' | 'agent' | 'agentUrl'
> & {
  readonly dataDir: string;
  /** Of the first task of the sidecar. */
  readonly ports: SipPorts;
  /** Chosen ports of the first task, of which those of others depend; 0, and absent: free ones. */
  readonly sipPort: number;
  readonly sipTlsPort?: number;
  readonly sipWsPort?: number;
  /** Tasks of the sidecar; 1 by default. */
  readonly sidecars?: number;
  /** Whether a media relay is started. */
  readonly ownMediaRelay?: boolean;
  /** Variables that override those of a task definition. */
  variablesOf(taskDefinition: string): Readonly<Record<string, string>>;
};

/** TLS is beside UDP and TCP, so the ports of SIP are two apart. */
const portSteps = { sip: 2, webSocket: 1 } as const;

/** Of a further task; 0 picks a free port, as for the first task. */
const besides = (port: number | undefined, offset: number): number => (port ? port + offset : 0);

/** The ports of a task of the sidecar, counted from 0. */
function sidecarPorts(
  { ports, sipPort, sipTlsPort, sipWsPort }: ServiceSettings,
  task: number,
): { readonly sip?: number; readonly 'sip-tls'?: number; readonly 'sip-ws'?: number } {
  const sip = task === 0 ? ports.sip : besides(sipPort, task * portSteps.sip);
  const webSocket = task === 0 ? ports.webSocket : besides(sipWsPort, task * portSteps.webSocket);
  return { sip, 'sip-tls': besides(sipTlsPort, task * portSteps.sip), 'sip-ws': webSocket };
}

/** The settings that choose the sidecar's ports, by the names of port mappings. */
const portSettings: Readonly<Record<string, string>> = {
  'sip-udp': 'SIP_PORT',
  'sip-tcp': 'SIP_PORT',
  'sip-tls': 'SIP_TLS_PORT',
  'sip-ws': 'SIP_WS_PORT',
};

/** Name of the sidecar's container. */
export const sidecar = 'sip-sidecar';

type ReachableServices = {
  readonly addresses: Addresses;
  readonly sip: SipAddress;
  readonly https: OwnCertificate | undefined;
};

/** Variables of a task of the sidecar. */
const sidecarVariables = (
  { addresses, sip, https }: ReachableServices,
  dataDir: string,
): Readonly<Record<string, string>> => ({
  SIP_HOST: addresses.listen,
  SIP_INTERNAL_HOST: loopback,
  // No load balancer is in front of the tasks: each is at its own port.
  ...advertisedVariables(sip),
  ...sipTlsFiles(dataDir, sip.host),
  ...(https && { SIP_WS_KEY: https.files.key, SIP_WS_CERTIFICATE: https.files.certificate }),
});

/** Starts the services with their ports of this machine. @throws LocalCloudError if one does not start */
export async function startLocalServices(
  settings: ServiceSettings,
  { addresses, sip, https }: ReachableServices,
): Promise<Services> {
  let isStarted = false;
  /** Those of a deployment have free ports, as they start beside the others. */
  const newSidecars = async () => {
    const chosen = Array.from({ length: settings.sidecars ?? 1 }, (_value, task) =>
      isStarted ? {} : sidecarPorts(settings, task),
    );
    isStarted = true;
    return Promise.all(
      chosen.map(async ({ sip, ...others }) => {
        const port = sip || (await freePort());
        return { 'sip-udp': port, 'sip-tcp': port, ...others };
      }),
    );
  };
  const relays = await relayPlaces(settings.ownMediaRelay === true ? relayGenerations : 0);
  const services: Services = await startServices({
    ...settings,
    host: addresses.listen,
    settingOf: (portMapping) => portSettings[portMapping],
    tasksOf: async (container) => (container === sidecar ? newSidecars() : newRelays(relays)),
    variablesOf: (container, name, { 'sip-udp': port = sip.port, ng }) => ({
      DRAIN_SECONDS: '0',
      HEALTH_HOST: loopback,
      ...(container === sidecar
        ? sidecarVariables({ addresses, sip: { ...sip, port }, https }, settings.dataDir)
        : relayVariables(
            settings.dataDir,
            addresses.public,
            relays.find((place) => place.ng === ng),
          )),
      ...relayAddresses(relays, settings.dataDir),
      ...settings.variablesOf(name),
    }),
  });
  return {
    ...services,
    close: async (milliseconds) => {
      await services.close(milliseconds);
      await Promise.all(relays.flatMap(({ media }) => media?.close() ?? []));
    },
  };
}

/** Relays that may be there at the same time: one, and in a deployment the next one. */
const relayGenerations = 2;

/** Where a relay of this machine may be. */
type RelayPlace = {
  readonly number: number;
  readonly ng: number;
  readonly control: number;
  /** Of the first relay that was there. */
  media: MediaPorts | undefined;
};

const relayPlaces = (count: number): Promise<RelayPlace[]> =>
  Promise.all(
    Array.from({ length: count }, async (_value, number) => ({
      number,
      ng: await freePort(),
      control: await freePort(),
      media: undefined,
    })),
  );

/** The relay that a deployment starts, at a place without one. @throws LocalCloudError if all have one */
async function newRelays(places: readonly RelayPlace[]): Promise<readonly Pick<RelayPlace, 'ng' | 'control'>[]> {
  if (places.length === 0) return [];
  for (const place of places) {
    if ((await portTrouble({ host: loopback, port: place.control }, 'tcp')) !== undefined) continue;
    place.media ??= await reserveMediaPorts();
    return [{ ng: place.ng, control: place.control }];
  }
  throw new LocalCloudError('Two media relays have calls: the next deployment waits until one of them has ended.');
}

/** The first relay has the plain name. */
const relayFolder = (dataDir: string, kind: 'recordings' | 'sounds', number = 0): string =>
  join(dataDir, number === 0 ? kind : `${kind}-${number + 1}`);

/** What a relay of this machine is started with. @param reached the address at which phones reach it */
const relayVariables = (dataDir: string, reached: string, place: RelayPlace | undefined) => ({
  MEDIA_ADDRESS: reached,
  // The template's `auto` asks the Internet for an address.
  MEDIA_PUBLIC_ADDRESS: reached,
  NG_ADDRESS: loopback,
  MEDIA_PORTS: place?.media?.ports ?? '',
  RECORDING_DIR: relayFolder(dataDir, 'recordings', place?.number),
  SOUND_DIR: relayFolder(dataDir, 'sounds', place?.number),
});

/** The relays of this machine have leases, and record calls. All of them play from one folder. */
const relayAddresses = (relays: readonly RelayPlace[], dataDir: string): Readonly<Record<string, string>> =>
  relays.length === 0
    ? { MEDIA_RELAY: 'none' }
    : { MEDIA_RELAY: 'leases', MEDIA_RECORDING: relayFolder(dataDir, 'recordings') };
