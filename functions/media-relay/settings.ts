import { isIPv4 } from 'node:net';
import { portsFrom } from '#contract/resource.ts';
import { mediaRelay } from './contract.ts';

/** The settings of the process, from its environment. README.md describes the variables. */
export type Settings = {
  /** Local IPv4 address of media. Undefined: the private address of the Fargate task. */
  readonly address: string | undefined;
  /** Local IPv4 address of commands. Undefined: that of media. */
  readonly ngAddress: string | undefined;
  /** IPv4 address in session descriptions. `auto`: that under which the Internet sees this process. */
  readonly publicAddress: string | undefined;
  /** First and last UDP port of media. */
  readonly mediaPorts: MediaPorts;
  readonly ports: { readonly ng: number; readonly control: number; readonly health: number };
  /** Folder of captures that become recordings. Undefined: calls are not recorded. */
  readonly recordingFolder: string | undefined;
  /** Folder of the sounds that calls play. Undefined: they play none. */
  readonly soundFolder: string | undefined;
  /** Local address of the health port. */
  readonly healthHost: string;
  /** Seconds after SIGTERM for which calls go on. */
  readonly drainSeconds: number;
  /** Metadata endpoint of the Fargate task (Amazon ECS Developer Guide, "Task metadata endpoint version 4"). */
  readonly metadataUri: string | undefined;
  /** What the relay was started from, if there is no metadata endpoint. */
  readonly generation: string;
  /** Agent of the Fargate task, which protects it from scale-in. */
  readonly agentUri: string | undefined;
};

/** A range of UDP ports. */
export type MediaPorts = { readonly first: number; readonly last: number };

type Environment = Readonly<Record<string, string | undefined>>;

function addressIn(environment: Environment, name: string, word?: string): string | undefined {
  const text = environment[name];
  if (text === undefined || text === word || isIPv4(text)) return text;
  throw new Error(`${name} must be an IPv4 address, not ${text}`);
}

/** Default range of media ports, as `MEDIA_PORTS` gives it. */
const defaultMediaPorts = '30000-39999';

/** @throws Error if the text is no range of at least 4 ports, which one call needs */
export function readMediaPorts(text: string): MediaPorts {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (first >= 1 && last <= 65_535 && last - first >= 3) return { first, last };
  throw new Error(`MEDIA_PORTS must be a range of ports such as ${defaultMediaPorts}, not ${text}`);
}

/** Reads the settings. @throws Error for an invalid value */
export const settingsFrom = (environment: Environment): Settings => ({
  address: addressIn(environment, 'MEDIA_ADDRESS'),
  ngAddress: addressIn(environment, 'NG_ADDRESS'),
  publicAddress: addressIn(environment, 'MEDIA_PUBLIC_ADDRESS', 'auto'),
  mediaPorts: readMediaPorts(environment['MEDIA_PORTS'] ?? defaultMediaPorts),
  ports: portsFrom(environment, mediaRelay.ports, 1),
  recordingFolder: environment['RECORDING_DIR'],
  soundFolder: environment['SOUND_DIR'],
  healthHost: environment['HEALTH_HOST'] ?? '0.0.0.0',
  drainSeconds: Number(environment['DRAIN_SECONDS'] ?? 0),
  metadataUri: environment['ECS_CONTAINER_METADATA_URI_V4'],
  generation: environment['TASK_GENERATION'] ?? '1',
  agentUri: environment['ECS_AGENT_URI'],
});
