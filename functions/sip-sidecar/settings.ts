import { readFileSync } from 'node:fs';
import { portVariable } from '../../shared/contract/resource.ts';
import type { TlsEnd } from './transport/connections.ts';
import { sipSidecar } from './contract.ts';

/** What the environment of the process says. */
export type Settings = {
  /** Address on which all sockets are bound. */
  readonly host: string;
  readonly ports: Readonly<Record<keyof typeof sipSidecar.ports, number>>;
  /** How TLS on `sip-tls` ends; without it that port is not opened. */
  readonly tls: TlsEnd | undefined;
  /**
   * Where others reach us, as Via and Contact say it: never an address of the inside. The port is that of UDP and TCP.
   */
  readonly advertised: { readonly host: string; readonly port: number };
  /** Whether requests may go to private addresses. */
  readonly allowPrivateHosts: boolean;
  /** For which it goes on after SIGTERM, taking no new shards: a load balancer sends what it sent here for so long. */
  readonly drainSeconds: number;
  /** Of the task inside the VPC, where there is no metadata endpoint to ask. */
  readonly controlHost: string;
  /** Of the Fargate task (Amazon ECS Developer Guide, "Task metadata endpoint version 4"). */
  readonly metadataUri: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

function portOf(environment: Environment, name: keyof typeof sipSidecar.ports): number {
  const text = environment[portVariable(name)] ?? String(sipSidecar.ports[name].port);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`${portVariable(name)} is no port: ${text}`);
  return port;
}

function tlsEnd({ SIP_TLS: end, SIP_TLS_KEY: key, SIP_TLS_CERTIFICATE: certificate }: Environment): TlsEnd | undefined {
  if (end === 'load-balancer') return end;
  if (key === undefined || certificate === undefined) return undefined;
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') };
}

/** @throws Error for what cannot be a port or a file */
export function settingsFrom(environment: Environment): Settings {
  const names = Object.keys(sipSidecar.ports) as (keyof typeof sipSidecar.ports)[];
  const ports = Object.fromEntries(names.map((name) => [name, portOf(environment, name)])) as Settings['ports'];
  return {
    host: environment['SIP_HOST'] ?? '0.0.0.0',
    ports,
    tls: tlsEnd(environment),
    advertised: {
      host: environment['SIP_ADVERTISED_HOST'] ?? '127.0.0.1',
      port: Number(environment['SIP_ADVERTISED_PORT'] ?? ports['sip-udp']),
    },
    allowPrivateHosts: environment['SIP_ALLOW_PRIVATE_HOSTS'] === '1',
    drainSeconds: Number(environment['DRAIN_SECONDS'] ?? 0),
    controlHost: environment['CONTROL_HOST'] ?? '127.0.0.1',
    metadataUri: environment['ECS_CONTAINER_METADATA_URI_V4'],
  };
}
