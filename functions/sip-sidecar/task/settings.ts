import { readFileSync } from 'node:fs';
import { portsFrom } from '#contract/resource.ts';
import { defaultT1 } from '#sip/transaction/timers.ts';
import type { CertificateSource } from '../transport/client-certificate.ts';
import type { TlsEnd } from '../transport/connections.ts';
import { sipSidecar } from '../contract.ts';
import { readRelaySetting, type RelaySetting } from '../media/relay-setting.ts';

/** The settings of the process, from its environment. README.md describes the variables. */
export type Settings = {
  /** Local address of the sockets for SIP. */
  readonly host: string;
  /** Local address of the sockets for control and health. */
  readonly internalHost: string;
  readonly ports: Readonly<Record<keyof typeof sipSidecar.ports, number>>;
  /** Where TLS terminates. Undefined: the port `sip-tls` is not opened. */
  readonly tls: TlsEnd | undefined;
  /** Key and certificate of WebSockets, if TLS terminates here. */
  readonly webSocketTls: Exclude<TlsEnd, 'load-balancer'> | undefined;
  /** Where the certificate is that outgoing TLS connections present. Undefined: they present none. */
  readonly clientCertificate: CertificateSource | undefined;
  /** Public host and port (UDP and TCP) for Via and Contact. */
  readonly advertised: { readonly host: string; readonly port: number };
  /** The same for Contact over TLS. Undefined: as above. */
  readonly advertisedTls: { readonly host: string; readonly port: number } | undefined;
  /** T1 of RFC 3261 in milliseconds. */
  readonly t1: number;
  /** Milliseconds after which each periodic job runs again at the latest. */
  readonly maxInterval: number;
  /** Whether requests may go to private addresses. */
  readonly allowPrivateHosts: boolean;
  /** Time between SIGTERM and the end, while load balancers still send packets. */
  readonly drainSeconds: number;
  /** Host of the control interface, if there is no metadata endpoint. */
  readonly controlHost: string;
  /** Metadata endpoint of the Fargate task (Amazon ECS Developer Guide, "Task metadata endpoint version 4"). */
  readonly metadataUri: string | undefined;
  /** What the task was started from, if there is no metadata endpoint. */
  readonly generation: string;
  /** Where media relays are found; nowhere: media do not pass one. */
  readonly mediaRelays: RelaySetting;
  /** The folder in which the relays capture calls, as it is named there. Undefined: they record none. */
  readonly mediaRecording: string | undefined;
  /** Agent of the Fargate task, which protects it from scale-in. */
  readonly agentUri: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

function filesOf(key: string | undefined, certificate: string | undefined): Settings['webSocketTls'] {
  if (key === undefined || certificate === undefined) return undefined;
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') };
}

const tlsTermination = ({
  SIP_TLS: end,
  SIP_TLS_KEY: key,
  SIP_TLS_CERTIFICATE: certificate,
}: Environment): TlsEnd | undefined => (end === 'load-balancer' ? end : filesOf(key, certificate));

/** A secret takes precedence, as a deployment has no files. */
function certificateSource({
  SIP_CLIENT_CERTIFICATE_SECRET: name,
  SIP_CLIENT_KEY: key,
  SIP_CLIENT_CERTIFICATE: certificate,
}: Environment): CertificateSource | undefined {
  if (name) return { kind: 'secret', name };
  return key && certificate ? { kind: 'files', key, certificate } : undefined;
}

/** `host:port`. */
function hostPortIn(text: string | undefined): Settings['advertisedTls'] {
  const { host, port } = /^(?<host>.+):(?<port>\d{1,5})$/.exec(text ?? '')?.groups ?? {};
  return host === undefined ? undefined : { host, port: Number(port) };
}

/** Reads the settings. @throws Error for an invalid port or an unreadable file */
export function settingsFrom(environment: Environment): Settings {
  const ports = portsFrom(environment, sipSidecar.ports, 0);
  const host = environment['SIP_HOST'] ?? '0.0.0.0';
  return {
    host,
    internalHost: environment['SIP_INTERNAL_HOST'] ?? host,
    ports,
    tls: tlsTermination(environment),
    webSocketTls: filesOf(environment['SIP_WS_KEY'], environment['SIP_WS_CERTIFICATE']),
    advertised: {
      host: environment['SIP_ADVERTISED_HOST'] ?? '127.0.0.1',
      port: Number(environment['SIP_ADVERTISED_PORT'] ?? ports['sip-udp']),
    },
    advertisedTls: hostPortIn(environment['SIP_TLS_ADDRESS']),
    clientCertificate: certificateSource(environment),
    t1: Number(environment['SIP_T1'] ?? defaultT1),
    maxInterval: Number(environment['SIP_MAX_INTERVAL'] ?? Infinity),
    allowPrivateHosts: environment['SIP_ALLOW_PRIVATE_HOSTS'] === '1',
    drainSeconds: Number(environment['DRAIN_SECONDS'] ?? 0),
    controlHost: environment['CONTROL_HOST'] ?? '127.0.0.1',
    metadataUri: environment['ECS_CONTAINER_METADATA_URI_V4'],
    generation: environment['TASK_GENERATION'] ?? '1',
    mediaRelays: readRelaySetting(environment['MEDIA_RELAY']),
    mediaRecording: environment['MEDIA_RECORDING'] || undefined,
    agentUri: environment['ECS_AGENT_URI'],
  };
}
