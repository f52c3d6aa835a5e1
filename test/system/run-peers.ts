import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { newCertificate, newSignedCertificate } from '#infra/local/certificate.ts';
import { day, hour, minute } from '#schema/time.ts';
import { ownAddress } from './peers/sip-server.ts';

/**
 * What all local clouds of a run trust and ask, and tests play: providers with a certificate, a server in the place of
 * Microsoft's, and a name server. Their addresses are set before a cloud starts.
 */

const Certificate = z.object({ key: z.string(), cert: z.string() });
const Place = z.object({ address: z.string(), port: z.int() });
const Peers = z.object({
  /** Of `localhost` and of the server in the place of Microsoft's, signed by the authority. */
  certificate: Certificate,
  /** PEM; its key is not kept. */
  authority: z.string(),
  /** Of `localhost`, trusted and expired. */
  expired: Certificate,
  microsoft: Place,
  nameServer: Place,
});
export type Peers = z.output<typeof Peers>;
export type Place = z.output<typeof Place>;

/** Where workers find them, which inherit the environment. */
const variable = 'RUN_PEERS';

/** Neither ports that systems give to clients, nor those of `freePort`: no other socket has them at this address. */
const ports = { microsoft: 15_443, nameServer: 15_053 };

function newPeers(): Peers {
  const now = Date.now();
  const microsoft = { address: ownAddress(), port: ports.microsoft };
  const hosts = ['localhost', microsoft.address];
  // Chromium takes no authority as a server. A day is longer than any run.
  const { authority, ...certificate } = newSignedCertificate(hosts, new Date(now - minute), new Date(now + day));
  return {
    certificate,
    authority,
    expired: newCertificate(['localhost'], new Date(now - 2 * hour), new Date(now - hour)),
    microsoft,
    nameServer: { address: ownAddress(), port: ports.nameServer },
  };
}

/**
 * Chooses the peers of a run, for the workers that this process starts.
 * @returns the environment of clouds that use them; `remove` removes its file
 */
export function choosePeers(): {
  readonly peers: Peers;
  readonly environment: NodeJS.ProcessEnv;
  readonly remove: () => void;
} {
  const peers = newPeers();
  process.env[variable] = JSON.stringify(peers);
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-authorities-'));
  const file = join(folder, 'authorities.pem');
  writeFileSync(file, `${peers.authority}${peers.expired.cert}`);
  const { microsoft, nameServer } = peers;
  return {
    peers,
    environment: {
      NODE_EXTRA_CA_CERTS: file,
      MICROSOFT_LOGIN_URL: `https://${microsoft.address}:${microsoft.port}`,
      DNS_SERVERS: `${nameServer.address}:${nameServer.port}`,
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The peers of this run. @throws if no global setup has chosen them */
export const runPeers = (): Peers => Peers.parse(JSON.parse(process.env[variable] ?? 'null'));
