import { join } from 'node:path';
import { type Addresses, loopback } from './addresses.ts';
import type { OwnCertificate } from './https.ts';
import { freePort } from './free-port.ts';
import { type ServiceOptions, type Services, startServices } from './lambda/services.ts';
import { type MediaPorts, reserveMediaPorts } from './media-ports.ts';
import { portTrouble } from './port-trouble.ts';
import { sipTlsFiles } from './sip-tls.ts';
import { LocalCloudError } from './templates/resource.ts';
import { addressText, advertisedVariables, type SipAddress } from '../sip-address.ts';

/** The services on this machine: the tasks of the SIP sidecar, and a media relay. */

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

/** Where a relay of this machine may be. The tasks of the sidecar know all places from their start. */
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

/** Where the sidecar finds the relays of this machine, which record calls. All of them play from one folder. */
const relayAddresses = (relays: readonly RelayPlace[], dataDir: string): Readonly<Record<string, string>> =>
  relays.length === 0
    ? { MEDIA_RELAY: 'none' }
    : {
        MEDIA_RELAY: relays
          .map(({ ng, control }) => `${addressText({ host: loopback, port: ng })}/${control}`)
          .join(','),
        MEDIA_RECORDING: relayFolder(dataDir, 'recordings'),
      };
