import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resolver } from 'node:dns/promises';
import { freePort } from '#infra/local/machine/free-port.ts';
import { start } from '../system/peers/program.ts';
import { eventually } from './eventually.ts';

/** A real name server (NSD) that is authoritative for `test`; the end of a `using` scope ends it. */
export type NameServer = AsyncDisposable & {
  readonly address: string;
  readonly port: number;
  /** Replaces the records of `test`, as lines of a zone file, and waits until they are served. */
  readonly serve: (...records: readonly string[]) => Promise<void>;
};

type Place = { readonly address: string; readonly port: number };

const configuration = (folder: string, { address, port }: Place): string => `
server:
  ip-address: ${address}@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  xfrdfile: ""
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: test
  zonefile: test.zone
`;

/** `serial.test` has the serial of the zone that is served. */
const zoneOf = (serial: number, records: readonly string[]): string =>
  [
    '$ORIGIN test.',
    '$TTL 1',
    `@ SOA ns.test. hostmaster.test. ${serial} 60 60 60 1`,
    '@ NS ns',
    'ns A 127.0.0.1',
    `serial TXT "${serial}"`,
    ...records,
    '',
  ].join('\n');

/** Queries in a row that must see the new zone. */
const queriesInARow = 16;

/** Starts NSD. @param place by default a free port */
export async function startNameServer(place?: Place): Promise<NameServer> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-nsd-'));
  const { address, port } = place ?? { address: '127.0.0.1', port: await freePort() };
  const zone = join(folder, 'test.zone');
  let serial = 1;
  // NSD reads a zone again if its file is newer, in seconds.
  const writeZone = (records: readonly string[]): void => {
    writeFileSync(zone, zoneOf(serial, records));
    utimesSync(zone, serial, serial);
  };
  writeFileSync(join(folder, 'nsd.conf'), configuration(folder, { address, port }));
  writeZone([]);
  const program = start('nsd', ['-d', '-c', join(folder, 'nsd.conf')]);
  const isCurrent = async (): Promise<boolean> => {
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([`${address}:${port}`]);
    return (await resolver.resolveTxt('serial.test'))[0]?.[0] === String(serial);
  };
  // While NSD reloads, its process with the old zone answers some of the queries.
  const isServed = () =>
    eventually(async () => {
      for (let query = 0; query < queriesInARow; query += 1) if (!(await isCurrent())) return false;
      return true;
    }).catch((cause: unknown) => {
      throw new Error(`NSD does not serve the zone. It printed:\n${program.printed()}`, { cause });
    });
  await isServed();
  return {
    address,
    port,
    serve: async (...records) => {
      serial += 1;
      writeZone(records);
      if (program.pid !== undefined) process.kill(program.pid, 'SIGHUP');
      await isServed();
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
