/** Memory of a device that is registered over TCP, beside that of a connection without a registration. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { accountOf, sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { startOwnStore, type TestStore } from '../support/store.fixture.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { putAll } from './put-all.ts';

/** Devices: as many as one source address may connect, of several. */
const perSource = 500;
const sources = Array.from({ length: 4 }, (_, at) => `127.0.2.${at + 1}`);
const count = perSource * sources.length;
/** At once. */
const batch = 20;

/** Bytes of the process. Twice collected, as the first look may itself have left something. */
async function memoryOf(sidecar: SidecarProcess): Promise<number> {
  await sidecar.usage();
  return (await sidecar.usage()).memory;
}

async function inBatches<Made>(make: (at: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let from = 0; from < count; from += batch)
    made.push(...(await Promise.all(Array.from({ length: batch }, (_, at) => make(from + at)))));
  return made;
}

const sourceOf = (at: number): string => sources[at % sources.length] ?? '';

/** Bytes for each of so many connections that say nothing. */
async function silent(running: TestStore): Promise<number> {
  const sidecar = await startSidecarProcess(running);
  const before = await memoryOf(sidecar);
  const sockets = await inBatches(async (at): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: sidecar.bound.tcp.port, localAddress: sourceOf(at) });
    await once(socket, 'connect');
    return socket;
  });
  const after = await memoryOf(sidecar);
  for (const socket of sockets) socket.destroy();
  await sidecar.stop();
  return (after - before) / count;
}

/** Bytes for each of so many devices, registered over connections of their own. */
async function registered(running: TestStore): Promise<number> {
  const accounts = Array.from({ length: count }, (_, at) => accountOf({ device: `dev_${at}`, username: `m${at}` }));
  await putAll(
    running.store,
    sipAccountRow,
    0,
    accounts.map(({ item }) => item),
  );
  const sidecar = await startSidecarProcess(running);
  const phone = async (at: number) =>
    newPhone(
      sidecar.bound.tcp,
      { username: accounts[at]?.item.sip_username ?? '', password: accounts[at]?.password ?? '', domain: sipDomain },
      { transport: 'tcp', from: sourceOf(at) },
    );
  // What the first one brings is no device's.
  const warm = await phone(0);
  await warm.register();
  warm.close();
  const before = await memoryOf(sidecar);
  const phones = await inBatches(async (at) => {
    const made = await phone(at);
    await eventually(async () => (await made.register()).status === 200);
    return made;
  });
  const after = await memoryOf(sidecar);
  for (const each of phones) each.close();
  await sidecar.stop();
  return (after - before) / count;
}

const measure: Benchmark = async () => {
  const running = await startOwnStore(memoryFolder());
  try {
    const [socket, device] = [await silent(running), await registered(running)];
    return [
      { what: `memory of a connection, mean of ${count}`, measured: socket / 1_000, unit: 'kB' },
      {
        what: 'memory of a device registered over TCP, against a connection alone',
        measured: device / socket,
        unit: '×',
        must: { atMost: 9 },
      },
    ];
  } finally {
    await running.stop();
  }
};

export default measure;
